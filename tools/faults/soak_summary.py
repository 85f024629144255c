"""What tools/soak found, as tables for people and as JSON."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from measure.report import table

from .churn import Churn
from .soak import Sample, Soak
from .trend import LEAST_SAMPLES, fit, thirds
from .vitals import TIME_WAIT

MIB = 2**20
HOUR_SECONDS = 3600


def churn_text(result: Churn) -> str:
    """A line for what must return, and the trend of the memory."""
    if len(result.rounds) < LEAST_SAMPLES:
        return _failures(result.failures)
    base, last = result.rounds[0], result.rounds[-1]

    def row(what: str, value: Callable[[Any], object]) -> tuple[str, str, str]:
        return what, str(value(base)), str(value(last))

    rows = [
        row("connections so far", lambda one: f"{one.connections:,}"),
        row("memory (PSS), MiB", lambda one: f"{one.vitals.memory / MIB:.2f}"),
        row("resident (RSS), MiB", lambda one: f"{one.vitals.resident / MIB:.2f}"),
        row("descriptors", lambda one: one.vitals.descriptors),
        row("direct slots taken", lambda one: one.slots),
        row("sockets of its port in TIME_WAIT", lambda one: one.sockets[TIME_WAIT]),
        row("machine: TCP sockets in use", lambda one: one.socket_sums["inuse"]),
        row("machine: TCP in TIME_WAIT", lambda one: one.socket_sums["tw"]),
        row("machine: TCP sockets allocated", lambda one: one.socket_sums["alloc"]),
    ]
    trend = result.trend
    return (
        table(["when no connection is there", "after warming up", "at the end"], rows)
        + f"\nMemory grows by {trend.slope * 1000:,.0f} B (+- {trend.margin * 1000:,.0f}) for "
        f"1,000 connections; allowed are {result.bound * 1000:,.0f} B.\n"
        + _failures(result.failures)
    )


def churn_json(result: Churn) -> dict[str, Any]:
    """All rounds."""
    enough = len(result.rounds) >= LEAST_SAMPLES
    return {
        "ok": not result.failures,
        "bytes_per_1000_connections": result.trend.slope * 1000 if enough else None,
        "margin": result.trend.margin * 1000 if enough else None,
        "bound": result.bound * 1000 if enough else None,
        "failures": result.failures,
        # asdict() counts the pairs of a Counter.
        "rounds": [asdict(one) | {"sockets": dict(one.sockets)} for one in result.rounds],
    }


def soak_text(result: Soak) -> str:
    """First and last third, and the slope, of each series."""
    settled = result.settled()
    if len(settled) < LEAST_SAMPLES:
        return _failures(result.failures)
    rows = [
        _drift("memory (PSS), MiB", settled, lambda one: one.memory / MIB),
        _drift("of that history, MiB", settled, lambda one: one.logs / MIB),
        _drift("resident (RSS), MiB", settled, lambda one: one.resident / MIB),
        _drift("descriptors", settled, lambda one: one.descriptors),
        _drift("connections", settled, lambda one: one.connections),
        _drift("CPU, cores", settled, lambda one: one.cores),
        _drift("latency p99, ms", settled, lambda one: one.p99_ms),
    ]
    runs = ", ".join(f"{count} x {name}" for name, count in sorted(result.segments.items()))
    heading = ["after the warm-up", "first third", "last third", "an hour adds", "+-"]
    return (
        table(heading, rows)
        + f"\n{len(result.samples)} samples; load: {runs}; {result.deliveries:,} deliveries checked.\n"
        + _failures(result.failures)
    )


def soak_json(result: Soak) -> dict[str, Any]:
    """All samples."""
    return {
        "ok": not result.failures,
        "failures": result.failures,
        "segments": result.segments,
        "deliveries": result.deliveries,
        "samples": [asdict(one) for one in result.samples],
    }


def _drift(
    what: str, samples: Sequence[Sample], value: Callable[[Sample], float | None]
) -> tuple[str, ...]:
    points = [(one.seconds, y) for one in samples if (y := value(one)) is not None]
    if len(points) < LEAST_SAMPLES:
        return what, "-", "-", "-", "-"
    first, last = thirds([y for _, y in points])
    trend = fit(points)
    slopes = (trend.slope * HOUR_SECONDS, trend.margin * HOUR_SECONDS)
    return what, *(f"{number:,.2f}" for number in (first, last, *slopes))


def _failures(failures: Sequence[str]) -> str:
    return "".join(f"\n{failure}\n" for failure in failures)
