"""What the journals of both sides say, in the form that the verdict works on. Pure: lines in.

A position is an event id as one number: milliseconds above, number below. Its run is the tag that
the daemon draws at each start, the upper bits of the number.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .event_text import Identity, checksum, parse_identity, parse_text
from .journal import Line
from .publisher import RESENDING_KINDS

Position = int

NUMBER_BITS = 64
COUNTER_BITS = 20  # of the number: an event's place in its run; the tag is above


def parse_position(text: str) -> Position:
    """Raises ValueError for what is no event id."""
    ms, dash, number = text.partition("-")
    if not (dash and ms.isdecimal() and number.isdecimal()):
        raise ValueError(f"{text!r} is no event id")
    return int(ms) << NUMBER_BITS | int(number)


def show_position(position: Position) -> str:
    """The inverse."""
    return f"{position >> NUMBER_BITS}-{position & (1 << NUMBER_BITS) - 1}"


def run_of(position: Position) -> int:
    """Equal for all events between two starts of the daemon."""
    return (position & (1 << NUMBER_BITS) - 1) >> COUNTER_BITS


@dataclass
class Sent:
    """One attempt to publish one event."""

    identity: Identity
    channel: str
    checksum: int
    place: str
    resends: bool  # its publisher sends the same bytes again when it reconnects
    after: Position  # the newest id that its publisher had when it sent this
    before: Position | None = None  # the next id that its publisher had
    acked: Position | None = None
    refused: bool = False


@dataclass(frozen=True)
class Connected:
    """A stream began."""

    place: str
    position: Position
    start: str


@dataclass(frozen=True)
class Gap:
    """The server told that something is missing. `since` and `until` as it said."""

    place: str
    channel: str
    reason: str
    since: Position | None
    until: Position | None


@dataclass(frozen=True)
class Received:
    """An event."""

    place: str
    position: Position
    identity: Identity | None  # nothing: no publisher makes such data
    channel: str
    checksum: int


Told = Connected | Gap | Received


@dataclass
class Subscription:
    """One subscriber over all its processes: what it follows and what it was told, in order."""

    name: str
    channels: frozenset[str]
    told: Sequence[Told]


@dataclass
class History:
    """A whole run. `history_events`: how many events of each channel the daemon keeps at least."""

    sent: dict[Identity, Sent]
    subscriptions: list[Subscription]
    history_events: int
    broken: list[str] = field(default_factory=list)  # journals that contradict themselves


def read_publishers(publishers: Iterable[Iterable[Line]]) -> tuple[dict[Identity, Sent], list[str]]:
    """All attempts, from the journals of each publisher in order; and what makes no sense."""
    sent: dict[Identity, Sent] = {}
    broken: list[str] = []
    for lines in publishers:
        newest: Position = 0
        resends = False
        recent: list[Sent] = []  # since the last ack
        for line in lines:
            fields = line.fields
            if fields["k"] == "run":
                resends = fields["kind"] in RESENDING_KINDS
            if "i" not in fields:
                continue
            identity = parse_identity(fields["i"])
            if identity is None or (identity in sent) == (fields["k"] == "send"):
                broken.append(f"{line.place}: {fields['k']} of {fields['i']}")
            elif fields["k"] == "send":
                one = Sent(identity, fields["c"], fields["x"], line.place, resends, newest)
                sent[identity] = one
                recent.append(one)
            elif fields["k"] == "ack":
                acked = parse_position(fields["id"])
                sent[identity].acked = acked
                newest = max(newest, acked)
                for one in recent:
                    one.before = acked
                recent = []
            else:
                sent[identity].refused = True
    return sent, broken


def read_subscriber(name: str, channels: Iterable[str], lines: Iterable[Line]) -> Subscription:
    """A subscriber's journals in order: ours, or the output of `ringcast tail --json`."""
    told: list[Told] = []
    for line in lines:
        if (one := _told(line)) is not None:
            told.append(one)
    return Subscription(name, frozenset(channels), told)


def _told(line: Line) -> Told | None:
    fields = line.fields
    match fields.get("k") or fields.get("event"):
        case "connected":
            start = fields["start"] if "k" in fields else _parse(fields["data"])["start"]
            return Connected(line.place, parse_position(fields["id"]), start)
        case "gap":
            gap = fields if "k" in fields else _parse(fields["data"])
            since, until = (
                parse_position(gap[end]) if gap[end] else None for end in ("from", "to")
            )
            return Gap(line.place, gap["channel"], gap["reason"], since, until)
        case "event" | "message":
            identity, channel = parse_text(fields["data"]) or (None, "")
            position = parse_position(fields["id"])
            return Received(line.place, position, identity, channel, checksum(fields["data"]))
        case "connect" | "cut" | "server" | "drain":
            return None
        case kind:
            raise ValueError(f"{line.place}: a record {kind!r}")


def _parse(text: str) -> dict[str, str]:
    parsed = json.loads(text)
    assert isinstance(parsed, dict)
    return parsed
