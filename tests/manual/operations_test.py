"""The guide for operators, systemd/README.md, against the running daemon and the alert rules.

    operations_test.py            fails when the guide tells of other metrics than the daemon does
    operations_test.py --write    writes the guide's table of metrics anew
"""

import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
GUIDE = ROOT / "systemd" / "README.md"
PROGRAM = pathlib.Path(os.environ.get("RINGCAST_BUILD", ROOT / "build/release")) / "ringcast"
DEADLINE_SECONDS = 60
TABLE = re.compile(r"(?<=<!-- metrics -->\n).*?(?=<!-- /metrics -->)", re.DOTALL)


def get(path, target):
    """The answer to a request over a UNIX socket, head and body."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(DEADLINE_SECONDS)
        connection.connect(str(path))
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer.decode()


def metrics_text():
    """/metrics of a daemon that has just been started."""
    with tempfile.TemporaryDirectory() as place:
        admin = pathlib.Path(place) / "admin.sock"
        daemon = subprocess.Popen(
            [str(PROGRAM), "serve", "--shards", "1", "--listen", f"unix:{place}/http.sock",
             "--admin", f"unix:{admin}", "--publish-socket", f"{place}/publish.sock"],
            stderr=subprocess.PIPE, text=True,
        )
        try:
            deadline = time.monotonic() + DEADLINE_SECONDS
            while time.monotonic() < deadline and daemon.poll() is None:
                try:
                    if " 200 " in get(admin, "/readyz").splitlines()[0]:
                        return get(admin, "/metrics")
                except (FileNotFoundError, ConnectionRefusedError):
                    pass
                time.sleep(0.05)
            daemon.kill()
            raise AssertionError(f"the daemon is not ready: {daemon.communicate()[1]}")
        finally:
            daemon.kill()
            daemon.communicate()


def table(text):
    """What the guide's table has to be, from the HELP and TYPE lines, in their order."""
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)", text, re.MULTILINE))
    rows = "".join(
        f"| `{name}` | {kinds[name]} | {meaning.strip().replace('|', chr(92) + '|')} |\n"
        for name, meaning in re.findall(r"^# HELP (\S+) (.*)", text, re.MULTILINE)
    )
    return "| metric | kind | meaning |\n|---|---|---|\n" + rows


class Guide(unittest.TestCase):
    maxDiff = None

    def test_tells_of_every_metric_and_of_no_other(self):
        written = TABLE.search(GUIDE.read_text())
        self.assertIsNotNone(written)
        self.assertEqual(written[0], table(metrics_text()), f"{__file__} --write mends it")

    def test_names_only_metrics_that_there_are(self):
        text = metrics_text()
        for name in set(re.findall(r"`(?:rate\()?(ringcast_[a-z_]+)", GUIDE.read_text())):
            self.assertIn(f"# HELP {name} ", text)

    def test_has_a_section_for_each_alert(self):
        alerts = {
            name
            for rules in (ROOT / "systemd" / "monitoring").glob("*.yml")
            for name in re.findall(r"^\s*-?\s*alert:\s*(\w+)", rules.read_text(), re.MULTILINE)
        }
        section = GUIDE.read_text().split("\n## Alerts\n", 1)[1].split("\n## ", 1)[0]
        told = set(re.findall(r"^### (\w+)$", section, re.MULTILINE))
        self.assertEqual(told, alerts)


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        new = table(metrics_text())
        GUIDE.write_text(TABLE.sub(lambda _: new, GUIDE.read_text()))
    else:
        unittest.main()
