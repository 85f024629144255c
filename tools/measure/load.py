"""Runs `ringcast bench` against a server and gives what it found."""

import json
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Outcome:
    """One run of the load generator.

    `result` is its report, empty when there is none, and then `failure` says why. `percentiles` are
    pairs of a latency in ms and the share of deliveries that took at most so long.
    """

    command: list[str]
    result: dict[str, Any] = field(default_factory=dict)
    failure: str = ""
    percentiles: list[tuple[float, float]] = field(default_factory=list)


def run_bench(
    ringcast: Path, arguments: Iterable[str], pids: Iterable[int], timeout_seconds: float
) -> Outcome:
    """Runs one scenario. `pids` are the processes whose CPU time and memory are the server's."""
    with tempfile.TemporaryDirectory() as scratch:
        report, hgrm = Path(scratch, "report.json"), Path(scratch, "latency.hgrm")
        shown = [str(ringcast), "bench", *arguments]
        command = [*shown, "--json", str(report)]
        if "hold" not in shown:  # it has no deliveries
            command += ["--hgrm", str(hgrm)]
        for pid in pids:
            command += ["--server-pid", str(pid)]
        outcome = Outcome(["ringcast", *shown[1:]])
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                check=False,
                stdin=subprocess.DEVNULL,
                timeout=timeout_seconds,
            )
        except subprocess.TimeoutExpired:
            outcome.failure = f"not done after {timeout_seconds:.0f} s"
            return outcome
        if not report.is_file():
            outcome.failure = (done.stderr or done.stdout).strip() or f"exit {done.returncode}"
            return outcome
        outcome.result = json.loads(report.read_text(encoding="utf-8"))
        if hgrm.is_file():
            outcome.percentiles = thin(parse_hgrm(hgrm.read_text(encoding="ascii")))
        return outcome


def parse_hgrm(text: str) -> list[tuple[float, float]]:
    """The lines of HdrHistogram's percentile output as (value, share of 0 to 1), upwards."""
    pairs = []
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 3 and words[0][0].isdigit():
            pairs.append((float(words[0]), float(words[1])))
    return pairs


def thin(pairs: list[tuple[float, float]], each_octave: int = 8) -> list[tuple[float, float]]:
    """Leaves as many pairs as an axis of 1/(1 - share) can show: `each_octave` for each halving
    of what is above, and always the last one."""
    kept: list[tuple[float, float]] = []
    next_above = 1.0
    for value, share in pairs:
        above = 1 - share
        if above <= next_above or share == 1:
            kept.append((value, share))
            while next_above >= above > 0:
                next_above *= 0.5 ** (1 / each_octave)
    return kept
