"""Find the comments of a YAML file, which every YAML reader drops."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Comment", "comments_of", "same_line"]

# YAML 1.1 ends a line at these too: next line, line separator, paragraph separator.
_BREAKS = "\n\r\x85\u2028\u2029"
_BREAK = re.compile(f"[{_BREAKS}]")
_COMMENT = re.compile(f"#[^{_BREAKS}]*")
_BLANK = " \t"


@dataclass(frozen=True, slots=True)
class Comment:
    """Hold a comment with its number sign; `index` counts characters of the file from 0.

    `own_line` tells that nothing stands before it on its line, `after_blank` that the line above is
    a blank one.
    """

    text: str
    index: int
    own_line: bool
    after_blank: bool


def comments_of(text: str) -> tuple[Comment, ...]:
    r"""Return the comments of a YAML text in order; raises yaml.YAMLError where it is none.

    >>> [comment.text for comment in comments_of('a: "#1"  # one\n# two')]
    ['# one', '# two']
    """
    return tuple(
        _comment(text, found)
        for begin, end in _gaps(text)
        for found in _COMMENT.finditer(text, begin, end)
    )


def same_line(text: str, begin: int, end: int) -> bool:
    """Tell whether no line ends between two offsets of a text."""
    return _BREAK.search(text, begin, end) is None


def _gaps(text: str) -> Iterator[tuple[int, int]]:
    """Iterate the stretches outside scalars: a number sign there always opens a comment."""
    begin = 0
    for token in yaml.scan(text, yaml.CSafeLoader):
        if isinstance(token, yaml.ScalarToken):
            start, end = token.start_mark.index, token.end_mark.index
            if token.style in {"|", ">"}:
                # The line that opens a block scalar may bear a comment; its body may not.
                header = _BREAK.search(text, start)
                start = header.start() if header else len(text)
            yield begin, start
            begin = end
    yield begin, len(text)


def _comment(text: str, found: re.Match[str]) -> Comment:
    start = _line_start(text, found.start())
    own_line = not text[start : found.start()].strip(_BLANK)
    above = text[_line_start(text, start - 1) : start - 1] if start else "no line"
    return Comment(
        text=found.group().rstrip(_BLANK),
        index=found.start(),
        own_line=own_line,
        after_blank=own_line and not above.strip(_BLANK),
    )


def _line_start(text: str, index: int) -> int:
    return max(text.rfind(mark, 0, index) for mark in _BREAKS) + 1
