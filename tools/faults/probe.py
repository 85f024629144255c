"""How long an event takes from a publisher to a subscriber, measured by one of each."""

import socket
import statistics
import threading
import time
from pathlib import Path

from .links import BinaryLink, LinkBroken, Outgoing
from .sse import Chunks, EventStream

CHANNEL = "probe"
EVERY_SECONDS = 0.05
READ_SECONDS = 1.0  # how soon it notices that it is to end
LEAST = 2  # events that make a percentile


class Probe:
    """Two threads: one publishes the time, one subtracts it. A context manager."""

    def __init__(self, port: int, publish: Path) -> None:
        """Raises OSError and LinkBroken when the daemon is not there."""
        self.failure = ""
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._latencies: list[float] = []
        self._link = BinaryLink(publish)
        self._stream = socket.create_connection(("127.0.0.1", port), timeout=READ_SECONDS)
        self._stream.sendall(f"GET /events/{CHANNEL} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        self._threads = [threading.Thread(target=work) for work in (self._publish, self._read)]

    def __enter__(self) -> "Probe":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._link.close()
        self._stream.close()

    def take_p99_ms(self) -> float | None:
        """Of the events since the last call; nothing when there were too few."""
        with self._lock:
            latencies, self._latencies = self._latencies, []
        if len(latencies) < LEAST:
            return None
        return statistics.quantiles(latencies, n=100, method="inclusive")[98] * 1000

    def _publish(self) -> None:
        try:
            while not self._stop.wait(EVERY_SECONDS):
                self._link.send([Outgoing(CHANNEL, repr(time.monotonic()))])
                self._link.receive(0)
        except LinkBroken as error:
            self.failure = f"the probe cannot publish: {error}"

    def _read(self) -> None:
        chunks, events, head = Chunks(), EventStream(), b""
        while not self._stop.is_set():
            try:
                piece = self._stream.recv(65536)
            except TimeoutError:
                continue
            except OSError as error:
                self.failure = f"the probe cannot read: {error}"
                return
            now = time.monotonic()
            if not piece:
                self.failure = "the probe's stream ended"
                return
            if b"\r\n\r\n" not in head:
                head += piece
                _, end, piece = head.partition(b"\r\n\r\n")
                if not end:
                    continue
            messages = events.feed(chunks.feed(piece))
            with self._lock:
                self._latencies += [
                    now - float(one.data) for one in messages if one.type == "message"
                ]
