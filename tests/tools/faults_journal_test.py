"""Journals outlive SIGKILL: whole lines stay, a torn one is left out."""

import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from faults.event_text import Identity, make_text, parse_identity, parse_text
from faults.journal import Journal, journal_path, journals, read_all, read_end, read_lines

WRITER = """
import sys
from pathlib import Path
from faults.journal import Journal
journal = Journal(Path(sys.argv[1]))
number = 0
while True:
    journal.write({"n": number}, {"n": number + 1})
    number += 2
    print(number, flush=True)
"""


class JournalTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_a_killed_writer_leaves_all_that_it_had_written(self) -> None:
        path = journal_path(self.folder, "one", 1)
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            for _ in range(100):
                written = int(process.stdout.readline())
            process.send_signal(signal.SIGKILL)
        numbers = [line.fields["n"] for line in read_lines(path)]
        self.assertGreaterEqual(len(numbers), written)
        self.assertEqual(numbers, list(range(len(numbers))))

    def test_a_torn_line_is_left_out(self) -> None:
        path = self.folder / "torn.0001.jsonl"
        path.write_bytes(b'{"n":1}\n{"n":2}\n{"n":')
        self.assertEqual(
            [line.place for line in read_lines(path)], [f"{path.name}:1", f"{path.name}:2"]
        )
        path.write_bytes(b'{"n":1\n{"n":2}\n')
        with self.assertRaises(ValueError):
            list(read_lines(path))

    def test_the_end_alone(self) -> None:
        path = self.folder / "long.0001.jsonl"
        path.write_bytes(b'{"n":1}\n{"n":2}\n{"n":3}\n{"n":')
        self.assertEqual(read_end(path), [{"n": 1}, {"n": 2}, {"n": 3}])
        self.assertEqual(read_end(path, 5 + 8 + 8 + 1), [{"n": 2}, {"n": 3}])
        self.assertEqual(read_end(path, 5 + 8 + 8), [{"n": 3}])
        self.assertEqual(read_end(path, 3), [])

    def test_one_writer_each(self) -> None:
        for run in (2, 10, 1):
            Journal(journal_path(self.folder, "one", run)).write({"run": run})
        Journal(journal_path(self.folder, "other", 1)).write({"run": 0})
        with self.assertRaises(FileExistsError):
            Journal(journal_path(self.folder, "one", 1))
        lines = read_all(journals(self.folder, "one"))
        self.assertEqual([line.fields["run"] for line in lines], [1, 2, 10])


class EventTextTest(unittest.TestCase):
    def test_what_is_made_is_read(self) -> None:
        identity = Identity(3, 14, 15, 92_653)
        for size in (0, 10, 90_000):
            text = make_text(identity, "chaos/5", size, lines=size > 0)
            self.assertEqual(parse_text(text), (identity, "chaos/5"))
            self.assertEqual(len(text), len(f"{identity} chaos/5 ") + size)
        self.assertIn("\n", text)

    def test_what_nobody_makes(self) -> None:
        for text in ("", "x", "1.2.3 a b", "1.2.3.4", "1.2.3.x a b", "1.2.3.-4 a b"):
            self.assertIsNone(parse_text(text))
        self.assertIsNone(parse_identity("1.2.3.4.5"))


if __name__ == "__main__":
    unittest.main()
