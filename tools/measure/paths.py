"""Where things are in the source tree and in the build directory."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PEERS = ROOT / "bench" / "peers"
BUILD = ROOT / "build" / "bench"  # the preset `bench`
WORK = ROOT / "build" / "measure"  # what is installed or written for measuring alone
RESULTS = ROOT / "bench" / "results"
