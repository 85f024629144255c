"""The page of `serve --demo` in Chromium. Screenshots go to the directory that RINGCAST_SCREENSHOTS
names."""

import os
import unittest
from pathlib import Path

from chromium import ChromiumTest
from daemon import Daemon, eventually
from selenium.webdriver.common.by import By

WIDTHS = {"desk": (1280, 1100), "phone": (390, 1400)}


class DemoPageTest(ChromiumTest):
    def setUp(self) -> None:
        super().setUp()
        self.daemon = Daemon("--demo", "--retry", "100ms")
        self.addCleanup(self.daemon.close)

    def open(self, colours: str = "light", size: tuple[int, int] = WIDTHS["desk"]) -> None:
        self.show_as(colours, *size)
        self.browser.get(f"http://127.0.0.1:{self.daemon.port}/")
        self.wait_for_link("connected")

    def text(self, name: str) -> str:
        return str(self.browser.execute_script(
            "return document.getElementById(arguments[0]).innerText", name))  # fmt: skip

    def wait_for_event(self, text: str) -> None:
        eventually(f"the page shows {text}", lambda: text in self.text("events"))

    def write(self, name: str, text: str) -> None:
        field = self.browser.find_element(By.ID, name)
        field.clear()
        field.send_keys(text)

    def click(self, selector: str) -> None:
        self.browser.find_element(By.CSS_SELECTOR, selector).click()

    def publish(self, text: str, event: str = "") -> None:
        self.write("type", event)
        self.write("data", text)
        self.click("#publish button")

    def test_what_is_published_shows(self) -> None:
        self.open()
        self.publish("hello <b>you</b>\nand you")
        self.wait_for_event("hello <b>you</b>\nand you")
        eventually("the time that it took shows", lambda: "ms" in self.text("latency"))
        self.publish('{"percent":4}', "progress")
        self.wait_for_event('progress {"percent":4}')
        self.daemon.publish("demo", "from elsewhere")
        self.wait_for_event("from elsewhere")
        self.assertEqual(self.text("count"), "3")
        self.expect_sound_page()

    def test_another_channel_is_followed(self) -> None:
        self.open()
        self.write("channel", "orders/42:x")
        self.publish("first")
        self.wait_for_event("first")
        self.assertEqual(self.text("on"), "orders/42:x")
        self.daemon.publish("demo", "not for this page")
        self.publish("second")
        self.wait_for_event("second")
        self.assertNotIn("not for this page", self.text("events"))
        self.expect_quiet_console()

    def test_a_cut_is_resumed_and_nothing_is_missed(self) -> None:
        self.open()
        self.publish("before")
        self.wait_for_event("before")
        self.click("#cut")
        self.wait_for_link("cut")
        self.publish("meanwhile")
        self.assertNotIn("meanwhile", self.text("events"))
        self.wait_for_event("meanwhile")
        self.assertIn("missed, sent again on resume", self.text("events"))
        self.assertIn("connected resumed", self.text("events"))
        self.assertEqual(self.text("events").count("meanwhile"), 1)
        self.expect_quiet_console()

    def test_a_flood_does_not_stop_the_page(self) -> None:
        self.open()
        self.click("#flood")
        eventually("all have come", lambda: self.text("count") == "1,000")
        self.wait_for_event("1000 of 1000")
        rows = self.browser.execute_script("return document.querySelectorAll('#events li:not([class])').length")
        self.assertEqual(rows, 200)
        self.expect_sound_page()

    def test_what_the_history_no_longer_holds_is_a_gap(self) -> None:
        self.open()
        self.click("#cut")
        self.wait_for_link("cut")
        self.click("#flood")
        self.click("#flood")
        self.wait_for_event("gap expired")
        eventually("the rest has come", lambda: self.text("count") == "1,000")
        self.assertEqual(self.text("gaps"), "1")
        self.expect_sound_page()

    def test_a_channel_ends_and_begins_anew(self) -> None:
        self.open()
        self.publish("before")
        self.wait_for_event("before")
        self.click("#end")
        self.wait_for_link("the channel has ended")
        self.publish("after")
        self.wait_for_event("after")
        self.wait_for_link("connected")

    def test_too_much_is_told(self) -> None:
        self.open()
        self.browser.execute_script("document.getElementById('data').value = 'x'.repeat(16385)")
        self.click("#publish button")
        eventually("it is refused", lambda: "too large" in self.text("told").lower())

    def test_the_same_by_hand(self) -> None:
        self.open()
        self.write("data", "it's")
        self.assertIn(f"--unix-socket '{self.daemon.publish_socket}'", self.text("code"))
        self.assertIn("--data-binary 'it'\\''s'", self.text("code"))
        self.click("[data-code=node]")
        self.assertIn(f'socket: "{self.daemon.publish_socket}"', self.text("code"))
        self.click("[data-code=browser]")
        self.assertIn(f'"http://127.0.0.1:{self.daemon.port}/events/demo"', self.text("code"))
        self.expect_quiet_console()

    def test_it_is_good_to_look_at(self) -> None:
        directory = Path(os.environ["RINGCAST_SCREENSHOTS"])
        directory.mkdir(parents=True, exist_ok=True)
        for colours in ("light", "dark"):
            for name, size in WIDTHS.items():
                with self.subTest(colours=colours, size=name):
                    self.open(colours, size)
                    self.publish("hello")
                    self.wait_for_event("hello")
                    self.publish('{"job":42,"percent":73.5,"message":"rendering the last of the frames"}', "progress")
                    self.wait_for_event("rendering")
                    self.click("#cut")
                    self.publish("while away", "progress")
                    self.wait_for_event("while away")
                    self.expect_sound_page()
                    self.browser.save_screenshot(str(directory / f"demo-{name}-{colours}.png"))

    def test_nothing_but_the_daemon_is_loaded(self) -> None:
        self.open()
        self.publish("x")
        self.wait_for_event("x")
        ours = f"http://127.0.0.1:{self.daemon.port}/"
        loaded = self.browser.execute_script(
            "return performance.getEntriesByType('resource').map((entry) => entry.name)")
        self.assertEqual([name for name in loaded if not name.startswith((ours, "data:"))], [])
        # The policy holds: what is not ours does not run.
        self.browser.execute_script(
            "const s = document.createElement('script'); s.textContent = 'window.broken = 1';"
            "document.body.append(s);")
        self.assertIsNone(self.browser.execute_script("return window.broken ?? null"))


if __name__ == "__main__":
    unittest.main()
