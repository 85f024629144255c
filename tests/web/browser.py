"""Chromium without a window, and the ground of the tests with it: a daemon, a front, pages."""

import os
from pathlib import Path
from typing import Any

from chromium import ChromiumTest
from daemon import Daemon, eventually
from front import Front

FILES = Path(os.environ["RINGCAST_WEB_FILES"])


class BrowserTest(ChromiumTest):
    flags = ("--enable-features=BackForwardCache",)
    options: tuple[str, ...] = ()

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.browser.set_script_timeout(60)

    def setUp(self) -> None:
        super().setUp()
        self.daemon = Daemon("--shards", "2", "--retry", "100ms", *self.options)
        self.addCleanup(self.daemon.close)
        self.front = Front(self.daemon.port, FILES)
        self.addCleanup(self.front.close)
        self.addCleanup(self.close_tabs)

    def close_tabs(self) -> None:
        """All but one, which is left empty."""
        first, *others = self.browser.window_handles
        for handle in others:
            self.browser.switch_to.window(handle)
            self.browser.close()
        self.browser.switch_to.window(first)
        self.browser.get("about:blank")

    def open(self, page: str = "page.html") -> None:
        self.browser.get(f"{self.front.origin}/{page}")
        eventually("the page is ready", lambda: self.script("return window.ready"))

    def open_tab(self, page: str = "page.html") -> str:
        self.browser.switch_to.new_window("tab")
        self.open(page)
        return str(self.browser.current_window_handle)

    def script(self, text: str, *arguments: Any) -> Any:
        return self.browser.execute_script(text, *arguments)

    def follow(self, options: dict[str, Any], types: list[str] | None = None) -> None:
        self.script("window.heard = follow(arguments[0], arguments[1] ?? undefined)", options, types)

    def heard(self, what: str) -> Any:
        return self.script(f"return heard.{what}")

    def data(self) -> list[Any]:
        return [event["data"] for event in self.heard("events")]

    def state(self) -> str:
        return str(self.heard("client.state"))

    def wait_for_state(self, state: str) -> None:
        eventually(f"the stream is {state}", lambda: self.state() == state)

    def wait_for_data(self, data: list[Any]) -> None:
        """Exactly these, each once."""
        try:
            eventually("all events are there", lambda: len(self.data()) >= len(data))
        finally:
            self.assertEqual(self.data(), data)

    def streams(self) -> int:
        return int(self.daemon.stats()["connections"]["streams"])

    def wait_for_streams(self, count: int) -> None:
        eventually(f"there are {count} streams", lambda: self.streams() == count)

    def publish(self, channel: str, data: str, event: str = "") -> str:
        return self.daemon.publish(channel, data, event)
