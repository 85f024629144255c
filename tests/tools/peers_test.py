"""Servers to be measured: which program is started."""

import tempfile
import unittest
from contextlib import ExitStack
from pathlib import Path

from measure.peers import start_ringcast

# Listens where the daemon would, and says under which name it was started.
PROGRAM = """#!/usr/bin/env python3
import socket, sys, time
address, _, port = sys.argv[sys.argv.index("--listen") + 1].rpartition(":")
open(sys.argv[0] + ".started", "w").close()
listener = socket.create_server((address, int(port)))
time.sleep(60)
"""


class StartRingcastTest(unittest.TestCase):
    def test_starts_the_program_that_was_named_and_not_its_neighbour(self) -> None:
        with ExitStack() as stack:
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            for name in ("ringcast", "ringcast-of-yesterday"):
                (directory / name).write_text(PROGRAM)
                (directory / name).chmod(0o755)
            start_ringcast(directory / "ringcast-of-yesterday", 10, stack, directory)
            self.assertTrue((directory / "ringcast-of-yesterday.started").exists())
            self.assertFalse((directory / "ringcast.started").exists())


if __name__ == "__main__":
    unittest.main()
