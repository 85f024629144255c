"""What the daemon costs when it is at a limit, and somebody keeps knocking.

Each limit is one daemon at it and one that is not: the same clients there, the same knocks. What the
first uses more of a core is the price of turning away.
"""

import socket
import struct
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from measure.machine import free_port
from measure.report import table
from measure.server import Server

from .vitals import look, read_stats

# Of a core, in percent. At rest a daemon looks at its lanes ten times a second.
MOST_EXTRA = 5.0
MOST_IDLE = 5.0
# Of the knocks that must have met the limit, or not: others come and go between two of them.
LEAST_SHARE = 0.8
KNOCKS_A_SECOND = 100
CROWD = 50
SETTLE_SECONDS = 0.5
REPLY_SECONDS = 10.0
MANY_FILES = 20_000
RESET = struct.pack("ii", 1, 0)  # of SO_LINGER
CHANNEL = "crowd"
HISTORIES = 128  # channels with a history


class LimitNotReached(Exception):
    """A daemon was not where it should have been; the text says what it counted."""


class Ground:
    """One daemon and the connections that are held to it."""

    def __init__(self, port: int, folder: Path, pid: int) -> None:
        self.port = port
        self.publish = folder / "publish.sock"
        self.admin = folder / "admin.sock"
        self.pid = pid
        self.held: deque[socket.socket] = deque()
        self.knocks = 0

    def stats(self) -> Any:
        """What the daemon says."""
        return read_stats(self.admin)

    def cpu_seconds(self) -> float:
        """Since its start."""
        return look(self.pid).cpu_seconds

    def connect(self) -> socket.socket:
        """To the public listener."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=REPLY_SECONDS)

    def connect_publisher(self) -> socket.socket:
        """To the publish socket."""
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(REPLY_SECONDS)
        connection.connect(str(self.publish))
        return connection

    def open_stream(self, target: str) -> socket.socket:
        """Asks for a stream and reads its first event, or why there is none."""
        connection = self.connect()
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        _read_until(connection, b"\n\n", b"\r\n\r\n{")
        return connection

    def post(
        self, connection: socket.socket, target: str, body: bytes, method: str = "POST"
    ) -> None:
        """One request to the publish socket, and its answer."""
        head = f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body)
        _read_until(connection, b"\r\n\r\n")

    def hold(self, connection: socket.socket, most: int = 10**6) -> None:
        """Keeps it; of more than so many the oldest goes."""
        self.held.append(connection)
        if len(self.held) > most:
            _reset(self.held.popleft())


def _read_until(connection: socket.socket, *marks: bytes) -> None:
    """Or until the end, or a reset."""
    got = b""
    try:
        while not any(mark in got for mark in marks):
            piece = connection.recv(65536)
            if not piece:
                return
            got += piece
    except ConnectionError:
        pass


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    connection.close()


def _no_crowd(_: Ground) -> None:
    pass


def _streams(ground: Ground) -> None:
    for _ in range(CROWD):
        ground.hold(ground.open_stream(f"/events/{CHANNEL}"))


def _ask(target: str) -> Callable[[Ground], None]:
    def knock(ground: Ground) -> None:
        _reset(ground.open_stream(target))

    return knock


def _publishers(ground: Ground) -> None:
    for _ in range(CROWD):
        connection = ground.connect_publisher()
        ground.post(connection, f"/publish/{CHANNEL}", b"x")
        ground.hold(connection)


def _post(target: str, body: bytes) -> Callable[[Ground], None]:
    def knock(ground: Ground) -> None:
        with ground.connect_publisher() as connection:
            ground.post(connection, target, body)

    return knock


def _create_channels(ground: Ground) -> None:
    with ground.connect_publisher() as connection:
        for number in range(CROWD):
            ground.post(connection, f"/channels/{number}", b"", method="PUT")


def _create_one(ground: Ground) -> None:
    with ground.connect_publisher() as connection:
        ground.post(connection, f"/channels/new/{ground.knocks}", b"", method="PUT")


def _batch(lines: int, size: int) -> bytes:
    return b'{"channel":"c","data":"%s"}\n' % (b"x" * size) * lines


def _fill_history(ground: Ground) -> None:
    with ground.connect_publisher() as connection:
        for number in range(1000):
            ground.post(connection, f"/publish/{number % HISTORIES}", b"x" * 100_000)


def _publish_in_turn(ground: Ground) -> None:
    with ground.connect_publisher() as connection:
        ground.post(connection, f"/publish/{ground.knocks % HISTORIES}", b"x" * 100_000)


def _silent(ground: Ground) -> None:
    ground.hold(ground.connect(), most=1000)


def _fill_table(ground: Ground) -> None:
    _streams(ground)
    for _ in range(4 * KNOCKS_A_SECOND):
        _silent(ground)


def _connections(ground: Ground) -> int:
    return int(ground.stats()["connections"]["now"])


def _crowd_of_publishers(ground: Ground) -> None:
    for _ in range(300):
        ground.hold(ground.connect_publisher())


def _come_and_go(ground: Ground) -> None:
    ground.connect_publisher().close()


@dataclass(frozen=True)
class Limit:
    """How one limit is reached, and how it is knocked at."""

    name: str
    at: dict[str, str]  # options of `serve` that make it the limit
    under: dict[str, str]  # the same where it is none
    crowd: Callable[[Ground], None]  # who is there
    knock: Callable[[Ground], None]  # one more
    counted: str = ""  # as in refused_by_limit; else other() tells
    other: Callable[[Ground], int] = field(default=lambda _: 0)
    files_at: int = MANY_FILES  # RLIMIT_NOFILE

    def count(self, ground: Ground) -> int:
        """How often the limit was met so far."""
        if not self.counted:
            return self.other(ground)
        return int(ground.stats()["refused_by_limit"][self.counted])


BIG = b"x" * 4000
ALWAYS = 10**9  # met by each knock
LIMITS = (
    Limit(
        "connections",
        {"max-connections": str(CROWD)},
        {"max-connections": "1000"},
        _streams,
        _ask(f"/events/{CHANNEL}"),
        "max_connections",
    ),
    Limit(
        "connections of an address",
        {"max-connections-per-ip": str(CROWD)},
        {"max-connections-per-ip": "1000"},
        _streams,
        _ask(f"/events/{CHANNEL}"),
        "max_connections_per_ip",
    ),
    Limit(
        "connections of an address a second",
        {"connection-rate-per-ip": "1"},
        {"connection-rate-per-ip": "100000"},
        _no_crowd,
        _ask(f"/events/{CHANNEL}"),
        "connection_rate_per_ip",
    ),
    Limit(
        "channels of a stream",
        {"max-channels-per-stream": "3"},
        {"max-channels-per-stream": "4"},
        _streams,
        _ask("/events?channel=a&channel=b&channel=c&channel=d"),
        "max_channels_per_stream",
    ),
    Limit(
        "subscribers of a channel",
        {"max-subscribers-per-channel": str(CROWD)},
        {"max-subscribers-per-channel": "1000"},
        _streams,
        _ask(f"/events/{CHANNEL}"),
        "max_subscribers_per_channel",
    ),
    Limit(
        "publishers",
        {"max-publishers": str(CROWD)},
        {"max-publishers": "1000"},
        _publishers,
        _post(f"/publish/{CHANNEL}", b"x"),
        "max_publishers",
    ),
    Limit(
        "size of an event",
        {"max-event-size": "1KiB"},
        {"max-event-size": "1MiB"},
        _streams,
        _post(f"/publish/{CHANNEL}", BIG),
        "max_event_size",
    ),
    Limit(
        "size of a batch",
        {"max-event-size": "1KiB", "max-batch-size": "2KiB"},
        {"max-event-size": "1KiB", "max-batch-size": "1MiB"},
        _streams,
        _post("/publish", _batch(20, 200)),
        "max_batch_size",
    ),
    Limit(
        "events of a batch",
        {"max-batch-events": "10"},
        {"max-batch-events": "1000"},
        _streams,
        _post("/publish", _batch(20, 20)),
        "max_batch_events",
    ),
    Limit(
        "channels that were created",
        {"max-channels": str(CROWD)},
        {"max-channels": "1000000"},
        _create_channels,
        _create_one,
        "max_channels",
    ),
    Limit(
        "memory of histories",
        {"history-memory": "64MiB"},
        {"history-memory": "1GiB"},
        _fill_history,
        _publish_in_turn,
        other=lambda ground: int(ground.stats()["memory"]["history_dropped_events"]),
    ),
    Limit(
        "table of direct descriptors",
        {"max-connections": "100"},
        {"max-connections": "100"},
        _fill_table,
        _silent,
        other=lambda ground: ALWAYS if 255 <= _connections(ground) <= 260 else 0,
        files_at=260,
    ),
    Limit(
        "descriptors of the process",
        {"max-publishers": "4096", "max-connections": "60"},
        {"max-publishers": "4096", "max-connections": "60"},
        _crowd_of_publishers,
        _come_and_go,
        # Asked by a look from outside: there is no descriptor left for the admin listener either.
        other=lambda ground: ALWAYS if 198 <= look(ground.pid).descriptors <= 200 else 0,
        files_at=200,
    ),
)


@dataclass(frozen=True)
class Price:
    """What came out for one limit; CPU in percent of a core."""

    limit: str
    idle: float  # at the limit, nobody knocks
    at: float = 0.0
    under: float = 0.0
    knocks: int = 0
    refused: int = 0

    @property
    def extra(self) -> float:
        """What being at the limit costs."""
        return self.at - self.under

    def failures(self) -> Iterator[str]:
        """What is too much."""
        if self.idle > MOST_IDLE:
            yield f"{self.limit}: {self.idle:.1f}% of a core although nobody knocks: it spins"
        if self.extra > MOST_EXTRA:
            yield f"{self.limit}: {self.extra:.1f}% of a core more than under it"


def measure(ringcast: Path, scratch: Path, limit: Limit, seconds: float, idle_only: bool) -> Price:
    """Raises LimitNotReached, ServerFailed and OSError."""
    with _daemon(ringcast, scratch, limit.at, limit.files_at) as ground:
        limit.crowd(ground)
        time.sleep(SETTLE_SECONDS)
        idle = _percent(ground, lambda: time.sleep(seconds), seconds)
        if idle_only:
            _knock(ground, limit, 0.2)
            _expect(ground, limit, ground.knocks, met=True)
            return Price(limit.name, idle)
        before = limit.count(ground) if limit.counted else 0
        at = _percent(ground, lambda: _knock(ground, limit, seconds), seconds)
        knocks = ground.knocks
        refused = _expect(ground, limit, knocks, met=True, before=before)
    with _daemon(ringcast, scratch, limit.under, MANY_FILES) as ground:
        limit.crowd(ground)
        time.sleep(SETTLE_SECONDS)
        under = _percent(ground, lambda: _knock(ground, limit, seconds), seconds)
        _expect(ground, limit, ground.knocks, met=False)
    return Price(limit.name, idle, at, under, knocks, min(refused, knocks))


def _expect(ground: Ground, limit: Limit, knocks: int, met: bool, before: int = 0) -> int:
    """Whether the limit was met by the knocks, or by none of them; gives how often it was."""
    counted = limit.count(ground) - before
    share = counted / max(1, knocks)
    if (share >= LEAST_SHARE) != met or (not met and counted > 0):
        place = "at" if met else "under"
        raise LimitNotReached(f"{limit.name}: {place} it, {counted} of {knocks} knocks met it")
    return counted


def _percent(ground: Ground, work: Callable[[], None], seconds: float) -> float:
    before, start = ground.cpu_seconds(), time.monotonic()
    work()
    elapsed = max(seconds, time.monotonic() - start)
    return (ground.cpu_seconds() - before) / elapsed * 100


def _knock(ground: Ground, limit: Limit, seconds: float) -> None:
    """At a steady pace, whatever each takes."""
    start = time.monotonic()
    for number in range(round(seconds * KNOCKS_A_SECOND)):
        time.sleep(max(0.0, start + number / KNOCKS_A_SECOND - time.monotonic()))
        limit.knock(ground)
        ground.knocks += 1


@contextmanager
def _daemon(
    ringcast: Path, folder: Path, options: dict[str, str], files: int
) -> Iterator[Ground]:
    port = free_port()
    fixed = {
        "listen": f"127.0.0.1:{port}",
        "publish-socket": str(folder / "publish.sock"),
        "admin": f"unix:{folder / 'admin.sock'}",
        "shards": "1",
        "drain-timeout": "off",
    }
    command = ["prlimit", f"--nofile={files}", str(ringcast), "serve"]
    for name, value in (fixed | options).items():
        command += [f"--{name}", value]
    with Server(command, port) as server:
        ground = Ground(port, folder, server.pids()[0])
        try:
            yield ground
        finally:
            for connection in ground.held:
                _reset(connection)


def prices_text(prices: Sequence[Price], idle_only: bool) -> str:
    """As a table for people."""
    heading = ["CPU, % of a core", "idle at it"]
    if not idle_only:
        heading += ["knocked at", "the same under it", "extra", "knocks", "met it"]
    rows = []
    for price in prices:
        row = [price.limit, f"{price.idle:.1f}"]
        if not idle_only:
            row += [f"{price.at:.1f}", f"{price.under:.1f}", f"{price.extra:+.1f}"]
            row += [str(price.knocks), str(price.refused)]
        rows.append(row)
    return table(heading, rows)
