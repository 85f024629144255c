"""Gets what is measured: our own programs by building, peers from Debian's and npm's packages."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from .paths import BUILD, PEERS, ROOT, WORK


def build_ours() -> Path:
    """Builds ringcast and the floor with the preset `bench`; gives the directory they are in."""
    _quietly([str(ROOT / "tools" / "setup")])
    _quietly(["cmake", "--preset", "bench"])
    _quietly(
        [
            "cmake",
            "--build",
            str(BUILD),
            "-j",
            str(os.cpu_count() or 1),
            "--target",
            "ringcast",
            "floor",
        ]
    )
    return BUILD


def install_packages(packages: Iterable[str]) -> None:
    """Installs those of Debian's packages that are missing, and ends the program where it may not.

    Services that come with a package are stopped again: peers are started with configurations of
    our own.
    """
    missing = [package for package in packages if not _is_installed(package)]
    if not missing:
        return
    if os.geteuid() != 0:
        sys.exit(
            "these packages are missing; run as root:\n"
            f"  apt-get install --no-install-recommends {' '.join(missing)}"
        )
    print(f"installing {' '.join(missing)}", file=sys.stderr)
    apt = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"]
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    _quietly([*apt, "update"], environment)
    _quietly([*apt, "install", "-y", "--no-install-recommends", *missing], environment)
    services = {"nginx-light": "nginx", "redis-server": "redis-server"}
    if Path("/run/systemd/system").is_dir():
        for package in missing:
            if package in services:
                _quietly(["systemctl", "disable", "--now", services[package]])


def install_express() -> Path:
    """Installs Express as its lock file says, outside the source tree; gives that directory."""
    install_packages(
        package
        for package, command in (("nodejs", "node"), ("npm", "npm"))
        if shutil.which(command) is None
    )
    source, target = PEERS / "express", WORK / "express"
    lock = (source / "package-lock.json").read_bytes()
    stamp = target / "installed-lock.json"
    if not (stamp.is_file() and stamp.read_bytes() == lock):
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(source / name, target)
        print("installing Express", file=sys.stderr)
        _quietly(["npm", "ci", "--prefix", str(target), "--omit=dev", "--no-audit", "--no-fund"])
        stamp.write_bytes(lock)
    shutil.copy(source / "server.js", target)  # beside its modules, where Node looks for them
    return target


def package_version(package: str) -> str:
    """The installed version of one of Debian's packages; empty when it is not installed."""
    if shutil.which("dpkg-query") is None:
        return ""
    return subprocess.run(
        ["dpkg-query", "-W", "-f=${Version}", package], capture_output=True, text=True, check=False
    ).stdout


def _is_installed(package: str) -> bool:
    if shutil.which("dpkg-query") is None:
        sys.exit(f"not a Debian system: install what {package} of Debian 12 holds by hand")
    status = subprocess.run(
        ["dpkg-query", "-W", "-f=${db:Status-Status}", package],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    return status == "installed"


def _quietly(command: list[str], environment: dict[str, str] | None = None) -> None:
    """Runs a command; its output is shown only when it fails, which ends the program."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.exit(f"{done.stdout[-4000:]}\nfailed: {' '.join(command)}")
