"""What the kernel and the daemon itself say about a running daemon."""

import http.client
import itertools
import json
import os
import socket
from collections import Counter
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
# Of /proc/net/tcp.
LISTEN, TIME_WAIT = "0A", "06"
ATTEMPTS = 10  # each is given a second by the daemon


@dataclass(frozen=True)
class Vitals:
    """One look at a process. Bytes and seconds."""

    memory: int  # its share (PSS) of anonymous and shared memory; that of files changes by itself
    resident: int
    descriptors: int
    cpu_seconds: float  # since its start


def look(pid: int) -> Vitals:
    """Raises OSError when it is gone."""
    rollup = _kibibytes(Path(f"/proc/{pid}/smaps_rollup"))
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    user, system = stat.rpartition(")")[2].split()[11:13]  # proc(5): fields 14 and 15
    return Vitals(
        rollup["Pss_Anon"] + rollup["Pss_Shmem"],
        rollup["Rss"],
        len(os.listdir(f"/proc/{pid}/fd")),
        (int(user) + int(system)) / TICKS_A_SECOND,
    )


def _kibibytes(path: Path) -> dict[str, int]:
    """Lines `Name:  7 kB` as bytes by name."""
    return {
        words[0].rstrip(":"): int(words[1]) * 1024
        for words in map(str.split, path.read_text(encoding="ascii").splitlines())
        if words[-1] == "kB"
    }


def sockets_of_port(port: int) -> Counter[str]:
    """TCP sockets with this port at either end, by state as /proc/net/tcp writes it."""
    states: Counter[str] = Counter()
    ends = f":{port:04X}"
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(table, encoding="ascii") as lines:
            next(lines)
            for line in lines:
                _, local, remote, state = line.split(maxsplit=4)[:4]
                if local.endswith(ends) or remote.endswith(ends):
                    states[state] += 1
    return states


def socket_sums() -> dict[str, int]:
    """The TCP line of /proc/net/sockstat: in use, orphans, TIME_WAIT, allocated, pages of memory."""
    for line in Path("/proc/net/sockstat").read_text(encoding="ascii").splitlines():
        name, *words = line.split()
        if name == "TCP:":
            return {key: int(value) for key, value in zip(words[::2], words[1::2], strict=True)}
    raise KeyError("TCP:")


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=30)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def read_stats(admin: Path) -> Any:
    """/stats.json of a daemon whose admin listener is this UNIX socket. Raises OSError.

    On a crowded machine the sequencer may take longer than the listener waits for it, which then
    says so: asked again for a while.
    """
    for attempt in itertools.count(1):
        connection = _UnixConnection(admin)
        try:
            connection.request("GET", "/stats.json")
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status == HTTPStatus.OK:
            return json.loads(body)
        if attempt == ATTEMPTS:
            raise OSError(f"/stats.json answers {answer.status}: {body.decode(errors='replace')}")
