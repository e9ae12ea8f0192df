"""Read a YAML file as parts that keep their comments.

A part is an entry of a mapping or an item of a list. A comment on a line of its own belongs to the
part that it stands before; one at the end of a line belongs to the part on that line.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import yaml

from allegiance.comments import comments_of, same_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from allegiance.comments import Comment

__all__ = ["Part", "read_parts"]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Hold a value of a file: a scalar (`text`), else a mapping or a list of further `parts`.

    `key` is None for an item of a list and for the whole file. `plain` and `key_plain` tell that
    the file has no quotes there. `place` is the line and column, from 1, at which the value begins;
    `start` and `end` count characters from 0 and span the key too. Of the comments, `before` stand
    above the part, `trailing` on its line, `after` behind the last of its parts.
    """

    start: int
    end: int
    place: tuple[int, int]
    key: str | None = None
    key_plain: bool = True
    text: str | None = None
    plain: bool = False
    mapping: bool = False
    parts: tuple[Part, ...] = ()
    before: tuple[Comment, ...] = ()
    trailing: tuple[Comment, ...] = ()
    after: tuple[Comment, ...] = ()


def read_parts(text: str) -> Part:
    """Read a text that `located.read_yaml` accepts; raises yaml.YAMLError where it is no YAML.

    >>> read_parts("a: 1  # one").parts[0].trailing[0].text
    '# one'
    """
    node = yaml.compose(text, yaml.CSafeLoader)
    if node is None:
        return Part(0, 0, (1, 1), text="", plain=True)
    root = replace(_part(node, text), start=0, end=len(text))
    return _attached(root, text)


def _part(node: yaml.Node, text: str) -> Part:
    start, place = node.start_mark.index, (node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, yaml.MappingNode):
        entries = tuple(_entry(key, value, text) for key, value in node.value)
        return Part(start, _end(node, entries), place, mapping=True, parts=entries)
    if isinstance(node, yaml.SequenceNode):
        items = tuple(_part(item, text) for item in node.value)
        return Part(start, _end(node, items), place, parts=items)
    # A block scalar ends only after the empty lines that follow it.
    end = start + len(text[start : node.end_mark.index].rstrip())
    return Part(start, end, place, text=str(node.value), plain=_is_plain(node))


def _entry(key: yaml.Node, value: yaml.Node, text: str) -> Part:
    part = _part(value, text)
    return replace(
        part,
        start=key.start_mark.index,
        end=max(key.end_mark.index, part.end),
        key=str(key.value),
        key_plain=_is_plain(key),
    )


def _end(node: yaml.CollectionNode, parts: Sequence[Part]) -> int:
    # The end mark of a block collection is where the next token begins, past all comments.
    return node.end_mark.index if node.flow_style or not parts else parts[-1].end


def _is_plain(node: yaml.Node) -> bool:
    return not getattr(node, "style", None)


def _attached(root: Part, text: str) -> Part:
    before: dict[Part, list[Comment]] = {}
    trailing: dict[Part, list[Comment]] = {}
    after: list[Comment] = []
    for comment in comments_of(text):
        owner = None if comment.own_line else _on_line(root, comment, text)
        if owner is not None:
            trailing.setdefault(owner, []).append(comment)
            continue
        owner = _next(root, comment)
        (after if owner is root else before.setdefault(owner, [])).append(comment)
    return replace(_with_comments(root, before, trailing), after=tuple(after))


def _on_line(root: Part, comment: Comment, text: str) -> Part | None:
    """Find the innermost of the parts that end on the comment's line, else begin on it."""
    found: Part | None = None
    ended = False
    part = _last_begun(root, comment)
    while part is not None:
        over = part.end <= comment.index
        inner = found is not None and ended and part.end < found.end
        if not inner and same_line(text, part.end if over else part.start, comment.index):
            found, ended = part, over
        part = _last_begun(part, comment)
    return found


def _last_begun(part: Part, comment: Comment) -> Part | None:
    position = bisect_right(part.parts, comment.index, key=lambda inner: inner.start)
    return part.parts[position - 1] if position else None


def _next(root: Part, comment: Comment) -> Part:
    """Find the part that the comment stands before, else the innermost one around it."""
    holder = root
    while True:
        position = bisect_right(holder.parts, comment.index, key=lambda inner: inner.start)
        around = holder.parts[position - 1] if position else None
        if around is None or around.end <= comment.index:
            return holder.parts[position] if position < len(holder.parts) else holder
        holder = around


def _with_comments(
    part: Part,
    before: Mapping[Part, Sequence[Comment]],
    trailing: Mapping[Part, Sequence[Comment]],
) -> Part:
    return replace(
        part,
        parts=tuple(_with_comments(inner, before, trailing) for inner in part.parts),
        before=tuple(before.get(part, ())),
        trailing=tuple(trailing.get(part, ())),
    )
