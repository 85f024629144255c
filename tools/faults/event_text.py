"""The data of an event that is checked: who published it, where, and which one it is.

`<publisher>.<run>.<link>.<sequence> <channel> <filler>`. A run is one process of the publisher, a
link one of its connections. A publisher that sends an unacknowledged event again does so over a new
link, so the two attempts tell themselves apart; `ringcast pub` reconnects by itself and sends the
same bytes again.
"""

import random
import string
import zlib
from typing import NamedTuple

# What fillers are cut from: text of one to four bytes a character, the same in every process.
_random = random.Random(1)
_FILLER = "".join(_random.choices(string.ascii_letters + string.digits + '"\\{}: é€𝄞', k=100_000))


class Identity(NamedTuple):
    """One attempt to publish one event."""

    publisher: int
    run: int
    link: int
    sequence: int

    def __str__(self) -> str:
        return f"{self.publisher}.{self.run}.{self.link}.{self.sequence}"


def make_text(identity: Identity, channel: str, size: int, lines: bool) -> str:
    """The data of an event with `size` characters of filler, over several lines if wanted."""
    start = identity.sequence * 7919 % (len(_FILLER) - size)
    filler = _FILLER[start : start + size]
    if lines:
        filler = filler.replace("e", "\n")
    return f"{identity} {channel} {filler}"


def parse_text(text: str) -> tuple[Identity, str] | None:
    """Identity and channel; nothing for text that no publisher makes."""
    words = text.split(" ", 2)
    if len(words) != 3:
        return None
    return None if (identity := parse_identity(words[0])) is None else (identity, words[1])


def parse_identity(text: str) -> Identity | None:
    """The inverse of str()."""
    numbers = text.split(".")
    if len(numbers) != 4 or not all(number.isdecimal() for number in numbers):
        return None
    return Identity(*map(int, numbers))


def checksum(text: str) -> int:
    """Tells whether data arrived as it was sent."""
    return zlib.crc32(text.encode())
