"""The manual pages that the build has written, read by the programs that show them."""

import gzip
import os
import pathlib
import subprocess
import unittest

BUILD = pathlib.Path(os.environ["RINGCAST_BUILD"])
PAGES = ("ringcast.1", "ringcast.toml.5")


class ManualPages(unittest.TestCase):
    def test_mandoc_finds_nothing(self):
        for page in PAGES:
            # -T lint also tells of style, and fails on the least of it.
            lint = subprocess.run(
                ["mandoc", "-T", "lint", "-W", "style", str(BUILD / "man" / page)],
                capture_output=True, text=True,
            )
            self.assertEqual((lint.stdout, lint.returncode), ("", 0), page)

    def test_groff_warns_of_nothing(self):
        for page in PAGES:
            shown = subprocess.run(
                ["man", "-l", "--warnings", "-E", "UTF-8", "-Tutf8", "-Z", str(BUILD / "man" / page)],
                capture_output=True, text=True, env={**os.environ, "MANWIDTH": "80"},
            )
            self.assertEqual((shown.stderr, shown.returncode), ("", 0), page)
            self.assertIn("ringcast", shown.stdout.lower())

    def test_what_is_installed_is_the_same_page(self):
        for page in PAGES:
            packed = (BUILD / "man" / (page + ".gz")).read_bytes()
            self.assertEqual(gzip.decompress(packed), (BUILD / "man" / page).read_bytes(), page)


if __name__ == "__main__":
    unittest.main()
