"""The publisher over the UNIX socket, and the command, against the real daemon."""

import contextlib
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import unittest

import ringcast
from daemon import PATIENCE, Daemon, Stream, eventually

HELLO = b"\xc5RCP" + bytes([1, 0, 0, 0]) + struct.pack("<II", 1 << 20, 1 << 18)


class PublisherTest(unittest.TestCase):
    def start(self, *options: str) -> Daemon:
        daemon = Daemon(*options)
        self.addCleanup(daemon.close)
        return daemon

    def publisher(self, path: str, **options: float) -> ringcast.Publisher:
        publisher = ringcast.Publisher(path, **options)
        self.addCleanup(publisher.close)
        return publisher

    def stream(self, daemon: Daemon, channel: str) -> Stream:
        stream = Stream(daemon, channel)
        self.addCleanup(stream.close)
        return stream

    def test_data_arrives_as_it_was_meant(self) -> None:
        daemon = self.start()
        stream = self.stream(daemon, "a/b")
        publisher = self.publisher(daemon.publish_socket)
        cases = [
            ("text", "text"),
            ("", ""),
            ("a\r\nb\rc\n", "a\nb\nc\n"),
            ("\U0001f426", "\U0001f426"),
            (b"bytes", "bytes"),
            (bytearray(b"bytes"), "bytes"),
            ({"text": "ä", "list": [1, None]}, '{"text":"ä","list":[1,null]}'),
            (12.5, "12.5"),
            (None, "null"),
        ]
        ids = [publisher.publish("a/b", data, event="kind") for data, _ in cases]
        ids.append(publisher.publish("a/b", "of the default type"))
        events = stream.first(len(ids))
        for (_, data), event, identity in zip(cases, events, ids):
            self.assertEqual(event, ("kind", data, identity))
        self.assertEqual(events[-1], ("message", "of the default type", ids[-1]))

    def test_100_000_events_arrive_once_and_in_order(self) -> None:
        daemon = self.start()
        stream = self.stream(daemon, "a")
        publisher = self.publisher(daemon.publish_socket, window_bytes=200_000)
        count = 100_000
        results = publisher.publish_many(("a", f"event {i}") for i in range(count))
        self.assertEqual(len(results), count)
        for i, (event, result) in enumerate(zip(stream.first(count), results)):
            self.assertEqual(event, ("message", f"event {i}", result.id))
        self.assertEqual(daemon.published(), count)

    def test_a_refused_event_says_why_and_the_others_pass(self) -> None:
        daemon = self.start("--max-event-size", "1000")
        publisher = self.publisher(daemon.publish_socket)
        refused = [
            ("not ok", "x", "", "INVALID_CHANNEL"),
            ("", "x", "", "INVALID_CHANNEL"),
            ("c" * 256, "x", "", "INVALID_CHANNEL"),
            ("c" * 70_000, "x", "", "INVALID_CHANNEL"),
            ("\ud800", "x", "", "INVALID_CHANNEL"),
            (12, "x", "", "INVALID_CHANNEL"),
            ("a", "x", "two\nlines", "INVALID_TYPE"),
            ("a", "x", "t" * 256, "INVALID_TYPE"),
            ("a", "x", "\udc00", "INVALID_TYPE"),
            ("a", b"\xff\xfe", "", "INVALID_DATA"),
            ("a", "\ud83d", "", "INVALID_DATA"),
            ("a", object(), "", "INVALID_DATA"),
            ("a", float("nan"), "", "INVALID_DATA"),
            ("a", "x" * 1001, "", "TOO_LARGE"),
            ("a", "x" * (3 << 20), "", "TOO_LARGE"),
            ("a", "x" * ((16 << 20) + 1), "", "TOO_LARGE"),
        ]
        events = []
        for channel, data, event, _ in refused:
            events += [(channel, data, event), ("a", "passes")]
        results = publisher.publish_many(events)
        for i, (channel, _, _, code) in enumerate(refused):
            error, passed = results[2 * i].error, results[2 * i + 1]
            self.assertIsNone(passed.error)
            assert error is not None
            self.assertEqual(error.code, code, str(error))
            self.assertEqual(error.channel, channel if isinstance(channel, str) else None)
        self.assertEqual(daemon.published(), len(refused))
        with self.assertRaises(ringcast.RingcastError) as caught:
            publisher.publish("not ok", "x")
        self.assertTrue(caught.exception.reason)

    def test_a_daemon_that_was_killed_and_started_again(self) -> None:
        daemon = self.start()
        publisher = self.publisher(daemon.publish_socket)
        publisher.publish("a", "before")
        daemon.kill()
        published: list[str] = []
        thread = threading.Thread(target=lambda: published.append(publisher.publish("a", "after")))
        thread.start()
        daemon.start()
        thread.join()
        self.assertEqual(len(published), 1)
        self.assertEqual(daemon.published(), 1)

    def test_killed_under_load(self) -> None:
        daemon = self.start()
        publisher = self.publisher(daemon.publish_socket, window_bytes=64 << 10)
        taken = 0
        stop = threading.Event()

        def events():
            nonlocal taken
            while not stop.is_set():
                taken += 1
                yield "a", f"event {taken}"

        results: list[ringcast.Result] = []
        thread = threading.Thread(target=lambda: results.extend(publisher.publish_many(events())))
        thread.start()
        for _ in range(3):
            before = taken
            eventually("events are taken", lambda: taken > before + 5000)
            daemon.kill()
            daemon.start()
        eventually("it is back", lambda: daemon.published() > 0)
        stop.set()
        thread.join()
        self.assertEqual(len(results), taken)
        ids = [tuple(map(int, str(result.id).split("-"))) for result in results]
        self.assertEqual(ids, sorted(set(ids)), "each has an id of its own, in their order")

    def test_nobody_is_there(self) -> None:
        publisher = self.publisher("/nowhere/publish.sock", connect_timeout=0.2)
        with self.assertRaises(ringcast.RingcastError) as caught:
            publisher.publish("a", "x")
        self.assertEqual(caught.exception.code, "UNREACHABLE")
        self.assertIn("/nowhere/publish.sock", str(caught.exception))

    def test_a_daemon_that_is_silent(self) -> None:
        daemon = self.start()
        publisher = self.publisher(daemon.publish_socket, answer_timeout=0.3)

        def publishes() -> bool:
            with contextlib.suppress(ringcast.RingcastError):
                return bool(publisher.publish("a", "x"))
            return False

        eventually("it answers", publishes)
        daemon.stop()
        with self.assertRaises(ringcast.RingcastError) as caught:
            publisher.publish("a", "y")
        self.assertEqual(caught.exception.code, "TIMEOUT")
        self.assertEqual(caught.exception.results, [None])
        daemon.resume()
        eventually("it answers again", publishes)

    def test_an_iterable_that_fails_leaves_the_publisher_usable(self) -> None:
        daemon = self.start()
        publisher = self.publisher(daemon.publish_socket, window_bytes=100)

        def events():
            for i in range(10):
                yield "a", f"event {i}"
            raise KeyError("no more")

        with self.assertRaises(KeyError):
            publisher.publish_many(events())
        self.assertTrue(publisher.publish("a", "x"))

    def test_threads_take_turns(self) -> None:
        daemon = self.start()
        publisher = self.publisher(daemon.publish_socket)
        results: list[ringcast.Result] = []
        threads = [
            threading.Thread(
                target=lambda: results.extend(publisher.publish_many([("a", "x")] * 500))
            )
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len({result.id for result in results}), 2000)

    def test_closed(self) -> None:
        publisher = ringcast.Publisher("/nowhere/publish.sock")
        with publisher:
            pass
        with self.assertRaises(ringcast.RingcastError) as caught:
            publisher.publish("a", "x")
        self.assertEqual(caught.exception.code, "CLOSED")

    def test_who_is_no_publish_server(self) -> None:
        def answer(kind: int, code: int, count: int, request: int, content: bytes) -> bytes:
            return struct.pack("<IBBHQ", 12 + len(content), kind, code, count, request) + content

        cases = [
            (b"HTTP/1.1 400 Bad Request\r\n\r\n", "PROTOCOL", "no publish socket"),
            (HELLO[:4] + b"\x09" + HELLO[5:], "PROTOCOL", "version 9"),
            (HELLO + answer(0x81, 0, 1, 99, bytes(16)), "PROTOCOL", "not the next one"),
            (HELLO + answer(0x42, 0, 0, 1, b""), "PROTOCOL", "unknown kind"),
            (HELLO + answer(0x81, 0, 0, 1, b""), "PROTOCOL", "impossible size"),
            (HELLO + answer(0x82, 1, 1, 1, b"xx"), "PROTOCOL", "wrong length"),
            (HELLO + answer(0x83, 3, 5, 1, b"wrong"), "PROTOCOL", "wrong"),
            (HELLO + answer(0x83, 5, 9, 0, b"too many!"), "UNREACHABLE", "too many!"),
        ]
        for greeting, code, text in cases:
            with self.subTest(text), tempfile.TemporaryDirectory() as place:
                path = f"{place}/publish.sock"
                with socket.socket(socket.AF_UNIX) as listener:
                    listener.bind(path)
                    listener.listen()
                    ends = threading.Event()
                    thread = threading.Thread(target=self._greet, args=(listener, greeting, ends))
                    thread.start()
                    patience = 2.0 if code == "UNREACHABLE" else PATIENCE
                    with ringcast.Publisher(path, connect_timeout=patience) as publisher:
                        with self.assertRaises(ringcast.RingcastError) as caught:
                            publisher.publish("a", "x")
                    ends.set()
                    listener.shutdown(socket.SHUT_RDWR)
                    thread.join()
                self.assertEqual(caught.exception.code, code, str(caught.exception))
                self.assertIn(text, str(caught.exception))

    @staticmethod
    def _greet(listener: socket.socket, greeting: bytes, ends: threading.Event) -> None:
        while not ends.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.sendall(greeting)
                connection.recv(8)

    def test_the_command(self) -> None:
        daemon = self.start()
        stream = self.stream(daemon, "a")

        def command(*arguments: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [sys.executable, "-B", "-m", "ringcast", *arguments],
                capture_output=True,
                text=True,
                env=os.environ | {"RINGCAST_TOKEN": ""},
                check=False,
            )

        where = ("--publish-socket", daemon.publish_socket)
        done = command("pub", "a", "hello", "--event", "greeting", *where)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(stream.first(1), [("greeting", "hello", done.stdout.strip())])
        refused = command("pub", "not ok", "hello", *where)
        self.assertEqual((refused.returncode, refused.stdout), (65, ""))
        self.assertIn("python -m ringcast: the channel", refused.stderr)
        self.assertEqual(command("pub", "a").returncode, 64)
        self.assertEqual(command("pub", "a", "x", "--url", "ftp://a").returncode, 64)


if __name__ == "__main__":
    unittest.main()
