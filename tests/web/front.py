"""What stands between the browser and the daemon in these tests: serves the page and the package, relays
streams to the daemon from the same origin, and does on request what fronts do in life: answers in the
daemon's place, and cuts connections."""

import http.server
import socket
import threading
from pathlib import Path

PAGES = Path(__file__).parent
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
PATIENCE_S = 60.0


class Front:
    """`daemon_port`: where requests for streams go; `files`: the directory of the built package."""

    def __init__(self, daemon_port: int, files: Path) -> None:
        self.targets: list[str] = []  # of all requests for streams, in their order
        self._answers: list[tuple[int, dict[str, str]]] = []
        self._relays: set[socket.socket] = set()
        self._lock = threading.Lock()
        front = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                if path.startswith("/events"):
                    front._stream(self, daemon_port)
                    return
                name = path.removeprefix("/")
                found = [root / name for root in (PAGES, files) if (root / name).is_file()]
                body = found[0].read_bytes() if found else b""
                self.send_response(200 if found else 404)
                self.send_header("Content-Type", TYPES.get(Path(name).suffix, "text/plain"))
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                pass  # the browser has gone in the middle of an answer

        self._server = Server(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def answer(self, *statuses: int, **headers: str) -> None:
        """The next requests for streams get these in place of one."""
        with self._lock:
            self._answers += [(status, headers) for status in statuses]

    def answers_left(self) -> int:
        with self._lock:
            return len(self._answers)

    def cut(self) -> int:
        """Ends all streams in the middle; tells how many there were."""
        with self._lock:
            relays, self._relays = self._relays, set()
        for client in relays:
            try:
                client.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # the browser was faster
        return len(relays)

    def _stream(self, handler: http.server.BaseHTTPRequestHandler, daemon_port: int) -> None:
        with self._lock:
            self.targets.append(handler.path)
            answer = self._answers.pop(0) if self._answers else None
        handler.close_connection = True
        if answer:
            handler.send_response(answer[0])
            for name, value in answer[1].items():
                handler.send_header(name.replace("_", "-"), value)
            if answer[0] != 204:
                handler.send_header("Content-Length", "0")
            handler.send_header("Connection", "close")
            handler.end_headers()
            return
        client = handler.connection
        try:
            upstream = socket.create_connection(("127.0.0.1", daemon_port), PATIENCE_S)
        except OSError:
            handler.send_error(503)
            return
        with upstream:
            upstream.settimeout(None)
            head = f"GET {handler.path} HTTP/1.1\r\n"
            for name, value in handler.headers.items():
                head += f"{name}: {value}\r\n"
            upstream.sendall((head + "\r\n").encode())
            with self._lock:
                self._relays.add(client)
            # The browser says nothing more; when it goes, so does the stream.
            threading.Thread(target=self._watch, args=(client, upstream), daemon=True).start()
            try:
                while data := upstream.recv(65536):
                    client.sendall(data)
            except OSError:
                pass  # cut, or the browser has gone
        with self._lock:
            self._relays.discard(client)

    @staticmethod
    def _watch(client: socket.socket, upstream: socket.socket) -> None:
        try:
            while client.recv(65536):
                pass
        except OSError:
            pass
        try:
            upstream.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it was the daemon that ended

    def close(self) -> None:
        self.cut()
        self._server.shutdown()
        self._server.server_close()
