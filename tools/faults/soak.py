"""Everything at once for a long time: steady and slow subscribers, comings, goings and resumes."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from measure.load import run_bench
from measure.peers import Running, start_ringcast

from .probe import Probe
from .trend import LEAST_SAMPLES, fit, thirds
from .vitals import look, read_stats

# Shares of the connections.
CHURN_SHARE, STORM_SHARE, SLOW_SHARE = 0.08, 0.08, 0.04
CHANNELS = 1_000
# How long one storm or one crowd of slow readers lasts, then the next one comes.
SEGMENT_SECONDS = 20.0
# What a history keeps is reached early, or its growth would hide that of a leak.
HISTORY_SECONDS = (10, 60)
HISTORY_SHARE = 0.05  # of the whole time
WARM_UP_SHARE = 0.2
LATE_SECONDS = 180.0  # a generator that has not ended so long after its time hangs
# Growth of memory from the end of the warm-up on that is no growth: it comes and goes with crowds.
GROWTH_SHARE = 0.05
GROWTH_BYTES = 4 * 2**20


@dataclass(frozen=True)
class Plan:
    """What is run."""

    ringcast: Path
    seconds: float
    connections: int
    rate: float  # events a second over all channels of the steady subscribers
    sample_seconds: float


@dataclass(frozen=True)
class Sample:
    """One look. Seconds since the start, bytes, cores and milliseconds."""

    seconds: float
    connections: int
    memory: int
    resident: int
    logs: int  # bytes of history, as the daemon says
    descriptors: int
    cores: float  # that were busy for the daemon since the last look
    p99_ms: float | None


@dataclass
class Soak:
    """What came out."""

    samples: list[Sample] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    segments: dict[str, int] = field(default_factory=dict)  # runs of each load generator
    deliveries: int = 0

    def settled(self) -> list[Sample]:
        """Samples after the warm-up."""
        return self.samples[int(len(self.samples) * WARM_UP_SHARE) :]


def soak(plan: Plan, scratch: Path, say: Callable[[str], None]) -> Soak:
    """Runs a plan. Raises ServerFailed."""
    result = Soak()
    shortest, longest = HISTORY_SECONDS
    history = min(longest, max(shortest, round(plan.seconds * HISTORY_SHARE)))
    with ExitStack() as stack:
        running = start_ringcast(
            plan.ringcast,
            2 * plan.connections,
            stack,
            scratch,
            **{"history-ttl": f"{history}s"},
        )
        end = time.monotonic() + plan.seconds
        generators = [
            threading.Thread(target=_repeat, args=(plan, running, name, words, end, result))
            for name, words in _loads(plan).items()
        ]
        for generator in generators:
            generator.start()
        with Probe(running.port, scratch / "publish.sock") as probe:
            _watch(plan, running, scratch, probe, end, result, say)
        for generator in generators:
            generator.join()
        if probe.failure:
            result.failures.append(probe.failure)
    result.failures += judge(result)
    return result


def _loads(plan: Plan) -> dict[str, list[str]]:
    """Words for the load generator, by scenario. Each has addresses of its own, so that local ports
    suffice for all."""
    churn, storm, slow = (
        max(1, int(plan.connections * share)) for share in (CHURN_SHARE, STORM_SHARE, SLOW_SHARE)
    )
    steady = plan.connections - churn - storm - slow
    return {
        "channels": [
            *("--connections", str(steady), "--channels", str(min(CHANNELS, steady))),
            *("--rate", f"{plan.rate:g}"),
        ],
        "churn": ["--connections", str(churn), "--rate", "2"],
        "storm": ["--connections", str(storm), "--rate", "2"],
        "slow": ["--connections", str(slow), "--rate", "5", "--payload", "2000"],
    }


def _repeat(
    plan: Plan, running: Running, name: str, words: Sequence[str], end: float, result: Soak
) -> None:
    """One load generator until the end: the steady subscribers once, the others again and again."""
    network = {"channels": 1, "churn": 2, "storm": 3, "slow": 4}[name]
    base = f"http://127.{network}.0.1:{running.port}/events/soak-{name}"
    while (left := end - time.monotonic()) > 1:
        seconds = left if name == "channels" else min(left, SEGMENT_SECONDS, plan.seconds / 3)
        command = [name, "--target", base, "--publish", running.publish, *words]
        command += ["--seconds", f"{seconds:.1f}"]
        outcome = run_bench(plan.ringcast, command, [], seconds + LATE_SECONDS)
        result.segments[name] = result.segments.get(name, 0) + 1
        if outcome.failure or not outcome.result["ok"]:
            result.failures.append(f"{name}: {outcome.failure or outcome.result}")
            return
        result.deliveries += int(outcome.result.get("deliveries", 0))


def _watch(
    plan: Plan,
    running: Running,
    scratch: Path,
    probe: Probe,
    end: float,
    result: Soak,
    say: Callable[[str], None],
) -> None:
    pid = running.servers[0].pids()[0]
    start = before = time.monotonic()
    cpu = look(pid).cpu_seconds
    while before < end:
        time.sleep(max(0.0, min(plan.sample_seconds, end - before)))
        now, seen = time.monotonic(), look(pid)
        stats = read_stats(scratch / "admin.sock")
        result.samples.append(
            Sample(
                now - start,
                int(stats["connections"]["now"]),
                seen.memory,
                seen.resident,
                int(stats["memory"]["log_bytes"]),
                seen.descriptors,
                (seen.cpu_seconds - cpu) / (now - before),
                probe.take_p99_ms(),
            )
        )
        before, cpu = now, seen.cpu_seconds
        say(_line(result.samples[-1]))


def _line(sample: Sample) -> str:
    p99 = "-" if sample.p99_ms is None else f"{sample.p99_ms:.1f}"
    return (
        f"{sample.seconds:.0f} s: {sample.connections:,} connections, "
        f"{sample.memory / 2**20:.1f} MiB, {sample.descriptors} descriptors, "
        f"{sample.cores:.2f} cores, p99 {p99} ms"
    )


def judge(result: Soak) -> list[str]:
    """What grew. Latency and CPU time are reported and not judged: the machine has a part in them."""
    settled = result.settled()
    if len(settled) < LEAST_SAMPLES:
        return [*result.failures, "too few samples to judge"]
    failures = []
    # A history has bounds of its own: a channel's segments double until they are the largest.
    growth = fit([(one.seconds, one.memory - one.logs) for one in settled])
    seconds = settled[-1].seconds - settled[0].seconds
    allowed = GROWTH_BYTES + GROWTH_SHARE * (settled[0].memory - settled[0].logs)
    if growth.least * seconds > allowed:
        failures.append(
            f"memory without the history grew by {growth.slope * seconds / 2**20:.1f} MiB in {seconds:.0f} s, "
            f"more than {allowed / 2**20:.1f} MiB"
        )
    before, after = thirds([one.descriptors for one in settled])
    if after > before:
        failures.append(f"{before:.0f} descriptors became {after:.0f}")
    return failures
