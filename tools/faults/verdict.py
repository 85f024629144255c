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

import bisect
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from .event_text import Identity
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

NEVER: Position = 1 << 128  # above every id

FAULTS = (
    "lost",
    "acked_lost",
    "silent_gap",
    "phantom",
    "foreign",
    "duplicated",
    "reordered",
    "misnumbered",
    "false_gap",
)


@dataclass
class Verdict:
    """Faults by kind, a sentence for each, and what there was to judge."""

    faults: Counter[str] = field(default_factory=Counter)
    sentences: list[str] = field(default_factory=list)
    sums: Counter[str] = field(default_factory=Counter)
    gaps: Counter[str] = field(default_factory=Counter)  # by reason
    told_missing: Counter[str] = field(default_factory=Counter)  # events, by the gap's reason

    @property
    def ok(self) -> bool:
        """Whether there is no fault."""
        return not self.sentences

    def blame(self, fault: str, sentence: str) -> None:
        """Counts a fault."""
        assert fault in FAULTS
        self.faults[fault] += 1
        self.sentences.append(f"{fault}: {sentence}")


@dataclass(frozen=True)
class Excuse:
    """A gap as far as it excuses: events of a channel above `since`, up to `until`.

    A restart has no end of its own: it excuses what came before the run that tells it, and in that
    run (`new_run`) what its history had let go of before the stream's first event.
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
        self._identities: dict[Position, tuple[Identity, str]] = {}  # who has which id, and where
        self._got_by_anyone: set[Position] = set()
        # Positions of each channel in order, and in each run of the daemon.
        self._of_channel: dict[str, list[Position]] = defaultdict(list)
        self._of_run: dict[tuple[str, int], list[Position]] = defaultdict(list)
        # By channel: perhaps published, seen by none; between which ids of their publishers.
        self._unanswered: dict[str, list[tuple[Position, Position]]] = defaultdict(list)

    def judge(self) -> Verdict:
        verdict, history = self._verdict, self._history
        for sentence in history.broken:
            verdict.blame("misnumbered", sentence)
        followed = [(one, self._follow(one)) for one in history.subscriptions]
        for sent in history.sent.values():
            if sent.acked is not None:
                self._note(sent.acked, sent.identity, sent.place)
        seen = {identity for identity, _ in self._identities.values()}
        for sent in history.sent.values():
            if not sent.refused and sent.identity not in seen:
                before = NEVER if sent.before is None else sent.before
                self._unanswered[sent.channel].append((sent.after, before))
        self._check_places()
        for position, (identity, _) in sorted(self._identities.items()):
            channel = history.sent[identity].channel
            self._of_channel[channel].append(position)
            self._of_run[channel, run_of(position)].append(position)
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

    def _note(self, position: Position, identity: Identity, place: str) -> None:
        """An id belongs to an event, for good."""
        other, there = self._identities.setdefault(position, (identity, place))
        if other != identity:
            self._verdict.blame(
                "misnumbered",
                f"{place}: {show_position(position)} is {identity}, but {other} at {there}",
            )

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
        for told in subscription.told:
            match told:
                case Connected():
                    restarts = []
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
                    excuses += self._check_run(told, position, restarts, subscription)
                    restarts = []
                    self._receive(told, position, got, subscription)
                    position = max(position, told.position)
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
                excuses.append(Excuse(gap, gap.since, event.position, run))
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
        self._note(event.position, sent.identity, event.place)

    def _check_places(self) -> None:
        """How often each attempt was published, and in which order."""
        verdict, sent = self._verdict, self._history.sent
        places: dict[Identity, list[Position]] = defaultdict(list)
        last: dict[tuple[int, int, int, int], tuple[int, Position]] = {}
        for position, (identity, place) in sorted(self._identities.items()):
            places[identity].append(position)
            link = (identity.publisher, identity.run, identity.link, run_of(position))
            before, there = last.get(link, (0, 0))
            if identity.sequence < before:
                verdict.blame(
                    "reordered",
                    f"{place}: {identity} has {show_position(position)}, above "
                    f"{show_position(there)} of sequence {before}",
                )
            last[link] = identity.sequence, position
            if position <= sent[identity].after:
                verdict.blame(
                    "reordered",
                    f"{place}: {identity} has {show_position(position)}, but was sent after "
                    f"{show_position(sent[identity].after)} was acknowledged",
                )
        for identity, positions in places.items():
            one = sent[identity]
            runs = {run_of(position) for position in positions}
            allowed = len(runs) if one.resends else 1
            shown = ", ".join(map(show_position, positions))
            if len(positions) > allowed:
                verdict.blame("duplicated", f"{one.place}: {identity} was published as {shown}")
            elif one.acked is not None and positions[-1] > one.acked:
                verdict.blame("duplicated", f"{one.place}: {identity} after its ack: {shown}")

    def _later(self, channel: str, position: Position) -> int:
        """Events of the same channel and daemon after a position, those included that may have been
        published there without anybody's knowing."""
        positions = self._of_run[channel, run_of(position)]
        unseen = 0
        if positions:
            first, last = positions[0], positions[-1]
            unseen = sum(
                after <= last and before >= first for after, before in self._unanswered[channel]
            )
        return len(positions) - bisect.bisect_right(positions, position) + unseen

    def _check_gaps(self, subscription: Subscription) -> None:
        for told in subscription.told:
            if not isinstance(told, Gap) or told.reason == "restart":
                continue
            if told.reason == "unknown-id" or told.until is None:
                self._verdict.blame("false_gap", f"{told.place}: {told.reason}")
                continue
            later = self._later(told.channel, told.until)
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
            for position in self._of_channel[channel]:
                if position <= begin or position in got:
                    continue
                excuse = next((e for e in of_channel if self._covers(e, channel, position)), None)
                if excuse is not None:
                    self._verdict.told_missing[excuse.gap.reason] += 1
                    continue
                identity, place = self._identities[position]
                if self._history.sent[identity].acked != position:
                    fault = "silent_gap"
                else:
                    fault = "lost" if position in self._got_by_anyone else "acked_lost"
                self._verdict.blame(
                    fault,
                    f"{subscription.name} lacks {identity} of {channel} "
                    f"({show_position(position)}; {place}; "
                    f"sent at {self._history.sent[identity].place})",
                )

    def _covers(self, excuse: Excuse, channel: str, position: Position) -> bool:
        if not excuse.since < position <= excuse.until:
            return False
        if run_of(position) != excuse.new_run:
            return True
        return self._later(channel, position) >= self._history.history_events
