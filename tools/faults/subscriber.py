"""A subscriber as a program: follows channels, resumes, and writes down all that it is told.

Journal: `connect` (with the id that is sent), `connected`, `gap`, `event`, `server` (other events of
the server's own), `cut` (why a connection ended). The id to resume after is the last one in the
journals, so a process that was killed goes on where its journal ends.
"""

import argparse
import json
import random
import signal
import socket
import sys
import time
from pathlib import Path
from urllib.parse import quote

from .journal import Fields, Journal
from .sse import Chunks, EventStream, Message

SERVERS_OWN = ("connected", "gap", "drain", "end")
CONNECT_SECONDS = 10.0
# Heartbeats come far more often: a stream without them is dead.
SILENCE_SECONDS = 60.0
FIRST_RETRY_MS = 100
PIECE = 64 * 1024


def record(message: Message) -> Fields:
    """What the journal says of an event."""
    if message.type in SERVERS_OWN:
        told: Fields = json.loads(message.data)
        if message.type == "gap":
            return {"k": "gap"} | told
        if message.type == "connected":
            return {"k": "connected", "id": message.last_event_id, "start": told["start"]}
        return {"k": "server", "type": message.type, "data": message.data}
    return {"k": "event", "id": message.last_event_id, "data": message.data}


class Subscriber:
    """One stream at a time, again and again."""

    def __init__(self, port: int, channels: list[str], journal: Journal, buffer: int) -> None:
        self.target = "/events?" + "&".join(f"channel={quote(name, safe='')}" for name in channels)
        self._port = port
        self._journal = journal
        self._buffer = buffer
        self._retry_ms = FIRST_RETRY_MS

    def follow(self, last_event_id: str) -> None:
        """Follows for ever."""
        while True:
            self._journal.write({"k": "connect", "from": last_event_id or None})
            stream = EventStream(last_event_id)
            try:
                self._read(stream)
            except (OSError, ValueError, EOFError) as error:
                self._journal.write({"k": "cut", "why": str(error) or type(error).__name__})
            last_event_id = stream.last_event_id
            if stream.retry_ms is not None:
                self._retry_ms = stream.retry_ms
            time.sleep(self._retry_ms / 1000 * random.uniform(0.75, 1.25))

    def _read(self, stream: EventStream) -> None:
        with socket.socket() as connection:
            if self._buffer > 0:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._buffer)
            connection.settimeout(CONNECT_SECONDS)
            connection.connect(("127.0.0.1", self._port))
            head = f"GET {self.target} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
            if stream.last_event_id:
                head += f"Last-Event-ID: {stream.last_event_id}\r\n"
            connection.sendall(f"{head}\r\n".encode())
            connection.settimeout(SILENCE_SECONDS)
            body, answer = Chunks(), b""
            while b"\r\n\r\n" not in answer:
                answer += _some(connection)
            answer, _, rest = answer.partition(b"\r\n\r\n")
            if not answer.startswith(b"HTTP/1.1 200 ") or b"chunked" not in answer:
                raise ValueError(f"not a stream: {answer[:100]!r}")
            while not body.ended:
                messages = stream.feed(body.feed(rest))
                self._journal.write(*map(record, messages))
                rest = _some(connection)


def _some(connection: socket.socket) -> bytes:
    piece = connection.recv(PIECE)
    if not piece:
        raise EOFError("the server closed the connection")
    return piece


def main() -> None:
    """Runs until it is told to end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--channel", action="append", required=True)
    parser.add_argument("--journal", type=Path, required=True)
    parser.add_argument("--from", dest="last_event_id", default="")
    parser.add_argument("--buffer", type=int, default=0, help="SO_RCVBUF; 0: the system's")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    journal = Journal(options.journal)
    Subscriber(options.port, options.channel, journal, options.buffer).follow(options.last_event_id)


if __name__ == "__main__":
    main()
