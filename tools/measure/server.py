"""A server under load: its processes, started, watched and always ended."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from .machine import is_listening

START_SECONDS = 30.0
STOP_SECONDS = 10.0


class ServerFailed(Exception):
    """A server did not start; the text holds what it said."""


class Server:
    """One program with all processes that it starts, which are a session of their own (setsid(2)).

    A context manager: at its end all its processes have ended.
    """

    def __init__(
        self,
        command: Sequence[str],
        port: int,
        environment: Mapping[str, str] | None = None,
        processes: int = 1,
    ) -> None:
        """Starts it and waits until `port` is listened on and it has so many processes."""
        self.port = port
        self._program = command[0]
        self._output = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            env=os.environ | dict(environment or {}),
            start_new_session=True,
        )
        try:
            self._wait_until_up(processes)
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def pids(self) -> list[int]:
        """All its processes, whether it started them itself or its children did."""
        return [
            pid
            for pid in map(int, filter(str.isdigit, os.listdir("/proc")))
            if _session(pid) == self._process.pid
        ]

    def peak_memory(self) -> int:
        """Bytes that its processes had resident at their peaks, in sum.

        Memory that they share is counted for each of them.
        """
        return sum(_peak_resident(pid) for pid in self.pids())

    def output(self) -> str:
        """What it has written to standard output and standard error so far; not after its end."""
        self._output.seek(0)
        return self._output.read().decode(errors="replace")

    def stop(self) -> None:
        """Ends it: asks first, and does not wait for ever."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        deadline = time.monotonic() + STOP_SECONDS
        while (left := self.pids()) and time.monotonic() < deadline:
            for pid in left:
                _kill(pid)
            time.sleep(0.02)
            self._process.poll()  # collects it, or it would be there for ever
        self._output.close()

    def _wait_until_up(self, processes: int) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not (is_listening(self.port) and len(self.pids()) >= processes):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise ServerFailed(f"{self._program} did not start: {self.output()}")
            time.sleep(0.02)


def _session(pid: int) -> int:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    return int(stat.rpartition(")")[2].split()[3])  # proc(5): the sixth field


def _peak_resident(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    return sum(
        int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:")
    )


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
