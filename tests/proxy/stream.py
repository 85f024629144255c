"""A stream over TLS and HTTP/1.1, as a client behind a proxy sees it."""

import json
import socket
import time
from dataclasses import dataclass

from faults.sse import Chunks, EventStream, Message
from process import PATIENCE_S
from proxies import Proxy


@dataclass(frozen=True)
class End:
    """How a stream ended."""

    complete: bool  # with its last chunk: some clients would not come back


class Stream:
    """Open when the constructor returns: the head of the answer has been read."""

    def __init__(
        self,
        proxy: Proxy,
        channel: str,
        last_event_id: str = "",
        source: str = "",
        headers: dict[str, str] | None = None,
    ) -> None:
        """`source`: the address that the client connects from."""
        plain = socket.create_connection(
            ("127.0.0.1", proxy.port),
            timeout=PATIENCE_S,
            source_address=(source, 0) if source else None,
        )
        self._socket = proxy.certificate.context("http/1.1").wrap_socket(
            plain, server_hostname="localhost"
        )
        fields = {"Host": "localhost", "Accept": "text/event-stream"} | (headers or {})
        if last_event_id:
            fields["Last-Event-ID"] = last_event_id
        lines = [f"GET /events/{channel} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in fields.items()]
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self._chunks = Chunks()
        self._events = EventStream(last_event_id)
        self._waiting: list[Message] = []
        self._end: End | None = None
        self.heartbeats = 0
        head, _, rest = self._read_head().partition(b"\r\n\r\n")
        self.status = int(head.split()[1])
        self.fields = head.decode().lower()
        self._take(rest)

    def _read_head(self) -> bytes:
        received = b""
        while b"\r\n\r\n" not in received:
            piece = self._socket.recv(65536)
            if not piece:
                raise AssertionError(f"the connection ended within the head: {received!r}")
            received += piece
        return received

    def _take(self, piece: bytes) -> None:
        data = self._chunks.feed(piece)
        # A heartbeat is a line of its own, sent alone: no event's data begins with a colon.
        self.heartbeats += sum(line == b":" for line in data.split(b"\n"))
        self._waiting += self._events.feed(data)
        if self._chunks.ended:
            self._end = End(complete=True)

    def _pump(self, until: float) -> None:
        left = until - time.monotonic()
        if left <= 0:
            raise AssertionError("nothing came in time")
        self._socket.settimeout(left)
        try:
            piece = self._socket.recv(65536)
        except TimeoutError:
            raise AssertionError("nothing came in time") from None
        except OSError:
            piece = b""  # a reset, or the end without TLS's own word
        if piece:
            self._take(piece)
        else:
            self._end = End(complete=False)

    def next(self, patience_s: float = PATIENCE_S) -> Message:
        """The next event."""
        until = time.monotonic() + patience_s
        while not self._waiting:
            if self._end:
                raise AssertionError("the stream has ended")
            self._pump(until)
        return self._waiting.pop(0)

    def connected(self) -> str:
        """Reads the first event; gives how the stream says that it starts."""
        first = self.next()
        if first.type != "connected":
            return first.type
        return str(json.loads(first.data)["start"])

    def wait_for_heartbeats(self, count: int, patience_s: float = PATIENCE_S) -> None:
        until = time.monotonic() + patience_s
        while self.heartbeats < count:
            if self._end:
                raise AssertionError(f"ended after {self.heartbeats} heartbeats")
            self._pump(until)

    def wait_for_end(self) -> End:
        until = time.monotonic() + PATIENCE_S
        while not self._end:
            self._pump(until)
        return self._end

    def close(self) -> None:
        self._socket.close()
