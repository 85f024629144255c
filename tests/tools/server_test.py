"""Processes: found with their children, and all of them ended."""

import os
import sys
import unittest

from measure.machine import free_port, is_listening
from measure.server import Server, ServerFailed

# Listens, and has a child that ignores being asked to end.
PROGRAM = """
import signal, socket, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"])
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("up", flush=True)
time.sleep(60)
"""


class ServerTest(unittest.TestCase):
    def test_ends_all_that_it_started(self) -> None:
        port = free_port()
        with Server([sys.executable, "-c", PROGRAM, str(port)], port, processes=2) as server:
            pids = server.pids()
            self.assertEqual(len(pids), 2)
            self.assertGreater(server.peak_memory(), 1_000_000)
        self.assertFalse(is_listening(port))
        for pid in pids:
            self.assertFalse(os.path.exists(f"/proc/{pid}") and _runs(pid), pid)

    def test_one_that_ends_at_once_failed(self) -> None:
        with self.assertRaisesRegex(ServerFailed, "no luck"):
            Server([sys.executable, "-c", "print('no luck')"], free_port())


def _runs(pid: int) -> bool:
    """Not just waiting to be collected by init."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
        return stat.read().rpartition(")")[2].split()[0] != "Z"


if __name__ == "__main__":
    unittest.main()
