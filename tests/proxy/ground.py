"""What each test stands on: a daemon, a proxy in front of it, and a directory, all its own."""

import tempfile
import unittest
from pathlib import Path

from daemon import Daemon
from proxies import Certificate, Proxy
from stream import Stream


class ProxyGround(unittest.TestCase):
    """Subclasses name the proxy."""

    proxy_class: type[Proxy] | None = None
    unix = True
    # The daemon's options that the proxy's configuration asks for.
    daemon_options: tuple[str, ...] = ()

    def run(self, result: unittest.TestResult | None = None) -> unittest.TestResult | None:
        """Prints what daemon and proxy wrote when the test has failed."""
        self._logs = ""
        failed = len(result.failures) + len(result.errors) if result else 0
        outcome = super().run(result)
        if result and len(result.failures) + len(result.errors) > failed:
            print(self._logs)
        return outcome

    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory(prefix="ringcast-")
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)
        self.directory.chmod(0o755)  # proxies change their user
        self.certificate = Certificate(self.directory)
        self.streams: list[Stream] = []
        self.addCleanup(self.close_streams)

    def start(self, *options: str, patience: str = "60s") -> None:
        self.daemon = Daemon(self.directory, *self.daemon_options, *options)
        self.addCleanup(self.daemon.stop)
        assert self.proxy_class is not None
        self.proxy = self.proxy_class(
            self.directory, self.daemon, self.certificate, self.unix, patience
        )
        self.addCleanup(self.proxy.stop)
        self.addCleanup(self._keep_logs)

    def _keep_logs(self) -> None:
        self._logs = f"--- ringcast\n{self.daemon.process.log()}\n--- proxy\n{self.proxy.log()}"

    def close_streams(self) -> None:
        for stream in self.streams:
            stream.close()
        self.streams.clear()

    def open(self, channel: str = "demo", **options: str) -> Stream:
        """A stream whose first event has not been read."""
        stream = Stream(self.proxy, channel, **options)
        self.streams.append(stream)
        return stream

    def follow(self, channel: str = "demo", **options: str) -> Stream:
        """A stream that is live."""
        stream = self.open(channel, **options)
        self.assertEqual(stream.connected(), "live")
        return stream

    def tell(self, what: str) -> None:
        """A figure, for whoever reads the log."""
        name = type(self).__name__.removesuffix("Test")
        print(f"{name}: {what}", flush=True)
