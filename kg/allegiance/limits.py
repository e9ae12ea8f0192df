"""What a contributed file may be at most, and how it is opened: nothing else of it is read.

A contribution comes from a stranger. It must not make a check read another file, wait for a pipe,
or take the memory and the minutes of the machine that checks it.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final

from allegiance.finding import Finding, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = [
    "MAX_CAPTURE_BYTES",
    "MAX_DEPTH",
    "MAX_FILE_BYTES",
    "MAX_FINDINGS",
    "MAX_LINE_BYTES",
    "MAX_NODES",
    "MAX_STATEMENTS",
    "at_most",
    "long_line",
    "nested_too_deep",
    "read_contribution",
    "shortened",
    "too_large",
]

# A document of a thousand claims has one mebibyte; larger files nobody reviews.
MAX_FILE_BYTES: Final = 8 * 1024 * 1024
# Compact JSON stands on one line; beyond this, neither an editor nor a report shows it.
MAX_LINE_BYTES: Final = 1024 * 1024
# The format needs seven levels; parsers recurse, and some end the process at a few thousand.
MAX_DEPTH: Final = 24
# Each value of a YAML file costs 600 bytes while it is read, and a claim has about thirty.
MAX_NODES: Final = 250_000
# The shapes need about 0.1 ms for a statement.
MAX_STATEMENTS: Final = 20_000
# Whoever has mended the first thousand runs the check again.
MAX_FINDINGS: Final = 1000
# The text of a page; a book of a thousand pages has three mebibytes.
MAX_CAPTURE_BYTES: Final = 16 * 1024 * 1024

_SHOWN = 60
# Windows has neither flag; there, the look before opening has to do.
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def read_contribution(
    file: Path, name: str, root: Path | None = None
) -> tuple[bytes | None, tuple[Finding, ...]]:
    """Read a contributed file, or say why not; `root` is the folder in which it has to lie.

    A symbolic link, at the file or on the way to it from the root, is refused, and so is whatever
    is no plain file or is too large; of that no byte is read.
    """
    link = _link(file, root)
    if link is not None:
        return None, (_symlink(name, link),)
    try:
        return _read(file, name)
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        return None, (_unreadable(name, f"{reason}."),)


def too_large(name: str, size: int) -> Finding:
    """Say that a file has too many bytes, and how many."""
    message = f"The file has {size} bytes; {MAX_FILE_BYTES} are the limit."
    return Finding(Place(name), "syntax/too-large", message, "Split it by document.")


def nested_too_deep(place: Place) -> Finding:
    """Say that brackets or indentation are nested too deep."""
    return Finding(place, "syntax/nesting", f"Nested deeper than {MAX_DEPTH}.", "Flatten it.")


def long_line(name: str, content: bytes) -> Finding | None:
    """Find the first line that is too long to be shown."""
    start = 0
    while len(content) - start > MAX_LINE_BYTES:
        end = content.rfind(b"\n", start, start + MAX_LINE_BYTES + 1)
        if end < 0:
            message = f"The line has more than {MAX_LINE_BYTES} bytes."
            place = Place(name, content.count(b"\n", 0, start) + 1)
            return Finding(place, "syntax/long-line", message, "Break it into several lines.")
        start = end + 1
    return None


def at_most(findings: Iterable[Finding], limit: int = MAX_FINDINGS) -> Iterator[Finding]:
    """Give the findings up to a limit, and then say that there are more.

    >>> found = [Finding(Place("a.yaml", line), "r", "m", "f") for line in range(1, 9)]
    >>> [part.rule for part in at_most(found, 2)]
    ['r', 'r', 'syntax/more-findings']
    """
    for count, found in enumerate(findings):
        if count == limit:
            message = f"There are more than {limit} findings here; the others are not shown."
            yield Finding(found.place, "syntax/more-findings", message, "Mend the others first.")
            return
        yield found


def shortened(text: str) -> str:
    """Cut a text of the contributor's to what a message can bear.

    >>> len(shortened("a" * 1000))
    60
    """
    # Half of a surrogate pair, which JSON can escape, has no place in any output.
    sound = text[: _SHOWN + 1].encode("utf-8", "replace").decode("utf-8")
    return sound if len(sound) <= _SHOWN else sound[: _SHOWN - 3] + "..."


def _link(file: Path, root: Path | None) -> Path | None:
    """Return the first symbolic link on the way to a file, or None."""
    way = [file]
    if root is not None and file.is_relative_to(root):
        way += [parent for parent in file.parents if parent.is_relative_to(root) and parent != root]
    return next((part for part in reversed(way) if part.is_symlink()), None)


def _read(file: Path, name: str) -> tuple[bytes | None, tuple[Finding, ...]]:
    with open(os.open(file, _FLAGS), "rb") as stream:  # noqa: PTH123 - a path has no flags
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode):
            return None, (_unreadable(name, "It is no plain file."),)
        if status.st_size > MAX_FILE_BYTES:
            return None, (too_large(name, status.st_size),)
        content = stream.read(MAX_FILE_BYTES + 1)
    # It can have grown meanwhile.
    if len(content) > MAX_FILE_BYTES:
        return None, (too_large(name, len(content)),)
    return content, ()


def _symlink(name: str, link: Path) -> Finding:
    message = f"{link.name} is a symbolic link; what it leads to is not read."
    remedy = "Put the file itself in its place."
    return Finding(Place(name), "syntax/symlink", message, remedy)


def _unreadable(name: str, reason: str) -> Finding:
    return Finding(Place(name), "syntax/unreadable", reason, "Check path and rights.")
