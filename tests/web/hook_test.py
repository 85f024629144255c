"""`useSSE` with the real React, in StrictMode."""

import os
import subprocess
import unittest

from browser import FILES, BrowserTest
from daemon import eventually


class HookTest(BrowserTest):
    def text(self, name: str) -> str:
        return str(self.script("return document.getElementById(arguments[0])?.textContent", name))

    def wait_for_text(self, name: str, text: str) -> None:
        try:
            eventually(f"{name} shows {text}", lambda: self.text(name) == text)
        finally:
            self.assertEqual(self.text(name), text)

    def setUp(self) -> None:
        super().setUp()
        self.open("hook.html")
        self.wait_for_text("first", "open -  id - -")

    def test_components_share_one_connection(self) -> None:
        self.wait_for_text("second", "open -  id - -")
        self.assertEqual(self.streams(), 1)
        self.assertEqual(len(self.front.targets), 1, "StrictMode mounts twice and connects once")
        for n in range(5):
            self.publish("a", str(n))
        for name in ("first", "second"):
            self.wait_for_text(name, "open 4 2+3+4 id - -")

    def test_the_last_one_that_goes_closes_it(self) -> None:
        self.script("show(1)")
        self.publish("a", "1")
        self.wait_for_text("first", "open 1 1 id - -")
        self.script("show(0)")
        self.wait_for_streams(0)
        self.script("show(1)")
        self.wait_for_text("first", "open -  id - -")
        self.publish("a", "2")
        self.wait_for_text("first", "open 2 2 id - -")

    def test_another_address_is_another_stream(self) -> None:
        self.wait_for_text("job", "connecting -")
        self.assertEqual(self.streams(), 1)
        self.script("follow('job:1')")
        self.wait_for_text("job", "open -")
        self.publish("job:1", '{"percent": 12.34}', "progress")
        self.wait_for_text("job", "open 12.3")
        self.script("follow('job:2')")
        self.wait_for_text("job", "open -")
        self.publish("job:1", '{"percent": 99}', "progress")
        self.publish("job:2", '{"percent": 1}', "progress")
        self.wait_for_text("job", "open 1.0")
        self.wait_for_streams(2)

    def test_what_is_missed_and_refused_shows(self) -> None:
        self.front.answer(503, 503)
        self.front.cut()
        # It comes back too soon for a look at the page.
        eventually("the error has shown", lambda: "waiting -  id - 503" in self.script("return shown"))
        self.wait_for_text("first", "open -  id - -")
        self.front.answer(404, 404)
        self.front.cut()
        self.wait_for_text("first", "closed -  id - 404")

    def test_it_renders_on_a_server(self) -> None:
        html = subprocess.run(
            ["node", str(FILES / "hook_server.cjs")], env=os.environ, check=True,
            capture_output=True, text=True, timeout=60).stdout  # fmt: skip
        self.assertEqual(html, "<p>connecting</p>")


if __name__ == "__main__":
    unittest.main()
