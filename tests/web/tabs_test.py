"""`share: true` in Chromium: many tabs, one connection, and nothing lost or doubled as tabs come and go."""

import unittest

from browser import BrowserTest
from daemon import eventually

SHARED = {"url": "/events/a", "share": True}


class TabsTest(BrowserTest):
    page = "page.html"

    def open_tabs(self, count: int) -> list[str]:
        """Each with the stream."""
        tabs = []
        for number in range(count):
            if number == 0:
                self.open(self.page)
                tabs.append(self.browser.current_window_handle)
            else:
                tabs.append(self.open_tab(self.page))
            self.follow(SHARED, ["message", f"for-{number}"])
            self.wait_for_state("open")
        return tabs

    def wait_in_all(self, tabs: list[str], data: list[str]) -> None:
        for tab in tabs:
            self.browser.switch_to.window(tab)
            self.wait_for_data(data)

    def test_eight_tabs_have_one_connection(self) -> None:
        tabs = self.open_tabs(8)
        self.assertEqual(self.streams(), 1)
        data = [str(n) for n in range(5)]
        for text in data:
            self.publish("a", text)
        self.wait_in_all(tabs, data)
        # A type that one tab alone listens for.
        self.publish("a", "for the sixth", "for-5")
        self.publish("a", "for all")
        for number, tab in enumerate(tabs):
            self.browser.switch_to.window(tab)
            self.wait_for_data([*data, *(["for the sixth"] if number == 5 else []), "for all"])
        self.assertEqual(self.streams(), 1)

    def test_without_sharing_the_seventh_tab_waits_for_ever(self) -> None:
        """What it is for: so the test above can fail."""
        self.open(self.page)
        for _ in range(7):
            self.script("(window.all ??= []).push(follow({ url: '/events/a' }))")
        opened = "return all.filter((heard) => heard.client.state === 'open').length"
        eventually("six are open", lambda: self.script(opened) == 6)
        self.publish("a", "1")
        got = "return all.filter((heard) => heard.events.length).length"
        eventually("six have the event", lambda: self.script(got) == 6)
        self.assertEqual(self.script(opened), 6)

    def test_another_tab_takes_over_when_the_leader_is_closed(self) -> None:
        tabs = self.open_tabs(4)
        data = []
        for turn in range(3):
            for _ in range(5):
                data.append(str(len(data)))
                self.publish("a", data[-1])
            self.wait_in_all(tabs, data)
            # The first was there first, and the next in line follows it.
            self.browser.switch_to.window(tabs.pop(0))
            self.browser.close()
            self.browser.switch_to.window(tabs[0])
            data.append(f"while nobody leads, {turn}")
            self.publish("a", data[-1])
            self.wait_in_all(tabs, data)
        eventually("one connection is left", lambda: self.streams() == 1)
        self.assertEqual(self.heard("gaps"), [])

    def test_events_flow_while_leaders_change(self) -> None:
        tabs = self.open_tabs(5)
        data = []
        while len(tabs) > 1:
            for _ in range(10):
                data.append(str(len(data)))
                self.publish("a", data[-1])
            self.browser.switch_to.window(tabs.pop(0))
            self.browser.close()
            for _ in range(10):
                data.append(str(len(data)))
                self.publish("a", data[-1])
        self.wait_in_all(tabs, data)
        self.assertEqual(self.heard("gaps"), [])

    def test_a_leader_that_closes_its_client_hands_over(self) -> None:
        tabs = self.open_tabs(2)
        self.browser.switch_to.window(tabs[0])
        self.script("heard.client.close()")
        self.publish("a", "1")
        self.browser.switch_to.window(tabs[1])
        self.wait_for_data(["1"])
        self.browser.switch_to.window(tabs[0])
        self.assertEqual(self.data(), [])

    def test_a_cut_is_mended_for_all(self) -> None:
        tabs = self.open_tabs(3)
        self.publish("a", "1")
        self.wait_in_all(tabs, ["1"])
        self.front.cut()
        self.publish("a", "2")
        self.wait_in_all(tabs, ["1", "2"])
        self.assertEqual(self.heard("gaps"), [])

    def test_a_refusal_is_told_to_all(self) -> None:
        tabs = self.open_tabs(2)
        self.front.answer(403, 403)
        self.front.cut()
        for tab in tabs:
            self.browser.switch_to.window(tab)
            self.wait_for_state("closed")
            self.assertEqual(self.heard("errors")[-1]["status"], 403)

    def test_tabs_that_want_different_channels_do_not_mix(self) -> None:
        self.open(self.page)
        first = self.browser.current_window_handle
        self.follow({"channels": ["a", "b"], "share": True})
        self.wait_for_state("open")
        self.open_tab(self.page)
        self.follow({"channels": ["c"], "share": True})
        self.wait_for_state("open")
        third = self.open_tab(self.page)
        self.follow({"channels": ["b", "a"], "share": True})
        self.wait_for_state("open")
        self.assertEqual(self.streams(), 2)
        self.publish("c", "of c")
        self.publish("b", "of b")
        self.wait_in_all([first, third], ["of b"])

    def open_with_channels(self, sets: list[list[str]]) -> list[str]:
        """A tab for each set of channels, all of which share."""
        tabs = []
        for channels in sets:
            if not tabs:
                self.open(self.page)
                tabs.append(self.browser.current_window_handle)
            else:
                tabs.append(self.open_tab(self.page))
            self.follow({"channels": channels, "share": True, "channelOf": True})
            self.wait_for_state("open")
        return tabs

    def test_different_channels_share_when_events_tell_theirs(self) -> None:
        sets = [["a"], ["b", "c"], ["c", "d"], ["a", "d"]]
        for name in "abcd":
            self.publish(name, f"{name} before any tab was there")
        tabs = self.open_with_channels(sets[:2])
        self.wait_for_streams(1)
        data = ["a 1", "b 1", "c 1", "d 1"]
        for text in data:
            self.publish(text[0], text)
        heard = [[text for text in data if text[0] in names] for names in sets[:2]] + [[], []]
        for tab, own in zip(tabs, heard):
            self.browser.switch_to.window(tab)
            self.wait_for_data(own)
        for names in sets[2:]:
            tabs.append(self.open_tab(self.page))
            self.follow({"channels": names, "share": True, "channelOf": True})
            self.wait_for_state("open")
        self.wait_for_streams(1)
        while tabs:
            for name in "dcba":
                text = f"{name} with {len(tabs)} tabs"
                self.publish(name, text)
                for names, own in zip(sets, heard):
                    if name in names:
                        own.append(text)
            for tab, own in zip(tabs, heard):
                self.browser.switch_to.window(tab)
                self.wait_for_data(own)
                self.assertEqual(self.heard("gaps"), [])
            if len(tabs) == 1:
                break
            # The leader goes.
            self.browser.switch_to.window(tabs.pop(0))
            self.browser.close()
            del sets[0], heard[0]
            self.browser.switch_to.window(tabs[0])
        self.wait_for_streams(1)

    def test_more_channels_than_one_stream_takes_make_a_second(self) -> None:
        sets = [[f"{letter}{n}" for n in range(30)] for letter in "abcd"]
        tabs = self.open_with_channels(sets)
        self.wait_for_streams(2)
        for names in sets:
            self.publish(names[7], f"{names[7]} event")
        for tab, names in zip(tabs, sets):
            self.browser.switch_to.window(tab)
            self.wait_for_data([f"{names[7]} event"])

    def test_a_page_in_the_cache_lets_another_lead_and_misses_nothing(self) -> None:
        tabs = self.open_tabs(2)
        self.publish("a", "1")
        self.wait_in_all(tabs, ["1"])
        self.browser.switch_to.window(tabs[0])
        self.browser.get(f"{self.front.origin}/other.html")
        self.publish("a", "2")
        self.wait_in_all(tabs[1:], ["1", "2"])
        self.browser.switch_to.window(tabs[0])
        self.browser.back()
        eventually("the page is shown", lambda: self.script("return window.ready"))
        self.assertTrue(self.script("return window.fromCache"), "it waited in the cache")
        self.publish("a", "3")
        self.wait_in_all(tabs, ["1", "2", "3"])
        eventually("one connection is left", lambda: self.streams() == 1)


class UnlockedTabsTest(TabsTest):
    """The same where there are no Web Locks: tabs elect their leader by heartbeats."""

    page = "page.html?unlocked"

    def go_to_leader(self, tabs: list[str]) -> list[str]:
        """Gives the others. On a busy machine beats come late, and then another tab leads."""

        def led_at(tab: str) -> int:
            self.browser.switch_to.window(tab)
            return int(self.script("return ledAt"))

        leader = max(tabs, key=led_at)
        self.browser.switch_to.window(leader)
        return [tab for tab in tabs if tab != leader]

    def test_a_leader_that_was_killed_is_missed(self) -> None:
        tabs = self.open_tabs(2)
        self.publish("a", "1")
        self.wait_in_all(tabs, ["1"])
        others = self.go_to_leader(tabs)
        # It can say nothing more, as one whose process has gone.
        self.script("window.silent = true; heard.client.close();")
        self.publish("a", "2")
        self.wait_in_all(others, ["1", "2"])

    def test_a_leader_that_falls_silent_gives_in_to_the_next(self) -> None:
        tabs = self.open_tabs(2)
        self.publish("a", "1")
        self.wait_in_all(tabs, ["1"])
        self.go_to_leader(tabs)
        self.script("window.silent = true")
        asked = len(self.front.targets)
        eventually("the next one leads", lambda: len(self.front.targets) > asked)
        self.script("window.silent = false")
        self.wait_for_streams(1)
        self.publish("a", "2")
        self.wait_in_all(tabs, ["1", "2"])


if __name__ == "__main__":
    unittest.main()
