"""The dashboard in a real browser, over a daemon under load. Screenshots go to the directory that
RINGCAST_SCREENSHOTS names."""

import os
import re
import signal
import unittest
from pathlib import Path

from chromium import ChromiumTest
from daemon import Daemon, Load, eventually
from selenium.webdriver.common.by import By

CHANNELS = {"orders/europe": 40, "orders/asia": 25, "prices": 60, "chat:lobby": 12, "alerts": 3}
STREAMS = sum(CHANNELS.values())
PHONE_WIDTH = 360


class DashboardTest(ChromiumTest):
    def setUp(self) -> None:
        super().setUp()
        self.daemon = Daemon("--shards", "2", "--max-publishers", "8")
        self.addCleanup(self.daemon.close)

    def open(self, colours: str = "light", width: int = 1280, height: int = 1250) -> None:
        self.show_as(colours, width, height)
        self.browser.get(f"http://{self.daemon.admin}/")
        self.wait_for_link("live")

    def text(self, name: str) -> str:
        return str(self.browser.find_element(By.ID, name).text)

    def shoot(self, name: str) -> None:
        # What has just changed fades in.
        eventually("nothing moves", lambda: not self.browser.execute_script(
            "return document.getAnimations().length"))  # fmt: skip
        directory = Path(os.environ["RINGCAST_SCREENSHOTS"])
        directory.mkdir(parents=True, exist_ok=True)
        self.browser.save_screenshot(str(directory / f"{name}.png"))

    def expect_sound_page(self) -> None:
        super().expect_sound_page()
        for chart in self.browser.find_elements(By.CSS_SELECTOR, "svg"):
            self.assertIn("in the last minutes: now", chart.get_attribute("aria-label") or "")

    def test_figures_follow_the_daemon(self) -> None:
        self.open()
        self.assertEqual(self.text("streams"), "0")
        self.assertIn("None so far", self.text("closed-more"))
        self.assertIn("Nothing so far", self.text("refused-more"))
        load = Load(self.daemon, CHANNELS, events_a_second=100)
        self.addCleanup(load.close)
        eventually("all streams show", lambda: self.text("streams") == str(STREAMS))
        eventually("deliveries show", lambda: float(self.text("deliveries").replace(",", "")) > 500)
        eventually("a latency shows", lambda: re.search(r"\d.*(µs|ms|s)$", self.text("p99")))
        rows = self.browser.find_elements(By.CSS_SELECTOR, "#channels tbody tr")
        shown = [row.text.split()[:2] for row in rows]
        busiest = sorted(CHANNELS.items(), key=lambda item: -item[1])
        self.assertEqual(shown, [[name, str(count)] for name, count in busiest])
        self.assertEqual(len(self.browser.find_elements(By.CSS_SELECTOR, "#shards tbody tr")), 2)
        load.close()
        eventually("all streams are gone", lambda: self.text("streams") == "0")
        eventually("the reason shows", lambda: "client" in self.text("closed"))
        self.expect_sound_page()

    def test_it_is_good_to_look_at(self) -> None:
        load = Load(self.daemon, CHANNELS, events_a_second=100)
        self.addCleanup(load.close)
        self.open()
        eventually("some seconds are drawn", lambda: self.browser.execute_script(
            "return points.length") >= 20)  # fmt: skip
        for colours in ("light", "dark"):
            for name, width, height in (("desk", 1280, 1250), ("phone", PHONE_WIDTH, 780)):
                with self.subTest(colours=colours, size=name):
                    self.open(colours, width, height)
                    eventually("deliveries show", lambda: self.text("deliveries") not in "–0")
                    self.expect_sound_page()
                    self.shoot(f"{name}-{colours}")

    def test_the_past_is_there_when_it_opens(self) -> None:
        load = Load(self.daemon, {"a": 5}, events_a_second=50)
        self.addCleanup(load.close)
        eventually("a few seconds have passed", lambda: self.daemon.stats()["uptime_seconds"] >= 5)
        self.open()
        points = self.browser.execute_script("return points")
        self.assertGreaterEqual(len(points), 4)
        self.assertGreater(max(point[2] for point in points), 0, "deliveries before it was opened")

    def test_a_lost_stream_is_told_and_comes_back(self) -> None:
        self.open()
        self.daemon.stop(signal.SIGKILL)
        self.wait_for_link("stream lost; reconnecting")
        self.assertIn("stale", self.browser.find_element(By.ID, "main").get_attribute("class"))
        self.shoot("lost")
        self.daemon.start()
        self.wait_for_link("live")
        self.assertNotIn("stale", self.browser.find_element(By.ID, "main").get_attribute("class"))

    def test_a_silent_stream_is_told(self) -> None:
        self.open()
        self.daemon.process.send_signal(signal.SIGSTOP)
        self.wait_for_link("the stream is silent")
        self.daemon.process.send_signal(signal.SIGCONT)
        self.wait_for_link("live")

    def test_nothing_but_the_stream_is_loaded(self) -> None:
        self.open()
        loaded = self.browser.execute_script(
            "return performance.getEntriesByType('resource').map((entry) => entry.name)")
        ours = f"http://{self.daemon.admin}/events"
        self.assertEqual([name for name in loaded if name != ours and not name.startswith("data:")], [])
        # The policy holds: what is not ours does not run.
        self.browser.execute_script(
            "const s = document.createElement('script'); s.textContent = 'window.broken = 1';"
            "document.body.append(s);")
        self.assertIsNone(self.browser.execute_script("return window.broken ?? null"))


if __name__ == "__main__":
    unittest.main()
