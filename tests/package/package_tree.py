"""A Debian tree with commands run in it, and the package installed as an administrator does it."""

import shutil
import subprocess

from built_package import VERSION, output, package

ENVIRONMENT = {
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "DEBIAN_FRONTEND": "noninteractive",
    "LC_ALL": "C.UTF-8",
}


class PackageTree:
    """A tree that may be written to, and reaches the mirror that it was made from."""

    def __init__(self, path):
        self.path = path
        # Names of the mirror are found as this machine finds them.
        shutil.copy("/etc/resolv.conf", path / "etc/resolv.conf")
        self.run("apt-get", "update", "-q")

    def __truediv__(self, name):
        return self.path / name

    def run(self, *command):
        """What a command in the tree prints. It has a /proc of its own, gone with it."""
        return output(
            "unshare", "--mount", "--pid", "--fork", "--kill-child",
            "--mount-proc=/proc", f"--root={self.path}", "--wd=/", *command,
            env=ENVIRONMENT, stdin=subprocess.DEVNULL,
        )

    def install(self, version=VERSION):
        """The package, with what it depends on from the mirror."""
        shutil.copy(package(version), self.path / "tmp")
        self.run("apt-get", "install", "-y", "-q", "--no-install-recommends",
                 "/tmp/" + package(version).name)
