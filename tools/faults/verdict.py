"""Judges a run by what both sides wrote down. Pure: a History in, faults out.

What must hold, and the fault that says it did not:

- Every event that someone got was sent as it arrived, and was not refused: `phantom`.
- Nobody gets an event of a channel that it does not follow: `foreign`.
- Nobody gets an event twice, and an attempt is published once; once by each daemon if its publisher
  sends it again by itself (`ringcast pub`), and never after its ack: `duplicated`.
- Ids grow on every subscriber, over all its streams. Within a link and a daemon ids are in the order
  of sending, and an event's id is above all ids that its publisher had when it sent it: `reordered`.
- One id is one event, for all subscribers and the publisher: `misnumbered`.
- Every event that was acknowledged, and every other that some subscriber got, reaches each that
  follows its channel, from the position of its first stream on, unless it was told a gap that covers
  the event. Else it is `lost`; `acked_lost` when nobody got it at all; `silent_gap` when it was not
  acknowledged. A stream that goes on elsewhere than where the last one stopped, and a new daemon
  whose restart is not told for every channel, are a `silent_gap` too.
- No gap is told without need: `false_gap`. An id that a daemon gave is never unknown to it or the
  next, a restart needs another daemon, and nothing expires while fewer events came after it than
  are kept.
"""

from dataclasses import dataclass

from .findings import Verdict
from .history import (
    Connected,
    Gap,
    History,
    Position,
    Received,
    Subscription,
    run_of,
    show_position,
)
from .places import NEVER, Places


@dataclass
class Excuse:
    """A gap as far as it excuses: events of a channel above `since`, up to `until`.

    A restart has no end of its own: it excuses what came before the run that tells it, and in that
    run (`new_run`) what its history had let go of: up to the channel's first event on this stream,
    or to the stream's end, for what is kept comes in the order of all channels.
    """

    gap: Gap
    since: Position
    until: Position
    new_run: int | None = None


def judge(history: History) -> Verdict:
    """The whole verdict."""
    return _Judge(history).judge()


class _Judge:
    def __init__(self, history: History) -> None:
        self._history = history
        self._verdict = Verdict()
        self._places = Places(history.sent, self._verdict)
        self._got_by_anyone: set[Position] = set()

    def judge(self) -> Verdict:
        verdict, history = self._verdict, self._history
        for sentence in history.broken:
            verdict.blame("misnumbered", sentence)
        followed = [(one, self._follow(one)) for one in history.subscriptions]
        self._places.close()
        for subscription, (begin, got, excuses) in followed:
            self._check_gaps(subscription)
            if begin is None:
                verdict.blame("lost", f"{subscription.name}: no stream ever began")
            else:
                self._check_missing(subscription, begin, got, excuses)
        sent_events = history.sent.values()
        verdict.sums["attempts"] = len(sent_events)
        verdict.sums["acknowledged"] = sum(one.acked is not None for one in sent_events)
        verdict.sums["refused"] = sum(one.refused for one in sent_events)
        verdict.sums["received"] = sum(len(got) for _, (_, got, _) in followed)
        return verdict

    def _follow(
        self, subscription: Subscription
    ) -> tuple[Position | None, set[Position], list[Excuse]]:
        """One subscriber in order: where it begins, what it got, which gaps it was told."""
        verdict = self._verdict
        begin: Position | None = None
        position: Position = 0
        got: set[Position] = set()
        excuses: list[Excuse] = []
        restarts: list[Gap] = []  # of this stream, until its first event tells the run
        open_excuses: dict[str, Excuse] = {}  # by channel: of restarts, without an end yet
        for told in subscription.told:
            match told:
                case Connected():
                    restarts = []
                    for excuse in open_excuses.values():
                        excuse.until = position
                    open_excuses = {}
                    if begin is None:
                        begin = told.position
                    elif told.position != position or told.start == "live":
                        verdict.blame(
                            "silent_gap",
                            f"{told.place}: the stream starts {told.start} at "
                            f"{show_position(told.position)}, not at {show_position(position)}",
                        )
                    else:
                        verdict.sums["resumes"] += 1
                    position = told.position
                case Gap():
                    verdict.gaps[told.reason] += 1
                    if told.reason == "restart":
                        restarts.append(told)
                    elif told.since is not None and told.until is not None:
                        excuses.append(Excuse(told, told.since, told.until))
                case Received():
                    for excuse in self._check_run(told, position, restarts, subscription):
                        open_excuses[excuse.gap.channel] = excuse
                        excuses.append(excuse)
                    restarts = []
                    if told.channel in open_excuses:
                        open_excuses.pop(told.channel).until = told.position
                    self._receive(told, position, got, subscription)
                    position = max(position, told.position)
        for excuse in open_excuses.values():
            excuse.until = position
        return begin, got, excuses

    def _check_run(
        self, event: Received, position: Position, restarts: list[Gap], subscription: Subscription
    ) -> list[Excuse]:
        """The first event of a new daemon comes after gaps that tell of the restart."""
        run = run_of(event.position)
        if run != run_of(position):
            missing = subscription.channels - {gap.channel for gap in restarts}
            if missing:
                self._verdict.blame(
                    "silent_gap",
                    f"{event.place}: another daemon than that of {show_position(position)}, and no "
                    f"restart told for {', '.join(sorted(missing))}",
                )
        excuses = []
        for gap in restarts:
            if gap.since is None or run_of(gap.since) == run:
                self._verdict.blame("false_gap", f"{gap.place}: restart, but it is the same daemon")
            else:
                excuses.append(Excuse(gap, gap.since, NEVER, run))
        return excuses

    def _receive(
        self, event: Received, position: Position, got: set[Position], subscription: Subscription
    ) -> None:
        verdict = self._verdict
        shown = f"{event.place}: {event.identity} as {show_position(event.position)}"
        sent = self._history.sent.get(event.identity) if event.identity else None
        if sent is None or (sent.channel, sent.checksum) != (event.channel, event.checksum):
            verdict.blame("phantom", f"{shown} was never sent like that")
            return
        if sent.refused:
            verdict.blame("phantom", f"{shown} was refused (sent at {sent.place})")
        if sent.channel not in subscription.channels:
            verdict.blame("foreign", f"{shown}: {sent.channel} is not followed")
        if event.position in got:
            verdict.blame("duplicated", f"{shown} came before")
        elif event.position <= position:
            verdict.blame("reordered", f"{shown} comes after {show_position(position)}")
        got.add(event.position)
        self._got_by_anyone.add(event.position)
        self._places.note(event.position, sent.identity, event.place)

    def _check_gaps(self, subscription: Subscription) -> None:
        for told in subscription.told:
            if not isinstance(told, Gap) or told.reason == "restart":
                continue
            if told.reason == "unknown-id" or told.until is None:
                self._verdict.blame("false_gap", f"{told.place}: {told.reason}")
                continue
            later = self._places.later(told.channel, told.until)
            if later < self._history.history_events:
                self._verdict.blame(
                    "false_gap",
                    f"{told.place}: {told.channel} {told.reason} up to "
                    f"{show_position(told.until)}, with {later} events after it",
                )

    def _check_missing(
        self,
        subscription: Subscription,
        begin: Position,
        got: set[Position],
        excuses: list[Excuse],
    ) -> None:
        for channel in subscription.channels:
            of_channel = [excuse for excuse in excuses if excuse.gap.channel == channel]
            for position in self._places.of_channel(channel):
                if position <= begin or position in got:
                    continue
                excuse = next((e for e in of_channel if self._covers(e, channel, position)), None)
                if excuse is not None:
                    self._verdict.told_missing[excuse.gap.reason] += 1
                    continue
                sent, place = self._places.at(position)
                if sent.acked != position:
                    fault = "silent_gap"
                else:
                    fault = "lost" if position in self._got_by_anyone else "acked_lost"
                self._verdict.blame(
                    fault,
                    f"{subscription.name} lacks {sent.identity} of {channel} "
                    f"({show_position(position)}; {place}; sent at {sent.place})",
                )

    def _covers(self, excuse: Excuse, channel: str, position: Position) -> bool:
        if not excuse.since < position <= excuse.until:
            return False
        if run_of(position) != excuse.new_run:
            return True
        return self._places.later(channel, position) >= self._history.history_events
