"""Server-Sent Events as a client has to read them: HTML standard, section 9.2.6; and HTTP chunks.

Written apart from the product's decoder, so that the two cannot share a mistake.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Message:
    """A dispatched event."""

    type: str
    data: str
    last_event_id: str


class EventStream:
    """Bytes in, events out."""

    def __init__(self, last_event_id: str = "") -> None:
        self.last_event_id = last_event_id
        self.retry_ms: int | None = None
        self._begun = False
        self._skip_line_feed = False
        self._bytes = b""
        self._data: list[str] = []
        self._type = ""
        self._id = last_event_id

    def feed(self, piece: bytes) -> list[Message]:
        """Takes the next bytes of the stream; gives the events that they complete."""
        messages: list[Message] = []
        self._bytes += piece
        if not self._begun:
            if len(self._bytes) < 3 and b"\xef\xbb\xbf".startswith(self._bytes):
                return messages
            self._begun = True
            self._bytes = self._bytes.removeprefix(b"\xef\xbb\xbf")
        while (line := self._next_line()) is not None:
            if line:
                self._take_field(line.decode(errors="replace"))
            elif (message := self._dispatch()) is not None:
                messages.append(message)
        return messages

    def _next_line(self) -> bytes | None:
        """Lines end with CR LF, LF or CR; a CR ends its line before what follows is known."""
        if self._skip_line_feed and self._bytes:
            self._bytes = self._bytes.removeprefix(b"\n")
            self._skip_line_feed = False
        ends = [at for at in (self._bytes.find(b"\n"), self._bytes.find(b"\r")) if at >= 0]
        if not ends:
            return None
        end = min(ends)
        line = self._bytes[:end]
        self._skip_line_feed = self._bytes[end : end + 1] == b"\r"
        self._bytes = self._bytes[end + 1 :]
        return line

    def _take_field(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._type = value
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and value.isascii() and value.isdecimal():
            self.retry_ms = int(value)

    def _dispatch(self) -> Message | None:
        data, type_, self._data, self._type = self._data, self._type, [], ""
        self.last_event_id = self._id
        if not data:
            return None
        return Message(type_ or "message", "\n".join(data), self.last_event_id)


class Chunks:
    """The body of a chunked HTTP response (RFC 9112 section 7.1), without its framing."""

    def __init__(self) -> None:
        self.ended = False
        self._bytes = b""

    def feed(self, piece: bytes) -> bytes:
        """Takes the next bytes; gives the data of the chunks that are whole.

        Raises ValueError for bytes that are no chunk.
        """
        self._bytes += piece
        data: list[bytes] = []
        at = 0
        while not self.ended and (end := self._bytes.find(b"\r\n", at)) >= 0:
            size = int(self._bytes[at:end].split(b";")[0], 16)
            if len(self._bytes) < end + 2 + size + 2:
                break
            data.append(self._bytes[end + 2 : end + 2 + size])
            at = end + 2 + size + 2
            if self._bytes[at - 2 : at] != b"\r\n":
                raise ValueError("a chunk that does not end where it says")
            self.ended = size == 0
        self._bytes = self._bytes[at:]
        return b"".join(data)
