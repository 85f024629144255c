"""Results as tools/compare makes them, without having measured anything."""

from typing import Any

from measure.results import Results, Run
from measure.scenarios import Case, Scenario, all_scenarios

SCENARIOS = all_scenarios(quick=False, idle=100_000)


def scenario(name: str) -> Scenario:
    """One of them."""
    return next(one for one in SCENARIOS if one.name == name)


def made_results(*runs: Run) -> Results:
    """Results of these runs against three peers."""
    return Results(
        machine={
            "date": "2030-01-02 03:04 UTC",
            "processor": "Abacus",
            "cores": "2",
            "memory": "24 GiB",
            "kernel": "6.1",
            "commit": "abc",
        },
        command="tools/compare",
        rounds=2,
        quick=False,
        idle=100_000,
        peers={
            name: {"title": title, "version": "1"}
            for name, title in (("floor", "Floor"), ("ringcast", "Ringcast"), ("nchan", "nchan"))
        },
        runs=list(runs),
    )


def made_run(peer: str, case: Case, turn: int = 1, failure: str = "", **result: Any) -> Run:
    """A run with these keys in its report."""
    return Run(
        peer,
        case.key,
        turn,
        ["ringcast", "bench"],
        failure,
        {"ok": True} | result,
        [(1.0, 0.0), (2.0, 0.5), (4.0, 0.9), (8.0, 1.0)],
    )
