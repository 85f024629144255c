"""The package's life in a Debian tree of its own: installed, run from its installed files as its own
account, upgraded, removed, purged."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
import unittest

import debian_tree
from built_package import NEWER_VERSION, ROOT, VERSION, output
from package_tree import ENVIRONMENT, PackageTree

DEADLINE_SECONDS = 120
CONFIGURATION = "etc/ringcast/ringcast.toml"
# UNIX sockets everywhere, so that the test takes no port of the machine.
EDITED = """# edited here
listen = ["unix:/run/ringcast/http.sock"]
admin = "unix:/run/ringcast/admin.sock"
shards = 1
"""
# What a package manager keeps of anything that ever was installed, and accounts.
KEPT = ("var/lib/dpkg/", "var/lib/apt/", "var/cache/", "var/log/", "run/", "proc/", "dev/", "tmp/",
        "etc/passwd", "etc/group", "etc/shadow", "etc/gshadow", "etc/ld.so.cache", "etc/.pwd.lock",
        "etc/subuid", "etc/subgid")


def paths(tree):
    """Every file and directory but those of KEPT."""
    found = set()
    for folder, folders, files in os.walk(tree):
        here = os.path.relpath(folder, tree)
        found.update(os.path.normpath(os.path.join(here, name)) for name in folders + files)
    return {path for path in found if not (path + "/").startswith(KEPT)
            and not path.startswith(KEPT)}


class Life(unittest.TestCase):
    """One story, told in order."""

    @classmethod
    def setUpClass(cls):
        cache = ROOT / "build" / "debian"
        try:
            tree = debian_tree.cached_tree(cache)
        except debian_tree.TreeError as error:
            raise AssertionError(f"no Debian tree to install in: {error}") from error
        cls.tree = PackageTree(cls.enterClassContext(debian_tree.copy_of(tree, cache / "life")))

    def installed_version(self):
        return self.tree.run("dpkg-query", "-W", "-f", "${Version} ${db:Status-Abbrev}", "ringcast")

    @contextlib.contextmanager
    def daemon(self):
        """The daemon as the service starts it: its account, its configuration, its directory."""
        account = self.tree.run("id", "-u", "ringcast").strip()
        runtime = self.tree / "run/ringcast"
        runtime.mkdir(parents=True, exist_ok=True)
        shutil.chown(runtime, int(account), int(self.tree.run("id", "-g", "ringcast")))
        with open(self.tree / "tmp/daemon.log", "wb") as log:
            daemon = subprocess.Popen(
                ["chroot", "--userspec=ringcast:ringcast", str(self.tree.path), "/usr/bin/ringcast",
                 "serve", "--config", "/" + CONFIGURATION],
                env={**ENVIRONMENT, "RUNTIME_DIRECTORY": "/run/ringcast"},
                stdin=subprocess.DEVNULL, stderr=log,
            )
        try:
            self.wait_for(self.ready, daemon)
            yield daemon
        finally:
            daemon.kill()
            daemon.wait()

    def wait_for(self, condition, daemon):
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not condition():
            if daemon.poll() is not None or time.monotonic() > deadline:
                self.fail((self.tree / "tmp/daemon.log").read_text())
            time.sleep(0.05)

    def ready(self):
        asked = subprocess.run(
            ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "--unix-socket",
             str(self.tree / "run/ringcast/admin.sock"), "http://localhost/readyz"],
            capture_output=True, text=True)
        return asked.stdout == "200"

    def metrics(self):
        return output("curl", "-sS", "--unix-socket", str(self.tree / "run/ringcast/admin.sock"),
                      "http://localhost/metrics")

    def publish_and_receive(self):
        """With the commands of the package."""
        with self.daemon() as daemon:
            self.assertEqual(os.stat(f"/proc/{daemon.pid}").st_uid,
                             int(self.tree.run("id", "-u", "ringcast")))
            with subprocess.Popen(
                ["chroot", str(self.tree.path), "/usr/bin/ringcast", "tail", "--json", "--count",
                 "1", "--server", "unix:/run/ringcast/http.sock", "demo"],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            ) as tail:
                try:
                    self.wait_for(lambda: "\nringcast_streams 1\n" in self.metrics(), daemon)
                    self.tree.run("ringcast", "pub", "--publish-socket",
                                  "/run/ringcast/publish.sock", "demo", "hello")
                    received, errors = tail.communicate(timeout=DEADLINE_SECONDS)
                finally:
                    tail.kill()
            self.assertIn('"hello"', received, errors)
            daemon.send_signal(signal.SIGTERM)
            self.assertEqual(daemon.wait(timeout=DEADLINE_SECONDS), 0)

    def enabled(self):
        wanted = self.tree / "etc/systemd/system/multi-user.target.wants/ringcast.service"
        return wanted.is_symlink()

    def test_install_run_upgrade_remove_purge(self):
        before = paths(self.tree.path)

        # Installed: there, enabled, its files as they were packed.
        self.tree.install(VERSION)
        self.assertEqual(self.installed_version(), f"{VERSION} ii ")
        self.assertIn("ringcast:", (self.tree / "etc/passwd").read_text())
        self.assertTrue(self.enabled())
        self.tree.run("ringcast", "check-config", "/" + CONFIGURATION)
        self.tree.run("dpkg", "--verify", "ringcast")

        # Run from its installed files.
        (self.tree / CONFIGURATION).write_text(EDITED)
        self.publish_and_receive()

        # Upgraded: what the administrator has decided stays, the edited file, the disabled service.
        self.tree.run("systemctl", "disable", "ringcast.service")
        self.tree.install(NEWER_VERSION)
        self.assertEqual(self.installed_version(), f"{NEWER_VERSION} ii ")
        self.assertEqual((self.tree / CONFIGURATION).read_text(), EDITED)
        self.assertFalse(self.enabled())
        self.publish_and_receive()

        # Removed: the program goes, the configuration stays.
        self.tree.run("apt-get", "remove", "-y", "-q", "ringcast")
        self.assertFalse((self.tree / "usr/bin/ringcast").exists())
        self.assertEqual((self.tree / CONFIGURATION).read_text(), EDITED)

        # Purged: nothing is left but the account.
        self.tree.run("apt-get", "purge", "-y", "-q", "--autoremove", "ringcast")
        self.assertEqual(sorted(paths(self.tree.path) - before), [])
        # Its number must not pass to somebody else.
        self.assertIn("ringcast:", (self.tree / "etc/passwd").read_text())


if __name__ == "__main__":
    unittest.main()
