"""Results as Markdown: the whole report, and the short table in the source tree's README."""

import os
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path

from .machine import machine_line
from .paths import PEERS, ROOT
from .results import FAULTS, Results, Run, lateness
from .scenarios import CONNECTS, CPU, DELIVERIES, KERNEL, P50, P99, REPLAY, STORM, USER
from .scenarios import Case, Figure, Scenario

README_BEGIN, README_END = "<!-- figures -->", "<!-- /figures -->"
NOTHING = "–"
LATE = 1.1  # a run that took so many times the planned time fell behind

# The rows of the short table: scenario, which of its cases (an index), figure, what it is.
HEADLINES: tuple[tuple[str, int, Figure, str], ...] = (
    (
        "fanout",
        0,
        CPU,
        "one event to {connections} subscribers, {rate:g} a second: server CPU, us a delivery",
    ),
    ("fanout", 0, P50, "the same: latency p50, ms"),
    ("fanout", 0, P99, "the same: latency p99, ms"),
    (
        "saturate",
        -1,
        DELIVERIES,
        "a publisher that never waits, {connections} subscribers: deliveries/s",
    ),
    ("saturate", -1, CPU, "the same: server CPU, us a delivery"),
    ("connect", 0, CONNECTS, "{connections} connect at once: connections/s"),
    ("hold", 0, USER, "idle subscriber: user memory, B"),
    ("hold", 0, KERNEL, "idle connection: kernel memory, both ends, B"),
    ("replay", 0, REPLAY, "{connections} resume at once, 99 events missed: s until all have all"),
    ("storm", 0, STORM, "{connections} connections cut at once: s until all are back"),
)

Plot = tuple[str, str]  # file name, what it shows


def number(value: float | None) -> str:
    """Three digits that count, thousands grouped; a dash for none."""
    if value is None:
        return NOTHING
    if abs(value) < 100:
        value = float(f"{value:.3g}")
    if abs(value) >= 100 or value == 0:
        return f"{value:,.0f}"
    if abs(value) >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if abs(value) >= 1 else f"{value:.3g}"


def table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown; the first column is text, the others are numbers."""
    lines = [heading, ["---", *["---:"] * (len(heading) - 1)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def report_text(
    results: Results, scenarios: Sequence[Scenario], plots: Iterable[Plot], folder: Path
) -> str:
    """The whole report; `folder` is where it will be, for its links."""
    parts = ["# What was measured\n", _preface(results, folder)]
    parts += [f"![{about}]({name})\n" for name, about in plots]
    parts += [
        _section(results, scenario)
        for scenario in scenarios
        if any(results.has(case) for case in scenario.cases)
    ]
    parts += ["## What went wrong\n", _wrong(results, scenarios)]
    return "\n".join(parts)


def short_table(results: Results, scenarios: Iterable[Scenario]) -> str:
    """The figures that matter most: medians, and Ringcast's ratio to the floor and to nchan."""
    by_name = {scenario.name: scenario for scenario in scenarios}
    against = [name for name in ("floor", "nchan") if name in results.peers]
    rows = []
    for name, which, figure, text in HEADLINES:
        if name not in by_name:
            continue
        case = by_name[name].cases[which]
        if not results.has(case):
            continue
        label = text.format(connections=f"{case.connections:,}", rate=case.rate)
        rows.append(
            [
                label,
                *(number(results.median(case, peer, figure)) for peer in results.peers),
                *(number(results.ratio(case, peer, figure)) for peer in against),
            ]
        )
    return table(
        ["median", *results.titles(), *(f"Ringcast / {results.title(peer)}" for peer in against)],
        rows,
    )


def rewrite_readme(
    readme: Path,
    results: Results,
    scenarios: Iterable[Scenario],
    report: Path,
    plots: Iterable[Plot],
) -> None:
    """Puts the short table and the first plot between the two marks of a README.

    Raises ValueError when the marks are not there.
    """
    text = readme.read_text(encoding="utf-8")
    before, begin, rest = text.partition(README_BEGIN)
    _, end, after = rest.partition(README_END)
    if not (begin and end):
        raise ValueError(f"{readme} has no {README_BEGIN} ... {README_END}")
    link = report.relative_to(readme.parent)
    block = [
        f"From [`{link.parent}`]({link}), which `tools/compare` wrote together with this table: "
        f"{machine_line(results.machine)}. Medians of {_rounds(results)}; the server and the "
        "load generator share the cores.\n",
        short_table(results, scenarios),
    ]
    block += [f"![{about}]({link.parent / name})\n" for name, about in list(plots)[:1]]
    readme.write_text(f"{before}{begin}\n" + "\n".join(block) + f"{end}{after}", encoding="utf-8")


def _rounds(results: Results) -> str:
    return "one round" if results.rounds == 1 else f"{results.rounds} rounds"


def _preface(results: Results, folder: Path) -> str:
    setups, method = (
        os.path.relpath(file, folder)
        for file in (PEERS / "README.md", ROOT / "bench" / "README.md")
    )
    lines = [f"{machine_line(results.machine)}.\n", f"```sh\n{results.command}\n```\n"]
    if results.quick:
        lines.append(
            "**A quick run: small sizes and short times. It shows that all works, not how "
            "fast it is.**\n"
        )
    lines.append(
        f"Each figure is the median of {_rounds(results)} with its smallest and largest "
        "value. Every run has fresh processes, and the peers take turns in an order that "
        "rotates. The load generator shares the machine with the server. "
        f"[How each peer is set up]({setups}); [how to read the figures]({method}).\n"
    )
    lines.append(
        "| peer | version |\n| --- | --- |\n"
        + "".join(f"| {peer['title']} | {peer['version']} |\n" for peer in results.peers.values())
    )
    for sentence in results.settings_refused:
        lines.append(f"A setting of the kernel could not be raised: {sentence}.\n")
    return "\n".join(lines)


def _section(results: Results, scenario: Scenario) -> str:
    shown = [
        name for name in results.peers if any(results.has(case, name) for case in scenario.cases)
    ]
    others = [name for name in shown if name != "ringcast"]
    figures = [
        figure
        for figure in scenario.figures
        if any(results.values(case, name, figure) for case in scenario.cases for name in shown)
    ]
    rows, ratios = [], []
    for case in scenario.cases:
        for figure in figures:
            label = f"{case.label}: {figure.title}" if len(scenario.cases) > 1 else figure.title
            if any(results.values(case, name, figure) for name in shown):
                rows.append(
                    [label, *(_with_spread(results.values(case, name, figure)) for name in shown)]
                )
            if "ringcast" in shown and figure.is_compared:
                row = [number(results.ratio(case, name, figure)) for name in others]
                if any(cell != NOTHING for cell in row):
                    ratios.append([label, *row])
    parts = [
        f"## {scenario.title}\n",
        f"{scenario.about}\n",
        table(["median (min..max)", *map(results.title, shown)], rows),
    ]
    if ratios:
        parts.append(table(["Ringcast divided by", *map(results.title, others)], ratios))
    parts.append("".join(f"- {figure.title}: {figure.meaning}\n" for figure in figures))
    return "\n".join(parts)


def _with_spread(values: list[float]) -> str:
    if not values:
        return NOTHING
    middle = number(statistics.median(values))
    if len(values) == 1:
        return middle
    return f"{middle} ({number(min(values))}..{number(max(values))})"


def _wrong(results: Results, scenarios: Iterable[Scenario]) -> str:
    """Losses, servers that fell behind or failed, and runs that the generator limited."""
    rows = []
    for scenario in scenarios:
        for case in scenario.cases:
            for name in results.peers:
                said = _complaints(case, name, list(results.runs_of(case, name)))
                if said:
                    rows.append([results.title(name), case.key, "; ".join(said)])
    checked = (
        "Every event that every subscriber got was checked: none may be lost, doubled, out of "
        "order or from elsewhere. The floor has no protocol and stops in the middle of what "
        "is under way, so what it loses at its end is not counted.\n"
    )
    if not rows:
        return f"{checked}\nNothing: no fault, and nobody fell behind.\n"
    heading = "| peer | case | what |\n| --- | --- | --- |\n"
    return checked + "\n" + heading + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _complaints(case: Case, name: str, runs: list[Run]) -> list[str]:
    said = [f"failed: {' '.join(run.failure.split())}" for run in runs if run.failure]
    if name != "floor":
        for fault in FAULTS:
            worst = max((int(run.result.get(fault, 0)) for run in runs), default=0)
            if worst > 0:
                said.append(f"{worst:,} events {fault} in a round")
        cut = max((int(run.result.get("streams_ended", 0)) for run in runs), default=0)
        if cut > 0 and case.bench != "slow":
            said.append(f"{cut:,} streams ended by the server")
    late = max((lateness(run) for run in runs), default=1)
    if late > LATE:
        said.append(f"fell behind: took {late:.1f} times as long as the events were published for")
    limited = sum(bool(run.result.get("generator_was_limit")) for run in runs)
    if limited:
        said.append(f"the load generator was a limit in {limited} of {len(runs)} rounds")
    return said
