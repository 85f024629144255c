"""Idempotency keys and channels that are created, against the real daemon."""

import re
import socket
import tempfile
import threading
import unittest
from pathlib import Path
from typing import Any

import ringcast
from daemon import Daemon, Stream

PUBLISH_H = Path(__file__).parents[2] / "include" / "ringcast" / "publish.h"


class Cable:
    """A way to the publish socket that breaks `cuts` times just before an answer would come back,
    the server's hello let through first."""

    def __init__(self, daemon: Daemon, cuts: int, binary: bool) -> None:
        self.cuts = cuts
        self._binary = binary
        self._far_path = daemon.publish_socket
        self._directory = tempfile.TemporaryDirectory(prefix="ringcast-cable-")
        self.path = f"{self._directory.name}/publish.sock"
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        self._listener.listen()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect(self._far_path)
            for move in ((near, far, False), (far, near, True)):
                self._threads.append(threading.Thread(target=self._move, args=move))
                self._threads[-1].start()

    def _move(self, source: socket.socket, target: socket.socket, answers: bool) -> None:
        greeted = not self._binary
        try:
            while piece := source.recv(65536):
                if answers and greeted and self.cuts > 0:
                    self.cuts -= 1
                    break
                greeted = True
                target.sendall(piece)
        except OSError:
            pass  # the other direction has ended it
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # ended already

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()
        self._directory.cleanup()


class IdempotencyTest(unittest.TestCase):
    def start(self) -> Daemon:
        daemon = Daemon()
        self.addCleanup(daemon.close)
        return daemon

    def publishes_once(self, cable: Cable, daemon: Daemon, publisher: Any) -> None:
        stream = Stream(daemon, "a")
        self.addCleanup(stream.close)
        ids = [publisher.publish("a", "first")]
        cable.cuts = 2
        events = [("a", f"event {i}") for i in range(1000)]
        ids += [result.id for result in publisher.publish_many(events)]
        self.assertEqual(cable.cuts, 0)
        expected = [
            ("message", data, ids[i]) for i, (_, data) in enumerate([("a", "first"), *events])
        ]
        self.assertEqual(stream.first(len(ids)), expected)
        self.assertEqual(daemon.published(), len(ids))

    def keys_name_events(self, publisher: Any) -> None:
        identity = publisher.publish("a", "x", key="k")
        self.assertEqual(publisher.publish("a", "x", key="k"), identity)
        self.assertNotEqual(publisher.publish("b", "x", key="k"), identity)
        for data, key, code in (("y", "k", "KEY_REUSED"), ("x", "two words", "INVALID_KEY")):
            with self.assertRaises(ringcast.RingcastError) as caught:
                publisher.publish("a", data, key=key)
            self.assertEqual(caught.exception.code, code)

    def test_over_the_socket(self) -> None:
        daemon = self.start()
        cable = Cable(daemon, 1, binary=True)
        self.addCleanup(cable.close)
        with ringcast.Publisher(cable.path, idempotency=True) as publisher:
            self.publishes_once(cable, daemon, publisher)
            self.keys_name_events(publisher)
        with ringcast.Publisher(cable.path) as publisher:
            with self.assertRaises(ringcast.RingcastError) as caught:
                publisher.publish("a", "x", key="k")
            self.assertEqual(caught.exception.code, "INVALID_KEY")

    def test_over_http(self) -> None:
        daemon = self.start()
        cable = Cable(daemon, 1, binary=False)
        self.addCleanup(cable.close)
        with ringcast.HttpPublisher(socket_path=cable.path) as publisher:
            self.publishes_once(cable, daemon, publisher)
            self.keys_name_events(publisher)

    def test_codes_are_those_of_the_specification(self) -> None:
        expected = {
            "CHANNEL": "INVALID_CHANNEL",
            "TYPE": "INVALID_TYPE",
            "DATA": "INVALID_DATA",
            "TOO_LARGE": "TOO_LARGE",
            "UNAVAILABLE": "UNAVAILABLE",
            "UNKNOWN_CHANNEL": "UNKNOWN_CHANNEL",
            "KEY": "KEY_REUSED",
        }
        pattern = r"^#define RINGCAST_PUBLISH_NACK_(\w+) (\d+)"
        named = re.findall(pattern, PUBLISH_H.read_text(), re.MULTILINE)
        self.assertGreaterEqual(len(named), 5)
        for name, code in named:
            self.assertEqual(ringcast._NACK_CODES[int(code)], expected[name])


class ChannelTest(unittest.TestCase):
    def test_a_channel_is_created_changed_and_ended(self) -> None:
        daemon = Daemon()
        self.addCleanup(daemon.close)
        with ringcast.HttpPublisher(socket_path=daemon.publish_socket) as publisher:
            self.assertTrue(publisher.create_channel("job/1"))
            self.assertFalse(publisher.create_channel("job/1", history_events=2, history_ttl="5m"))
            for i in range(5):
                publisher.publish("job/1", str(i))
            info = publisher.channel_info("job/1")
            assert info
            self.assertEqual(info["history"]["events"], 2)
            with self.assertRaises(ringcast.RingcastError) as caught:
                publisher.create_channel("job/1", history_events=-1)
            self.assertEqual(caught.exception.status, 400)
            self.assertTrue(publisher.end_channel("job/1"))
            self.assertIsNone(publisher.channel_info("job/1"))


if __name__ == "__main__":
    unittest.main()
