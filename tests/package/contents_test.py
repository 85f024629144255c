"""What is in the package, without installing it."""

import gzip
import hashlib
import os
import pathlib
import re
import tempfile
import unittest

from built_package import NEWER_VERSION, ROOT, VERSION, output, package, unpack

EXPECTED = """
    etc/ringcast/ringcast.toml
    lib/systemd/system-preset/50-ringcast.preset
    lib/systemd/system/ringcast-admin.socket
    lib/systemd/system/ringcast-publish.socket
    lib/systemd/system/ringcast.service
    lib/systemd/system/ringcast.socket
    usr/bin/ringcast
    usr/include/ringcast/publish.h
    usr/include/ringcast/publisher.h
    usr/lib/sysctl.d/50-ringcast.conf
    usr/lib/sysusers.d/ringcast.conf
    usr/lib/tmpfiles.d/ringcast.conf
    usr/share/bash-completion/completions/ringcast
    usr/share/doc/ringcast/changelog.gz
    usr/share/doc/ringcast/copyright
    usr/share/doc/ringcast/examples/proxy/Caddyfile
    usr/share/doc/ringcast/examples/proxy/haproxy.cfg
    usr/share/doc/ringcast/examples/proxy/nginx.conf
    usr/share/doc/ringcast/operations.md
    usr/share/fish/vendor_completions.d/ringcast.fish
    usr/share/man/man1/ringcast.1.gz
    usr/share/man/man5/ringcast.toml.5.gz
    usr/share/ringcast/node/index.cjs
    usr/share/ringcast/node/index.js
    usr/share/ringcast/node/lib/publisher.cjs
    usr/share/ringcast/node/package.json
    usr/share/ringcast/python/ringcast.py
    usr/share/zsh/vendor-completions/_ringcast
""".split()


class Contents(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        place = tempfile.TemporaryDirectory()
        cls.addClassCleanup(place.cleanup)
        cls.tree = unpack(place.name)

    def test_every_file_is_there_and_belongs_to_root(self):
        for path in EXPECTED:
            self.assertTrue((self.tree / path).is_file(), path)
        for line in output("dpkg", "-c", str(package())).splitlines():
            mode, owner = line.split()[:2]
            self.assertEqual(owner, "root/root", line)
            self.assertRegex(mode, r"^(drwxr-xr-x|-rw-r--r--|-rwxr-xr-x)$", line)

    def test_what_systemd_has_in_the_tree_is_in_the_package(self):
        units = {path.name for kind in ("service", "socket", "timer", "path")
                 for path in (ROOT / "systemd").glob("*." + kind)}
        packed = {path.name for path in (self.tree / "lib/systemd/system").iterdir()}
        self.assertEqual(packed, units)
        for folder in ("monitoring", "proxy"):
            for path in (ROOT / "systemd" / folder).glob("*"):
                example = self.tree / "usr/share/doc/ringcast/examples" / folder / path.name
                self.assertEqual(example.read_bytes(), path.read_bytes())

    def test_fields(self):
        field = lambda name: output("dpkg-deb", "-f", str(package()), name).strip()
        self.assertEqual(field("Version"), VERSION)
        for library in ("libc6", "libcurl4", "libhiredis0.14", "libssl3", "libstdc++6", "libsystemd0",
                        "liburing2"):
            self.assertIn(library + " ", field("Depends"))
        self.assertRegex(field("Depends"), r"systemd \| systemd-standalone-sysusers")
        newer = output("dpkg-deb", "-f", str(package(NEWER_VERSION)), "Version").strip()
        output("dpkg", "--compare-versions", newer, "gt", VERSION)

    def test_the_program_is_stripped_hardened_and_knows_its_version(self):
        program = self.tree / "usr/bin/ringcast"
        self.assertEqual(output(str(program), "--version"), f"ringcast {VERSION}\n")
        sections = output("readelf", "-SW", str(program))
        self.assertNotIn(".symtab", sections)
        self.assertNotIn(".debug", sections)
        self.assertRegex(output("readelf", "-dW", str(program)), r"FLAGS_1.*\bNOW\b.*\bPIE\b")
        headers = output("readelf", "-lW", str(program))
        self.assertIn("GNU_RELRO", headers)
        self.assertRegex(headers, r"GNU_STACK\s.*\sRW\s")
        # Where it was built is nobody's business.
        named = re.search(re.escape(str(ROOT).encode()) + rb"/[!-~]*", program.read_bytes())
        self.assertIsNone(named)

    def test_pages_and_changelog_are_packed_and_tell_of_this_version(self):
        changelog = gzip.decompress((self.tree / "usr/share/doc/ringcast/changelog.gz").read_bytes())
        self.assertTrue(changelog.decode().startswith(f"ringcast ({VERSION}) "))
        page = gzip.decompress((self.tree / "usr/share/man/man1/ringcast.1.gz").read_bytes())
        self.assertIn(f"ringcast {VERSION}".encode(), page)

    def test_notices_of_the_libraries_that_are_compiled_in(self):
        notices = list((self.tree / "usr/share/doc/ringcast/third-party").iterdir())
        self.assertGreaterEqual(len(notices), 6)
        for notice in notices:
            self.assertIn("opyright", notice.read_text())

    def test_lintian_finds_no_error_and_no_warning(self):
        root = ["--allow-root"] if os.geteuid() == 0 else []
        found = output("lintian", *root, "--fail-on", "error,warning", str(package()))
        self.assertEqual([line for line in found.splitlines() if re.match("[EW]:", line)], [])

    def test_the_same_tree_makes_the_same_package_for_whoever_builds_it(self):
        before = hashlib.sha256(package().read_bytes()).hexdigest()
        # A history that git refuses to read must not matter either.
        again = pathlib.Path(output(str(ROOT / "tools" / "package"), umask=0o077,
                                    env={**os.environ, "GIT_DIR": "/nowhere"}).strip())
        self.assertEqual(hashlib.sha256(again.read_bytes()).hexdigest(), before)


if __name__ == "__main__":
    unittest.main()
