"""A Debian 12 of its own in a directory, to install packages in.

It is made once by debootstrap, from the mirror that this machine's apt uses, and kept below the build
directory under a key of all that decides what is in it. Whoever wants one gets a copy.
"""

import contextlib
import fcntl
import hashlib
import pathlib
import re
import shutil
import subprocess

SUITE = "bookworm"
# With an init system, so that the same tree can be booted.
PACKAGES = ("ca-certificates", "curl", "dbus", "libpam-systemd", "systemd-sysv")
# Another way of making the tree needs another number.
RECIPE = 1


class TreeError(Exception):
    """No tree could be made; the message says why."""


def _stanzas(text):
    """The fields of each source in a file of deb822's form."""
    for stanza in re.split(r"\n\s*\n", text):
        lines = [line for line in stanza.splitlines() if not line.startswith("#")]
        yield dict(
            (name.strip().lower(), value.split())
            for name, colon, value in (line.partition(":") for line in lines)
            if colon
        )


def mirror(apt=pathlib.Path("/etc/apt")):
    """The address that apt has Debian 12 from."""
    for path in sorted((apt / "sources.list.d").glob("*.sources")):
        for fields in _stanzas(path.read_text()):
            if SUITE in fields.get("suites", ()) and "main" in fields.get("components", ()):
                return fields["uris"][0]
    lists = [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*.list"))]
    for path in (path for path in lists if path.exists()):
        for line in path.read_text().splitlines():
            found = re.match(r"deb\s+(?:\[[^]]*\]\s+)?(\S+)\s+(\S+)\s+(.*)", line)
            if found and found[2] == SUITE and "main" in found[3].split():
                return found[1]
    raise TreeError(f"{apt} names no mirror of Debian {SUITE} with its component main")


def _run(command, log):
    with open(log, "ab") as output:
        ended = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    if ended.returncode != 0:
        tail = log.read_text(errors="replace").splitlines()[-15:]
        raise TreeError(f"{command[0]} failed; {log} ends with:\n" + "\n".join(tail))


def cached_tree(cache):
    """The path of the tree below `cache`, made now unless it is there. Not to be written to."""
    address = mirror()
    words = [SUITE, address, str(RECIPE), *PACKAGES]
    key = hashlib.sha256("\n".join(words).encode()).hexdigest()[:16]
    cache = pathlib.Path(cache)
    cache.mkdir(parents=True, exist_ok=True)
    tree = cache / key
    with open(cache / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not tree.exists():
            part = cache / "part"
            shutil.rmtree(part, ignore_errors=True)
            log = cache / "debootstrap.log"
            log.unlink(missing_ok=True)
            _run(
                ["debootstrap", "--variant=minbase", "--include=" + ",".join(PACKAGES),
                 SUITE, str(part), address],
                log,
            )
            # What was downloaded is installed; only the lists are needed again.
            _run(["chroot", str(part), "apt-get", "clean"], log)
            part.rename(tree)
    return tree


@contextlib.contextmanager
def copy_of(tree, place):
    """A copy to be written to, gone at the end."""
    place = pathlib.Path(place)
    shutil.rmtree(place, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", "--reflink=auto", str(tree), str(place)], check=True)
    try:
        yield place
    finally:
        shutil.rmtree(place)
