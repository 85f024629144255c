"""What the machine is, and the kernel's settings: read, raised for a while, restored."""

import datetime
import os
import platform
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from .paths import RESULTS, ROOT

# Waiting connections of a listener; what a client sees when they are too few is a lost second.
BACKLOG_SETTINGS = {"net.core.somaxconn": "65535", "net.ipv4.tcp_max_syn_backlog": "65535"}

SETTLE_SECONDS = 20.0
SETTLED_BYTES = 4 * 2**20  # less than that in half a second is the rest of the machine


def describe_machine() -> dict[str, str]:
    """Processor, cores, memory, kernel, commit of the source and the time of day, as text."""
    processor = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="ascii").splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": processor,
        "cores": str(os.cpu_count()),
        "memory": f"{memory_bytes('MemTotal') / 2**30:.0f} GiB",
        "kernel": platform.release(),
        "commit": describe_commit() or "unknown",
    }


def describe_commit() -> str:
    """The commit of what is measured, and whether the tree differs; earlier results do not count."""

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(ROOT), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()

    written_here = [f":!{path.relative_to(ROOT)}" for path in (RESULTS, ROOT / "README.md")]
    changed = git("status", "--porcelain", "--", ".", *written_here)
    return git("describe", "--always") + ("-dirty" if changed else "")


def machine_line(machine: Mapping[str, str]) -> str:
    """`describe_machine()` as one line for people."""
    return (
        f"{machine['date']}, {machine['processor']}, {machine['cores']} cores, "
        f"{machine['memory']}, Linux {machine['kernel']}, commit {machine['commit']}"
    )


def memory_bytes(name: str) -> int:
    """A line of /proc/meminfo, for example MemAvailable."""
    for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise KeyError(name)


def open_files_limit() -> int:
    """How many files a process may open: RLIMIT_NOFILE's hard limit, which all peers are given."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def raise_open_files_limit() -> None:
    """Raises the soft limit to the hard one, for this process and those that it starts."""
    hard = open_files_limit()
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def is_listening(port: int) -> bool:
    """Whether someone listens on a TCP port, found out without a connection."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(table, encoding="ascii") as lines:
            next(lines)
            for line in lines:
                _, address, _, state = line.split()[:4]
                if state != "0A":
                    break  # listeners come first; a million connections are not read
                if address.endswith(f":{port:04X}"):
                    return True
    return False


def free_port() -> int:
    """A port that nobody listens on, outside those that the load generator's connections take."""
    first, last = map(int, read_setting("net.ipv4.ip_local_port_range").split())
    candidates = [port for port in range(10000, 32000) if not first <= port <= last]
    if not candidates:
        sys.exit("net.ipv4.ip_local_port_range leaves no port from 10000 to 31999 for servers")
    while True:
        port = random.choice(candidates)
        if not is_listening(port):
            return port


def settle() -> None:
    """Waits until the kernel has let go of connections that have been closed, and of their memory.

    It keeps some for the next ones, which would then seem to cost less than they do. Only root can
    take that away; without, figures of the kernel's memory are too low after other runs.
    """
    deadline = time.monotonic() + SETTLE_SECONDS
    before, now = 2**63, memory_bytes("Slab")
    while before - now > SETTLED_BYTES and time.monotonic() < deadline:
        time.sleep(0.5)
        before, now = now, memory_bytes("Slab")
    for cache in Path("/sys/kernel/slab").glob("*/shrink"):
        try:
            cache.write_text("1", encoding="ascii")
        except OSError:
            return


def setting_path(name: str) -> Path:
    """The file of a setting of sysctl(8)."""
    return Path("/proc/sys") / name.replace(".", "/")


def read_setting(name: str) -> str:
    """A setting of the kernel, its numbers separated by single blanks."""
    return " ".join(setting_path(name).read_text(encoding="ascii").split())


def socket_memory_setting(low_bytes: int) -> dict[str, str]:
    """What lets all TCP sockets together hold so much before the kernel begins to save memory.

    Beyond that it drops what has arrived and is not read yet, and the sender waits for its timer to
    send it again. Never less than what is set already.
    """
    name = "net.ipv4.tcp_mem"  # in pages: low, pressure, most
    pages = low_bytes // os.sysconf("SC_PAGE_SIZE")
    low, pressure, most = map(int, read_setting(name).split())
    if low >= pages:
        return {}
    return {name: f"{pages} {max(pressure, pages * 3 // 2)} {max(most, pages * 2)}"}


@contextmanager
def raised_settings(wanted: Mapping[str, str]) -> Iterator[list[str]]:
    """Changes settings of the kernel and restores them at the end, whatever happens in between.

    Settings that this kernel does not have are left out. Yields a sentence for each that may not be
    changed; it is printed as well.
    """
    before: dict[str, str] = {}
    refused: list[str] = []
    try:
        for name, value in wanted.items():
            if not setting_path(name).exists() or read_setting(name) == value:
                continue
            old = read_setting(name)
            try:
                setting_path(name).write_text(value, encoding="ascii")
                before[name] = old
            except OSError as error:
                refused.append(f"{name} stays at {old} ({value} is wanted): {error.strerror}")
                print(refused[-1], file=sys.stderr)
        yield refused
    finally:
        for name, value in before.items():
            setting_path(name).write_text(value, encoding="ascii")
