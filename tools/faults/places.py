"""Which id belongs to which event, over all journals, and what follows for the order of events."""

import bisect
from collections import defaultdict
from collections.abc import Mapping

from .event_text import Identity
from .findings import Verdict
from .history import Position, Sent, run_of, show_position

NEVER: Position = 1 << 128  # above every id


class Places:
    """Filled with note(), then closed; the rest is for afterwards."""

    def __init__(self, sent: Mapping[Identity, Sent], verdict: Verdict) -> None:
        self._sent = sent
        self._verdict = verdict
        self._identities: dict[Position, tuple[Identity, str]] = {}  # and who says so
        self._of_channel: dict[str, list[Position]] = defaultdict(list)
        self._of_run: dict[tuple[str, int], list[Position]] = defaultdict(list)
        # By channel: perhaps published, seen by none; between which ids of their publishers.
        self._unseen: dict[str, list[tuple[Position, Position]]] = defaultdict(list)

    def note(self, position: Position, identity: Identity, place: str) -> None:
        """An id belongs to an event, for good."""
        other, there = self._identities.setdefault(position, (identity, place))
        if other != identity:
            self._verdict.blame(
                "misnumbered",
                f"{place}: {show_position(position)} is {identity}, but {other} at {there}",
            )

    def close(self) -> None:
        """Adds what was acknowledged; judges how often each attempt was published and in which order."""
        for sent in self._sent.values():
            if sent.acked is not None:
                self.note(sent.acked, sent.identity, sent.place)
        for position, (identity, _) in sorted(self._identities.items()):
            channel = self._sent[identity].channel
            self._of_channel[channel].append(position)
            self._of_run[channel, run_of(position)].append(position)
        seen = {identity for identity, _ in self._identities.values()}
        for sent in self._sent.values():
            if not sent.refused and sent.identity not in seen:
                before = NEVER if sent.before is None else sent.before
                self._unseen[sent.channel].append((sent.after, before))
        self._check_order()
        self._check_repeats()

    def of_channel(self, channel: str) -> list[Position]:
        """All events of a channel, in order."""
        return self._of_channel[channel]

    def at(self, position: Position) -> tuple[Sent, str]:
        """The event that has an id, and where that is said."""
        identity, place = self._identities[position]
        return self._sent[identity], place

    def later(self, channel: str, position: Position) -> int:
        """Events of the same channel and daemon after a position, those included that may have been
        published there without anybody's knowing."""
        positions = self._of_run[channel, run_of(position)]
        unseen = 0
        if positions:
            first, last = positions[0], positions[-1]
            unseen = sum(
                after <= last and before >= first for after, before in self._unseen[channel]
            )
        return len(positions) - bisect.bisect_right(positions, position) + unseen

    def _check_order(self) -> None:
        last: dict[tuple[int, int, int, int], tuple[int, Position]] = {}
        for position, (identity, place) in sorted(self._identities.items()):
            link = (identity.publisher, identity.run, identity.link, run_of(position))
            before, there = last.get(link, (0, 0))
            if identity.sequence < before:
                self._verdict.blame(
                    "reordered",
                    f"{place}: {identity} has {show_position(position)}, above "
                    f"{show_position(there)} of sequence {before}",
                )
            last[link] = identity.sequence, position
            if position <= self._sent[identity].after:
                self._verdict.blame(
                    "reordered",
                    f"{place}: {identity} has {show_position(position)}, but was sent after "
                    f"{show_position(self._sent[identity].after)} was acknowledged",
                )

    def _check_repeats(self) -> None:
        places: dict[Identity, list[Position]] = defaultdict(list)
        for position, (identity, _) in sorted(self._identities.items()):
            places[identity].append(position)
        for identity, positions in places.items():
            one = self._sent[identity]
            runs = {run_of(position) for position in positions}
            allowed = len(runs) if one.resends else 1
            shown = ", ".join(map(show_position, positions))
            if len(positions) > allowed:
                self._verdict.blame(
                    "duplicated", f"{one.place}: {identity} was published as {shown}"
                )
            elif one.acked is not None and positions[-1] > one.acked:
                self._verdict.blame("duplicated", f"{one.place}: {identity} after its ack: {shown}")
