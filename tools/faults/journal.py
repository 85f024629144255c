"""Append-only files of JSON lines that outlive the process that wrote them.

A line is handed to the kernel before the next step, so SIGKILL takes at most the line that was being
written. Each process writes a file of its own: what one left torn is never continued by another.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Fields = dict[str, Any]

END_BYTES = 1 << 20  # some of the longest records


@dataclass(frozen=True)
class Line:
    """A record, and where it stands: file and line number."""

    place: str
    fields: Fields


class Journal:
    """A file that one process appends to."""

    def __init__(self, path: Path) -> None:
        """Creates the file. Raises FileExistsError: a journal has one writer in its life."""
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)

    def write(self, *records: Mapping[str, Any]) -> None:
        """Appends a line for each record, all of them in one piece; returns when it has."""
        text = "".join(json.dumps(record, separators=(",", ":")) + "\n" for record in records)
        left = text.encode()
        while left:
            left = left[os.write(self._file, left) :]


def journal_path(folder: Path, name: str, run: int) -> Path:
    """The journal of the `run`-th process of an actor."""
    return folder / f"{name}.{run:04}.jsonl"


def journals(folder: Path, name: str) -> list[Path]:
    """All journals of an actor, oldest first."""
    return sorted(folder.glob(f"{name}.*.jsonl"))


def read_lines(path: Path) -> Iterator[Line]:
    """The whole lines of a journal; a torn one at its end is left out.

    Raises ValueError for a whole line that is no JSON object.
    """
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                return
            fields = json.loads(line)
            if not isinstance(fields, dict):
                raise ValueError(f"{path.name}:{number}: not an object")
            yield Line(f"{path.name}:{number}", fields)


def read_end(path: Path, size: int = END_BYTES) -> list[Fields]:
    """The whole lines within the last `size` bytes of a journal, without what was torn."""
    with path.open("rb") as file:
        start = max(0, file.seek(0, os.SEEK_END) - size)
        file.seek(start)
        lines = file.read().split(b"\n")
    return [json.loads(line) for line in lines[1 if start > 0 else 0 : -1]]


def read_all(paths: Iterable[Path]) -> Iterator[Line]:
    """The lines of several journals, one after the other."""
    for path in paths:
        yield from read_lines(path)
