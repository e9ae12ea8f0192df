"""Entity tags, and whether a client's copy is still good.

Specification: RFC 9110, sections 8.8.3 and 13.1.2, https://www.rfc-editor.org/rfc/rfc9110
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["matches", "query_tag", "strong_tag"]

DIGEST_BYTES: Final = 16
TAG: Final = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*+"')


def query_tag(
    snapshot: str,
    solutions: str | None,
    graph: str | None,
    default_graphs: Sequence[str],
    named_graphs: Sequence[str],
    query: str,
) -> str:
    """Return the weak tag of the answer to a query on a snapshot, in one of two media types.

    Equal tags mean the same answer, not the same bytes: rows may come in another order, blank
    nodes under other labels, and all of it encoded in another way.

    >>> query_tag("a1", "text/csv", None, (), (), "ASK {}") == query_tag(
    ...     "a2", "text/csv", None, (), (), "ASK {}"
    ... )
    False
    """
    # The representation quotes and escapes, so that no part can be taken for two.
    text = repr((snapshot, solutions, graph, tuple(default_graphs), tuple(named_graphs), query))
    return f'W/"{blake2b(text.encode(), digest_size=DIGEST_BYTES).hexdigest()}"'


def strong_tag(body: bytes) -> str:
    """Return the strong tag of these very bytes, encoded as they are sent.

    >>> strong_tag(b"") == strong_tag(b" ")
    False
    """
    return f'"{blake2b(body, digest_size=DIGEST_BYTES).hexdigest()}"'


def matches(if_none_match: str | None, tag: str) -> bool:
    """Tell whether If-None-Match names a tag, compared weakly: `W/` makes no difference.

    What is no tag matches nothing; `*` matches whatever there is.

    >>> matches('"a", W/"b"', '"b"')
    True
    """
    if not if_none_match:
        return False
    if if_none_match.strip() == "*":
        return True
    opaque = tag.removeprefix("W/")
    if opaque not in if_none_match:
        return False
    return any(found.removeprefix("W/") == opaque for found in TAG.findall(if_none_match))
