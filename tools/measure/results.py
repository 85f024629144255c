"""What a measurement found, as it is kept in results.json, and what follows from it."""

import json
import statistics
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .scenarios import Case, Figure

FAULTS = ("lost", "duplicated", "reordered", "foreign")


@dataclass
class Run:
    """One run of one case against one peer."""

    peer: str
    case: str
    round: int
    command: list[str]
    failure: str
    result: dict[str, Any]
    percentiles: list[tuple[float, float]]

    def faults(self) -> int:
        """Events lost, doubled, out of order or foreign."""
        return sum(int(self.result.get(name, 0)) for name in FAULTS)

    def is_honest(self) -> bool:
        """The load generator found nothing wrong."""
        return not self.failure and bool(self.result.get("ok"))


@dataclass
class Results:
    """All runs of one measurement and what they were made with."""

    machine: dict[str, str]
    command: str
    rounds: int
    quick: bool
    idle: int
    peers: dict[str, dict[str, str]]  # name -> title and version, in the order of tables
    settings_refused: list[str] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)

    def write(self, path: Path) -> None:
        """As JSON, a line for each run."""
        head = asdict(self)
        runs = head.pop("runs")
        lines = ",\n".join(f"  {json.dumps(run)}" for run in runs)
        text = json.dumps(head, indent=1)[:-2] + f',\n "runs": [\n{lines}\n ]\n}}\n'
        path.write_text(text, encoding="utf-8")

    @staticmethod
    def read(path: Path) -> "Results":
        """What `write` wrote."""
        fields = json.loads(path.read_text(encoding="utf-8"))
        fields["runs"] = [Run(**run) for run in fields["runs"]]
        return Results(**fields)

    def runs_of(self, case: Case, peer: str) -> Iterator[Run]:
        """All rounds of a case against a peer, those that failed included."""
        return (run for run in self.runs if run.case == case.key and run.peer == peer)

    def has(self, case: Case, peer: str = "") -> bool:
        """Whether a case was run, against one peer or any."""
        return any(run.case == case.key and peer in ("", run.peer) for run in self.runs)

    def values(self, case: Case, peer: str, figure: Figure) -> list[float]:
        """A figure in each round in which it was measured."""
        read = (figure.read(run.result) for run in self.runs_of(case, peer))
        return [value for value in read if value is not None]

    def median(self, case: Case, peer: str, figure: Figure) -> float | None:
        """The median of `values`; None when there are none."""
        values = self.values(case, peer, figure)
        return statistics.median(values) if values else None

    def ratio(self, case: Case, peer: str, figure: Figure) -> float | None:
        """Ringcast's median divided by the peer's; None where one is missing or not above 0."""
        ours, theirs = self.median(case, "ringcast", figure), self.median(case, peer, figure)
        if ours is None or theirs is None or ours <= 0 or theirs <= 0:
            return None
        return ours / theirs

    def title(self, peer: str) -> str:
        """A peer's name for people."""
        return self.peers[peer]["title"]

    def titles(self) -> list[str]:
        """All of them."""
        return [self.title(peer) for peer in self.peers]


def lateness(run: Run) -> float:
    """How much longer than planned it took until the last event had arrived; 1: not longer.

    Only where events come at a rate; 1 elsewhere.
    """
    published, rate = run.result.get("published", 0), run.result.get("rate", 0)
    if not published or not rate:
        return 1.0
    return float(run.result["seconds"]) / (float(published) / float(rate))
