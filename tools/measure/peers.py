"""The servers that are compared: how each is installed, started and fed.

Each is set up as someone who knows it would: bench/peers/README.md says how and why.
"""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import build
from .machine import free_port, open_files_limit
from .paths import PEERS
from .scenarios import Case
from .server import Server

NGINX_MODULES = "/usr/lib/nginx/modules"
SPARE_FILES = 100  # of a process's own: listeners, logs, pipes
SPARE_CONNECTIONS = 100  # beside the subscribers that are measured: who watches, who looks


@dataclass
class Running:
    """A server that has been started: where to subscribe and publish, and whom to count."""

    port: int
    publish: str  # as --publish of `ringcast bench` takes it
    servers: list[Server]

    def pids(self) -> list[int]:
        """All processes of the server, those that it needs beside it included."""
        return [pid for server in self.servers for pid in server.pids()]

    def peak_memory(self) -> int:
        """Bytes resident at the peak, in sum over all processes."""
        return sum(server.peak_memory() for server in self.servers)


@dataclass(frozen=True)
class Peer:
    """A server that can be measured."""

    name: str
    title: str
    start: Callable[["Setup", Case, ExitStack, Path], Running]
    packages: tuple[str, ...] = ()
    processes: int = 1  # each holds as many connections as RLIMIT_NOFILE lets it; 0: no such limit
    resumes: bool = False  # it knows Last-Event-ID

    def takes(self, case: Case) -> bool:
        """Whether a case says something about it."""
        if self.name == "floor":
            return bool(case.floor)
        if case.ours and self.name != "ringcast":
            return False
        return self.resumes or not case.resumes

    def most_connections(self) -> int:
        """Subscribers that it can hold here.

        Connections do not spread over processes evenly, and nginx begins to close those that still
        wait for their request when fewer than a sixteenth of its connections are free.
        """
        if self.processes == 0:
            return 10_000_000
        return int(self.processes * (open_files_limit() - SPARE_FILES) * 0.85)


@dataclass
class Setup:
    """What has been built and installed."""

    binaries: Path  # of ringcast and the floor
    express: Path | None = None

    @property
    def ringcast(self) -> Path:
        """The daemon and load generator."""
        return self.binaries / "ringcast"


def start_ringcast(
    ringcast: Path, connections: int, stack: ExitStack, scratch: Path, **more: str
) -> Running:
    """Starts the daemon for so many subscribers and a few to spare.

    `ringcast` is the program itself, `more` are further options of `serve`.
    """
    port, publish = free_port(), scratch / "publish.sock"
    options = {
        "listen": f"0.0.0.0:{port}",  # the load generator spreads over 127.0.0.0/8
        "admin": f"unix:{scratch / 'admin.sock'}",
        "publish-socket": str(publish),
        "max-connections": str(connections + SPARE_CONNECTIONS),
        "drain-timeout": "off",
    }
    command = [str(ringcast), "serve"]
    for name, value in (options | more).items():
        command += [f"--{name}", value]
    return Running(port, f"unix:{publish}", [stack.enter_context(Server(command, port))])


def _start_ringcast(setup: Setup, case: Case, stack: ExitStack, scratch: Path) -> Running:
    # Where clients come back at once, the old connections may still be there.
    twice = 2 if case.bench in ("churn", "storm") else 1
    return start_ringcast(
        setup.ringcast, twice * case.connections + case.more_connections, stack, scratch
    )


def _start_floor(setup: Setup, case: Case, stack: ExitStack, _: Path) -> Running:
    port = free_port()
    command = [
        str(setup.binaries / "floor"),
        "--address",
        "0.0.0.0",
        "--port",
        str(port),
        "--payload",
        str(case.payload),
        "--seconds",
        f"{case.seconds:g}",
    ]
    if case.floor == "hold":  # it waits for one that does not come, and pushes nothing
        command += ["--connections", str(case.connections + 1)]
    else:
        command += ["--mode", case.floor, "--connections", str(case.connections)]
    if case.floor == "each":
        command += ["--rate", f"{case.rate:g}"]
    command += case.floor_flags
    return Running(port, "none", [stack.enter_context(Server(command, port))])


def _start_nchan(_: Setup, case: Case, stack: ExitStack, scratch: Path) -> Running:
    port, files = free_port(), open_files_limit()
    text = (PEERS / "nginx" / "nchan.conf").read_text(encoding="utf-8")
    for name, value in (
        ("MODULES", NGINX_MODULES),
        ("SCRATCH", str(scratch)),
        ("PORT", str(port)),
        ("WORKERS", str(_cores())),
        ("FILES", str(files)),
        ("CONNECTIONS", str(files - SPARE_FILES)),
    ):
        text = text.replace(f"@{name}@", value)
    configuration = scratch / "nginx.conf"
    configuration.write_text(text, encoding="utf-8")
    server = stack.enter_context(
        Server(
            ["/usr/sbin/nginx", "-p", str(scratch), "-e", "stderr", "-c", str(configuration)],
            port,
            processes=1 + _cores(),
        )
    )
    return Running(port, _publish_url(port, case), [server])


def _start_express(setup: Setup, case: Case, stack: ExitStack, _: Path) -> Running:
    return _express(setup, case, stack, {}, 1)


def _start_redis(setup: Setup, case: Case, stack: ExitStack, scratch: Path) -> Running:
    port = free_port()
    redis = stack.enter_context(
        Server(
            [
                "redis-server",
                "--port",
                str(port),
                "--bind",
                "127.0.0.1",
                "--dir",
                str(scratch),
                "--save",
                "",
                "--appendonly",
                "no",
            ],
            port,
        )
    )
    # The process that starts the others counts as well.
    express = _express(setup, case, stack, {"REDIS_PORT": str(port)}, 1 + _cores())
    express.servers.append(redis)
    return express


def _express(
    setup: Setup, case: Case, stack: ExitStack, environment: dict[str, str], processes: int
) -> Running:
    assert setup.express is not None
    port = free_port()
    server = stack.enter_context(
        Server(
            ["node", str(setup.express / "server.js")],
            port,
            {"PORT": str(port), "NODE_ENV": "production"} | environment,
            processes,
        )
    )
    return Running(port, _publish_url(port, case), [server])


def _publish_url(port: int, case: Case) -> str:
    return f"http://127.0.0.1:{port}/publish/{case.channel}"


def _cores() -> int:
    return len(os.sched_getaffinity(0))


# In the order of tables and plots.
PEERS_BY_NAME: dict[str, Peer] = {
    peer.name: peer
    for peer in (
        Peer("floor", "Floor", _start_floor, processes=0),
        Peer("ringcast", "Ringcast", _start_ringcast, processes=0, resumes=True),
        Peer(
            "nchan",
            "nchan",
            _start_nchan,
            ("nginx-light", "libnginx-mod-nchan"),
            processes=_cores(),
            resumes=True,
        ),
        Peer("express", "Express", _start_express),
        Peer("redis", "Express + Redis", _start_redis, ("redis-server",), processes=_cores()),
    )
}


@contextmanager
def running(peer: Peer, setup: Setup, case: Case, scratch: Path) -> Iterator[Running]:
    """Starts a server on fresh processes; at the end all of them have ended."""
    with ExitStack() as stack:
        yield peer.start(setup, case, stack, scratch)


def describe(names: list[str], setup: Setup) -> dict[str, dict[str, str]]:
    """Title and version of each peer, by name."""

    def said(*command: str) -> str:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return (done.stdout or done.stderr).strip()

    def module(name: str) -> str:
        assert setup.express is not None
        package = setup.express / "node_modules" / name / "package.json"
        return str(json.loads(package.read_text(encoding="utf-8"))["version"])

    def express() -> str:
        return f"Express {module('express')} on Node {said('node', '--version').lstrip('v')}"

    texts: dict[str, Callable[[], str]] = {
        "floor": lambda: "bench/floor of the same commit",
        "ringcast": lambda: said(str(setup.ringcast), "--version"),
        "nchan": lambda: (
            f"nchan {build.package_version('libnginx-mod-nchan')} in nginx "
            f"{said('/usr/sbin/nginx', '-v').rpartition('/')[2]}"
        ),
        "express": express,
        "redis": lambda: (
            f"{express()}, redis {module('redis')}, Redis {build.package_version('redis-server')}"
        ),
    }
    return {name: {"title": PEERS_BY_NAME[name].title, "version": texts[name]()} for name in names}
