"""The real daemon behind a proxy: a UNIX listener and a TCP listener, each for plain HTTP and for the
PROXY protocol."""

import http.client
import json
import os
import socket
from pathlib import Path
from typing import Any

from ports import PortLease
from process import PATIENCE_S, Child


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=PATIENCE_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE_S)
        self.sock.connect(self._path)


class Daemon:
    """Ready when the constructor returns."""

    def __init__(self, directory: Path, *options: str) -> None:
        self._admin = PortLease()
        self._http = PortLease()
        self._proxied = PortLease()
        self.http_port = self._http.port
        self.proxy_port = self._proxied.port
        self.http_socket = str(directory / "http.sock")
        self.proxy_socket = str(directory / "proxy.sock")
        self._publish_socket = str(directory / "publish.sock")
        self.process = Child(
            [
                os.environ["RINGCAST_BINARY"],
                "serve",
                *("--listen", f"127.0.0.1:{self.http_port}"),
                *("--listen", f"proxy:127.0.0.1:{self.proxy_port}"),
                *("--listen", f"unix:{self.http_socket}"),
                *("--listen", f"proxy:unix:{self.proxy_socket}"),
                *("--publish-socket", self._publish_socket),
                *("--admin", f"127.0.0.1:{self._admin.port}"),
                *("--shards", "2"),
                *options,
            ],
            directory / "ringcast.log",
        )
        self.process.wait_until(self._is_ready, "/readyz of ringcast")

    def _admin_get(self, path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self._admin.port, timeout=PATIENCE_S)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def _is_ready(self) -> bool:
        try:
            return self._admin_get("/readyz")[0] == 200
        except OSError:
            return False

    def stats(self) -> dict[str, Any]:
        stats: dict[str, Any] = json.loads(self._admin_get("/stats.json")[1])
        return stats

    def streams(self) -> int:
        return int(self.stats()["connections"]["streams"])

    def refused(self, limit: str) -> int:
        return int(self.stats()["refused_by_limit"][limit])

    def closed(self, reason: str) -> int:
        return int(self.stats()["connections"]["closed"][reason])

    def publish_request(self, method: str, target: str, body: str = "") -> Any:
        connection = _UnixConnection(self._publish_socket)
        try:
            connection.request(method, target, body.encode())
            response = connection.getresponse()
            text = response.read()
            if response.status != 200:
                raise AssertionError(f"{method} {target}: {response.status} {text!r}")
            return json.loads(text)
        finally:
            connection.close()

    def publish(self, channel: str, data: str) -> str:
        """Gives the event's id."""
        return str(self.publish_request("POST", f"/publish/{channel}", data)["id"])

    def stop(self) -> None:
        self.process.stop()
        for lease in (self._admin, self._http, self._proxied):
            lease.release()
