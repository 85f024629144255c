"""The package as it is built: its size, its types, and what it holds."""

import gzip
import json
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

FILES = Path(os.environ["RINGCAST_WEB_FILES"])
PACKAGE = Path(os.environ["RINGCAST_SOURCE"]) / "tools/web"
MOST_BYTES = 4096

CONSUMER = """
import { connect, type Gap, type State } from "ringcast-web";
import { useSSE } from "ringcast-web/react";
interface Events { progress: { percent: number }; done: string }
const client = connect<Events>({ channels: ["a"], json: true, onGap: (gap: Gap) => gap.reason });
const off: () => void = client.on("progress", ({ percent }, { id }) => [percent.toFixed(), id.length]);
client.on("done", (text) => text.length);
const state: State = client.state;
export const data: { n: number } | undefined = useSSE<{ n: number }>("/x", { json: true }).data;
export { off, state };
"""
# Each of these is one mistake.
MISTAKES = (
    'client.on("progres", () => {});',
    'client.on("done", (text) => text.toFixed());',
    'connect({ chanels: ["a"] });',
    'client.state = "open";',
)


def type_check(directory: Path, text: str) -> subprocess.CompletedProcess[str]:
    (directory / "consumer.ts").write_text(text, encoding="utf-8")
    return subprocess.run(["tsc", "--project", str(directory)], capture_output=True, text=True,
                          timeout=120)  # fmt: skip


class PackageTest(unittest.TestCase):
    def test_it_is_small(self) -> None:
        entry = (FILES / "index.js").read_text(encoding="utf-8")
        shared = re.findall(r'from\s*"\./([^"]+)"', entry)
        size = sum(len(gzip.compress((FILES / name).read_bytes(), 9))
                   for name in ("index.js", *shared))  # fmt: skip
        print(f"{size} bytes of at most {MOST_BYTES}, compressed")
        self.assertLess(size, MOST_BYTES)

    def test_the_hook_is_for_the_browser(self) -> None:
        first = (FILES / "react.js").read_text(encoding="utf-8").splitlines()[0]
        self.assertEqual(first, '"use client";')

    def test_it_names_every_file_that_is_there(self) -> None:
        package = json.loads((PACKAGE / "package.json").read_text(encoding="utf-8"))
        self.assertNotIn("dependencies", package)
        for entry in package["exports"].values():
            for path in entry.values():
                self.assertTrue((FILES / Path(path).name).is_file(), path)

    def test_types_find_mistakes(self) -> None:
        types = json.loads((FILES / "tsconfig.json").read_text(encoding="utf-8"))
        with tempfile.TemporaryDirectory() as name:
            directory = Path(name)
            options = types["compilerOptions"]
            options["paths"] |= {"ringcast-web": [str(FILES / "index.d.ts")],
                                 "ringcast-web/react": [str(FILES / "react.d.ts")]}  # fmt: skip
            options |= {"noEmit": True, "rootDir": "/"}
            config = {"compilerOptions": options, "files": ["consumer.ts"]}
            (directory / "tsconfig.json").write_text(json.dumps(config), encoding="utf-8")
            good = type_check(directory, CONSUMER)
            self.assertEqual((good.stdout, good.returncode), ("", 0))
            for mistake in MISTAKES:
                bad = type_check(directory, CONSUMER + mistake)
                self.assertEqual(bad.stdout.count("error TS"), 1, bad.stdout)


if __name__ == "__main__":
    unittest.main()
