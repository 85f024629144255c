"""TCP ports that no other test of this user takes: the same locks as support/port_lease.h."""

import fcntl
import os
import socket

FIRST_PORT = 20000  # below the range from which outgoing connections get theirs
PORTS = 10000


class PortLease:
    """A port, as long as the object lives."""

    def __init__(self) -> None:
        directory = f"/tmp/ringcast-test-ports-{os.getuid()}"
        os.makedirs(directory, mode=0o700, exist_ok=True)
        for turn in range(PORTS):
            port = FIRST_PORT + (os.getpid() * 37 + turn) % PORTS
            lock = open(f"{directory}/{port}", "a+b")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                continue
            if self._nothing_bound(port):
                self.port = port
                self._lock = lock
                return
            lock.close()
        raise RuntimeError("no free port for a test")

    @staticmethod
    def _nothing_bound(port: int) -> bool:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("", port))
                probe.listen(1)
            except OSError:
                return False
            return True

    def release(self) -> None:
        """Gives it back; the empty file stays for the next."""
        self._lock.close()
