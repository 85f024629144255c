"""Settings of the kernel, which are files of a temporary folder here, and ports."""

import os
import socket
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from measure import machine


class MachineTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.setting = Path(folder.name, "net.a")
        self.setting.write_text("1\t2\n")
        patch = mock.patch.object(machine, "setting_path", lambda name: Path(folder.name, name))
        patch.start()
        self.addCleanup(patch.stop)

    def test_a_setting_is_restored_after_an_error(self) -> None:
        with self.assertRaises(KeyError):
            with machine.raised_settings({"net.a": "7", "net.missing": "1"}) as refused:
                self.assertEqual((machine.read_setting("net.a"), refused), ("7", []))
                raise KeyError
        self.assertEqual(machine.read_setting("net.a"), "1 2")

    def test_a_setting_that_may_not_be_changed_is_told(self) -> None:
        with mock.patch.object(Path, "write_text", side_effect=PermissionError(1, "not permitted")):
            with machine.raised_settings({"net.a": "7"}) as refused:
                self.assertEqual(refused, ["net.a stays at 1 2 (7 is wanted): not permitted"])

    def test_the_memory_of_sockets_is_only_raised(self) -> None:
        for now, wanted in (
            ("9 9 9", {}),
            ("8 9 9", {}),
            ("7 9 9", {"net.ipv4.tcp_mem": "8 12 16"}),
            ("7 13 17", {"net.ipv4.tcp_mem": "8 13 17"}),
        ):
            with mock.patch.object(machine, "read_setting", return_value=now):
                pages = 8 * os.sysconf("SC_PAGE_SIZE")
                self.assertEqual(machine.socket_memory_setting(pages), wanted, now)

    def test_a_listener_is_seen_without_a_connection(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            self.assertTrue(machine.is_listening(port))
        self.assertFalse(machine.is_listening(port))


class FreePortTest(unittest.TestCase):
    def test_is_outside_the_range_of_clients(self) -> None:
        with mock.patch.object(machine, "read_setting", return_value="10010 65535"):
            self.assertIn(machine.free_port(), range(10000, 10010))

    def test_no_port_left_ends_the_program(self) -> None:
        with mock.patch.object(machine, "read_setting", return_value="1024 65535"):
            with self.assertRaises(SystemExit):
                machine.free_port()


if __name__ == "__main__":
    unittest.main()
