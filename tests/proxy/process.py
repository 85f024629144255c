"""A child process with its output in a file; ended with the test, whatever becomes of it."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

# For what should happen at once, on a machine that may be busy with something else.
PATIENCE_S = 30.0

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1


def _end_with_parent() -> None:
    """When the test itself is killed nothing stays behind: SIGTERM, so that they end their own."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)



def eventually(is_so: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> float:
    """Looks again and again until it is so; gives the seconds that it took."""
    start = time.monotonic()
    while not is_so():
        if time.monotonic() - start > patience_s:
            raise AssertionError(f"not within {patience_s:.0f} s: {what}")
        time.sleep(0.005)
    return time.monotonic() - start


class Child:
    """A program that runs until it is stopped."""

    def __init__(self, arguments: list[str], log: Path, env: dict[str, str] | None = None) -> None:
        self._log = log
        with log.open("wb") as output:
            try:
                self._process = subprocess.Popen(
                    arguments,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env=os.environ | (env or {}),
                    start_new_session=True,
                    preexec_fn=_end_with_parent,
                )
            except FileNotFoundError:
                raise AssertionError(
                    f"{arguments[0]} is missing; tools/setup --test installs it"
                ) from None

    def log(self) -> str:
        """All that it has written so far."""
        return self._log.read_text(errors="replace")

    def running(self) -> bool:
        return self._process.poll() is None

    def wait_until(self, is_ready: Callable[[], bool], what: str) -> None:
        """Fails at once when the process has ended."""

        def ready() -> bool:
            if not self.running():
                raise AssertionError(f"ended before it was ready: {what}\n{self.log()}")
            return is_ready()

        eventually(ready, what)

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def stop(self) -> None:
        """Ends it with all its children."""
        if not self.running():
            return
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
