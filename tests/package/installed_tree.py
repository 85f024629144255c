"""Puts Ringcast into a Debian tree as its package would, from a build and the files under systemd/."""

import re
import shutil
import subprocess
from pathlib import Path

# What of systemd/ goes where; units by their suffix.
PLACES = {
    "ringcast.service": "usr/lib/systemd/system",
    "ringcast.socket": "usr/lib/systemd/system",
    "ringcast-publish.socket": "usr/lib/systemd/system",
    "ringcast-admin.socket": "usr/lib/systemd/system",
    "ringcast.toml": "etc/ringcast",
    "ringcast.sysusers": "usr/lib/sysusers.d/ringcast.conf",
    "ringcast.tmpfiles": "usr/lib/tmpfiles.d/ringcast.conf",
    "ringcast.sysctl": "usr/lib/sysctl.d/50-ringcast.conf",
    "ringcast.preset": "usr/lib/systemd/system-preset/50-ringcast.preset",
}


def _libraries(binary):
    """The shared libraries that a program is loaded with here."""
    text = subprocess.run(["ldd", binary], check=True, capture_output=True, text=True).stdout
    return [Path(path) for path in re.findall(r"(/\S+\.so[.0-9]*)\s+\(", text)]


def install(tree, binary, units):
    """The program, the libraries that the tree lacks, and the files under `units`; enabled by presets."""
    tree, units = Path(tree), Path(units)
    shutil.copy2(binary, tree / "usr/bin/ringcast")
    for library in _libraries(binary):
        there = tree / "usr/lib/x86_64-linux-gnu" / library.name
        if not there.exists():
            shutil.copy2(library.resolve(), there)
    for name, place in PLACES.items():
        target = tree / place
        if target.suffix not in (".conf", ".preset"):
            target = target / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(units / name, target)
    subprocess.run(["systemd-sysusers", f"--root={tree}", "ringcast.conf"], check=True)
    enabled = [name for name in PLACES if name.endswith((".service", ".socket"))]
    subprocess.run(["systemctl", f"--root={tree}", "--quiet", "preset", *enabled], check=True)
