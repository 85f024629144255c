"""A publisher as a program: bursts of events, each written down before it is sent.

Journal: `send` (identity, channel, checksum) before, `ack` (identity, id) or `nack` (identity, why)
after. When a link breaks, what has no answer is sent again over the next one, in order, as attempts
of its own. SIGTERM ends it when all that was sent is answered.
"""

import argparse
import random
import signal
import sys
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from .event_text import Identity, checksum, make_text
from .journal import Journal
from .links import Answer, BinaryLink, CommandLink, HttpLink, Link, LinkBroken, Outgoing

KINDS = ("binary", "http", "pub", "pub-ndjson")
# Those whose events may be published once by each server that lived meanwhile.
RESENDING_KINDS = ("pub", "pub-ndjson")
WINDOW = 256  # unanswered events
PAUSE_SECONDS = 0.05  # after a link that broke
GIVE_UP_SECONDS = 120.0  # after SIGTERM
# Shares of large events: more than a segment of 64 KiB now and then.
SIZES = ((0.001, 90_000), (0.02, 4_000), (1.0, 60))


@dataclass
class Waiting:
    """An event without an answer."""

    sequence: int
    event: Outgoing
    identity: Identity


class Publisher:
    """One process: a run of its publisher."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.stopping_since: float | None = None
        self._options = options
        self._random = random.Random(f"{options.seed}.{options.number}.{options.run}")
        self._journal = Journal(options.journal)
        self._journal.write(
            {"k": "run", "publisher": options.number, "run": options.run, "kind": options.kind}
        )
        self._one_line = options.kind == "pub"
        self._sequence = 0
        self._link_number = 0
        self._waiting: deque[Waiting] = deque()

    def publish(self) -> bool:
        """Until it is told to end and all is answered; false when that did not come."""
        while not self._done():
            if self._given_up():
                return False
            try:
                link = self._open()
            except LinkBroken:
                time.sleep(PAUSE_SECONDS)
                continue
            try:
                self._use(link)
            except LinkBroken as error:
                self._journal.write({"k": "broken", "link": self._link_number, "why": str(error)})
                time.sleep(PAUSE_SECONDS)
            finally:
                link.close()
        return True

    def _open(self) -> Link:
        options = self._options
        match options.kind:
            case "binary":
                return BinaryLink(options.socket)
            case "http":
                return HttpLink(options.socket, self._random)
            case "pub":
                return CommandLink(options.ringcast, options.socket, options.channel[0])
            case _:
                return CommandLink(options.ringcast, options.socket, None)

    def _use(self, link: Link) -> None:
        self._link_number += 1
        again, self._waiting = self._waiting, deque()
        self._send(link, [(waiting.sequence, waiting.event.channel) for waiting in again])
        next_burst = time.monotonic()
        while not self._done() and not self._given_up():
            now = time.monotonic()
            if self._may_send() and now >= next_burst:
                burst = self._random.choice((1, 1, 4, 16, 64))
                burst = min(burst, WINDOW - len(self._waiting), self._left())
                self._send(link, [self._next_event() for _ in range(burst)])
                next_burst = now + burst / self._options.rate * self._random.uniform(0.5, 1.5)
            wait = 0.2 if not self._may_send() else min(0.2, max(0.0, next_burst - now))
            self._take(link.receive(wait))

    def _send(self, link: Link, events: list[tuple[int, str]]) -> None:
        fresh = []
        for sequence, channel in events:
            identity = Identity(
                self._options.number, self._options.run, self._link_number, sequence
            )
            size = next(size for share, size in SIZES if sequence * 0.6180339887 % 1 < share)
            lines = not self._one_line and sequence % 10 == 0
            data = make_text(identity, channel, size, lines)
            fresh.append(Waiting(sequence, Outgoing(channel, data), identity))
        self._waiting.extend(fresh)
        self._journal.write(
            *(
                {"k": "send", "i": str(one.identity), "c": one.event.channel}
                | {"x": checksum(one.event.data)}
                for one in fresh
            )
        )
        if fresh:
            link.send([one.event for one in fresh])

    def _take(self, answers: list[Answer]) -> None:
        if len(answers) > len(self._waiting):
            raise LinkBroken("more answers than events")
        records = []
        for answer in answers:
            identity = str(self._waiting.popleft().identity)
            if answer.event_id:
                records.append({"k": "ack", "i": identity, "id": answer.event_id})
            else:
                records.append({"k": "nack", "i": identity, "why": answer.refusal})
        self._journal.write(*records)

    def _next_event(self) -> tuple[int, str]:
        channels = self._options.channel
        self._sequence += 1
        if self._options.each:
            return self._sequence, channels[self._sequence - 1]
        return self._sequence, channels[0] if self._one_line else self._random.choice(channels)

    def _left(self) -> int:
        """How many events are still to be sent."""
        return len(self._options.channel) - self._sequence if self._options.each else WINDOW

    def _may_send(self) -> bool:
        return self.stopping_since is None and len(self._waiting) < WINDOW and self._left() > 0

    def _done(self) -> bool:
        return not self._waiting and (self.stopping_since is not None or self._left() == 0)

    def _given_up(self) -> bool:
        since = self.stopping_since
        return since is not None and time.monotonic() > since + GIVE_UP_SECONDS


def main() -> int:
    """Exit code: 1 when something stayed without an answer."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--number", type=int, required=True)
    parser.add_argument("--run", type=int, required=True)
    parser.add_argument("--kind", choices=KINDS, required=True)
    parser.add_argument("--ringcast", type=Path, required=True)
    parser.add_argument("--socket", type=Path, required=True)
    parser.add_argument("--channel", action="append", required=True)
    parser.add_argument("--journal", type=Path, required=True)
    parser.add_argument("--rate", type=float, default=100, help="events a second, about")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", action="store_true", help="one event to each channel, then end")
    publisher = Publisher(parser.parse_args())

    def stop(*_: object) -> None:
        publisher.stopping_since = publisher.stopping_since or time.monotonic()

    signal.signal(signal.SIGTERM, stop)
    return 0 if publisher.publish() else 1


if __name__ == "__main__":
    sys.exit(main())
