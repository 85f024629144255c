"""`ringcast top` on a pseudo-terminal, its output read by a terminal emulator, and off a terminal."""

import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import termios
import threading
import unittest
from collections.abc import Callable

import pyte
from daemon import PATIENCE, Daemon, Load, eventually

ROWS, COLUMNS = 30, 100


class Terminal:
    """A terminal of its own, with a program in it."""

    def __init__(self, *argv: str) -> None:
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self._lock = threading.Lock()
        self.near, self.far = pty.openpty()
        self._set_size(ROWS, COLUMNS)
        self.before = termios.tcgetattr(self.far)
        self.process = subprocess.Popen(
            argv, stdin=self.far, stdout=self.far, stderr=self.far, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))  # fmt: skip
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self.near, 65536)
            except OSError:
                return
            if not data:
                return
            with self._lock:
                self.raw += data
                self.stream.feed(data)

    def lines(self) -> list[str]:
        with self._lock:
            return [line.rstrip() for line in self.screen.display]

    def shows(self, text: str) -> bool:
        return any(text in line for line in self.lines())

    def wait_for(self, what: str, is_so: Callable[[], bool]) -> None:
        try:
            eventually(what, is_so)
        except AssertionError as error:
            raise AssertionError(f"{error}\n" + "\n".join(self.lines())) from None

    def wait_for_text(self, text: str) -> None:
        self.wait_for(f"the screen shows {text!r}", lambda: self.shows(text))

    def press(self, keys: bytes) -> None:
        os.write(self.near, keys)

    def _set_size(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self.near, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, rows: int, columns: int) -> None:
        with self._lock:
            self.screen.resize(rows, columns)
        self._set_size(rows, columns)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.far)
        self._reader.join()
        os.close(self.near)


class TopTest(unittest.TestCase):
    def setUp(self) -> None:
        self.daemon = Daemon("--shards", "2")
        self.addCleanup(self.daemon.close)

    def top(self) -> Terminal:
        terminal = Terminal(self.daemon.binary, "top", self.daemon.admin)
        self.addCleanup(terminal.close)
        terminal.wait_for_text("ready")
        return terminal

    def expect_restored(self, terminal: Terminal) -> None:
        self.assertEqual(termios.tcgetattr(terminal.far), terminal.before, "modes as before")
        entered, left = terminal.raw.count(b"\x1b[?1049h"), terminal.raw.count(b"\x1b[?1049l")
        self.assertEqual((entered, left), (1, 1), "the alternate screen is left as often as entered")
        self.assertGreater(terminal.raw.rfind(b"\x1b[?25h"), terminal.raw.rfind(b"\x1b[?25l"))

    def test_figures_follow_the_daemon(self) -> None:
        terminal = self.top()
        load = Load(self.daemon, {"orders": 30, "prices": 12}, events_a_second=50)
        self.addCleanup(load.close)
        terminal.wait_for_text("streams 42 of")
        terminal.wait_for("deliveries are counted", lambda: not terminal.shows("deliveries 0/s"))
        terminal.wait_for("channels are listed, the busiest first", lambda: any(
            first.startswith("orders") and first.split()[1] == "30" and second.startswith("prices")
            for first, second in zip(terminal.lines(), terminal.lines()[1:])))  # fmt: skip
        self.assertTrue(terminal.shows("SHARD"))
        load.close()
        terminal.wait_for_text("streams 0 of")
        terminal.wait_for("their end is counted", lambda: terminal.shows("client 42"))

    def test_q_quits_and_restores_the_terminal(self) -> None:
        terminal = self.top()
        self.assertNotEqual(termios.tcgetattr(terminal.far), terminal.before)
        terminal.press(b"q")
        self.assertEqual(terminal.process.wait(PATIENCE), 0)
        terminal.wait_for("the last bytes", lambda: terminal.raw.endswith(b"\x1b[?1049l"))
        self.expect_restored(terminal)

    def test_control_c_and_signals_restore_the_terminal(self) -> None:
        for how in ("^C", signal.SIGTERM, signal.SIGHUP):
            with self.subTest(how=how):
                terminal = self.top()
                if how == "^C":
                    terminal.press(b"\x03")
                else:
                    terminal.process.send_signal(how)
                self.assertEqual(terminal.process.wait(PATIENCE), 0)
                terminal.wait_for("the last bytes", lambda: terminal.raw.endswith(b"\x1b[?1049l"))
                self.expect_restored(terminal)

    def test_it_follows_the_size(self) -> None:
        terminal = self.top()
        for rows, columns in ((12, 40), (6, 20), (50, 160), (1, 10), (24, 80)):
            with self.subTest(rows=rows, columns=columns):
                seen = len(terminal.raw)
                terminal.resize(rows, columns)
                terminal.wait_for("it is drawn again", lambda: b"\x1b[H" in terminal.raw[seen:])
                terminal.wait_for("the header is in the first row",
                                  lambda: terminal.lines()[0].startswith("ringcast"))  # fmt: skip
        terminal.wait_for_text("CHANNEL")

    def test_stopped_it_gives_the_terminal_back_and_then_goes_on(self) -> None:
        terminal = self.top()
        terminal.press(b"\x1a")
        state = f"/proc/{terminal.process.pid}/stat"
        def stopped() -> bool:
            with open(state, encoding="ascii") as stat:
                return stat.read().rpartition(")")[2].split()[0] == "T"
        terminal.wait_for("it has stopped", stopped)
        self.assertEqual(termios.tcgetattr(terminal.far), terminal.before)
        seen = len(terminal.raw)
        terminal.process.send_signal(signal.SIGCONT)
        terminal.wait_for("it draws again", lambda: b"ready" in terminal.raw[seen:])
        terminal.press(b"q")
        self.assertEqual(terminal.process.wait(PATIENCE), 0)

    def test_it_comes_back_with_the_daemon(self) -> None:
        terminal = self.top()
        self.daemon.stop(signal.SIGKILL)
        terminal.wait_for_text("again in")
        self.assertTrue(terminal.shows("ready"), "the last figures stay")
        self.daemon.start()
        terminal.wait_for("the trouble is over", lambda: not terminal.shows("again in"))
        terminal.wait_for_text("ready")

    def test_off_a_terminal_it_prints_a_line_a_second(self) -> None:
        process = subprocess.Popen([self.daemon.binary, "top", self.daemon.admin],
                                   stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)  # fmt: skip
        assert process.stdout
        with process.stdout:
            lines = [process.stdout.readline().decode() for _ in range(3)]
            process.terminate()
            process.wait(PATIENCE)
        for line in lines:
            self.assertRegex(line, r"^ready streams=0 accepted/s=\S+ .* refused=0\n$")

    def run_top(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([self.daemon.binary, "top", *arguments], capture_output=True,
                              text=True, stdin=subprocess.DEVNULL, timeout=PATIENCE)  # fmt: skip

    def test_once(self) -> None:
        run = self.run_top("--once", self.daemon.admin)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        self.assertTrue(run.stdout.startswith("ringcast "), run.stdout)
        for word in ("SHARD", "CHANNEL", "closed", "turned away"):
            self.assertIn(word, run.stdout)
        self.assertNotIn("\x1b", run.stdout)

    def test_json(self) -> None:
        run = self.run_top("--once", "--json", f"http://{self.daemon.admin}/")
        self.assertEqual(run.returncode, 0, run.stderr)
        figures = json.loads(run.stdout)
        self.assertEqual(figures["state"], "ready")
        self.assertEqual(len(figures["shards"]), 2)

    def test_over_a_unix_socket(self) -> None:
        path = f"{os.path.dirname(self.daemon.publish_socket)}/admin.sock"
        self.daemon.stop()
        self.daemon.process = subprocess.Popen(
            [self.daemon.binary, "serve", "--listen", f"127.0.0.1:{self.daemon.port}", "--admin",
             f"unix:{path}", "--publish-socket", self.daemon.publish_socket],
            stderr=subprocess.DEVNULL)  # fmt: skip
        eventually("the socket is there", lambda: os.path.exists(path))
        for address in (f"unix:{path}", path):
            run = eventually("it answers", lambda: self.succeed("--once", address))
            self.assertIn("ready", run.stdout)

    def succeed(self, *arguments: str) -> subprocess.CompletedProcess[str] | None:
        run = self.run_top(*arguments)
        return run if run.returncode == 0 else None

    def test_what_is_wrong_is_said(self) -> None:
        run = self.run_top("--once", "127.0.0.1:1")
        self.assertEqual(run.returncode, 69)
        self.assertIn("cannot connect to 127.0.0.1 port 1", run.stderr)
        run = self.run_top("127.0.0.1:port")
        self.assertEqual(run.returncode, 64)
        self.assertIn("this is not HOST or HOST:PORT", run.stderr)
        run = self.run_top(f"127.0.0.1:{self.daemon.port}")
        self.assertEqual(run.returncode, 69, "the public listener has no such stream")


if __name__ == "__main__":
    unittest.main()
