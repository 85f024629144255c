"""Broadcasts to as many subscribers as the machine can hold: preparation, runs and the report."""

import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .load import Outcome, run_bench
from .machine import (
    BACKLOG_SETTINGS,
    machine_line,
    memory_bytes,
    read_setting,
    setting_path,
    socket_memory_setting,
)
from .peers import PEERS_BY_NAME, Setup, running, start_ringcast
from .report import number, table
from .results import FAULTS
from .scenarios import Case

HEARTBEAT_SECONDS = 30
# Memory of a connection with both of its ends on this machine.
KERNEL_BYTES = 9500
SERVER_BYTES = 100
GENERATOR_BYTES = 200
IN_FLIGHT_BYTES = 1000  # an event on its way, as the kernel counts it
FIXED_BYTES = 512 * 2**20  # threads, rings, buffers, and something for the rest of the machine
# The server spreads heartbeats over the last quarter of the interval.
MEAN_HEARTBEAT_SECONDS = HEARTBEAT_SECONDS * 7 / 8
# A channel for each subscriber: in so many seconds each of them gets one event.
SPREAD_SECONDS = 10
# How often the floor looks whom to send one, as an event for one subscriber comes at any time.
SPREAD_TICK_MS = 1
# For the clients to come and the floor to settle, beyond what is measured.
FLOOR_SPARE_SECONDS = 60


@dataclass
class Plan:
    """How many subscribers, and what they are sent."""

    connections: int
    quiet_seconds: float  # held without an event first: heartbeats only
    events: int
    every_seconds: float  # between two events

    def needed_bytes(self) -> int:
        """Memory that the run takes on this machine, server, kernel and clients together."""
        each = KERNEL_BYTES + SERVER_BYTES + GENERATOR_BYTES + IN_FLIGHT_BYTES
        return self.connections * each + FIXED_BYTES

    def case(self) -> Case:
        """The same for the load generator."""
        return Case(
            "million",
            "fanout",
            self.connections,
            self.events * self.every_seconds,
            rate=1 / self.every_seconds,
            flags=("--quiet", f"{self.quiet_seconds:g}"),
        )

    def floor_case(self) -> Case:
        """As many heartbeats from the floor, in the same rhythm."""
        return self._sends_of_floor(
            self.quiet_seconds, ("--beat", f"{MEAN_HEARTBEAT_SECONDS:g}")
        )

    def spread_case(self) -> Case:
        """An event for each subscriber on a channel of its own, in no order that repeats."""
        return Case(
            "spread",
            "channels",
            self.connections,
            SPREAD_SECONDS,
            rate=self.connections / SPREAD_SECONDS,
            flags=("--channels", str(self.connections), "--zipf", "0"),
        )

    def spread_floor_case(self) -> Case:
        """As many sends from the floor, each to one subscriber."""
        return self._sends_of_floor(
            SPREAD_SECONDS,
            ("--beat", str(SPREAD_SECONDS), "--beat-tick", str(SPREAD_TICK_MS)),
        )

    def _sends_of_floor(self, seconds: float, floor_flags: tuple[str, ...]) -> Case:
        return Case(
            "floor",
            "hold",
            self.connections,
            seconds + FLOOR_SPARE_SECONDS,
            flags=("--quiet", f"{seconds:g}"),
            floor="beat",
            floor_flags=floor_flags,
        )

    def timeout_seconds(self) -> float:
        """Far more than it takes, connecting at 2,000 a second included."""
        return 300 + self.quiet_seconds + self.events * self.every_seconds + self.connections / 2000


def why_impossible(plan: Plan) -> str:
    """Why this machine is too small, in words; empty when it is large enough."""
    needed, available = plan.needed_bytes(), memory_bytes("MemAvailable")
    if available < needed:
        return (
            f"{plan.connections:,} connections need about {needed / 2**30:.1f} GiB of memory "
            f"here (server, clients and both ends in the kernel), and {available / 2**30:.1f} "
            f"GiB are available: choose --connections {most_connections(available):,} or less"
        )
    return ""


def most_connections(available_bytes: int) -> int:
    """How many connections so much memory is enough for, in round thousands."""
    each = KERNEL_BYTES + SERVER_BYTES + GENERATOR_BYTES + IN_FLIGHT_BYTES
    return max((available_bytes - FIXED_BYTES) // each // 1000 * 1000, 0)


def wanted_settings(plan: Plan) -> dict[str, str]:
    """Settings of the kernel that so many connections need; never less than what is set already."""
    wanted = dict(BACKLOG_SETTINGS)
    # More local ports: fewer addresses to spread the clients over.
    wanted["net.ipv4.ip_local_port_range"] = "16384 65535"
    wanted |= socket_memory_setting(plan.connections * 2 * IN_FLIGHT_BYTES)
    # Two ends of each connection, counted once as a file and once as an entry of a firewall.
    for name in ("fs.file-max", "net.netfilter.nf_conntrack_max"):
        least = plan.connections * 22 // 10
        if setting_path(name).exists() and int(read_setting(name)) < least:
            wanted[name] = str(least)
    return wanted


def broadcast(setup: Setup, plan: Plan) -> Outcome:
    """Holds the connections, broadcasts to all of them, and gives what arrived."""
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ringcast-million-")))
        heartbeat = f"{HEARTBEAT_SECONDS}s"
        server = start_ringcast(setup.ringcast, plan.connections, stack, scratch, heartbeat=heartbeat)
        arguments = plan.case().arguments(server.port, server.publish)
        return run_bench(setup.ringcast, arguments, server.pids(), plan.timeout_seconds())


def spread(setup: Setup, plan: Plan) -> Outcome:
    """Holds the connections, each on a channel of its own, and publishes to all of these."""
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ringcast-million-")))
        server = start_ringcast(setup.ringcast, plan.connections, stack, scratch, heartbeat="off")
        arguments = plan.spread_case().arguments(server.port, server.publish)
        return run_bench(setup.ringcast, arguments, server.pids(), plan.timeout_seconds())


def heartbeat_us(result: Mapping[str, Any]) -> float | None:
    """CPU time of the server for one heartbeat, in us."""
    percent, seconds = result.get("quiet_server_cpu_percent"), result.get("quiet_seconds")
    heartbeats = result.get("quiet_comments")
    if percent is None or not seconds or not heartbeats:
        return None
    return percent / 100 * seconds / heartbeats * 1e6


def floor_send_us(setup: Setup, plan: Plan, case: Case) -> float | None:
    """CPU time of the floor for one of a case's sends, in us, measured now."""
    with tempfile.TemporaryDirectory(prefix="ringcast-million-") as scratch:
        with running(PEERS_BY_NAME["floor"], setup, case, Path(scratch)) as floor:
            outcome = run_bench(
                setup.ringcast,
                case.arguments(floor.port, floor.publish),
                floor.pids(),
                plan.timeout_seconds(),
            )
    return heartbeat_us(outcome.result)


def beside(ours: float | None, floor: float | None) -> str:
    """Ours, the floor's and the ratio."""
    ratio = ours / floor if ours is not None and floor else None
    return " / ".join(map(number, (ours, floor, ratio)))


def verdict(result: Mapping[str, Any]) -> str:
    """What the checker found."""
    faults = ", ".join(f"{result.get(fault, 0):,} {fault}" for fault in FAULTS)
    return faults + (": ok" if result.get("ok") else ": FAILED")


def report_text(
    plan: Plan,
    machine: Mapping[str, str],
    result: Mapping[str, Any],
    floor_us: float | None,
    spread_result: Mapping[str, Any],
    spread_floor_us: float | None,
) -> str:
    """The result as a table in Markdown."""

    def value(key: str) -> float | None:
        found: Any = result
        for part in key.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
        return None if found is None else float(found)

    def percentiles(key: str) -> str:
        return " / ".join(
            number(value(f"{key}.{which}")) for which in ("p50", "p99", "p999", "max")
        )

    ours_us = heartbeat_us(result)
    spread_us = spread_result.get("server_cpu_us_per_delivery")
    cut = (
        f", {result.get('streams_ended', 0):,} streams ended" if result.get("streams_ended") else ""
    )
    rows = [
        ("subscribers", f"{result.get('connections', 0):,}"),
        ("connections/s", number(value("connects_per_s"))),
        ("user memory, B a connection", number(value("user_bytes_per_connection"))),
        ("kernel memory, both ends, B a connection", number(value("kernel_bytes_per_connection"))),
        (
            f"quiet for {plan.quiet_seconds:g} s with a heartbeat every {HEARTBEAT_SECONDS} s: "
            "server CPU, % of a core",
            number(value("quiet_server_cpu_percent")),
        ),
        (
            "the same: server CPU, us a heartbeat; the floor's in the same rhythm; ratio",
            beside(ours_us, floor_us),
        ),
        ("the same: heartbeats received", number(value("quiet_comments"))),
        (
            f"{result.get('published', 0)} broadcasts, one every {plan.every_seconds:g} s: until the "
            "last subscriber has it, p50 / p99 / p99.9 / max, ms",
            percentiles("completion_ms"),
        ),
        (
            "the same: latency of all deliveries, p50 / p99 / p99.9 / max, ms",
            percentiles("latency_ms"),
        ),
        ("the same: server CPU, us a delivery", number(value("server_cpu_us_per_delivery"))),
        ("checked", verdict(result) + cut),
        (
            f"a channel for each, {plan.spread_case().rate:,g} events a second, each for one "
            "subscriber: server CPU, us a delivery; the floor's for as many such sends; ratio",
            beside(spread_us, spread_floor_us),
        ),
        (
            "the same: latency p50 / p99, ms",
            " / ".join(
                number(spread_result.get("latency_ms", {}).get(which)) for which in ("p50", "p99")
            ),
        ),
        ("the same: checked", verdict(spread_result)),
    ]
    limit = (
        "\nThe load generator was a limit: server and clients share the cores.\n"
        if result.get("generator_was_limit")
        else ""
    )
    return (
        f"# {plan.connections:,} subscribers\n\n{machine_line(machine)}.\n\n"
        + table(["what", "measured"], rows)
        + limit
    )


def warn(sentence: str) -> None:
    """To people, not into the report."""
    print(f"tools/million: {sentence}", file=sys.stderr)
