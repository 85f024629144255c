"""A real browser opens more streams in one page than HTTP/1.1 would let it: through each proxy all of
them live over HTTP/2, and all get what is published."""

import unittest

from browser import PageServer, open_browser
from ground import ProxyGround
from process import eventually
from proxies import Caddy, Haproxy, Nginx

STREAMS = 20
# A browser starts slowly on a busy machine.
BROWSER_PATIENCE_S = 90.0


class BrowserGround(ProxyGround):
    def browse(self, direct: bool = False) -> PageServer:
        """Opens the page; its streams come through the proxy, or directly without TLS."""
        page = PageServer()
        self.addCleanup(page.stop)
        self.start("--allow-origin", page.origin, "--heartbeat", "1s")
        url = f"https://localhost:{self.proxy.port}/events/demo"
        if direct:
            url = f"http://localhost:{self.daemon.http_port}/events/demo"
        browser = open_browser(self.directory, page.page(url, STREAMS))
        self.addCleanup(browser.stop)
        return page


class Browsers:
    def test_twenty_streams_in_one_page(self: BrowserGround) -> None:
        page = self.browse()
        eventually(lambda: page.count["open"] == STREAMS, "all are open", BROWSER_PATIENCE_S)
        self.assertEqual(self.daemon.streams(), STREAMS)
        self.daemon.publish("demo", "to all")
        eventually(lambda: page.count["received"] == STREAMS, "all have the event")
        self.assertEqual(page.count["errors"], 0)
        self.tell(f"{page.count['received']} of {STREAMS} streams of one page receive")


class NginxBrowserTest(Browsers, BrowserGround):
    proxy_class = Nginx
    daemon_options = ("--trusted-proxy", "unix")


class HaproxyBrowserTest(Browsers, BrowserGround):
    proxy_class = Haproxy


class CaddyBrowserTest(Browsers, BrowserGround):
    proxy_class = Caddy
    daemon_options = ("--trusted-proxy", "unix")


class WithoutProxyTest(BrowserGround):
    """What the proxies are for: so the tests above can fail."""

    proxy_class = Haproxy

    def test_six_streams_of_twenty_open_over_http_1_1(self) -> None:
        page = self.browse(direct=True)
        eventually(lambda: page.count["open"] == 6, "six are open", BROWSER_PATIENCE_S)
        self.daemon.publish("demo", "to six")
        eventually(lambda: page.count["received"] == 6, "six have the event")
        self.assertEqual(page.count["open"], 6)
        self.assertEqual(self.daemon.streams(), 6)


if __name__ == "__main__":
    unittest.main()
