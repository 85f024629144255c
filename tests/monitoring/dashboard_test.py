"""The dashboard in a real browser, over a daemon under load. Screenshots go to the directory that
RINGCAST_SCREENSHOTS names."""

import os
import re
import signal
import unittest
from pathlib import Path

from daemon import Daemon, Load, eventually
from selenium import webdriver
from selenium.webdriver.common.by import By

CHANNELS = {"orders/europe": 40, "orders/asia": 25, "prices": 60, "chat:lobby": 12, "alerts": 3}
STREAMS = sum(CHANNELS.values())
PHONE_WIDTH = 360
# WCAG 2.2, 1.4.3: text against what is behind it.
LEAST_CONTRAST = 4.5

CONTRAST = """
const channel = (c) => (c /= 255) <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;
const parse = (text) => text.match(/[\\d.]+/g).map(Number);
const light = ([r, g, b]) => .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b);
const ground = (node) => {
  for (; node; node = node.parentElement) {
    const rgba = parse(getComputedStyle(node).backgroundColor);
    if (rgba.length === 3 || rgba[3] === 1) return rgba;
  }
  return [255, 255, 255];
};
const found = [];
for (const node of document.querySelectorAll("h1, h2, p, dt, b, small, th, td, output, span")) {
  if (!node.textContent.trim() || !node.checkVisibility()) continue;
  const pair = [light(parse(getComputedStyle(node).color)), light(ground(node))].sort((a, b) => b - a);
  found.push([(pair[0] + .05) / (pair[1] + .05), node.textContent]);
}
return found.sort((a, b) => a[0] - b[0])[0];
"""


class DashboardTest(unittest.TestCase):
    browser: webdriver.Chrome

    @classmethod
    def setUpClass(cls) -> None:
        options = webdriver.ChromeOptions()
        # The sandbox needs user namespaces, which containers do not have; /dev/shm may be small.
        for flag in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
                     "--hide-scrollbars"):  # fmt: skip
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        cls.browser = webdriver.Chrome(options=options)

    @classmethod
    def tearDownClass(cls) -> None:
        cls.browser.quit()

    def setUp(self) -> None:
        # What the console said of the test before, whose daemon has gone, is not of this one.
        self.browser.get("about:blank")
        self.browser.get_log("browser")
        self.daemon = Daemon("--shards", "2", "--max-publishers", "8")
        self.addCleanup(self.daemon.close)

    def open(self, colours: str = "light", width: int = 1280, height: int = 1250) -> None:
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 2 if width < 500 else 1,
            "mobile": width < 500})  # fmt: skip
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": colours}]})  # fmt: skip
        self.browser.get(f"http://{self.daemon.admin}/")
        self.wait_for_link("live")

    def text(self, name: str) -> str:
        return str(self.browser.find_element(By.ID, name).text)

    def wait_for_link(self, word: str) -> None:
        eventually(f"the page says {word}", lambda: word in self.text("link"))

    def shoot(self, name: str) -> None:
        # What has just changed fades in.
        eventually("nothing moves", lambda: not self.browser.execute_script(
            "return document.getAnimations().length"))  # fmt: skip
        directory = Path(os.environ["RINGCAST_SCREENSHOTS"])
        directory.mkdir(parents=True, exist_ok=True)
        self.browser.save_screenshot(str(directory / f"{name}.png"))

    def expect_sound_page(self) -> None:
        ratio, text = self.browser.execute_script(CONTRAST)
        self.assertGreaterEqual(ratio, LEAST_CONTRAST, f"contrast of {text!r}")
        page, window = self.browser.execute_script(
            "return [document.documentElement.scrollWidth, window.innerWidth]")
        self.assertLessEqual(page, window, "the page is wider than the window")
        for chart in self.browser.find_elements(By.CSS_SELECTOR, "svg"):
            self.assertIn("in the last minutes: now", chart.get_attribute("aria-label") or "")
        said = [entry for entry in self.browser.get_log("browser") if entry["level"] == "SEVERE"]
        self.assertEqual(said, [], "the browser's console has errors")

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
