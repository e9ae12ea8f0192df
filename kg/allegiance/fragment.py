"""Link a passage to its place in the live page, by a text fragment.

Specification: https://wicg.github.io/scroll-to-text-fragment/#syntax
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from allegiance.document import Passage

__all__ = ["passage_link"]


def passage_link(url: str, passage: Passage) -> str:
    """Return the page's address with a fragment that selects the passage.

    Browsers that know text fragments scroll to the words and mark them; others open the page.
    """
    if passage.quote is not None:
        selected = _percent(passage.quote)
    else:
        selected = f"{_percent(passage.starts or '')},{_percent(passage.ends or '')}"
    return f"{url.partition('#')[0]}#:~:text={selected}"


def _percent(words: str) -> str:
    """Escape also the three signs that separate the parts of a fragment: `-`, `,` and `&`."""
    return quote(words, safe="").replace("-", "%2D")
