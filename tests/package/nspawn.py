"""A Debian tree, booted by systemd-nspawn: commands and connections inside it, from outside.

Nothing is installed in the tree for this. A command enters the namespaces of its first process; a
connection is made by a thread that has entered its network alone; paths lead through /proc.
"""

import ctypes
import os
import socket
import subprocess
import threading
import time
from pathlib import Path

CLONE_NEWNET = 0x40000000
PTRACE_SEIZE = 0x4206
PTRACE_INTERRUPT = 0x4207
WALL = 0x40000000  # __WALL: threads as well as children
LIBC = ctypes.CDLL(None, use_errno=True)


class MachineError(Exception):
    """The machine did not do what it must; the text says what, and holds its console's last lines."""


def wait_until(is_so, what, seconds=60.0, pause=0.05):
    """Looks again and again until `is_so` gives something true, and gives that."""
    end = time.monotonic() + seconds
    while True:
        found = is_so()
        if found:
            return found
        if time.monotonic() > end:
            raise MachineError(f"not within {seconds:g} s: {what}")
        time.sleep(pause)


def _children(pid):
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(child) for child in task.read_text().split()]
    return found


class Machine:
    """Booted on entering the context, off and gone after it."""

    def __init__(self, tree, console):
        self.tree = Path(tree)
        self._console = Path(console)
        self._nspawn = None
        self.leader = 0  # its first process, as this machine numbers it

    def __enter__(self):
        with self._console.open("wb") as console:
            self._nspawn = subprocess.Popen(
                ["systemd-nspawn", "--quiet", "--boot", "--private-network", "--register=no",
                 "--keep-unit", "--console=pipe", f"--machine=ringcast-{os.getpid()}",
                 f"--directory={self.tree}"],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console,
                env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
            )
        try:
            self.leader = wait_until(self._first_process, "systemd is the machine's first process")
            wait_until(lambda: self.run("systemctl", "is-system-running").stdout.strip()
                       in ("running", "degraded"), "the machine has booted", 120)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._nspawn.terminate()  # an orderly shutdown
        try:
            self._nspawn.wait(60)
        except subprocess.TimeoutExpired:
            self._nspawn.kill()
            self._nspawn.wait()

    def _first_process(self):
        if self._nspawn.poll() is not None:
            raise MachineError(f"systemd-nspawn ended with {self._nspawn.returncode}:\n{self.console()}")
        for child in _children(self._nspawn.pid):
            try:
                if Path(f"/proc/{child}/comm").read_text().strip() == "systemd":
                    return child
            except FileNotFoundError:
                continue
        return None

    def console(self, lines=40):
        """What the machine said last."""
        text = self._console.read_text(errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def run(self, *command):
        """A command inside, to its end."""
        enter = ["nsenter", f"--target={self.leader}", "--mount", "--uts", "--ipc", "--net", "--pid"]
        return subprocess.run(
            [*enter, "--", *command], capture_output=True, text=True, timeout=120,
            stdin=subprocess.DEVNULL, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C"},
        )

    def must(self, *command):
        """The output of a command that must go well."""
        ended = self.run(*command)
        if ended.returncode != 0:
            raise MachineError(f"{' '.join(command)} ended with {ended.returncode}: {ended.stderr}")
        return ended.stdout

    def properties(self, unit, *names):
        """What `systemctl show` says of a unit."""
        text = self.must("systemctl", "show", unit, *(f"--property={name}" for name in names))
        return dict(line.split("=", 1) for line in text.splitlines())

    def path(self, inside):
        """The path by which a file of the running machine is reached from here."""
        return Path(f"/proc/{self.leader}/root") / inside.lstrip("/")

    def connect(self, port, seconds=10.0):
        """A TCP connection to the machine's 127.0.0.1."""
        found = []

        def enter_and_connect():
            try:
                with open(f"/proc/{self.leader}/ns/net", "rb") as network:
                    if LIBC.setns(network.fileno(), CLONE_NEWNET) != 0:
                        raise OSError(ctypes.get_errno(), "setns")
                found.append(socket.create_connection(("127.0.0.1", port), timeout=seconds))
            except OSError as error:
                found.append(error)

        # A thread of its own, whose network nobody else has; a socket stays where it was made.
        thread = threading.Thread(target=enter_and_connect)
        thread.start()
        thread.join()
        if isinstance(found[0], OSError):
            raise found[0]
        return found[0]

    def process(self, inside):
        """The number that a process of the machine has out here."""
        namespace = os.readlink(f"/proc/{self.leader}/ns/pid")
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                numbers = next(line for line in status.read_text().splitlines()
                               if line.startswith("NSpid:")).split()
                if int(numbers[-1]) == inside and os.readlink(status.parent / "ns/pid") == namespace:
                    return int(status.parent.name)
            except (FileNotFoundError, ProcessLookupError, StopIteration):
                continue
        raise MachineError(f"the machine has no process {inside}")


def thread_named(process, name):
    """The number of a process's thread."""
    for task in Path(f"/proc/{process}/task").iterdir():
        if (task / "comm").read_text().strip() == name:
            return int(task.name)
    raise MachineError(f"process {process} has no thread {name}")


def stop_thread(thread):
    """Makes one thread stand still, as a debugger does; a signal would stop its whole process."""
    for request in (PTRACE_SEIZE, PTRACE_INTERRUPT):
        if LIBC.ptrace(request, thread, None, None) != 0:
            raise MachineError(f"ptrace: {os.strerror(ctypes.get_errno())}")
    os.waitpid(thread, WALL)


def has_ended(thread):
    """Whether a thread that stood still has been killed. Until this is asked it is not gone."""
    ended, status = os.waitpid(thread, WALL | os.WNOHANG)
    return ended == thread and (os.WIFSIGNALED(status) or os.WIFEXITED(status))
