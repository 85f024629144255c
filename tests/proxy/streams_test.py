"""Streams through each proxy, set up as systemd/proxy says: over HTTP/1.1 within TLS, where every byte
can be looked at. The browser's part, over HTTP/2, is in browser_test.py."""

import signal
import socket
import statistics
import time
import unittest

from ground import ProxyGround
from process import eventually
from proxies import Caddy, Haproxy, Nginx, NginxStream

CLIENT = "127.0.0.9"
OTHER = "127.0.0.10"


class Streams:
    """What must hold behind every proxy. Mixed into a ProxyGround."""

    def test_each_event_arrives_while_the_stream_stays_open(self: ProxyGround) -> None:
        self.start()
        streams = [self.follow() for _ in range(20)]
        times = []
        for turn in range(10):
            start = time.monotonic()
            event_id = self.daemon.publish("demo", f"event {turn}")
            for stream in streams:
                message = stream.next()
                self.assertEqual((message.data, message.last_event_id), (f"event {turn}", event_id))
            times.append(time.monotonic() - start)
        self.tell(f"an event at 20 streams, median: {statistics.median(times) * 1000:.1f} ms")

    def test_large_events_arrive_whole(self: ProxyGround) -> None:
        self.start()
        stream = self.follow()
        for size in (1, 100_000, 1_000_000):
            self.daemon.publish("demo", "x" * size)
            self.assertEqual(stream.next().data, "x" * size)

    def test_heartbeats_keep_a_quiet_stream_open(self: ProxyGround) -> None:
        # The proxy gives up a silent stream after 3 s; five heartbeats take at least as long.
        self.start("--heartbeat", "1s", patience="3s")
        stream = self.follow()
        start = time.monotonic()
        stream.wait_for_heartbeats(8)
        self.assertGreater(time.monotonic() - start, 3)
        self.daemon.publish("demo", "still there")
        self.assertEqual(stream.next().data, "still there")

    def test_a_client_resumes_through_it(self: ProxyGround) -> None:
        self.start()
        stream = self.follow()
        ids = [self.daemon.publish("demo", str(number)) for number in range(5)]
        for number in range(3):
            self.assertEqual(stream.next().data, str(number))
        stream.close()
        again = self.open(last_event_id=ids[2])
        self.assertEqual(again.connected(), "resumed")
        self.assertEqual([again.next().data, again.next().data], ["3", "4"])

    def test_a_client_that_goes_is_gone(self: ProxyGround) -> None:
        self.start()
        times = []
        for _ in range(5):
            stream = self.follow()
            self.assertEqual(self.daemon.streams(), 1)
            stream.close()
            times.append(eventually(lambda: self.daemon.streams() == 0, "the stream is closed"))
        # HAProxy looks now and then whether somebody listens, which counts as well.
        self.assertGreaterEqual(self.daemon.closed("client"), 5)
        self.tell(
            f"a client's close reaches Ringcast, median: {statistics.median(times) * 1000:.0f} ms, "
            f"longest: {max(times) * 1000:.0f} ms"
        )

    def test_the_end_of_a_channel_reaches_the_client(self: ProxyGround) -> None:
        self.start()
        stream = self.follow()
        self.daemon.publish_request("DELETE", "/channels/demo")
        self.assertEqual(stream.next().type, "end")
        end = stream.wait_for_end()
        self.tell(f"a stream that Ringcast ends has its last chunk: {end.complete}")

    def test_a_drain_reaches_the_client(self: ProxyGround) -> None:
        self.start()
        streams = [self.follow() for _ in range(5)]
        self.daemon.process.signal(signal.SIGTERM)
        start = time.monotonic()
        for stream in streams:
            self.assertEqual(stream.next().type, "drain")
            stream.wait_for_end()
        eventually(lambda: not self.daemon.process.running(), "the daemon has ended")
        self.tell(f"a drain of 5 streams took {time.monotonic() - start:.1f} s")

    def test_limits_and_log_use_the_clients_address(self: ProxyGround) -> None:
        self.start("--max-connections-per-ip", "2")
        for _ in range(2):
            self.follow(source=CLIENT)
        self.assertEqual(self.open(source=CLIENT).connected(), "overload")
        self.follow(source=OTHER)
        # Whatever the client itself says.
        said = {"X-Forwarded-For": "203.0.113.7", "Forwarded": "for=203.0.113.7"}
        self.assertEqual(self.open(source=CLIENT, headers=said).connected(), "overload")
        self.assertEqual(self.daemon.refused("max_connections_per_ip"), 2)
        told = f"limit=max-connections-per-ip allowed=2 address={CLIENT}"
        eventually(lambda: told in self.daemon.process.log(), "the log tells of the limit")
        # Who goes makes room.
        self.streams[0].close()
        eventually(lambda: self.daemon.streams() == 2, "the stream is closed")
        self.follow(source=CLIENT)
        self.assertEqual(self.daemon.closed("bad_proxy_header"), 0)


class Http2:
    """Of those that speak HTTP to browsers."""

    def test_browsers_are_offered_http2(self: ProxyGround) -> None:
        self.start()
        context = self.certificate.context("h2", "http/1.1")
        with (
            socket.create_connection(("127.0.0.1", self.proxy.port)) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as tls,
        ):
            self.assertEqual(tls.selected_alpn_protocol(), "h2")

    def test_streams_are_not_compressed(self: ProxyGround) -> None:
        self.start()
        stream = self.follow(headers={"Accept-Encoding": "gzip, br, zstd"})
        self.assertNotIn("content-encoding", stream.fields)


class NginxUnixTest(Streams, Http2, ProxyGround):
    proxy_class = Nginx
    daemon_options = ("--trusted-proxy", "unix")


class NginxTcpTest(Streams, Http2, ProxyGround):
    proxy_class = Nginx
    unix = False
    daemon_options = ("--trusted-proxy", "127.0.0.1")


class NginxStreamTest(Streams, ProxyGround):
    proxy_class = NginxStream


class HaproxyUnixTest(Streams, Http2, ProxyGround):
    proxy_class = Haproxy


class HaproxyTcpTest(Streams, Http2, ProxyGround):
    proxy_class = Haproxy
    unix = False


class CaddyUnixTest(Streams, Http2, ProxyGround):
    proxy_class = Caddy
    daemon_options = ("--trusted-proxy", "unix")


class CaddyTcpTest(Streams, Http2, ProxyGround):
    proxy_class = Caddy
    unix = False
    daemon_options = ("--trusted-proxy", "127.0.0.1")


if __name__ == "__main__":
    unittest.main()
