"""A program is compiled against the package's library and publishes to the package's daemon."""

import os
import pathlib
import re
import subprocess
import tempfile
import time
import unittest

from built_package import output, unpack

SOURCE = pathlib.Path(__file__).parent / "program"
DEADLINE_SECONDS = 60


class Publisher(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        place = tempfile.TemporaryDirectory()
        cls.addClassCleanup(place.cleanup)
        cls.place = pathlib.Path(place.name)
        cls.tree = unpack(cls.place / "tree")
        cls.ringcast = str(cls.tree / "usr/bin/ringcast")
        cls.socket = cls.place / "publish.sock"
        cls.streams = cls.place / "http.sock"
        daemon = subprocess.Popen(
            [cls.ringcast, "serve", "--listen", f"unix:{cls.streams}", "--shards", "1",
             "--admin", f"unix:{cls.place}/admin.sock", "--publish-socket", str(cls.socket)],
            stderr=subprocess.DEVNULL,
        )
        cls.addClassCleanup(daemon.wait)
        cls.addClassCleanup(daemon.kill)
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not (cls.socket.exists() and cls.streams.exists()):
            if daemon.poll() is not None or time.monotonic() > deadline:
                raise AssertionError("the daemon of the package does not start")
            time.sleep(0.05)

    def publishes(self, program, data):
        answer = output(str(program), str(self.socket), "news", data)
        self.assertRegex(answer, r"^\d+-\d+\n$")
        state = output("curl", "-sS", "--unix-socket", str(self.socket),
                       "http://localhost/channels/news")
        self.assertIn(answer.strip(), state)

    def test_with_find_package(self):
        build = self.place / "build"
        output("cmake", "-S", str(SOURCE), "-B", str(build), "-DCMAKE_BUILD_TYPE=Release",
               f"-DCMAKE_PREFIX_PATH={self.tree}/usr")
        output("cmake", "--build", str(build))
        self.publishes(build / "announce", "by CMake")

    def test_with_pkg_config(self):
        directories = [str(path) for path in self.tree.glob("usr/lib/*/pkgconfig")]
        self.assertEqual(len(directories), 1)
        environment = {**os.environ, "PKG_CONFIG_LIBDIR": directories[0],
                       "PKG_CONFIG_SYSROOT_DIR": str(self.tree)}
        flags = output("pkg-config", "--cflags", "--libs", "ringcast", env=environment).split()
        self.assertTrue(all(re.match("-[ILl]", flag) for flag in flags), flags)
        output("c++", "-std=c++20", "-Wall", "-Wextra", "-Werror", str(SOURCE / "announce.cc"),
               "-o", str(self.place / "announce"), *flags)
        self.publishes(self.place / "announce", "by pkg-config")

    def test_the_wire_format_is_a_header_for_c_too(self):
        output("cc", "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "-x",
               "c", str(self.tree / "usr/include/ringcast/publish.h"))


if __name__ == "__main__":
    unittest.main()
