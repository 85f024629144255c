"""Chromium without a window, with one page open that follows streams and reports how they are."""

import http.server
import json
import threading
import urllib.parse
from pathlib import Path

from process import Child

PAGE = Path(__file__).with_name("page.html")


class PageServer:
    """Serves the page and hears its reports."""

    def __init__(self) -> None:
        self.count = {"open": 0, "received": 0, "errors": 0}
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = self.path.startswith("/page")
                body = PAGE.read_bytes() if found else b""
                self.send_response(200 if found else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                count = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                # Reports may overtake one another; numbers only grow.
                for key, value in count.items():
                    outer.count[key] = max(outer.count[key], value)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def page(self, url: str, streams: int) -> str:
        return f"{self.origin}/page?" + urllib.parse.urlencode({"url": url, "streams": streams})

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def open_browser(directory: Path, page: str) -> Child:
    return Child(
        [
            *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
            *("--disable-dev-shm-usage", "--disable-background-networking", "--no-proxy-server"),
            # The certificate is the test's own.
            "--ignore-certificate-errors",
            f"--user-data-dir={directory / 'chromium'}",
            # It would end when the page has loaded.
            "--remote-debugging-port=0",
            page,
        ],
        directory / "chromium.log",
        {"HOME": str(directory)},
    )
