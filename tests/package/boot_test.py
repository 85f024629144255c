#!/usr/bin/python3
"""Boots a Debian tree in which the package is installed, and holds it to what its units promise.

Shown under a real systemd (nspawn): the service is ready by itself, serves, reloads a good file and
refuses a bad one, is started again when one of its threads stands still, drains when it is stopped,
and is started by the first connection to its sockets, which lose nobody over a restart. Prints what
was measured as JSON. Needs root.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from built_package import ROOT
from debian_tree import TreeError, cached_tree, copy_of
from nspawn import Machine, MachineError, has_ended, stop_thread, thread_named, wait_until
from package_tree import PackageTree

SERVICE = "ringcast.service"
CONFIGURATION = "/etc/ringcast/ringcast.toml"
PUBLISH = "/run/ringcast/publish.sock"
# Shorter than the unit's, so that the test need not wait for it.
WATCHDOG_SECONDS = 3
NOT_RUN = 77  # the exit code that ctest takes for a test that was skipped


class Failed(Exception):
    """The service did not do what its units promise."""


def expect(is_so, what):
    """Ends the test unless it is so."""
    if not is_so:
        raise Failed(what)


class Subscriber:
    """One stream, read as text."""

    def __init__(self, machine, seconds=20.0):
        self._socket = machine.connect(8080, seconds)
        self._socket.sendall(b"GET /events/boot HTTP/1.1\r\nHost: boot\r\n\r\n")
        self.text = ""
        self.wait_for("event: connected")

    def wait_for(self, words):
        """Reads on until the words have come."""
        while words not in self.text:
            piece = self._socket.recv(65536)
            expect(piece, f"a stream ended before {words!r} came: {self.text[-300:]!r}")
            self.text += piece.decode()

    def wait_for_end(self):
        """Reads on until the stream ends."""
        while piece := self._socket.recv(65536):
            self.text += piece.decode()

    def close(self):
        self._socket.close()


def publish(machine, data):
    """One event on the channel that subscribers follow, by the program itself."""
    machine.must("ringcast", "pub", "--publish-socket", PUBLISH, "boot", data)


def main_pid(machine):
    return int(machine.properties(SERVICE, "MainPID")["MainPID"])


def is_active(machine):
    return machine.run("systemctl", "is-active", SERVICE).stdout.strip() == "active"


def journal(machine):
    return machine.must("journalctl", "--unit", SERVICE, "--no-pager", "--output=cat")


def check_start(machine, figures):
    wait_until(lambda: is_active(machine), f"the service is active:\n{machine.console()}", 60)
    shown = machine.properties(
        SERVICE, "ExecMainStartTimestampMonotonic", "ActiveEnterTimestampMonotonic",
        "MemoryCurrent", "NRestarts",
    )
    expect(shown["NRestarts"] == "0", f"it was restarted: {journal(machine)}")
    figures["start_to_ready_ms"] = (
        int(shown["ActiveEnterTimestampMonotonic"]) - int(shown["ExecMainStartTimestampMonotonic"])
    ) / 1000
    wait_until(lambda: "connections" in machine.properties(SERVICE, "StatusText")["StatusText"],
               "systemctl status shows figures")
    # Only counted where the container's control groups count memory.
    if shown["MemoryCurrent"].isdigit():
        figures["idle_cgroup_bytes"] = int(shown["MemoryCurrent"])
    for line in machine.must("cat", f"/proc/{main_pid(machine)}/smaps_rollup").splitlines():
        field, _, value = line.partition(":")
        if field in ("Rss", "Pss", "Pss_Anon"):
            figures[f"idle_{field.lower()}_bytes"] = int(value.split()[0]) * 1024
    figures["shards"] = sum(
        name.strip().startswith("shard-")
        for name in machine.must("sh", "-c", f"cat /proc/{main_pid(machine)}/task/*/comm").splitlines()
    )


def check_service(machine, _):
    subscriber = Subscriber(machine)
    publish(machine, "first words")
    subscriber.wait_for("first words")
    subscriber.close()


def check_pinning(machine, _):
    """System calls that the filter must let through, and files that hardening must leave visible."""
    log = journal(machine)
    expect("not pinned" not in log, f"pinning was refused: {log}")
    allowed = machine.must("sh", "-c",
                           f"grep Cpus_allowed_list /proc/{main_pid(machine)}/task/*/status")
    lists = {line.split()[-1] for line in allowed.splitlines()}
    expect(len(lists) > 1 or machine.must("nproc").strip() == "1", f"no thread is pinned: {lists}")


def check_reload(machine, _):
    subscriber = Subscriber(machine)
    before = main_pid(machine)
    original = machine.path(CONFIGURATION).read_text()
    machine.path(CONFIGURATION).write_text(original + '\nlog-level = "debug"\n')
    machine.must("systemctl", "reload", SERVICE)
    wait_until(lambda: "reloaded" in journal(machine), "a good file is taken over")
    wait_until(lambda: is_active(machine), "it is active after the reload")

    machine.path(CONFIGURATION).write_text('heartbeat = "soon"\n')
    refused = machine.run("systemctl", "reload", SERVICE)
    expect(refused.returncode != 0, "a reload with a bad file must fail")
    wait_until(lambda: f"{CONFIGURATION}:1:" in journal(machine), "the mistake is told by its place")
    expect("reload refused" not in journal(machine), "the daemon should not have heard of it")
    machine.path(CONFIGURATION).write_text(original)
    wait_until(lambda: is_active(machine), "it is active after the refusal")
    expect(main_pid(machine) == before, "a reload is no restart")
    publish(machine, "after two reloads")
    subscriber.wait_for("after two reloads")
    subscriber.close()


def check_watchdog(machine, figures):
    before = main_pid(machine)
    stuck = thread_named(machine.process(before), "shard-0")
    begin = time.monotonic()
    stop_thread(stuck)
    wait_until(lambda: has_ended(stuck), "a daemon with a stuck thread is killed", 60)
    wait_until(lambda: main_pid(machine) not in (0, before) and is_active(machine),
               "it is started again")
    figures["watchdog_restart_s"] = round(time.monotonic() - begin, 2)
    log = journal(machine)
    expect("Watchdog timeout" in log, f"systemd gives another reason: {log}")
    expect("standing still threads=shard-0" in log, f"the daemon names no thread: {log}")
    expect(machine.properties(SERVICE, "NRestarts")["NRestarts"] == "1", "restarted once")
    check_service(machine, figures)


def check_stop(machine, figures):
    subscribers = [Subscriber(machine) for _ in range(20)]
    begin = time.monotonic()
    machine.must("systemctl", "stop", SERVICE)
    figures["stop_s"] = round(time.monotonic() - begin, 2)
    for subscriber in subscribers:
        subscriber.wait_for("event: drain")
        subscriber.wait_for_end()
    shown = machine.properties(SERVICE, "Result", "ExecMainStatus")
    expect(shown == {"Result": "success", "ExecMainStatus": "0"}, f"it did not end well: {shown}")


def check_sockets(machine, figures):
    units = ("ringcast.socket", "ringcast-publish.socket", "ringcast-admin.socket")
    machine.must("systemctl", "start", *units)
    expect(not is_active(machine), "only a connection should start it")
    told = machine.run("ringcast", "doctor", "--config", CONFIGURATION).stdout
    for place in ("127.0.0.1:8080", f"unix:{PUBLISH}", "127.0.0.1:9180"):
        expect(f"systemd holds {place}" in told, f"the doctor takes {place} for taken: {told}")
    expect(not is_active(machine), "looking at the sockets should not start it")
    owner = machine.must("stat", "--format=%U:%G %a", PUBLISH).strip()
    expect(owner == "ringcast:ringcast 660", f"the publish socket belongs to {owner}")
    inode = machine.path(PUBLISH).stat().st_ino
    begin = time.monotonic()
    Subscriber(machine).close()
    figures["first_connection_to_stream_ms"] = round((time.monotonic() - begin) * 1000, 1)
    log = journal(machine)
    expect("handed_over=http,publish,admin" in log, f"it did not take all sockets: {log}")

    refused = []
    served = []
    restarted = threading.Event()

    def keep_connecting():
        while not restarted.is_set():
            try:
                machine.connect(8080).close()
                served.append(time.monotonic())
            except OSError as error:
                refused.append(error)
            time.sleep(0.005)

    comer = threading.Thread(target=keep_connecting)
    comer.start()
    try:
        for _ in range(3):
            before = main_pid(machine)
            machine.must("systemctl", "restart", SERVICE)
            expect(main_pid(machine) != before, "a restart makes a new process")
            publish(machine, "at once")
    finally:
        restarted.set()
        comer.join()
    expect(not refused, f"{len(refused)} of {len(served)} were refused during restarts: {refused[:3]}")
    expect(len(served) > 10, "nobody came during the restarts")
    figures["connections_over_3_restarts"] = len(served)
    expect(machine.path(PUBLISH).stat().st_ino == inode, "the publish socket was replaced")
    check_service(machine, figures)


CHECKS = (check_start, check_service, check_pinning, check_reload, check_watchdog, check_stop,
          check_sockets, check_stop)


def lower_limits(tree):
    """A drop-in with what this machine can give: inside nspawn no limit can be raised."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    place = Path(tree) / f"etc/systemd/system/{SERVICE}.d/boot-test.conf"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(
        f"[Service]\nLimitNOFILE={min(files, 1048576)}\nWatchdogSec={WATCHDOG_SECONDS}\n"
        "Environment=RINGCAST_PIN_SHARDS=true\n"
    )


def check_tree(tree, console):
    """Boots the tree, runs every check, and gives what was measured and what went wrong."""
    lower_limits(tree)
    figures = {}
    failures = []
    begin = time.monotonic()
    with Machine(tree, console) as machine:
        figures["boot_s"] = round(time.monotonic() - begin, 2)
        for check in CHECKS:
            print(f"boot_test.py: {check.__name__[6:]}", file=sys.stderr, flush=True)
            try:
                check(machine, figures)
            except (Failed, MachineError, OSError, subprocess.TimeoutExpired) as error:
                failures.append(f"{check.__name__[6:]}: {error}")
        if failures:
            failures.append(machine.run("journalctl", "--no-pager", "--lines=100").stdout)
    return figures, failures


def main():
    """Prepares, boots and gives the exit code."""
    if os.geteuid() != 0:
        print("boot_test.py: not run: booting a Debian tree needs root", file=sys.stderr)
        return NOT_RUN
    cache = ROOT / "build" / "debian"
    with tempfile.TemporaryDirectory(prefix="ringcast-boot-") as scratch:
        try:
            with copy_of(cached_tree(cache), cache / "boot") as tree:
                PackageTree(tree).install()
                figures, failures = check_tree(tree, Path(scratch) / "console")
        except (AssertionError, MachineError, TreeError) as error:
            failures = [str(error)]
            figures = {}
    print(json.dumps(figures, indent=1))
    for failure in failures:
        print(f"boot_test.py: {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
