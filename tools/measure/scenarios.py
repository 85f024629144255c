"""What is measured: the cases to run, and the figures that are read from each."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """A number of the load generator's report.

    `key` leads to it, a dot between levels; `scale` is what it is multiplied by to be shown in the
    unit that `title` names.
    """

    key: str
    title: str
    meaning: str
    scale: float = 1
    is_compared: bool = True  # a ratio says something

    def read(self, result: dict[str, Any]) -> float | None:
        """The number in a report; None where it is missing."""
        value: Any = result
        for part in self.key.split("."):
            if not isinstance(value, dict) or part not in value:
                return None
            value = value[part]
        return float(value) * self.scale


@dataclass(frozen=True)
class Case:
    """One run: a scenario of `ringcast bench` with its sizes.

    `floor` is the mode of the floor beside it, or empty where there is none, and `floor_flags` what
    that mode needs beyond the usual.
    """

    scenario: str
    bench: str
    connections: int
    seconds: float
    rate: float = 0  # events a second; 0: as fast as it goes, or none
    payload: int = 100  # bytes of an event's data
    flags: tuple[str, ...] = ()
    more_connections: int = 0  # that the flags ask for, beside `connections`
    floor: str = ""
    floor_flags: tuple[str, ...] = ()
    resumes: bool = False  # only for servers that know Last-Event-ID
    once: bool = False  # in the first round only: many points of one curve
    note: str = ""  # what is special about it, in words
    fills_server: bool = False  # as many connections as the server can hold, `connections` at most
    ours: bool = False  # only for Ringcast, and for the floor where there is one
    load: float = 0  # the rate is this share of what the server managed in `saturate`; 0: `rate`

    @property
    def key(self) -> str:
        """Its name in results and tables, for example `sweep 10000 x 20/s`."""
        parts = [self.scenario, str(self.connections)]
        if self.rate:
            parts.append(f"x {self.rate:g}/s")
        if self.load:
            parts.append(f"at {self.load:.0%}")
        return " ".join((*parts, *self.flags))

    @property
    def label(self) -> str:
        """What tells it from the scenario's other cases."""
        return self.note or self.key.removeprefix(f"{self.scenario} ")

    @property
    def channel(self) -> str:
        """The channel in URLs; the scenario `channels` fills in each one's name."""
        return "{channel}" if self.bench == "channels" else "bench"

    def arguments(self, port: int, publish: str) -> list[str]:
        """Those of `ringcast bench`. `publish` is where the server takes events."""
        arguments = [
            self.bench,
            "--target",
            f"http://127.0.0.1:{port}/events/{self.channel}",
            "--connections",
            str(self.connections),
            *self.flags,
        ]
        if self.bench == "hold":
            return [*arguments, "--seconds", f"{self.seconds:g}"]
        arguments += ["--publish", publish, "--payload", str(self.payload)]
        if self.rate:
            arguments += ["--rate", f"{self.rate:g}"]
        if self.bench != "replay":  # it ends when all is replayed
            arguments += ["--seconds", f"{self.seconds:g}"]
        return arguments


@dataclass(frozen=True)
class Scenario:
    """A section of the report."""

    name: str
    title: str
    about: str
    cases: tuple[Case, ...]
    figures: tuple[Figure, ...]


CPU = Figure(
    "server_cpu_us_per_delivery",
    "server CPU, us a delivery",
    "CPU time of all the server's processes, the kernel's work for them included, divided "
    "by the events that arrived.",
)
DELIVERIES = Figure(
    "deliveries_per_s",
    "deliveries/s",
    "Events that arrived at subscribers, from the first event to the last delivery.",
)
P50 = Figure(
    "latency_ms.p50",
    "latency p50, ms",
    "From when an event was due to when a subscriber had it: half of the deliveries took "
    "no longer.",
)
P99 = Figure(
    "latency_ms.p99",
    "latency p99, ms",
    "From when an event was due to when a subscriber had it: one delivery in a hundred took longer.",
)
COMPLETION = Figure(
    "completion_ms.p50",
    "last subscriber p50, ms",
    "From when an event was due to its last delivery; the median of the events.",
)
CONNECTS = Figure(
    "connects_per_s",
    "connections/s",
    "From the first connection's start to the first byte of the last one's response.",
)
CONNECT_P99 = Figure(
    "connect_ms.p99",
    "connect p99, ms",
    "From a connection's start to the first byte of the response, when all come at once.",
)
HELD = Figure(
    "connections",
    "connections held",
    "So many were measured: what the open files of its processes allow, or what was asked for.",
    is_compared=False,
)
USER = Figure(
    "user_bytes_per_connection",
    "user memory, B a connection",
    "Growth of the server's own memory while connecting, divided by the connections.",
)
KERNEL = Figure(
    "kernel_bytes_per_connection",
    "kernel memory, B a connection",
    "Growth of the kernel's memory on the whole machine: both ends of the connection.",
)
PEAK = Figure(
    "server_peak_bytes",
    "peak memory, MB",
    "Resident memory of all the server's processes at their peaks; what they share is "
    "counted for each.",
    1e-6,
)
REPLAY = Figure(
    "replay_seconds",
    "all replayed, s",
    "From the first reconnect to the last missed event at the last subscriber.",
)
STORM = Figure(
    "storm_seconds",
    "all back, s",
    "From the moment at which all were cut until all have a stream again.",
)
RECONNECTS = Figure("reconnects_per_s", "reconnects/s", "How fast those came back.")
RECONNECT_P99 = Figure(
    "reconnect_ms.p99",
    "reconnect p99, ms",
    "From a reconnect's start to the first byte of the response.",
)
BEFORE_P99 = Figure(
    "latency_before_ms.p99",
    "live latency p99 before, ms",
    "Latency of the events at subscribers that were there already, before others came back.",
)
DURING_P99 = Figure(
    "latency_during_ms.p99",
    "latency p99 meanwhile, ms",
    "Latency of the events that arrived while subscribers came back.",
)
GROWTH = Figure(
    "user_growth_bytes",
    "memory growth, MB",
    "Growth of the server's own memory during the run.",
    1e-6,
    is_compared=False,
)
SLOW_ENDED = Figure(
    "slow_ended",
    "slow ones cut",
    "Subscribers that did not read and were cut by the server within the run; the "
    "others cost memory until they read again.",
    is_compared=False,
)


def all_scenarios(quick: bool, idle: int) -> list[Scenario]:
    """Every scenario. `quick` makes all small; `idle` connections are held where that is possible."""
    many = 1000 if quick else 10_000
    seconds = 1.0 if quick else 10.0
    sizes = (100, many) if quick else (100, 1000, many)
    swept = (
        ((many, 5), (many, 20))
        if quick
        else tuple((connections, rate) for connections in (1000, many) for rate in (1, 5, 20, 100))
    )
    scaled = (
        ((many, 20), (2 * many, 10))
        if quick
        else ((1000, 200), (many, 20), (10 * many, 2), (20 * many, 1))
    )
    return [
        Scenario(
            "fanout",
            "One event to many",
            f"{many} subscribers of one channel, 20 events a second.",
            (Case("fanout", "fanout", many, seconds, rate=20, floor="each"),),
            (CPU, DELIVERIES, P50, P99, COMPLETION),
        ),
        Scenario(
            "saturate",
            "As fast as it goes",
            "A publisher that never waits longer than the server makes it.",
            tuple(
                Case("saturate", "saturate", size, seconds, floor="log", once=size < many)
                for size in sizes
            ),
            (DELIVERIES, CPU, PEAK),
        ),
        Scenario(
            "load",
            "Near the limit",
            f"{many} subscribers, at shares of the events a second that it managed as fast as it goes.",
            tuple(
                Case("load", "fanout", many, seconds, ours=True, load=share, once=True)
                for share in ((0.5,) if quick else (0.1, 0.25, 0.5, 0.8, 0.9))
            ),
            (DELIVERIES, CPU, P50, P99),
        ),
        Scenario(
            "scale",
            "More subscribers",
            f"{scaled[0][0] * scaled[0][1]:g} deliveries a second to more and more subscribers.",
            tuple(
                Case("scale", "fanout", size, seconds, rate, floor="each", ours=True, once=True)
                for size, rate in scaled
            ),
            (CPU, P50, P99, USER),
        ),
        Scenario(
            "spread",
            "More channels",
            f"As many deliveries a second, to {scaled[-2][0]} subscribers over more and more channels.",
            tuple(
                Case(
                    "spread",
                    "channels",
                    scaled[-2][0],
                    seconds,
                    scaled[0][0] * scaled[0][1] * channels / scaled[-2][0],
                    flags=("--channels", str(channels), "--zipf", "0"),
                    ours=True,
                    once=True,
                )
                for channels in (1, scaled[-2][0] // 10, scaled[-2][0])
            ),
            (CPU, P50, P99, USER),
        ),
        Scenario(
            "sweep",
            "Rates",
            "What a delivery costs at other rates and sizes.",
            tuple(
                Case(
                    "sweep",
                    "fanout",
                    connections,
                    _sweep_seconds(connections, rate, seconds),
                    rate=rate,
                    floor="each",
                    once=True,
                )
                for connections, rate in swept
            ),
            (CPU, P99),
        ),
        Scenario(
            "connect",
            "Connecting",
            f"{many} connections at once to a server that has just started, and {10 * many}.",
            (
                Case("connect", "hold", many, 1, floor="hold"),
                Case("connect", "hold", 10 * many, 1, floor="hold", ours=True),
            ),
            (CONNECTS, CONNECT_P99),
        ),
        Scenario(
            "hold",
            "Idle subscribers",
            "Connected, and nothing is sent.",
            # Not the floor: it leaves requests unread in the kernel, which is memory.
            (
                Case(
                    "hold",
                    "hold",
                    many if quick else idle,
                    1 if quick else 5,
                    once=True,
                    fills_server=True,
                ),
            ),
            (HELD, USER, KERNEL),
        ),
        Scenario(
            "replay",
            "Replay",
            "Clients come at once with the `Last-Event-ID` of the first of 100 events.",
            (
                Case(
                    "replay",
                    "replay",
                    many,
                    seconds,
                    flags=("--events", "100"),
                    floor="replay",
                    floor_flags=("--events", "100"),
                    resumes=True,
                ),
                Case(
                    "replay",
                    "replay",
                    10 * many,
                    seconds,
                    flags=("--events", "100"),
                    floor="replay",
                    floor_flags=("--events", "100"),
                    ours=True,
                    once=True,
                ),
                Case(
                    "replay",
                    "replay",
                    many,
                    seconds,
                    rate=10,
                    flags=("--events", "100", "--live", str(many // 10)),
                    more_connections=many // 10,
                    ours=True,
                    note=f"{many} while {many // 10} follow live",
                ),
            ),
            (REPLAY, DELIVERIES, CPU, BEFORE_P99, DURING_P99),
        ),
        Scenario(
            "churn",
            "Coming and going",
            f"{many} subscribers, of whom a tenth leaves and is replaced every second, 5 events a "
            "second.",
            (Case("churn", "churn", many, seconds, rate=5),),
            (CPU, P99, RECONNECT_P99, GROWTH),
        ),
        Scenario(
            "storm",
            "Reconnect storm",
            f"{many} subscribers, 5 events a second; all are cut at once and come back with "
            "`Last-Event-ID`.",
            (Case("storm", "storm", many, seconds, rate=5, resumes=True),),
            (STORM, RECONNECTS, RECONNECT_P99, DURING_P99),
        ),
        Scenario(
            "channels",
            "Many channels",
            f"{many} subscribers over {many // 10} channels, {1000 if not quick else 200} events a "
            "second to channels drawn by Zipf's law.",
            (
                Case(
                    "channels",
                    "channels",
                    many,
                    seconds,
                    rate=200 if quick else 1000,
                    flags=("--channels", str(many // 10)),
                ),
            ),
            (CPU, P50, P99),
        ),
        Scenario(
            "slow",
            "Readers that stop",
            f"{many // 20} subscribers, 20 events of 10,000 bytes a second, so that sockets fill up.",
            tuple(
                Case(
                    "slow",
                    "slow",
                    many // 20,
                    2 * seconds,
                    rate=20,
                    payload=10_000,
                    flags=("--slow-share", share),
                    note=note,
                    once=True,
                )
                for share, note in (("0", "all read"), ("0.5", "half stop reading"))
            ),
            (P99, CPU, GROWTH, SLOW_ENDED),
        ),
    ]


def _sweep_seconds(connections: int, rate: float, seconds: float) -> float:
    """Long enough that CPU time, counted in steps of 10 ms, says something; at most 20 s."""
    few_deliveries = 100_000
    return min(max(seconds / 2, few_deliveries / (connections * rate)), 2 * seconds)


def chosen(scenarios: Iterable[Scenario], names: Iterable[str]) -> list[Scenario]:
    """Those with these names, in their own order."""
    wanted = set(names)
    return [scenario for scenario in scenarios if scenario.name in wanted]
