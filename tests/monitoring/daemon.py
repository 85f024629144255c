"""A daemon of the release for a test, on ports of its own, and what publishes to it and follows it."""

import fcntl
import http.client
import json
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

PATIENCE = 60.0  # for what should happen at once, on a machine that may be busy
FIRST_PORT, PORTS = 20000, 10000  # as tests/support/port_lease.h


def eventually(what: str, is_so: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """Looks again and again, and gives the first answer that counts as true."""
    end = time.monotonic() + patience
    while True:
        answer = is_so()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"not within {patience:.0f} s: {what}")
        time.sleep(0.05)


class PortLease:
    """A port that no other test of this user takes while the lease lives."""

    def __init__(self) -> None:
        directory = Path(f"/tmp/ringcast-test-ports-{os.getuid()}")
        directory.mkdir(mode=0o700, exist_ok=True)
        for i in range(PORTS):
            self.port = FIRST_PORT + (os.getpid() * 37 + i) % PORTS
            self._lock = open(directory / str(self.port), "a", encoding="ascii")
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                with socket.socket() as probe:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind(("0.0.0.0", self.port))
                    probe.listen(1)
                return
            except OSError:
                self._lock.close()
        raise AssertionError("no free port for a test")

    def release(self) -> None:
        self._lock.close()


class Daemon:
    """`ringcast serve`, ready when the constructor returns."""

    def __init__(self, *options: str) -> None:
        self.binary = os.environ["RINGCAST_BINARY"]
        self._options = options
        self._leases = (PortLease(), PortLease())
        self.port, self.admin_port = (lease.port for lease in self._leases)
        self._directory = tempfile.TemporaryDirectory(prefix="ringcast-")
        self.publish_socket = f"{self._directory.name}/publish.sock"
        self.start()

    @property
    def admin(self) -> str:
        return f"127.0.0.1:{self.admin_port}"

    def start(self) -> None:
        self._log = open(f"{self._directory.name}/log", "ab")
        self.process = subprocess.Popen(
            [self.binary, "serve", "--listen", f"127.0.0.1:{self.port}", "--admin", self.admin,
             "--publish-socket", self.publish_socket, *self._options],
            stderr=self._log)  # fmt: skip
        eventually("the daemon is ready", lambda: self._get_status("/readyz") == 200)

    def stop(self, signal_number: int = signal.SIGTERM) -> None:
        self.process.send_signal(signal_number)
        self.process.wait(PATIENCE)
        self._log.close()

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._log.close()
        self._directory.cleanup()
        for lease in self._leases:
            lease.release()

    def get(self, path: str) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=PATIENCE)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read().decode()
            if answer.status != 200:
                raise AssertionError(f"{path} answers {answer.status}: {body}")
            return body
        finally:
            connection.close()

    def publish(self, channel: str, data: str, event: str = "") -> str:
        """Gives the event's id."""
        query = "?" + urllib.parse.urlencode({"event": event}) if event else ""
        return str(self._ask_publisher("POST", f"/publish/{channel}{query}", data)["id"])

    def end(self, channel: str) -> None:
        self._ask_publisher("DELETE", f"/channels/{channel}")

    def _ask_publisher(self, method: str, target: str, body: str = "") -> Any:
        connection = http.client.HTTPConnection("localhost", timeout=PATIENCE)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(PATIENCE)
        try:
            connection.sock.connect(self.publish_socket)
            connection.request(method, target, body.encode())
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 200:
                raise AssertionError(f"{method} {target}: {answer.status} {text!r}")
            return json.loads(text)
        finally:
            connection.close()

    def stats(self) -> Any:
        return json.loads(self.get("/stats.json"))

    def _get_status(self, path: str) -> int:
        if self.process.poll() is not None:
            log = Path(f"{self._directory.name}/log").read_text(encoding="utf-8", errors="replace")
            raise AssertionError(f"the daemon has ended: {log}")
        connection = http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=PATIENCE)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()


class Load:
    """Subscribers who read all that comes, and a publisher that sends to their channels at a pace."""

    def __init__(self, daemon: Daemon, channels: dict[str, int], events_a_second: int) -> None:
        self._stop = threading.Event()
        self._sockets = []
        for channel, subscribers in channels.items():
            for _ in range(subscribers):
                subscriber = socket.create_connection(("127.0.0.1", daemon.port), PATIENCE)
                subscriber.sendall(f"GET /events/{channel} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
                subscriber.setblocking(False)
                self._sockets.append(subscriber)
        self._publisher = subprocess.Popen(
            [daemon.binary, "pub", "--ndjson", "--quiet", "--publish-socket",
             daemon.publish_socket], stdin=subprocess.PIPE)  # fmt: skip
        self._threads = [
            threading.Thread(target=self._publish, args=(list(channels), events_a_second)),
            threading.Thread(target=self._read),
        ]
        for thread in self._threads:
            thread.start()

    def _publish(self, channels: list[str], events_a_second: int) -> None:
        assert self._publisher.stdin
        count = 0
        while not self._stop.wait(1 / events_a_second):
            line = {"channel": channels[count % len(channels)], "data": "x" * 120}
            count += 1
            try:
                self._publisher.stdin.write(json.dumps(line).encode() + b"\n")
                self._publisher.stdin.flush()
            except OSError:
                return  # the daemon was stopped, and then the publisher

    def _read(self) -> None:
        while not self._stop.wait(0.05):
            for subscriber in self._sockets:
                try:
                    while subscriber.recv(65536):
                        pass
                except OSError:
                    pass  # nothing more has come, or the daemon has gone

    def close(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._publisher.kill()
        self._publisher.wait()
        assert self._publisher.stdin
        try:
            self._publisher.stdin.close()
        except OSError:
            pass  # what it had not taken is of no use any more
        for subscriber in self._sockets:
            subscriber.close()
