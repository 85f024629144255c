"""How a publisher reaches the daemon: the binary protocol, HTTP, or `ringcast pub`.

Each is one connection's worth: events go in, answers come out in the same order. `LinkBroken` ends
it; what has no answer then may or may not have been published.
"""

import json
import os
import random
import select
import socket
import struct
import subprocess
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

# include/ringcast/publish.h
HELLO = b"\xc5RCP\x01\0\0\0"
SERVER_HELLO = 16
HEADER = struct.Struct("<IBBHQ")
EVENT_ID = struct.Struct("<QQ")
PUBLISH, ACK, NACK = 0x01, 0x81, 0x82

# Longer than any pause that is put on the server.
PATIENCE_SECONDS = 30.0
PIECE = 64 * 1024


class LinkBroken(Exception):
    """The connection has ended."""


class Outgoing(NamedTuple):
    """An event on its way."""

    channel: str
    data: str


class Answer(NamedTuple):
    """Of one event, in the order of sending: its id, or why it was refused."""

    event_id: str
    refusal: str = ""


class Link(Protocol):
    """What all of them do. Every method may raise LinkBroken."""

    def send(self, events: Sequence[Outgoing]) -> None:
        """Hands events over."""

    def receive(self, seconds: float) -> list[Answer]:
        """The answers that are there, waiting for the first one for so long."""

    def close(self) -> None:
        """Gives the connection up."""


class _Connection:
    """A connection to the publish socket."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(PATIENCE_SECONDS)
        self._answers = b""
        try:
            self._socket.connect(str(path))
        except OSError as error:
            self._socket.close()
            raise LinkBroken(str(error)) from error

    def close(self) -> None:
        """Nothing more comes or goes."""
        self._socket.close()

    def _write(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise LinkBroken(str(error)) from error

    def _read(self, seconds: float) -> bool:
        """Adds what has come to the answers; whether something has."""
        try:
            if not select.select([self._socket], [], [], seconds)[0]:
                return False
            piece = self._socket.recv(PIECE)
        except OSError as error:
            raise LinkBroken(str(error)) from error
        if not piece:
            raise LinkBroken("closed by the server")
        self._answers += piece
        return True


class BinaryLink(_Connection):
    """The protocol of publish.h, without waiting for anything."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._next = 1
        self._greeted = False
        self._write(HELLO)

    def send(self, events: Sequence[Outgoing]) -> None:
        """A frame for each."""
        frames = []
        for event in events:
            channel, data = event.channel.encode(), event.data.encode()
            length = HEADER.size - 4 + len(channel) + len(data)
            frames.append(HEADER.pack(length, PUBLISH, 0, len(channel), self._next))
            frames += (channel, data)
            self._next += 1
        self._write(b"".join(frames))

    def receive(self, seconds: float) -> list[Answer]:
        """Acks and nacks of the frames that have come whole."""
        self._read(seconds)
        if not self._greeted:
            if len(self._answers) < SERVER_HELLO:
                return []
            self._answers, self._greeted = self._answers[SERVER_HELLO:], True
        answers: list[Answer] = []
        while len(self._answers) >= HEADER.size:
            length, kind, code, count, _ = HEADER.unpack_from(self._answers)
            if len(self._answers) < 4 + length:
                break
            body, self._answers = (
                self._answers[HEADER.size : 4 + length],
                self._answers[4 + length :],
            )
            if kind == ACK:
                answers += [Answer(f"{ms}-{n}") for ms, n in EVENT_ID.iter_unpack(body)]
                assert len(body) == count * EVENT_ID.size
            elif kind == NACK:
                answers.append(Answer("", f"{code}: {body.decode()}"))
            else:
                raise LinkBroken(f"kind {kind:#x}, code {code}: {body.decode(errors='replace')}")
        return answers


class HttpLink(_Connection):
    """POST: one event each, pipelined, or many as NDJSON."""

    def __init__(self, path: Path, rng: random.Random) -> None:
        super().__init__(path)
        self._random = rng
        self._lines: deque[int] = deque()  # events of each request that is not answered

    def send(self, events: Sequence[Outgoing]) -> None:
        """All of them in one request, or a request for each."""
        if self._random.random() < 0.5:
            body = "".join(json.dumps(event._asdict()) + "\n" for event in events).encode()
            self._lines.append(len(events))
            self._write(_post("/publish", body))
        else:
            self._lines.extend(1 for _ in events)
            requests = (_post(f"/publish/{e.channel}", e.data.encode()) for e in events)
            self._write(b"".join(requests))

    def receive(self, seconds: float) -> list[Answer]:
        """Answers of the responses that have come whole."""
        self._read(seconds)
        answers: list[Answer] = []
        while b"\r\n\r\n" in self._answers:
            head, _, rest = self._answers.partition(b"\r\n\r\n")
            fields = dict(
                line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:] if b":" in line
            )
            size = int(fields[b"content-length"])
            if len(rest) < size:
                break
            body, self._answers = rest[:size], rest[size:]
            answers += _answers(head, body, self._lines.popleft())
        return answers


def _answers(head: bytes, body: bytes, events: int) -> list[Answer]:
    status = head.split()[1]
    lines = [json.loads(line) for line in body.splitlines()]
    if status != b"200":
        return [Answer("", f"{status.decode()}: {lines}")] * events
    if len(lines) != events:
        raise LinkBroken(f"{len(lines)} answers to {events} events")
    return [Answer(line.get("id", ""), line.get("error", "")) for line in lines]


def _post(target: str, body: bytes) -> bytes:
    head = f"POST {target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class CommandLink:
    """`ringcast pub`: lines to its standard input, ids from its standard output.

    It reconnects by itself and sends again what had no answer. `channel`: the one that all events
    are for; without, each line names its own (--ndjson).
    """

    def __init__(self, ringcast: Path, path: Path, channel: str | None) -> None:
        words = ["pub", channel, "-"] if channel else ["pub", "--ndjson"]
        self._channel = channel
        self._answers = b""
        # In the group of its publisher: what is done to one is done to both.
        self._process = subprocess.Popen(
            [str(ringcast), *words, "--publish-socket", str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def send(self, events: Sequence[Outgoing]) -> None:
        """A line each."""
        assert self._process.stdin is not None
        lines = (event.data if self._channel else json.dumps(event._asdict()) for event in events)
        try:
            self._process.stdin.write("".join(f"{line}\n" for line in lines).encode())
            self._process.stdin.flush()
        except OSError as error:
            raise LinkBroken(str(error)) from error

    def receive(self, seconds: float) -> list[Answer]:
        """An id for each line that was published."""
        assert self._process.stdout is not None
        output = self._process.stdout.fileno()
        if select.select([output], [], [], seconds)[0]:
            piece = os.read(output, PIECE)
            if not piece:
                raise LinkBroken(f"ringcast pub ended with {self._process.wait()}")
            self._answers += piece
        *lines, self._answers = self._answers.split(b"\n")
        return [Answer(line.decode()) for line in lines]

    def close(self) -> None:
        """Ends the program if it has not ended."""
        self._process.kill()
        self._process.communicate()
