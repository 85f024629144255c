"""The publisher over HTTP against the real daemon; and before a server made of a script, for what
the daemon does not do on request."""

import http.server
import json
import threading
import unittest
from collections.abc import Iterator
from typing import Any, Optional

import ringcast
from daemon import Daemon, Stream

PUBLISHED = (200, b'{"id":"1-1","subscribers":0}')


class Script:
    """Answers each request with the next status and body; None cuts the connection."""

    def __init__(self, answers: list[Optional[tuple[int, bytes]]]) -> None:
        self.requests: list[dict[str, Any]] = []
        script, left = self, iter(answers)

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                script.requests.append({"path": self.path, "headers": self.headers, "body": body})
                answer = next(left)
                if answer is None:
                    self.close_connection = True
                    return
                self.send_response(answer[0])
                self.send_header("Content-Length", str(len(answer[1])))
                self.end_headers()
                self.wfile.write(answer[1])

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def headers(self, name: str) -> list[Optional[str]]:
        return [request["headers"][name] for request in self.requests]


class HttpPublisherTest(unittest.TestCase):
    def start(self, *options: str) -> Daemon:
        daemon = Daemon(*options)
        self.addCleanup(daemon.close)
        return daemon

    def script(self, *answers: Optional[tuple[int, bytes]]) -> Script:
        script = Script(list(answers))
        self.addCleanup(script.close)
        return script

    def publisher(self, *arguments: str, **options: Any) -> ringcast.HttpPublisher:
        publisher = ringcast.HttpPublisher(*arguments, **options)
        self.addCleanup(publisher.close)
        return publisher

    def stream(self, daemon: Daemon, channel: str) -> Stream:
        stream = Stream(daemon, channel)
        self.addCleanup(stream.close)
        return stream

    def code(self, call: Any, *arguments: Any, **options: Any) -> tuple[str, Optional[int]]:
        with self.assertRaises(ringcast.RingcastError) as caught:
            call(*arguments, **options)
        return caught.exception.code, caught.exception.status

    def test_data_arrives_as_it_was_meant(self) -> None:
        daemon = self.start()
        stream = self.stream(daemon, "a/b:c@d=e%2Bf~g")
        publisher = self.publisher(socket_path=daemon.publish_socket)
        cases = [
            ("text", "text", "kind"),
            ("", "", ""),
            ("two\nlines", "two\nlines", "a b&c=d/\U0001f426"),
            (b"bytes", "bytes", ""),
            ({"text": "ä"}, '{"text":"ä"}', "progress"),
        ]
        ids = [publisher.publish("a/b:c@d=e+f~g", data, kind) for data, _, kind in cases]
        for event, (_, data, kind), identity in zip(stream.first(len(cases)), cases, ids):
            self.assertEqual(event, (kind or "message", data, identity))

    def test_a_refused_event_says_why(self) -> None:
        daemon = self.start("--max-event-size", "1000")
        publisher = self.publisher(socket_path=daemon.publish_socket)
        for channel, data, event, key, expected in (
            ("not ok", "x", "", None, ("REFUSED", 400)),
            ("", "x", "", None, ("REFUSED", 400)),
            ("a?b", "x", "", None, ("REFUSED", 400)),
            ("a", "x", "two\nlines", None, ("REFUSED", 400)),
            ("a", b"\xff", "", None, ("REFUSED", 400)),
            ("a", "x" * 1001, "", None, ("TOO_LARGE", 413)),
            ("a", object(), "", None, ("INVALID_DATA", None)),
            ("a", "x", "", "two words", ("INVALID_KEY", None)),
        ):
            self.assertEqual(self.code(publisher.publish, channel, data, event, key), expected)
        self.assertEqual(daemon.published(), 0)

    def test_many_at_once_in_order_each_with_its_own_result(self) -> None:
        daemon = self.start()
        stream = self.stream(daemon, "a")
        publisher = self.publisher(socket_path=daemon.publish_socket, idempotency=False)
        wrong: dict[int, tuple[Any, ...]] = {
            7: ("not ok", "x"), 8: ("a", b"\xc3"), 9: ("a", object())
        }  # fmt: skip

        def events() -> Iterator[tuple[Any, ...]]:
            for i in range(12_000):
                yield wrong.get(i, ("a", {"i": i}, "t"))

        results = publisher.publish_many(events())
        codes = {i: result.error.code for i, result in enumerate(results) if result.error}
        self.assertEqual(codes, {7: "REFUSED", 8: "INVALID_DATA", 9: "INVALID_DATA"})
        accepted = [
            ("t", f'{{"i":{i}}}', result.id) for i, result in enumerate(results) if result.id
        ]
        self.assertEqual(stream.first(len(accepted)), accepted)
        self.assertEqual(publisher.publish_many([]), [])

    def test_a_channel_is_looked_at_and_ended(self) -> None:
        daemon = self.start()
        publisher = self.publisher(socket_path=daemon.publish_socket)
        self.assertIsNone(publisher.channel_info("job/1"))
        self.assertFalse(publisher.end_channel("job/1"))
        newest = publisher.publish("job/1", "x")
        info = publisher.channel_info("job/1")
        assert info
        self.assertEqual(info["newest"], newest)
        self.assertTrue(publisher.end_channel("job/1"))
        self.assertEqual(self.code(publisher.channel_info, "not ok"), ("REFUSED", 400))

    def test_a_daemon_that_comes_back_in_time(self) -> None:
        daemon = self.start()
        publisher = self.publisher(socket_path=daemon.publish_socket)
        publisher.publish("a", "x")
        daemon.kill()
        ids: list[str] = []
        thread = threading.Thread(target=lambda: ids.append(publisher.publish("a", "y")))
        thread.start()
        daemon.start()
        thread.join()
        self.assertEqual(len(ids), 1)
        self.assertEqual(daemon.published(), 1)

    def test_nobody_is_there(self) -> None:
        publisher = self.publisher(socket_path="/nowhere/publish.sock", timeout=0.2)
        self.assertEqual(self.code(publisher.publish, "a", "x"), ("UNREACHABLE", None))

    def test_a_request_that_fails_on_the_way_is_sent_again_with_the_same_key(self) -> None:
        script = self.script(None, (503, b'{"error":"busy"}'), (502, b""), PUBLISHED, PUBLISHED)
        publisher = self.publisher(f"{script.url}/behind/")
        self.assertEqual(publisher.publish("a", "x", "t"), "1-1")
        publisher.publish("a", "y")
        keys = script.headers("Idempotency-Key")
        self.assertEqual(len(keys[0] or ""), 36)
        self.assertEqual(keys[:4], keys[:1] * 4)
        self.assertNotEqual(keys[4], keys[0])
        self.assertEqual(script.requests[3]["path"], "/behind/publish/a?event=t")
        self.assertEqual(script.requests[3]["body"], b"x")

    def test_without_keys_nothing_is_sent_again_that_may_have_been_read(self) -> None:
        script = self.script(None, (502, b""), (503, b""), PUBLISHED)
        publisher = self.publisher(script.url, idempotency=False)
        self.assertEqual(self.code(publisher.publish, "a", "x"), ("DISCONNECTED", None))
        self.assertEqual(self.code(publisher.publish, "a", "x"), ("REFUSED", 502))
        self.assertEqual(publisher.publish("a", "x"), "1-1")
        self.assertEqual(script.headers("Idempotency-Key"), [None] * 4)

    def test_a_token_is_sent_and_a_new_one_asked_for_when_the_old_one_is_refused(self) -> None:
        denied = (401, json.dumps({"error": "invalid_token"}).encode())
        script = self.script(denied, PUBLISHED, denied, denied, PUBLISHED, (403, b'{"error":"no"}'))
        tokens = iter(f"token-{i}" for i in range(1, 5))
        publisher = self.publisher(script.url, token=lambda: next(tokens))
        publisher.publish("a", "x")
        self.assertEqual(self.code(publisher.publish, "a", "x"), ("UNAUTHORIZED", 401))
        fixed = self.publisher(script.url, token="abc")
        fixed.publish("a", "x")
        self.assertEqual(self.code(fixed.publish, "a", "x"), ("FORBIDDEN", 403))
        expected = ["token-1", "token-2", "token-3", "token-4", "abc", "abc"]
        self.assertEqual(script.headers("Authorization"), [f"Bearer {token}" for token in expected])
        broken = self.publisher(script.url, token="a\r\nb")
        self.assertEqual(self.code(broken.publish, "a", "x"), ("UNAUTHORIZED", None))

    def test_who_is_no_ringcast_server_is_told_from_one(self) -> None:
        script = self.script((200, b"<html>"), (200, b"null"))
        publisher = self.publisher(script.url, idempotency=False)
        self.assertEqual(self.code(publisher.publish, "a", "x"), ("PROTOCOL", None))
        self.assertEqual(self.code(publisher.publish_many, [("a", "x")]), ("PROTOCOL", None))

    def test_urls_that_cannot_be_meant_are_refused(self) -> None:
        for url in ("ftp://a", "http://user:secret@a", "http://a?token=secret", "a"):
            with self.assertRaises(ValueError) as caught:
                ringcast.HttpPublisher(url)
            self.assertNotIn("secret", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
