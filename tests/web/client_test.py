"""`connect` in Chromium, one page: what it tells, and how it comes back from whatever ends a stream."""

import signal
import unittest

from browser import BrowserTest
from daemon import eventually


class ClientTest(BrowserTest):
    def test_events_come_by_their_types_and_parsed(self) -> None:
        self.open()
        self.follow({"url": "/events/a", "json": True}, ["message", "progress", "error"])
        self.wait_for_state("open")
        self.publish("a", '{"n":1}')
        self.publish("a", "[2]", "progress")
        self.publish("a", "not json", "progress")
        self.publish("a", "3", "error")
        self.publish("a", '"nobody registered this"', "other")
        last = self.publish("a", '"line 1\\nline 2"')
        self.wait_for_data([{"n": 1}, [2], 3, "line 1\nline 2"])
        self.assertEqual([event["type"] for event in self.heard("events")],
                         ["message", "progress", "error", "message"])  # fmt: skip
        self.assertEqual(self.heard("client.lastId"), last)
        self.assertEqual(self.heard("starts"), ["live"])
        self.assertEqual(self.heard("states"), ["open"])
        self.assertEqual([error["message"][-10:] for error in self.heard("errors")], ["is no JSON"])

    def test_what_ends_a_listener_ends_it(self) -> None:
        self.open()
        self.follow({"url": "/events/a"})
        self.script("window.others = []; window.off = heard.client.on('message', (data) => others.push(data))")
        self.wait_for_state("open")
        self.publish("a", "1")
        self.wait_for_data(["1"])
        self.script("off()")
        self.publish("a", "2")
        self.wait_for_data(["1", "2"])
        self.assertEqual(self.script("return others"), ["1"])

    def test_close_is_for_good(self) -> None:
        self.open()
        self.follow({"url": "/events/a"})
        self.wait_for_state("open")
        self.script("heard.client.close()")
        self.assertEqual(self.heard("states"), ["open", "closed"])
        self.wait_for_streams(0)
        self.script("dispatchEvent(new Event('online'))")
        self.follow({"url": "/events/b"})
        self.wait_for_state("open")
        self.assertEqual(self.streams(), 1)

    def test_more_channels_than_a_stream_takes(self) -> None:
        self.open()
        self.follow({"channels": [f"c{n}" for n in range(100)]})
        self.wait_for_state("open")
        self.assertEqual(self.streams(), 2)
        expected = [f"for {n}" for n in range(0, 100, 9)]
        for n in range(0, 100, 9):
            self.publish(f"c{n}", f"for {n}")
        eventually("all are there", lambda: len(self.data()) == len(expected))
        self.assertEqual(sorted(self.data()), sorted(expected))

    def test_a_cut_loses_and_doubles_nothing(self) -> None:
        self.open()
        self.follow({"url": "/events/a"})
        self.wait_for_state("open")
        expected = []
        for n in range(40):
            expected.append(str(n))
            self.publish("a", str(n))
            if n % 8 == 3:
                self.front.cut()
        self.wait_for_data(expected)
        self.assertEqual(set(self.heard("starts")[1:]), {"resumed"})
        self.assertEqual(self.heard("gaps"), [])

    def test_it_comes_back_where_event_source_gives_up(self) -> None:
        self.open()
        self.follow({"url": "/events/a"})
        self.wait_for_state("open")
        self.publish("a", "before")
        self.wait_for_data(["before"])
        # Each is asked twice: by EventSource, and for its status.
        self.front.answer(503, 503, 502, 502, 429, 429)
        self.front.cut()
        eventually("it meets the errors", lambda: self.front.answers_left() < 6)
        self.publish("a", "meanwhile")
        self.wait_for_data(["before", "meanwhile"])
        self.assertEqual(self.heard("starts"), ["live", "resumed"])
        self.assertEqual([error["status"] for error in self.heard("errors")], [503, 502, 429])
        self.assertIn("lastEventId=", self.front.targets[-1])

    def test_what_is_refused_for_good_ends_it_with_the_status(self) -> None:
        self.open()
        for status in (400, 403, 404):
            with self.subTest(status=status):
                self.front.answer(status, status)
                self.follow({"url": "/events/a"})
                self.wait_for_state("closed")
                error = self.heard("errors")[-1]
                self.assertEqual((error["status"], error["retry"]), (status, False))
                self.assertEqual(self.front.answers_left(), 0)
                asked = len(self.front.targets)
                self.script("dispatchEvent(new Event('online'))")
                self.assertEqual(len(self.front.targets), asked)

    def test_no_content_ends_it_without_an_error(self) -> None:
        self.open()
        self.front.answer(204, 204)
        self.follow({"url": "/events/a"})
        self.wait_for_state("closed")
        self.assertEqual(self.heard("errors"), [])

    def test_the_end_of_a_channel_is_told(self) -> None:
        self.open()
        self.follow({"url": "/events/a"})
        self.wait_for_state("open")
        self.front.answer(204, 204)
        self.daemon.end("a")
        eventually("the end is told", lambda: self.heard("ends") == ["a"])
        self.wait_for_state("closed")

    def test_the_daemon_is_killed_and_starts_again(self) -> None:
        self.open()
        self.follow({"url": "/events/a"})
        self.wait_for_state("open")
        self.publish("a", "before")
        self.wait_for_data(["before"])
        self.daemon.stop(signal.SIGKILL)
        eventually("it is lost", lambda: self.state() != "open")
        self.daemon.start()
        self.wait_for_state("open")
        self.publish("a", "after")
        self.wait_for_data(["before", "after"])
        # The daemon cannot know what was missed, and says so.
        eventually("a gap is told", lambda: self.heard("gaps"))
        self.assertEqual(self.heard("gaps")[0]["reason"], "restart")

    def test_another_token_is_asked_for(self) -> None:
        self.open()
        self.front.answer(401, 401)
        self.follow({"url": "/events/a?x=1", "token": True})
        self.wait_for_state("open")
        self.publish("a", "1")
        self.front.cut()  # the server ends the stream, as when a token has expired
        self.publish("a", "2")
        self.wait_for_data(["1", "2"])
        self.wait_for_state("open")
        self.assertEqual(self.heard("tokens"), 3)
        tokens = [part for target in self.front.targets for part in target.split("&")
                  if part.startswith("access_token=")]  # fmt: skip
        self.assertEqual(tokens, [f"access_token=token-{n}" for n in (1, 1, 2, 3)])

    def test_a_token_that_is_refused_again_and_again_is_an_error(self) -> None:
        self.open()
        self.front.answer(*[401] * 6)
        self.follow({"url": "/events/a", "token": True, "tokenParam": "key"})
        self.wait_for_state("closed")
        self.assertEqual(self.heard("errors")[-1]["status"], 401)
        self.assertEqual(self.heard("tokens"), 3)
        self.assertIn("key=token-3", self.front.targets[-1])

    def test_the_network_goes_and_comes(self) -> None:
        self.open()
        self.follow({"url": "/events/a", "backoff": {"min": 3600000, "max": 3600000}})
        self.wait_for_state("open")
        self.publish("a", "1")
        self.wait_for_data(["1"])
        self.offline(True)
        self.addCleanup(self.offline, False)
        self.front.cut()
        eventually("it is lost", lambda: self.state() == "waiting")
        self.publish("a", "2")
        self.offline(False)
        self.wait_for_data(["1", "2"])
        self.assertEqual(self.heard("gaps"), [])

    def offline(self, is_so: bool) -> None:
        self.browser.execute_cdp_cmd("Network.enable", {})
        self.browser.execute_cdp_cmd("Network.emulateNetworkConditions", {
            "offline": is_so, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1})  # fmt: skip

    def test_a_page_that_is_shown_again_resumes(self) -> None:
        self.open()
        self.follow({"url": "/events/a"})
        self.wait_for_state("open")
        self.publish("a", "1")
        self.wait_for_data(["1"])
        self.browser.get(f"{self.front.origin}/other.html")
        self.wait_for_streams(0)
        self.publish("a", "2")
        self.browser.back()
        eventually("the page is shown", lambda: self.script("return window.ready"))
        self.assertTrue(self.script("return window.fromCache"), "it waited in the cache")
        self.wait_for_data(["1", "2"])
        self.assertEqual(self.heard("starts"), ["live", "resumed"])

    def test_a_position_to_begin_with(self) -> None:
        first = self.publish("a", "1")
        self.publish("a", "2")
        self.open()
        self.follow({"url": "/events/a", "lastEventId": first})
        self.wait_for_data(["2"])
        self.follow({"url": "/events/a", "lastEventId": "no id of ours"})
        eventually("a gap is told", lambda: self.heard("gaps"))
        self.assertEqual(self.heard("gaps")[0]["reason"], "unknown-id")


class OtherOriginTest(BrowserTest):
    """Straight to the daemon, from a page that comes from elsewhere."""

    options = ("--allow-origin", "*")

    def test_streams_and_statuses_are_read(self) -> None:
        self.open()
        self.follow({"url": f"http://127.0.0.1:{self.daemon.port}/events/a"})
        self.wait_for_state("open")
        self.publish("a", "1")
        self.wait_for_data(["1"])
        self.daemon.stop(signal.SIGKILL)
        eventually("it is lost", lambda: self.state() != "open")
        self.daemon.start()
        self.wait_for_state("open")
        self.publish("a", "2")
        self.wait_for_data(["1", "2"])
        # A refusal bears what lets the page read it.
        self.follow({"url": f"http://127.0.0.1:{self.daemon.port}/events/a%20b"})
        self.wait_for_state("closed")
        self.assertEqual(self.heard("errors")[-1]["status"], 400)


if __name__ == "__main__":
    unittest.main()
