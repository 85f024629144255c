"""The packages that tools/package has built for these tests."""

import os
import pathlib
import subprocess

ROOT = pathlib.Path(os.environ["RINGCAST_ROOT"])
VERSION = os.environ["RINGCAST_VERSION"]
NEWER_VERSION = VERSION + "+newer"
BUILD = ROOT / "build" / "package"


def output(*command, **options):
    """What a command prints; what it complains of, when it fails."""
    ended = subprocess.run(command, capture_output=True, text=True, **options)
    if ended.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: exit code {ended.returncode}\n"
                             f"{ended.stdout}{ended.stderr}")
    return ended.stdout


def package(version=VERSION):
    architecture = output("dpkg", "--print-architecture").strip()
    return BUILD / f"ringcast_{version}_{architecture}.deb"


def unpack(place):
    """The package's files below a directory."""
    output("dpkg", "-x", str(package()), str(place))
    return pathlib.Path(place)
