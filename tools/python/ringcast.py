"""Publishes events to a Ringcast server: over its UNIX socket, or over HTTP from other hosts.

    with ringcast.Publisher() as publisher:
        publisher.publish("job:1", {"progress": 40}, event="progress")

Data that is a `str` or bytes is sent as it is, anything else as compact JSON. A publisher may be
used by several threads; they take turns. Nothing but the standard library is needed.

    python -m ringcast pub CHANNEL DATA
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import re
import select
import socket
import stat
import struct
import sys
import threading
import time
import urllib.parse
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, NoReturn, Optional, Union

__all__ = ["Event", "HttpPublisher", "Publisher", "Result", "RingcastError", "find_publish_socket"]
__version__ = "0.1.0"

SYSTEM_SOCKET = "/run/ringcast/publish.sock"


class RingcastError(Exception):
    """Why an event was not published, or an answer not got.

    `code` is for programs: INVALID_CHANNEL, INVALID_TYPE, INVALID_DATA, INVALID_KEY, TOO_LARGE,
    UNKNOWN_CHANNEL, UNAVAILABLE, UNAUTHORIZED, FORBIDDEN, KEY_REUSED, REFUSED (by the server);
    UNREACHABLE, TIMEOUT, DISCONNECTED, PROTOCOL (no answer). `results` is for publish_many(): what
    had its answer before, in order.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        channel: Optional[str] = None,
        reason: Optional[str] = None,
        status: Optional[int] = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.channel = channel
        self.reason = reason
        self.status = status
        self.results: list[Optional[Result]] = []


class Event(NamedTuple):
    """An event for publish_many(); a tuple of the same does as well."""

    channel: str
    data: Any
    event: str = ""
    key: Optional[str] = None


class Result(NamedTuple):
    """What became of one event: an id, or an error."""

    id: Optional[str]
    error: Optional[RingcastError] = None


def find_publish_socket() -> str:
    """Where `ringcast pub` looks: the user's own socket, else the system's if there is one."""
    runtime = os.environ.get("RUNTIME_DIRECTORY", "").split(":")[0]
    session = os.environ.get("XDG_RUNTIME_DIR", "")
    own = f"/tmp/ringcast-{os.getuid()}/publish.sock"
    if runtime:
        own = f"{runtime}/publish.sock"
    elif os.getuid() == 0:
        own = SYSTEM_SOCKET
    elif session:
        own = f"{session}/ringcast/publish.sock"
    return SYSTEM_SOCKET if not _is_socket(own) and _is_socket(SYSTEM_SOCKET) else own


def _is_socket(path: str) -> bool:
    try:
        return stat.S_ISSOCK(os.stat(path).st_mode)
    except OSError:
        return False


def _encode(what: str, code: str, text: Any, channel: Any) -> bytes:
    if not isinstance(text, str):
        raise RingcastError(code, f"{what} is a str, not {type(text).__name__}")
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise RingcastError(code, f"{what} is not UTF-8: {error}", channel=channel) from None


def _data_bytes(data: Any, channel: Any) -> bytes:
    if isinstance(data, (bytes, bytearray, memoryview)):
        return bytes(data)
    if not isinstance(data, str):
        try:
            data = json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        except (TypeError, ValueError, RecursionError) as error:
            message = f"the data has no JSON: {error}"
            raise RingcastError("INVALID_DATA", message, channel=channel) from None
    return _encode("the data", "INVALID_DATA", data, channel)


class _BackOff:
    """Waits that double after each failure, up to a bound, spread by half either way."""

    def __init__(self, first: float, longest: float) -> None:
        self._first, self._longest = first, longest
        self._failures = 0

    def reset(self) -> None:
        self._failures = 0

    def next(self) -> float:
        middle = min(self._longest, self._first * float(1 << min(self._failures, 20)))
        self._failures += 1
        return middle * random.uniform(0.5, 1.5)


# --- The binary protocol; <ringcast/publish.h> is its specification ---

_MAGIC = b"\xc5RCP"
_VERSION = 1
_VERSION_KEYS = 2  # in which a frame may have an idempotency key
_SERVER_HELLO_SIZE = 16
_HEADER = struct.Struct("<IBBHQ")
_ONCE_HEADER = struct.Struct("<IBBBBQ")  # of a frame with a key
_LENGTH_OF_HEADER = 12  # what a frame's length counts of its header
_MAX_LENGTH = 0x01000400
_MAX_DATA = 16 << 20
_MAX_ACKS = 4096
_MAX_TEXT = 1024
_KIND_PUBLISH, _KIND_ONCE, _KIND_ACK, _KIND_NACK, _KIND_ERROR = 0x01, 0x02, 0x81, 0x82, 0x83
_NACK_CODES = {
    1: "INVALID_CHANNEL",
    2: "INVALID_TYPE",
    3: "INVALID_DATA",
    4: "TOO_LARGE",
    5: "UNAVAILABLE",
    6: "UNKNOWN_CHANNEL",
    7: "KEY_REUSED",
}
# Errors that are nobody's mistake: the same bytes may be taken by the next connection.
_PASSING_ERRORS = (4, 5)


def _frame(request: int, event: Event, idempotency: bool) -> bytes:
    name, key = event.channel, b""
    if idempotency:
        key = _check_key(event.key).encode()
    elif event.key is not None:
        message = "a key needs a publisher with idempotency=True"
        raise RingcastError("INVALID_KEY", message, channel=name)
    channel = _encode("a channel's name", "INVALID_CHANNEL", name, name)
    kind = _encode("an event's type", "INVALID_TYPE", event.event, name)
    data = _data_bytes(event.data, name)
    if len(channel) > (0xFF if key else 0xFFFF):
        raise RingcastError(
            "INVALID_CHANNEL", "the channel name is longer than 255 bytes", channel=name
        )
    if len(kind) > 0xFF:
        raise RingcastError("INVALID_TYPE", "the event type is longer than 255 bytes", channel=name)
    length = _LENGTH_OF_HEADER + len(channel) + len(kind) + len(key) + len(data)
    if len(data) > _MAX_DATA or length > _MAX_LENGTH:
        message = "the data is larger than any server takes (16 MiB)"
        raise RingcastError("TOO_LARGE", message, channel=name)
    if key:
        sizes = (len(kind), len(channel), len(key))
        header = _ONCE_HEADER.pack(length, _KIND_ONCE, *sizes, request)
    else:
        header = _HEADER.pack(length, _KIND_PUBLISH, len(kind), len(channel), request)
    return b"".join((header, channel, kind, key, data))


class _Lost(Exception):
    """The connection is gone; what has no answer is to be sent again."""


class _Link:
    """One connection: frames out, answers in. Greeted when the constructor returns."""

    SEND_SIZE = 256 << 10  # bytes put together before they are sent
    READ_SIZE = 64 << 10

    def __init__(self, path: str, version: int, timeout: float) -> None:
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._out = memoryview(b"")
        self._in = b""
        self._end = ""  # why nothing more will come
        try:
            self._socket.settimeout(timeout)
            self._socket.connect(path)
            self._socket.sendall(_MAGIC + bytes([version, 0, 0, 0]))
            while len(self._in) < _SERVER_HELLO_SIZE:
                piece = self._socket.recv(self.READ_SIZE)
                self._in += piece
                if self._in[: len(_MAGIC)] != _MAGIC[: len(self._in)]:
                    raise RingcastError("PROTOCOL", f"{path} is no publish socket")
                if not piece:
                    raise _Lost("the server closed the connection")
            if self._in[4] != version:
                speaks = f"the server speaks version {self._in[4]} of the publish protocol"
                raise RingcastError("PROTOCOL", f"{speaks}, this publisher {version}")
            self._in = self._in[_SERVER_HELLO_SIZE:]
            self._socket.setblocking(False)
        except OSError as error:
            self.close()
            raise _Lost(f"cannot connect to {path}: {error}") from None
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._socket.close()

    def exchange(self, unsent: deque[bytes], timeout: float) -> None:
        """Sends and receives what is possible, after waiting for either."""
        wanted = select.POLLIN | (select.POLLOUT if unsent or self._out else 0)
        poll = select.poll()
        poll.register(self._socket, wanted)
        try:
            for _, ready in poll.poll(max(0, int(timeout * 1000))):
                # What the server has to say comes first: why it closes, for one.
                if ready & ~select.POLLOUT:
                    self._receive()
                elif ready & select.POLLOUT:
                    self._send(unsent)
        except OSError as error:
            self._end = f"the connection to the server broke: {error}"

    def _send(self, unsent: deque[bytes]) -> None:
        while unsent or self._out:
            if not self._out:
                frames, size = [], 0
                while unsent and size < self.SEND_SIZE:
                    frames.append(unsent.popleft())
                    size += len(frames[-1])
                self._out = memoryview(b"".join(frames))
            try:
                self._out = self._out[self._socket.send(self._out) :]
            except BlockingIOError:
                return

    def _receive(self) -> None:
        try:
            piece = self._socket.recv(self.READ_SIZE)
        except BlockingIOError:
            return
        if not piece:
            self._end = "the server closed the connection"
        self._in += piece

    def answers(self) -> Iterator[tuple[int, Union[str, RingcastError]]]:
        """Request and id or refusal, of all answers that are there; raises after the last ever."""
        at = 0
        while len(self._in) - at >= _HEADER.size:
            length, kind, code, count, request = _HEADER.unpack_from(self._in, at)
            size = count * 16 if kind == _KIND_ACK else count
            if kind not in (_KIND_ACK, _KIND_NACK, _KIND_ERROR):
                raise self._broken("an answer of an unknown kind")
            if not 1 <= count <= _MAX_ACKS if kind == _KIND_ACK else count > _MAX_TEXT:
                raise self._broken("an answer of an impossible size")
            if length != _LENGTH_OF_HEADER + size:
                raise self._broken("an answer with a wrong length")
            end = at + _HEADER.size + size
            if len(self._in) < end:
                break
            content = self._in[at + _HEADER.size : end]
            at = end
            if kind == _KIND_ACK:
                for i, (ms, number) in enumerate(struct.iter_unpack("<QQ", content)):
                    yield request + i, f"{ms}-{number}"
                continue
            reason = content.decode(errors="replace")
            if kind == _KIND_NACK:
                yield request, RingcastError(
                    _NACK_CODES.get(code, "REFUSED"), reason, reason=reason
                )
            elif code in _PASSING_ERRORS:
                raise _Lost(f"the server ended the connection: {reason}")
            else:
                raise RingcastError(
                    "PROTOCOL", f"the server ended the connection: {reason}", reason=reason
                )
        self._in = self._in[at:]
        if self._end:
            raise _Lost(self._end)

    def _broken(self, what: str) -> RingcastError:
        return RingcastError("PROTOCOL", f"{self._path}: the server sent {what}")


class Publisher:
    """Publishes over the server's UNIX socket.

    An event is kept until the server has answered it. When the connection breaks, a new one is
    made, with back-off, and what has no answer is sent again, in order: none is lost, but an event
    that the server had published just before the break is published twice, unless events have
    idempotency keys.
    """

    def __init__(
        self,
        socket_path: Optional[str] = None,
        *,
        window_bytes: int = 4 << 20,
        connect_timeout: float = 10.0,
        answer_timeout: float = 60.0,
        first_backoff: float = 0.02,
        max_backoff: float = 2.0,
        idempotency: bool = False,
    ) -> None:
        """`window_bytes` bounds what is sent and not answered. A call fails after `connect_timeout`
        seconds without reaching the server, or `answer_timeout` without an answer. With
        `idempotency` every event has a key, its own or a random one, by which one that is sent
        again is published once, unless the server has forgotten it: after its idempotency-window,
        or a restart."""
        self._path = socket_path or find_publish_socket()
        self._window_bytes = window_bytes
        self._connect_timeout = connect_timeout
        self._answer_timeout = answer_timeout
        self._backoff = _BackOff(first_backoff, max_backoff)
        self._idempotency = idempotency
        self._lock = threading.Lock()
        self._link: Optional[_Link] = None
        self._next_request = 1
        self._closed = False

    def __enter__(self) -> Publisher:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Nothing waits to be sent: each call returns when its events have their answers."""
        with self._lock:
            self._closed = True
            self._drop()

    def publish(self, channel: str, data: Any, event: str = "", key: Optional[str] = None) -> str:
        """Gives the event's id, once it is ordered, stored and on its way to all subscribers."""
        (result,) = self.publish_many([Event(channel, data, event, key)])
        if result.error is not None:
            raise result.error
        assert result.id is not None
        return result.id

    def publish_many(self, events: Iterable[Union[Event, tuple[Any, ...]]]) -> list[Result]:
        """Publishes all in this order, without waiting for each, and tells what became of each."""
        with self._lock:
            if self._closed:
                raise RingcastError("CLOSED", "the publisher is closed")
            run = _Run(events, self._next_request, self._window_bytes, self._idempotency)
            try:
                self._work(run)
            except BaseException as error:
                # Its other answers would be taken for those to later events.
                self._drop()
                if isinstance(error, RingcastError):
                    error.results = run.results
                raise
            finally:
                self._next_request = run.next_request
            return run.finished()

    def _drop(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None

    def _work(self, run: _Run) -> None:
        reachable = last_answer = time.monotonic()
        lost = "nothing was tried"
        while run.fill():
            try:
                if self._link is None:
                    left = reachable + self._connect_timeout - time.monotonic()
                    if left <= 0:
                        raise RingcastError("UNREACHABLE", lost)
                    version = _VERSION_KEYS if self._idempotency else _VERSION
                    self._link = _Link(self._path, version, left)
                    last_answer = time.monotonic()
                left = last_answer + self._answer_timeout - time.monotonic()
                if left <= 0:
                    message = f"no answer within {self._answer_timeout:g} s"
                    raise RingcastError("TIMEOUT", f"{message}; it may have been published")
                self._link.exchange(run.unsent, left)
                for request, answer in self._link.answers():
                    run.take(request, answer)
                    last_answer = time.monotonic()
                    self._backoff.reset()
                reachable = time.monotonic()
            except _Lost as error:
                lost = str(error)
                self._drop()
                run.restart()
                time.sleep(self._backoff.next())


class _Run:
    """The events of one call: which are unsent, which unanswered, what became of the others."""

    def __init__(
        self, events: Iterable[Any], first_request: int, window_bytes: int, idempotency: bool
    ) -> None:
        self._idempotency = idempotency
        self._events = enumerate(events)
        self._window_bytes = window_bytes
        self.next_request = first_request
        self.unsent: deque[bytes] = deque()
        self._unanswered: deque[tuple[int, int, str, bytes]] = (
            deque()
        )  # request, place, channel, frame
        self._bytes = 0
        self.results: list[Optional[Result]] = []

    def fill(self) -> bool:
        """Takes events as far as the window goes. False when all are answered."""
        while self._bytes < self._window_bytes:
            place, item = next(self._events, (-1, ()))
            if place < 0:
                break
            event = Event(*item)
            self.results.append(None)
            try:
                frame = _frame(self.next_request, event, self._idempotency)
            except RingcastError as error:
                self.results[place] = Result(None, error)
                continue
            self._unanswered.append((self.next_request, place, event.channel, frame))
            self.unsent.append(frame)
            self._bytes += len(frame)
            self.next_request += 1
        return bool(self._unanswered)

    def restart(self) -> None:
        self.unsent = deque(frame for _, _, _, frame in self._unanswered)

    def take(self, request: int, answer: Union[str, RingcastError]) -> None:
        sent = len(self._unanswered) - len(self.unsent)
        if sent == 0 or request != self._unanswered[0][0]:
            raise RingcastError(
                "PROTOCOL", "the server answered a request that is not the next one"
            )
        _, place, channel, frame = self._unanswered.popleft()
        self._bytes -= len(frame)
        if isinstance(answer, str):
            self.results[place] = Result(answer)
        else:
            answer.channel = channel
            self.results[place] = Result(None, answer)

    def finished(self) -> list[Result]:
        return [result for result in self.results if result is not None]


# --- HTTP ---

_BATCH_BYTES = 1 << 20  # of one NDJSON request, well below what a server takes
_BATCH_LINES = 5000
_KEY = re.compile(r"[\x21-\x7e]{1,128}")
_PASSING_STATUS = (408, 429, 502, 503, 504)
_STATUS_CODES = {
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "UNKNOWN_CHANNEL",
    413: "TOO_LARGE",
    422: "KEY_REUSED",
    503: "UNAVAILABLE",
}


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class HttpPublisher:
    """Publishes over HTTP: to another host's publish listener with a token, or to the UNIX socket.

    A request that fails on the way is sent again with the same idempotency key, so that the server
    publishes it once.
    """

    def __init__(
        self,
        url: Optional[str] = None,
        *,
        socket_path: Optional[str] = None,
        token: Union[str, Callable[[], str], None] = None,
        timeout: float = 30.0,
        attempt_timeout: float = 10.0,
        idempotency: bool = True,
    ) -> None:
        """`url` is http://HOST:PORT or https://HOST. A token that is a function is asked for each
        request, and again after a 401. `timeout` is for a request with all its attempts. Without
        `idempotency` events get no key, and only what surely was not read is sent again: for
        servers whose idempotency-window is off."""
        if url is not None and socket_path is not None:
            raise ValueError("url and socket_path exclude one another")
        self._prefix = ""
        self._socket_path = socket_path or find_publish_socket()
        self._url: Optional[urllib.parse.SplitResult] = None
        if url is not None:
            parts = urllib.parse.urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError(f"{parts.scheme}: a url starts with http://HOST or https://HOST")
            if parts.query or parts.fragment or parts.username is not None:
                raise ValueError(
                    "a url has no query, fragment or user here; give a token as `token`"
                )
            self._url, self._prefix = parts, parts.path.rstrip("/")
        self._token = token
        self._timeout = timeout
        self._attempt_timeout = attempt_timeout
        self._idempotency = idempotency
        self._lock = threading.Lock()
        self._connection: Optional[http.client.HTTPConnection] = None

    def __enter__(self) -> HttpPublisher:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        with self._lock:
            self._drop()

    def publish(self, channel: str, data: Any, event: str = "", key: Optional[str] = None) -> str:
        """Gives the event's id. Events with the same key on the same channel are published once."""
        body = _data_bytes(data, channel)
        query = ""
        if event:
            query = "?event=" + urllib.parse.quote(
                _encode("an event's type", "INVALID_TYPE", event, channel)
            )
        headers = {}
        if key is not None or self._idempotency:
            headers["Idempotency-Key"] = _check_key(key)
        path = f"/publish/{_channel_path(channel)}{query}"
        status, text = self._send("POST", path, headers, body, bool(headers), channel)
        if status != 200:
            raise _refusal(status, text, channel)
        return str(_parse(text)["id"])

    def publish_many(self, events: Iterable[Union[Event, tuple[Any, ...]]]) -> list[Result]:
        """Publishes all in this order, many in a request, and tells what became of each."""
        results: list[Optional[Result]] = []
        lines: list[bytes] = []
        places: list[tuple[int, str]] = []

        def flush() -> None:
            status, text = self._send(
                "POST", "/publish", {}, b"".join(lines), self._idempotency, None
            )
            if status != 200:
                raise _refusal(status, text, None)
            answers = text.splitlines()
            if len(answers) != len(places):
                raise RingcastError("PROTOCOL", f"{len(answers)} answers to {len(places)} events")
            for (place, channel), answer in zip(places, map(_parse, answers)):
                results[place] = Result(answer.get("id"))
                if "error" in answer:
                    reason = str(answer["error"])
                    error = RingcastError("REFUSED", reason, channel=channel, reason=reason)
                    results[place] = Result(None, error)
            lines.clear()
            places.clear()

        try:
            size = 0
            for item in events:
                event = Event(*item)
                results.append(None)
                try:
                    lines.append(self._line(event))
                except RingcastError as error:
                    results[-1] = Result(None, error)
                    continue
                places.append((len(results) - 1, event.channel))
                size += len(lines[-1])
                if size >= _BATCH_BYTES or len(lines) >= _BATCH_LINES:
                    flush()
                    size = 0
            if lines:
                flush()
        except RingcastError as error:
            error.results = results
            raise
        return [result for result in results if result is not None]

    def channel_info(self, channel: str) -> Optional[dict[str, Any]]:
        """Subscribers, newest id and history; None when there is no such channel."""
        status, text = self._send("GET", _channels(channel), {}, None, True, channel)
        if status == 404:
            return None
        if status != 200:
            raise _refusal(status, text, channel)
        return _parse(text)

    def create_channel(self, channel: str, **settings: Union[int, str]) -> bool:
        """Creates it, or changes its settings: history_events, history_bytes ("1MiB"), history_ttl
        ("10m"), unused_timeout. False when it was there."""
        body = {name.replace("_", "-"): value for name, value in settings.items()}
        encoded = json.dumps(body).encode() if body else None
        status, text = self._send("PUT", _channels(channel), {}, encoded, True, channel)
        if status not in (200, 201):
            raise _refusal(status, text, channel)
        return status == 201

    def end_channel(self, channel: str) -> bool:
        """Ends its streams for good; False when there is no such channel."""
        status, text = self._send("DELETE", _channels(channel), {}, None, True, channel)
        if status not in (200, 404):
            raise _refusal(status, text, channel)
        return status == 200

    def _line(self, event: Event) -> bytes:
        _encode("a channel's name", "INVALID_CHANNEL", event.channel, event.channel)
        _encode("an event's type", "INVALID_TYPE", event.event, event.channel)
        try:
            data = _data_bytes(event.data, event.channel).decode()
        except UnicodeDecodeError as error:
            message = f"the data is not UTF-8: {error}"
            raise RingcastError("INVALID_DATA", message, channel=event.channel) from None
        line = {"channel": event.channel, "data": data}
        if event.event:
            line["event"] = event.event
        if event.key is not None or self._idempotency:
            line["key"] = _check_key(event.key)
        return json.dumps(line, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _send(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        body: Optional[bytes],
        repeatable: bool,
        channel: Optional[str],
    ) -> tuple[int, str]:
        """Status and text of the answer; tried again while that does no harm and there is time."""
        end = time.monotonic() + self._timeout
        backoff = _BackOff(0.05, 2.0)
        renewed = False
        while True:
            try:
                with self._lock:
                    status, text = self._attempt(method, path, headers, body, end)
                if status == 401 and callable(self._token) and not renewed:
                    renewed = True  # it may have run out since it was asked for
                    continue
                # A proxy that says 502 or 504 may have passed it on.
                again = status in _PASSING_STATUS and (repeatable or status not in (502, 504))
                if not again:
                    return status, text
                failure = _refusal(status, text, channel)
            except (OSError, http.client.HTTPException) as error:
                unsent = isinstance(
                    error, (ConnectionRefusedError, FileNotFoundError, socket.gaierror)
                )
                message = str(error) or type(error).__name__
                failure = RingcastError("DISCONNECTED", message, channel=channel)
                if not repeatable and not unsent:
                    raise failure from error
            wait = backoff.next()
            if time.monotonic() + wait >= end:
                if failure.code == "DISCONNECTED":
                    message = f"no answer within {self._timeout:g} s: {failure}"
                    raise RingcastError("UNREACHABLE", message, channel=channel)
                raise failure
            time.sleep(wait)

    def _attempt(
        self, method: str, path: str, headers: dict[str, str], body: Optional[bytes], end: float
    ) -> tuple[int, str]:
        token = self._token() if callable(self._token) else self._token
        headers = dict(headers)
        if token is not None:
            if not re.fullmatch(r"[\x21-\x7e]+", token):
                raise RingcastError("UNAUTHORIZED", "the token has characters that no token has")
            headers["Authorization"] = f"Bearer {token}"
        timeout = max(0.001, min(self._attempt_timeout, end - time.monotonic()))
        try:
            if self._connection is None:
                self._connection = self._connect(timeout)
            elif self._connection.sock is not None:
                self._connection.sock.settimeout(timeout)
            self._connection.request(method, self._prefix + path, body, headers)
            answer = self._connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        except BaseException:
            self._drop()
            raise

    def _connect(self, timeout: float) -> http.client.HTTPConnection:
        if self._url is None:
            return _UnixConnection(self._socket_path, timeout)
        kind = (
            http.client.HTTPSConnection
            if self._url.scheme == "https"
            else http.client.HTTPConnection
        )
        assert self._url.hostname
        return kind(self._url.hostname, self._url.port, timeout=timeout)


def _check_key(key: Optional[str]) -> str:
    if key is None:
        return str(uuid.uuid4())
    if isinstance(key, str) and _KEY.fullmatch(key):
        return key
    raise RingcastError("INVALID_KEY", "an idempotency key is 1 to 128 visible ASCII characters")


def _channel_path(channel: str) -> str:
    return urllib.parse.quote(
        _encode("a channel's name", "INVALID_CHANNEL", channel, channel), safe="/"
    )


def _channels(channel: str) -> str:
    return f"/channels/{_channel_path(channel)}"


def _parse(text: str) -> dict[str, Any]:
    try:
        answer = json.loads(text)
        if isinstance(answer, dict):
            return answer
    except ValueError:
        pass  # told below, with what there was
    raise RingcastError("PROTOCOL", f"no answer of a Ringcast server: {text[:200]}")


def _refusal(status: int, text: str, channel: Optional[str]) -> RingcastError:
    try:
        reason = str(json.loads(text)["error"])
    except (ValueError, TypeError, KeyError):
        reason = text[:200] or "no reason given"
    code = _STATUS_CODES.get(status, "REFUSED")
    return RingcastError(
        code, f"{reason} (HTTP {status})", channel=channel, reason=reason, status=status
    )


# --- The command ---

# Exit codes of sysexits.h, as those of `ringcast pub`.
_USAGE, _REFUSED, _UNAVAILABLE = 64, 65, 69
_NO_ANSWER = ("UNREACHABLE", "TIMEOUT", "DISCONNECTED", "UNAVAILABLE", "PROTOCOL")


class _ArgumentParser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(_USAGE, f"{self.prog}: {message}\n")


def main(arguments: Optional[list[str]] = None) -> int:
    parser = _ArgumentParser(
        prog="python -m ringcast", description="Publishes to a Ringcast server."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    pub = commands.add_parser("pub", help="publish one event and print its id")
    pub.add_argument("channel")
    pub.add_argument("data")
    pub.add_argument("--event", default="", help="type of the event; default: message")
    where = pub.add_mutually_exclusive_group()
    where.add_argument("--publish-socket", metavar="PATH", help="default: where ringcast pub looks")
    where.add_argument("--url", help="a publish listener; the token is in RINGCAST_TOKEN")
    options = parser.parse_args(arguments)
    try:
        if options.url:
            token = os.environ.get("RINGCAST_TOKEN")
            with HttpPublisher(options.url, token=token) as remote:
                print(remote.publish(options.channel, options.data, options.event))
        else:
            with Publisher(options.publish_socket) as publisher:
                print(publisher.publish(options.channel, options.data, options.event))
    except ValueError as error:
        parser.error(str(error))
    except RingcastError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return _UNAVAILABLE if error.code in _NO_ANSWER else _REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
