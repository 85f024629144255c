"""Chromium without a window, one for all tests of a class, and what is asked of every page."""

import unittest

from daemon import eventually
from selenium import webdriver
from selenium.webdriver.common.by import By

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
const kinds = "h1, h2, p, dt, dd, th, td, label, button, b, small, span, time, output, pre, input";
const found = [];
for (const node of document.querySelectorAll(kinds)) {
  if (!(node.textContent.trim() || node.value) || !node.checkVisibility()) continue;
  const pair = [light(parse(getComputedStyle(node).color)), light(ground(node))].sort((a, b) => b - a);
  found.push([(pair[0] + .05) / (pair[1] + .05), node.textContent]);
}
return found.sort((a, b) => a[0] - b[0])[0];
"""


class ChromiumTest(unittest.TestCase):
    browser: webdriver.Chrome
    flags: tuple[str, ...] = ()  # beside the usual ones

    @classmethod
    def setUpClass(cls) -> None:
        options = webdriver.ChromeOptions()
        # The sandbox needs user namespaces, which containers do not have; /dev/shm may be small.
        for flag in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
                     "--hide-scrollbars", *cls.flags):  # fmt: skip
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

    def show_as(self, colours: str, width: int, height: int) -> None:
        """A screen of that size, a phone's when it is narrow, in "light" or "dark"."""
        phone = width < 500
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 2 if phone else 1,
            "mobile": phone})  # fmt: skip
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": colours}]})  # fmt: skip

    def wait_for_link(self, word: str) -> None:
        link = lambda: self.browser.find_element(By.ID, "link").text
        eventually(f"the page says {word}", lambda: word in link())

    def expect_sound_page(self) -> None:
        ratio, text = self.browser.execute_script(CONTRAST)
        self.assertGreaterEqual(ratio, LEAST_CONTRAST, f"contrast of {text!r}")
        page, window = self.browser.execute_script(
            "return [document.documentElement.scrollWidth, window.innerWidth]")
        self.assertLessEqual(page, window, "the page is wider than the window")
        self.expect_quiet_console()

    def expect_quiet_console(self) -> None:
        said = [entry for entry in self.browser.get_log("browser") if entry["level"] == "SEVERE"]
        self.assertEqual(said, [])
