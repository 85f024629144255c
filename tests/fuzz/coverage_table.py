"""Prints how many lines of each source file the fuzz targets' inputs reach.

Usage: coverage_table.py SUMMARY ROOT, with the summary that `llvm-cov export -summary-only` wrote.
"""

import json
import os
import sys

FOLDERS = (
    "src/protocol/",
    "src/hub/",
    "src/config/config_file.cc",
    "src/client/event_source.cc",
    "src/client/http_answer.cc",
    "src/client/line_reader.cc",
)


def main() -> None:
    summary_path, root = sys.argv[1:]
    with open(summary_path, encoding="utf-8") as file:
        files = json.load(file)["data"][0]["files"]
    print(f"{'file':<36} {'lines':>6} {'reached':>8} {'%':>6}")
    for entry in sorted(files, key=lambda entry: entry["filename"]):
        # A compiler that was called with a relative path names the file by it.
        name = os.path.normpath(entry["filename"]).removeprefix(root + "/")
        lines = entry["summary"]["lines"]
        if name.startswith(FOLDERS) and lines["count"] > 0:
            print(f"{name:<36} {lines['count']:>6} {lines['covered']:>8} {lines['percent']:>6.1f}")


main()
