"""Connects and disconnects very often, and looks whether anything is left of it in the daemon."""

import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from measure.load import run_bench
from measure.peers import Running, start_ringcast

from .trend import Trend, fit
from .vitals import LISTEN, TIME_WAIT, Vitals, look, read_stats, socket_sums, sockets_of_port

ROUNDS = 20
# Before anything counts, so many come and go: what is used in turn (slots, rings, buffers) is touched
# page by page until it has all been used once.
WARM_UP_CROWDS = 5
WARM_UP_CONNECTIONS = 50_000
# Each shard's table has as many slots as the limit of open files allows, and a low one keeps the
# tables small enough to be used up by the warm-up, whatever slots the kernel hands out.
SPARE_FILES = 300
MOST_CONNECTIONS = 2_000  # at a time
RATE = 10_000.0  # connections a second, about
LEAST_SECONDS = 1.0  # of a round
# Kept of the channel: soon reached, or its growth would hide that of a leak.
HISTORY_EVENTS = 10
QUIET_SECONDS = 30.0  # until the kernel has told the daemon of all that went
GIVE_BACK_SECONDS = 0.6  # until the daemon gives back what its requests needed, while it is idle
ROUND_TIMEOUT_SECONDS = 120.0
# What may be left: a byte for each connection (the smallest record has 64), and a quarter of a MiB
# in all, for memory comes in pages.
LEFT_BYTES_EACH = 1.0
LEFT_BYTES = 256 * 1024
# Clients reset their connections, which leaves no TIME_WAIT; but the daemon's end may be first.
TIME_WAIT_SHARE = 0.01
TIME_WAITS = 100


@dataclass
class Round:
    """One look after a round of churning, when all connections had gone."""

    connections: int  # so far
    vitals: Vitals
    slots: int  # direct descriptors that the daemon holds
    sockets: Counter[str]  # of its port, by state
    socket_sums: dict[str, int]  # of the machine


@dataclass
class Churn:
    """What came out."""

    rounds: list[Round] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def trend(self) -> Trend:
        """User memory, in bytes for each connection."""
        return fit([(one.connections, one.vitals.memory) for one in self.rounds])

    @property
    def bound(self) -> float:
        """The most that the trend's slope may be."""
        return LEFT_BYTES_EACH + LEFT_BYTES / (self.connections or 1)

    @property
    def connections(self) -> int:
        """How many were made after the warm-up."""
        return self.rounds[-1].connections - self.rounds[0].connections


def churn(ringcast: Path, scratch: Path, connections: int, say: Callable[[str], None]) -> Churn:
    """Makes at least so many connections after a warm-up. Raises ServerFailed.

    Lowers this process's limit of open files.
    """
    result = Churn()
    crowd = min(MOST_CONNECTIONS, max(1, connections // ROUNDS // 2))
    files = 2 * crowd + SPARE_FILES
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    history = {"history-events": str(HISTORY_EVENTS)}
    with ExitStack() as stack:
        running = start_ringcast(ringcast, 2 * crowd, stack, scratch, **history)
        target = f"http://127.0.0.1:{running.port}/events/churn"
        for _ in range(WARM_UP_CROWDS):
            words = ["hold", "--target", target, "--connections", str(2 * crowd)]
            run_bench(ringcast, [*words, "--seconds", "0.2"], [], ROUND_TIMEOUT_SECONDS)
        done = 0
        while not result.rounds or result.connections < connections:
            each = connections // ROUNDS if result.rounds else WARM_UP_CONNECTIONS
            report, failure = _one_round(ringcast, running, target, crowd, each)
            if failure:
                result.failures.append(failure)
                return result
            done += int(report["connections"]) + int(report["reconnects"])
            result.rounds.append(_look_when_quiet(running, scratch / "admin.sock", done))
            memory = result.rounds[-1].vitals.memory
            say(f"{done:,} connections, {memory / 2**20:.2f} MiB")
        result.failures += judge(result)
    return result


def _one_round(
    ringcast: Path, running: Running, target: str, crowd: int, connections: int
) -> tuple[dict[str, Any], str]:
    """The load generator's report, or why there is none."""
    seconds = max(LEAST_SECONDS, connections / RATE)
    rate = max(1.0, (connections - crowd) / seconds)  # those that connect first count as well
    words = ["churn", "--connections", str(crowd), "--churn", f"{rate:.0f}", "--rate", "5"]
    words += ["--target", target, "--publish", running.publish, "--seconds", f"{seconds:g}"]
    outcome = run_bench(ringcast, words, [], ROUND_TIMEOUT_SECONDS)
    failure = outcome.failure
    if not failure and not outcome.result["ok"]:
        failure = f"the load generator found a fault: {outcome.result}"
    return outcome.result, failure


def _look_when_quiet(running: Running, admin: Path, connections: int) -> Round:
    """Waits until no connection is left, or for so long that one must have been forgotten, and
    until what they needed has been given back."""
    pid = running.servers[0].pids()[0]
    deadline = time.monotonic() + QUIET_SECONDS
    while True:
        slots = int(read_stats(admin)["connections"]["now"])
        sockets = sockets_of_port(running.port)
        left = sockets.total() - sockets[LISTEN] - sockets[TIME_WAIT]
        if (slots == 0 and left == 0) or time.monotonic() > deadline:
            time.sleep(GIVE_BACK_SECONDS)
            return Round(connections, look(pid), slots, sockets, socket_sums())
        time.sleep(0.1)


def judge(result: Churn) -> list[str]:
    """What did not return to where it was."""
    return list(_judge(result))


def _judge(result: Churn) -> Iterator[str]:
    base, last = result.rounds[0], result.rounds[-1]
    trend = result.trend
    if trend.slope > result.bound:
        yield (
            f"memory grows by {trend.slope * 1000:,.0f} B for 1,000 connections, "
            f"more than {result.bound * 1000:,.0f} B"
        )
    if last.vitals.descriptors > base.vitals.descriptors:
        yield f"{base.vitals.descriptors} descriptors became {last.vitals.descriptors}"
    for one in result.rounds:
        if one.slots > 0:
            yield f"after {one.connections:,} connections {one.slots} slots are still taken"
        left = one.sockets - Counter({LISTEN: one.sockets[LISTEN], TIME_WAIT: 2**62})
        if left:
            yield f"after {one.connections:,} connections there are still sockets: {dict(left)}"
        if one.sockets[TIME_WAIT] > TIME_WAITS + TIME_WAIT_SHARE * one.connections:
            yield f"{one.sockets[TIME_WAIT]:,} sockets in TIME_WAIT after {one.connections:,}"
