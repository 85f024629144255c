"""Journals as the processes of tools/chaos write them, without any process."""

from typing import Any

from faults.event_text import Identity, checksum, make_text
from faults.history import History, read_publishers, read_subscriber
from faults.journal import Line

HISTORY_EVENTS = 3


def event_id(number: int, daemon: int = 1) -> str:
    """The id of an event of the `daemon`-th run."""
    return f"{1000 * daemon + number}-{daemon << 20}"


class ScriptedPublisher:
    """Writes a publisher's journals."""

    def __init__(self, number: int = 0, kind: str = "binary") -> None:
        self.lines: list[Line] = []
        self._number = number
        self._write({"k": "run", "publisher": number, "run": 1, "kind": kind})

    def identity(self, sequence: int, link: int = 1) -> Identity:
        """One attempt of its first process."""
        return Identity(self._number, 1, link, sequence)

    def text(self, sequence: int, channel: str = "a", link: int = 1) -> str:
        """What that attempt carries."""
        return make_text(self.identity(sequence, link), channel, 10, lines=True)

    def send(self, sequence: int, channel: str = "a", link: int = 1) -> None:
        """Before an event is sent."""
        data = checksum(self.text(sequence, channel, link))
        identity = str(self.identity(sequence, link))
        self._write({"k": "send", "i": identity, "c": channel, "x": data})

    def ack(self, sequence: int, acked: str, link: int = 1) -> None:
        """After its answer."""
        self._write({"k": "ack", "i": str(self.identity(sequence, link)), "id": acked})

    def nack(self, sequence: int) -> None:
        """After a refusal."""
        self._write({"k": "nack", "i": str(self.identity(sequence)), "why": "4: too large"})

    def publish(self, first: int, last: int, daemon: int = 1, channel: str = "a") -> None:
        """Sends and has acknowledged; the ids have the same numbers."""
        for sequence in range(first, last + 1):
            self.send(sequence, channel)
            self.ack(sequence, event_id(sequence, daemon))

    def _write(self, fields: dict[str, Any]) -> None:
        self.lines.append(Line(f"publisher:{len(self.lines) + 1}", fields))


class ScriptedSubscriber:
    """Writes a subscriber's journals."""

    def __init__(self, publisher: ScriptedPublisher, *channels: str) -> None:
        self.channels = channels or ("a",)
        self.lines: list[Line] = []
        self._publisher = publisher

    def connected(self, position: str, start: str = "live") -> None:
        """A stream begins."""
        self._write({"k": "connected", "id": position, "start": start})

    def gap(self, reason: str, since: str | None, until: str | None, channel: str = "a") -> None:
        """A gap is told."""
        self._write({"k": "gap", "channel": channel, "from": since, "to": until, "reason": reason})

    def event(
        self, sequence: int, position: str = "", channel: str = "a", link: int = 1, text: str = ""
    ) -> None:
        """An event of the publisher; with the id that publish() gives it, and its text."""
        data = text or self._publisher.text(sequence, channel, link)
        self._write({"k": "event", "id": position or event_id(sequence), "data": data})

    def receive(self, first: int, last: int, daemon: int = 1) -> None:
        """Events as publish() published them."""
        for sequence in range(first, last + 1):
            self.event(sequence, event_id(sequence, daemon))

    def _write(self, fields: dict[str, Any]) -> None:
        self.lines.append(Line(f"subscriber:{len(self.lines) + 1}", fields))


def made_history(*actors: ScriptedPublisher | ScriptedSubscriber) -> History:
    """What their journals say together."""
    publishers = [one.lines for one in actors if isinstance(one, ScriptedPublisher)]
    sent, broken = read_publishers(publishers)
    subscriptions = [
        read_subscriber(f"subscriber {at}", one.channels, one.lines)
        for at, one in enumerate(actors)
        if isinstance(one, ScriptedSubscriber)
    ]
    return History(sent, subscriptions, HISTORY_EVENTS, broken)
