"""Each proxy with the configuration of systemd/proxy, as people copy it: only names of files, addresses
and sizes are put in place of those that it ships with, and each of them must be there."""

import socket
import ssl
import subprocess
from pathlib import Path

from daemon import Daemon
from ports import PortLease
from process import Child

SHIPPED = Path(__file__).parents[2] / "systemd" / "proxy"


class Certificate:
    """Made for localhost, signed by itself."""

    def __init__(self, directory: Path) -> None:
        self.certificate = directory / "localhost.pem"
        self.key = directory / "localhost.key"
        self.both = directory / "both.pem"
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=localhost"),
                *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
                *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
                *("-keyout", str(self.key), "-out", str(self.certificate)),
            ],
            check=True,
            capture_output=True,
        )
        self.both.write_bytes(self.certificate.read_bytes() + self.key.read_bytes())

    def context(self, *protocols: str) -> ssl.SSLContext:
        """For a client that trusts it, and offers these protocols (ALPN)."""
        context = ssl.create_default_context(cafile=str(self.certificate))
        context.set_alpn_protocols(protocols)
        return context


def shipped(name: str, replacements: dict[str, str]) -> str:
    """The configuration `name` with these texts replaced, each of which must stand there."""
    text = (SHIPPED / name).read_text()
    for old, new in replacements.items():
        if old not in text:
            raise AssertionError(f"systemd/proxy/{name} no longer holds {old!r}")
        text = text.replace(old, new)
    return text


class Proxy:
    """A running proxy in front of a daemon; `port` speaks TLS."""

    def __init__(
        self, directory: Path, daemon: Daemon, certificate: Certificate, unix: bool, patience: str
    ) -> None:
        """`patience` takes the place of the time after which a silent stream is given up."""
        self._lease = PortLease()
        self._further: list[PortLease] = []
        self.port = self._lease.port
        self.directory = directory
        self.daemon = daemon
        self.certificate = certificate
        self.unix = unix
        self.patience = patience
        self._child = self.start()
        self._child.wait_until(self._answers, f"{type(self).__name__} on port {self.port}")

    def start(self) -> Child:
        raise NotImplementedError

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as plain:
                context = self.certificate.context("http/1.1")
                context.wrap_socket(plain, server_hostname="localhost").close()
        except OSError:
            return False
        return True

    def lease(self) -> int:
        """One more port."""
        self._further.append(PortLease())
        return self._further[-1].port

    def log(self) -> str:
        return self._child.log()

    def stop(self) -> None:
        self._child.stop()
        for lease in (self._lease, *self._further):
            lease.release()


class Nginx(Proxy):
    """The http part: X-Forwarded-For."""

    def ports(self) -> tuple[int, int]:
        """Of the http part, and of the stream part."""
        return self.port, self.lease()

    def start(self) -> Child:
        http_port, stream_port = self.ports()
        unix = "server unix:/run/ringcast/events.sock;"
        tcp = "#server 127.0.0.1:8080;"
        upstream = (
            {unix: f"server unix:{self.daemon.http_socket};"}
            if self.unix
            else {unix: "", tcp: f"server 127.0.0.1:{self.daemon.http_port};"}
        )
        # So that it need not be root's.
        paths = "".join(
            f"{kind}_temp_path {self.directory}/nginx_{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        text = shipped(
            "nginx.conf",
            upstream
            | {
                "http {\n": f"http {{\n{paths}",
                "listen 443 ssl http2;": f"listen 127.0.0.1:{http_port} ssl http2;",
                "listen 8443 ssl;": f"listen 127.0.0.1:{stream_port} ssl;",
                "proxy_pass 127.0.0.1:8081;": f"proxy_pass 127.0.0.1:{self.daemon.proxy_port};",
                "/etc/ssl/certs/example.org.pem": str(self.certificate.certificate),
                "/etc/ssl/private/example.org.key": str(self.certificate.key),
                "worker_rlimit_nofile 200000;": "",
                "worker_connections 100000;": "worker_connections 1000;",
                "60s;": f"{self.patience};",
            },
        )
        config = self.directory / "nginx.conf"
        config.write_text(text)
        arguments = ["-c", str(config), "-e", "stderr"]
        own = f"daemon off; pid {self.directory}/nginx.pid;"
        return Child(["nginx", *arguments, "-g", own], self.directory / "nginx.log")


class NginxStream(Nginx):
    """The stream part: TLS alone, and the PROXY protocol, version 1."""

    def ports(self) -> tuple[int, int]:
        return self.lease(), self.port


class Haproxy(Proxy):
    """The PROXY protocol, version 2."""

    def start(self) -> Child:
        unix = "    server ringcast unix@/run/ringcast/events.sock"
        tcp = "#server ringcast 127.0.0.1:8081"
        server = (
            {unix: f"    server ringcast unix@{self.daemon.proxy_socket}"}
            if self.unix
            else {unix: "    #", tcp: f"server ringcast 127.0.0.1:{self.daemon.proxy_port}"}
        )
        text = shipped(
            "haproxy.cfg",
            server
            | {
                "bind :443 ssl": f"bind 127.0.0.1:{self.port} ssl",
                "/etc/haproxy/example.org.pem": str(self.certificate.both),
                "maxconn 100000": "maxconn 1000",
                "client 60s": f"client {self.patience}",
                "server 60s": f"server {self.patience}",
            },
        )
        config = self.directory / "haproxy.cfg"
        config.write_text(text)
        return Child(["haproxy", "-db", "-f", str(config)], self.directory / "haproxy.log")


class Caddy(Proxy):
    """X-Forwarded-For."""

    def start(self) -> Child:
        unix = "reverse_proxy unix//run/ringcast/events.sock {"
        tcp = "#reverse_proxy 127.0.0.1:8080 {"
        upstream = (
            {unix: f"reverse_proxy unix/{self.daemon.http_socket} {{"}
            if self.unix
            else {unix: "", tcp: f"reverse_proxy 127.0.0.1:{self.daemon.http_port} {{"}
        )
        text = shipped(
            "Caddyfile",
            upstream
            | {
                "\tgrace_period 10s": "\tgrace_period 10s\n\tadmin off\n"
                "\tauto_https disable_redirects",
                "\nexample.org {": f"\nhttps://localhost:{self.port} {{",
                "/etc/ssl/certs/example.org.pem": str(self.certificate.certificate),
                "/etc/ssl/private/example.org.key": str(self.certificate.key),
            },
        )
        config = self.directory / "Caddyfile"
        config.write_text(text)
        home = {name: str(self.directory) for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")}
        arguments = ["run", "--config", str(config), "--adapter", "caddyfile"]
        return Child(["caddy", *arguments], self.directory / "caddy.log", home)
