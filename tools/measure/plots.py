"""Results as SVG plots. The same results give the same bytes."""

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import matplotlib
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from .machine import machine_line
from .report import Plot
from .results import Results
from .scenarios import CPU, DELIVERIES, KERNEL, P50, P99, USER
from .scenarios import Case, Figure, Scenario

matplotlib.use("svg")
matplotlib.rcParams.update(
    {
        "svg.hashsalt": "ringcast",  # names of elements, else drawn by chance
        "axes.axisbelow": True,
        "font.family": "sans-serif",
        "font.size": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.color": "#dddddd",
        "grid.linewidth": 0.6,
        "figure.facecolor": "white",
        "savefig.facecolor": "white",  # readable on a dark page as well
    }
)

# Told apart by those who do not see all colours (Okabe and Ito), and by their marks.
LOOKS = {
    "ringcast": ("#d55e00", "o"),
    "floor": ("#555555", "s"),
    "nchan": ("#0072b2", "^"),
    "express": ("#009e73", "D"),
    "redis": ("#cc79a7", "v"),
}


def draw(results: Results, scenarios: Sequence[Scenario], folder: Path) -> list[Plot]:
    """Writes every plot for which there are results; gives their names and what they show."""
    by_name = {scenario.name: scenario for scenario in scenarios}
    drawn: list[Plot] = []
    for name, about, scenario, plot in (
        ("latency.svg", "Latency by percentile", "fanout", _latency),
        ("saturate.svg", "Deliveries a second by number of subscribers", "saturate", _saturate),
        ("load.svg", "Latency near the limit", "load", _load),
        ("cpu.svg", "Server CPU of a delivery by rate of events", "sweep", _sweep),
        ("memory.svg", "Memory of an idle connection", "hold", _memory),
    ):
        cases = (
            [case for case in by_name[scenario].cases if results.has(case)]
            if scenario in by_name
            else []
        )
        if not cases:
            continue
        canvas = plot(results, cases)
        canvas.text(0.01, 0.01, machine_line(results.machine), fontsize=6.5, color="#666666")
        canvas.savefig(folder / name, format="svg", metadata={"Date": None, "Creator": None})
        pyplot.close(canvas)
        drawn.append((name, about))
    return drawn


def _latency(results: Results, cases: Sequence[Case]) -> Canvas:
    """Latency against 1/(1 - percentile), as HdrHistogram's plots are; the last round of each."""
    case = cases[0]
    canvas, (axes,) = _canvas(f"Latency: {case.connections:,} subscribers, {case.rate:g} events/s")
    ends: list[End] = []
    most = 10.0
    for peer in results.peers:
        runs = [run for run in results.runs_of(case, peer) if run.percentiles]
        if not runs:
            continue
        # The slowest delivery is one of all.
        all_of_them = runs[-1].result["deliveries"]
        points = [
            (1 / (1 - share) if share < 1 else all_of_them, value)
            for value, share in runs[-1].percentiles
            if value > 0
        ]
        axes.plot(*zip(*points), color=LOOKS[peer][0], linewidth=2)
        ends.append((points[-1][1], peer))
        most = max(most, points[-1][0])
    axes.set(
        xscale="log",
        yscale="log",
        xlim=(1, most),
        xlabel="share of deliveries that took at most so long",
        ylabel="latency, ms",
    )
    _ticks(axes, [10.0**power for power in range(int(math.log10(most)) + 1)], _percent)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    _label_ends(axes, results, ends)
    return canvas


def _saturate(results: Results, cases: Sequence[Case]) -> Canvas:
    canvas, (axes,) = _canvas("A publisher that never waits")
    ends = _draw_measured(axes, results, DELIVERIES, {case.connections: case for case in cases})
    axes.set(xscale="log", yscale="log", xlabel="subscribers", ylabel="deliveries/s")
    _ticks(axes, [case.connections for case in cases], lambda value: f"{value:,.0f}")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    _label_ends(axes, results, ends)
    return canvas


def _load(results: Results, cases: Sequence[Case]) -> Canvas:
    canvas, (axes,) = _canvas(f"Ringcast near its limit: {cases[0].connections:,} subscribers")
    colour, mark = LOOKS["ringcast"]
    for figure, name, style in ((P50, "p50", "--"), (P99, "p99", "-")):
        points = [
            (100 * case.load, latency)
            for case in cases
            if (latency := results.median(case, "ringcast", figure)) is not None
        ]
        axes.plot(*zip(*points), style, color=colour, marker=mark, linewidth=2, label=name)
    axes.set(xlabel="events published, % of what it delivers at most", ylabel="latency, ms")
    axes.set(ylim=(0, None))
    axes.legend(frameon=False)
    return canvas


def _sweep(results: Results, cases: Sequence[Case]) -> Canvas:
    sizes = sorted({case.connections for case in cases})
    canvas, panels = _canvas("Server CPU of a delivery", len(sizes))
    for axes, size in zip(panels, sizes):
        at_rate = {case.rate: case for case in cases if case.connections == size}
        ends = _draw_measured(axes, results, CPU, at_rate)
        axes.set_title(f"{size:,} subscribers", fontsize=10)
        axes.set(xscale="log", xlabel="events/s")
        _ticks(axes, list(at_rate), lambda value: f"{value:g}")
    panels[0].set(ylabel="us a delivery")
    panels[0].set_ylim(bottom=0)
    _label_ends(panels[-1], results, ends)
    return canvas


def _memory(results: Results, cases: Sequence[Case]) -> Canvas:
    case = cases[0]
    canvas, (axes,) = _canvas("Memory of an idle connection")
    peers = [peer for peer in results.peers if results.median(case, peer, KERNEL) is not None]
    for row, peer in enumerate(reversed(peers)):
        kernel = max(results.median(case, peer, KERNEL) or 0, 0.0)
        user = max(results.median(case, peer, USER) or 0, 0.0)
        colour, _ = LOOKS[peer]
        axes.barh(row, kernel, color=colour, alpha=0.35)
        axes.barh(row, user, left=kernel, color=colour)
        axes.text(kernel + user, row, f"  {kernel:,.0f} + {user:,.0f}", va="center", color=colour)
    axes.set_yticks(range(len(peers)), [results.title(peer) for peer in reversed(peers)])
    axes.set(xlabel="bytes a connection: the kernel's, both ends (pale) + the server's own (full)")
    axes.set_xlim(right=axes.get_xlim()[1] * 1.18)  # room for the text at the longest bar
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.grid(axis="y", visible=False)
    return canvas


def _canvas(title: str, panels: int = 1) -> tuple[Canvas, list[Axes]]:
    canvas, axes = pyplot.subplots(1, panels, figsize=(8, 4.4), sharey=True, squeeze=False)
    canvas.suptitle(title, x=0.02, ha="left", fontweight="bold")
    canvas.subplots_adjust(left=0.17, right=0.80, top=0.88, bottom=0.17, wspace=0.08)
    return canvas, list(axes[0])


End = tuple[float, str]  # the value at a line's right end, and whose it is


def _draw_measured(
    axes: Axes, results: Results, figure: Figure, cases: Mapping[float, Case]
) -> list[End]:
    """A line for each peer, with marks at the medians and bars from smallest to largest."""
    ends = []
    for peer in results.peers:
        values = {x: results.values(case, peer, figure) for x, case in cases.items()}
        values = {x: found for x, found in values.items() if found}
        if not values:
            continue
        medians = [statistics.median(found) for found in values.values()]
        bars = [
            [middle - min(found) for middle, found in zip(medians, values.values())],
            [max(found) - middle for middle, found in zip(medians, values.values())],
        ]
        colour, mark = LOOKS[peer]
        axes.errorbar(
            list(values), medians, yerr=bars, color=colour, marker=mark, linewidth=2, capsize=3
        )
        ends.append((medians[-1], peer))
    return ends


def _ticks(axes: Axes, at: Sequence[float], text: Callable[[float], str]) -> None:
    axes.xaxis.set_major_locator(FixedLocator(at))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: text(value)))


def _percent(above: float) -> str:
    """1 -> 0%, 10 -> 90%, 1000 -> 99.9%."""
    decimals = max(round(math.log10(above)) - 2, 0)
    return f"{100 * (1 - 1 / above):.{decimals}f}%"


def _label_ends(axes: Axes, results: Results, ends: Sequence[End]) -> None:
    """Names the lines at their right ends, as far apart as text needs."""
    line_height = 0.06  # of the axes
    to_axes = axes.transData + axes.transAxes.inverted()
    x_end = axes.get_xlim()[1]
    lowest = 0.0
    for height, peer in sorted(
        (to_axes.transform((x_end, value))[1], peer) for value, peer in ends
    ):
        height = max(height, lowest)
        lowest = height + line_height
        axes.text(
            1.02,
            height,
            results.title(peer),
            transform=axes.transAxes,
            va="center",
            fontweight="bold",
            color=LOOKS[peer][0],
        )
