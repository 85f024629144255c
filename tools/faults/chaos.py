"""Runs the daemon, publishers and subscribers, and lets faults happen to them by chance."""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from measure.machine import free_port

from .actors import Actor, ActorFailed, Daemon, Publishing, Subscribing
from .history import History, Position, read_publishers, read_subscriber
from .journal import journals, read_all
from .publisher import KINDS

VICTIMS = ("daemon", "publisher", "subscriber")
WAYS = ("kill", "pause", "end")
PAUSE_SECONDS = (0.2, 3.0)  # well below the times after which the daemon cuts a silent peer
# How long who was killed stays away: often at once, sometimes so long that a history is outrun.
AWAY_SECONDS = {"daemon": (0.0, 0.0, 0.5), "publisher": (0.0, 1.0), "subscriber": (0.0, 0.5, 4.0)}
HISTORY_EVENTS = (50, 2_000, 50_000)  # often too short, seldom, never
FIRST_SECONDS = 1.5  # before the first fault: all are connected
TICK_SECONDS = 0.02
PROGRESS_SECONDS = 10.0
# The end comes when all have everything; a machine that is busy with other things may take long.
CATCH_UP_SECONDS = 120.0


@dataclass(frozen=True)
class Plan:
    """What is run."""

    ringcast: Path
    folder: Path  # for journals and logs
    seconds: float
    seed: int
    publishers: int
    subscribers: int
    channels: int
    rate: float  # events a second of each publisher, about
    every_seconds: float  # between two faults, about


@dataclass
class Run:
    """What came out: how often each fault was made, and the journals."""

    history: History
    faults: Counter[str] = field(default_factory=Counter)  # "daemon kill", ...
    died: list[str] = field(default_factory=list)  # who ended without being asked, or badly


class Stage:
    """All actors of a run, and the dice."""

    def __init__(self, plan: Plan, say: Callable[[str], None]) -> None:
        self._plan = plan
        self._say = say
        self._random = random.Random(plan.seed)
        self.history_events = self._random.choice(HISTORY_EVENTS)
        self.run = Run(History({}, [], self.history_events))
        self._channels = [f"chaos/{number}" for number in range(plan.channels)]
        self._daemon = Daemon(plan.ringcast, plan.folder, free_port(), self.history_events)
        self._server = Actor("daemon", self._daemon, plan.folder)
        self._publishers = [self._make_publisher(number) for number in range(plan.publishers)]
        self._subscribers = [self._make_subscriber(number) for number in range(plan.subscribers)]
        self._deck: list[tuple[str, str]] = []

    def perform(self) -> None:
        """The whole run, to the end where every subscriber has the last events. May raise
        ActorFailed; whatever happens, no process is left."""
        try:
            self._start_all()
            self._faults()
            self._come_to_rest()
        finally:
            for actor in self._all():
                actor.kill()

    def read(self) -> None:
        """Reads the journals into `run.history`."""
        history, folder = self.run.history, self._plan.folder
        names = [actor.name for actor in self._publishers]
        history.sent, history.broken = read_publishers(
            read_all(journals(folder, name)) for name in names
        )
        for actor in self._subscribers:
            lines = read_all(journals(folder, actor.name))
            history.subscriptions.append(read_subscriber(actor.name, _channels_of(actor), lines))

    def _make_publisher(self, number: int, each: bool = False) -> Actor:
        kind = "binary" if each else KINDS[number % len(KINDS)]
        channels = self._channels
        if kind == "pub":  # it knows one channel
            channels = [self._channels[number // len(KINDS) % len(self._channels)]]
        words = ["--socket", str(self._daemon.socket), "--seed", str(self._plan.seed)]
        words += ["--each"] if each else ["--rate", str(self._plan.rate)]
        for channel in channels:
            words += ["--channel", channel]
        role = Publishing(number, kind, self._plan.folder, self._plan.ringcast, words)
        return Actor(role.name, role, self._plan.folder)

    def _make_subscriber(self, number: int) -> Actor:
        count = min(len(self._channels), self._random.choice((1, 1, 2, 4, 8)))
        role = Subscribing(
            number,
            self._random.sample(self._channels, count),
            self._plan.folder,
            self._daemon.port,
            self._plan.ringcast if number % 2 == 0 else None,
            self._random.choice((0, 4096)),
        )
        return Actor(role.name, role, self._plan.folder)

    def _all(self) -> list[Actor]:
        return [*self._subscribers, *self._publishers, self._server]

    def _start(self, actor: Actor) -> None:
        actor.start()
        if actor is self._server:
            self._daemon.wait_until_up(actor)

    def _start_all(self) -> None:
        for actor in reversed(self._all()):
            self._start(actor)

    def _faults(self) -> None:
        begun = now = time.monotonic()
        next_fault, next_word = begun + FIRST_SECONDS, begun
        while now < begun + self._plan.seconds:
            if now >= next_fault:
                self._strike(*self._draw())
                next_fault = now + self._plan.every_seconds * self._random.uniform(0.3, 1.7)
            if now >= next_word:
                self._say(f"{now - begun:.0f} s, {self.run.faults.total()} faults")
                next_word += PROGRESS_SECONDS
            self._tend(now)
            time.sleep(TICK_SECONDS)
            now = time.monotonic()

    def _tend(self, now: float) -> None:
        """Pauses end; who died without being asked is written down and started again."""
        for actor in self._all():
            if actor.paused_until and now >= actor.paused_until:
                actor.resume()
            if actor.away_until and now >= actor.away_until:
                self._start(actor)
            if actor.died():
                self._blame(f"{actor.name} ended by itself")
                actor.kill()
                self._start(actor)

    def _draw(self) -> tuple[str, str]:
        """Every fault once, shuffled, and again."""
        if not self._deck:
            self._deck = [(victim, way) for victim in VICTIMS for way in WAYS]
            self._random.shuffle(self._deck)
        return self._deck.pop()

    def _strike(self, victim: str, way: str) -> None:
        actors = {
            "daemon": [self._server],
            "publisher": self._publishers,
            "subscriber": self._subscribers,
        }
        present = [actor for actor in actors[victim] if not actor.away_until]
        if not present:
            return
        actor = self._random.choice(present)
        self.run.faults[f"{victim} {way}"] += 1
        match way:
            case "pause":
                actor.pause(self._random.uniform(*PAUSE_SECONDS))
            case "kill":
                actor.kill()
                actor.stay_away(self._random.choice(AWAY_SECONDS[victim]))
            case "end":
                self._end(actor)
                self._start(actor)

    def _end(self, actor: Actor) -> None:
        """Asks one to end. A publisher needs the daemon for its last acks."""
        self._bring_back(self._server)
        try:
            actor.end()
        except ActorFailed as error:
            self._blame(str(error))
            actor.kill()

    def _come_to_rest(self) -> None:
        """All go on and get everything, and the last event of each channel after that."""
        self._say("no more faults; until all have everything")
        for actor in self._all():
            self._bring_back(actor)
        for actor in self._publishers:
            actor.ask_to_end()
        for actor in self._publishers:
            self._end(actor)
        last = self._make_publisher(len(self._publishers), each=True)
        self._publishers.append(last)
        self._start(last)
        try:
            last.wait_for_end()
        except ActorFailed as error:
            self._blame(str(error))
        self._await_last(last.name)
        for actor in [*self._subscribers, self._server]:
            self._end(actor)

    def _bring_back(self, actor: Actor) -> None:
        if actor.paused_until:
            actor.resume()
        if actor.away_until:
            self._start(actor)

    def _await_last(self, publisher: str) -> None:
        """Until each subscriber has the last event of its channels, or that takes too long: the
        verdict says then what it lacks."""
        sent, _ = read_publishers([read_all(journals(self._plan.folder, publisher))])
        last = {one.channel: one.acked for one in sent.values() if one.acked is not None}
        deadline = time.monotonic() + CATCH_UP_SECONDS
        for actor in self._subscribers:
            due: Position = max((last.get(name, 0) for name in _channels_of(actor)), default=0)
            while _subscribing(actor).position() < due and time.monotonic() < deadline:
                time.sleep(0.1)

    def _blame(self, sentence: str) -> None:
        self.run.died.append(sentence)
        self._say(sentence)


def _subscribing(actor: Actor) -> Subscribing:
    assert isinstance(actor.role, Subscribing)
    return actor.role


def _channels_of(actor: Actor) -> Sequence[str]:
    return _subscribing(actor).channels


def perform(plan: Plan, say: Callable[[str], None]) -> Run:
    """Runs a plan and reads what its processes wrote. Raises ActorFailed."""
    stage = Stage(plan, say)
    say(f"seed {plan.seed}, {stage.history_events} events of each channel are kept")
    stage.perform()
    stage.read()
    return stage.run
