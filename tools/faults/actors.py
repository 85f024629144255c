"""The processes that faults happen to: the daemon, publishers, subscribers."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from measure.machine import is_listening
from measure.paths import ROOT

from .history import Position, parse_position
from .journal import journal_path, journals, read_end

START_SECONDS = 30.0
END_SECONDS = 120.0  # after being asked; more than anything takes on a machine that is not stuck


class ActorFailed(Exception):
    """A process did not do what it must; the text says which and what."""


class Role(Protocol):
    """What an actor's processes are."""

    def command(self, run: int) -> Sequence[str]:
        """The command line of the `run`-th one."""

    def output(self, run: int) -> Path | None:
        """Where its standard output goes; nothing: to its log."""

    def exit_codes(self) -> Sequence[int]:
        """What it may end with when it was asked to."""


class Actor:
    """One process at a time, each with what it starts in a process group of its own."""

    def __init__(self, name: str, role: Role, folder: Path) -> None:
        self.name = name
        self.role = role
        self.runs = 0
        # On the monotonic clock; 0: it is not.
        self.paused_until = 0.0
        self.away_until = 0.0
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts the next process."""
        self.runs += 1
        self.away_until = 0.0
        output = self.role.output(self.runs)
        with (self._folder / f"{self.name}.log").open("ab") as log:
            stdout = log if output is None else output.open("xb")
            self._process = subprocess.Popen(
                self.role.command(self.runs),
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=log,
                env=os.environ | {"PYTHONPATH": str(ROOT / "tools")},
                start_new_session=True,
            )
            if output is not None:
                stdout.close()

    def died(self) -> bool:
        """Whether its process has ended without being asked."""
        return self._process is not None and self._process.poll() is not None

    def pause(self, seconds: float) -> None:
        """Stops it until then; resume() makes it go on."""
        self._signal_group(signal.SIGSTOP)
        self.paused_until = time.monotonic() + seconds

    def resume(self) -> None:
        """Goes on after a pause."""
        self._signal_group(signal.SIGCONT)
        self.paused_until = 0.0

    def kill(self) -> None:
        """Ends it and what it started at once; it is gone afterwards."""
        if self._process is not None:
            self._signal_group(signal.SIGKILL)
            self._process.wait()
        self._process = None
        self.paused_until = 0.0

    def stay_away(self, seconds: float) -> None:
        """After kill(): start() is for then."""
        self.away_until = time.monotonic() + seconds

    def end(self) -> None:
        """Asks it to end, and waits. Raises ActorFailed when it does not, or not as it should."""
        self.ask_to_end()
        self.wait_for_end()

    def ask_to_end(self) -> None:
        """SIGTERM; a paused one goes on first."""
        if self.paused_until:
            self.resume()
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def wait_for_end(self) -> None:
        """After ask_to_end(), or of one that ends by itself. Raises as end() does."""
        if self._process is None:
            return
        try:
            code = self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise ActorFailed(f"{self.name} did not end in {END_SECONDS:.0f} s") from error
        self._process = None
        if code not in self.role.exit_codes():
            raise ActorFailed(f"{self.name} ended with {code}")

    def _signal_group(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            os.killpg(self._process.pid, number)


class Daemon:
    """`ringcast serve`, always on the same port and sockets."""

    def __init__(self, ringcast: Path, folder: Path, port: int, history_events: int) -> None:
        self.port = port
        self.socket = folder / "publish.sock"
        self._command = [str(ringcast), "serve", "--listen", f"127.0.0.1:{port}"]
        for name, value in (
            ("admin", f"unix:{folder / 'admin.sock'}"),
            ("publish-socket", str(self.socket)),
            ("history-events", str(history_events)),
            ("history-bytes", "1GiB"),  # that the number alone decides
            ("history-ttl", "off"),
            ("retry", "100ms"),
            ("drain-timeout", "1s"),
        ):
            self._command += [f"--{name}", value]

    def command(self, _run: int) -> Sequence[str]:
        """See Role."""
        return self._command

    def output(self, _run: int) -> Path | None:
        """See Role."""
        return None

    def exit_codes(self) -> Sequence[int]:
        """See Role."""
        return (0,)

    def wait_until_up(self, actor: Actor) -> None:
        """Raises ActorFailed when it does not start."""
        deadline = time.monotonic() + START_SECONDS
        while not (is_listening(self.port) and self.socket.exists()):
            if actor.died() or time.monotonic() > deadline:
                raise ActorFailed(f"{actor.name} did not start")
            time.sleep(0.01)


class Publishing:
    """A publisher; `kind` and the rest as publisher.py has them."""

    def __init__(
        self, number: int, kind: str, folder: Path, ringcast: Path, words: Sequence[str]
    ) -> None:
        self.name = f"publisher-{number:02}"
        self._folder = folder
        self._command = ["-m", "faults.publisher", "--number", str(number), "--kind", kind]
        self._command += ["--ringcast", str(ringcast), *words]

    def command(self, run: int) -> Sequence[str]:
        """See Role."""
        path = journal_path(self._folder, self.name, run)
        own = ["--run", str(run), "--journal", str(path)]
        return [sys.executable, "-B", *self._command, *own]

    def output(self, _run: int) -> Path | None:
        """See Role."""
        return None

    def exit_codes(self) -> Sequence[int]:
        """See Role."""
        return (0, -signal.SIGTERM)  # asked before it had begun


class Subscribing:
    """A subscriber: `ringcast tail --json`, or subscriber.py when `ringcast` is None."""

    def __init__(
        self,
        number: int,
        channels: Sequence[str],
        folder: Path,
        port: int,
        ringcast: Path | None,
        buffer: int,
    ) -> None:
        self.name = f"subscriber-{number:02}"
        self.channels = channels
        self._folder = folder
        self._port = port
        self._ringcast = ringcast
        self._buffer = buffer

    def command(self, run: int) -> Sequence[str]:
        """See Role."""
        last = self.last_event_id()
        from_there = ["--from", last] if last else []
        if self._ringcast is not None:
            server = f"http://127.0.0.1:{self._port}"
            words = ["tail", "--json", "--server", server, *from_there, *self.channels]
            return [str(self._ringcast), *words]
        words = ["--port", str(self._port), "--buffer", str(self._buffer), *from_there]
        for channel in self.channels:
            words += ["--channel", channel]
        words += ["--journal", str(journal_path(self._folder, self.name, run))]
        return [sys.executable, "-B", "-m", "faults.subscriber", *words]

    def output(self, run: int) -> Path | None:
        """See Role."""
        if self._ringcast is None:
            return None
        return journal_path(self._folder, self.name, run)

    def exit_codes(self) -> Sequence[int]:
        """See Role."""
        return (0, -signal.SIGTERM)

    def last_event_id(self) -> str:
        """The id to resume after; empty when nothing came yet."""
        for path in reversed(journals(self._folder, self.name)):
            ids = [fields["id"] for fields in read_end(path) if fields.get("id")]
            if ids:
                return str(ids[-1])
        return ""

    def position(self) -> Position:
        """The same as a number; 0 when nothing came yet."""
        last = self.last_event_id()
        return parse_position(last) if last else 0
