"""A daemon on UNIX sockets in a directory of its own: no port that another test could want, and
after a restart it listens where it did before. And what follows a stream of it."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from typing import Any

PATIENCE = 60.0  # for what should happen at once, on a machine that may be busy


def eventually(what: str, is_so: Callable[[], Any]) -> Any:
    """Looks again and again, and gives the first answer that counts as true."""
    end = time.monotonic() + PATIENCE
    while True:
        answer = is_so()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"not within {PATIENCE:.0f} s: {what}")
        time.sleep(0.01)


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=PATIENCE)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(self._path)


class Daemon:
    """`ringcast serve`, ready when the constructor returns."""

    def __init__(self, *options: str) -> None:
        self._options = options
        self._directory = tempfile.TemporaryDirectory(prefix="ringcast-python-")
        place = self._directory.name
        self.publish_socket = f"{place}/publish.sock"
        self.http_socket = f"{place}/http.sock"
        self._admin_socket = f"{place}/admin.sock"
        self.start()

    def start(self) -> None:
        self._log = open(f"{self._directory.name}/log", "ab")
        self.process = subprocess.Popen(
            [os.environ["RINGCAST_BINARY"], "serve", "--listen", f"unix:{self.http_socket}",
             "--publish-socket", self.publish_socket, "--admin", f"unix:{self._admin_socket}",
             "--shards", "2", *self._options],
            stderr=self._log)  # fmt: skip
        eventually("the daemon is ready", self._is_ready)

    def _is_ready(self) -> bool:
        if self.process.poll() is not None:
            with open(self._log.name, encoding="utf-8", errors="replace") as log:
                raise AssertionError(f"the daemon has ended: {log.read()}")
        try:
            return self._get("/readyz")[0] == 200
        except OSError:
            return False

    def _get(self, path: str) -> tuple[int, bytes]:
        connection = _UnixConnection(self._admin_socket)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def published(self) -> int:
        """Events since it was started."""
        return int(json.loads(self._get("/stats.json")[1])["events"]["published"])

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._log.close()

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.kill()
        self._log.close()
        self._directory.cleanup()


class Stream:
    """A subscriber that takes down (type, data, id) of all events but `connected`."""

    def __init__(self, daemon: Daemon, channel: str) -> None:
        self.events: list[tuple[str, str, str]] = []
        self._started = threading.Event()
        self._connection = _UnixConnection(daemon.http_socket)
        self._connection.request("GET", f"/events/{channel}")
        self._socket = self._connection.sock  # the response takes it over
        self._response = self._connection.getresponse()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        if not self._started.wait(PATIENCE):
            raise AssertionError("the stream does not start")

    def _read(self) -> None:
        fields: dict[str, str] = {}
        try:
            for line in self._response:
                text = line.decode().rstrip("\n")
                name, _, value = text.partition(": ")
                if text:
                    value = f"{fields[name]}\n{value}" if name in fields else value
                    fields[name.rstrip(":")] = value
                elif fields:
                    self._take(fields)
                    fields = {}
        except (OSError, http.client.HTTPException, ValueError, AttributeError):
            pass  # it was closed, on either side

    def _take(self, fields: dict[str, str]) -> None:
        if fields.get("event") == "connected":
            self._started.set()
        elif "data" in fields:
            self.events.append((fields.get("event", "message"), fields["data"], fields.get("id", "")))

    def first(self, count: int) -> list[tuple[str, str, str]]:
        eventually(f"{count} events have come", lambda: len(self.events) >= count)
        return self.events[:count]

    def close(self) -> None:
        with contextlib.suppress(OSError):  # it may have ended by itself
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._connection.close()
