"""What wbsearchentities answers: the items of which a name begins like the one that was asked for.

https://www.wikidata.org/w/api.php?action=help&modules=wbsearchentities
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from allegiance.wikidata.address import is_item_id

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SearchAnswer", "SearchHit", "search_answer"]


@dataclass(frozen=True, slots=True)
class SearchHit:
    """Hold an item and the names of it that the search has shown: label, aliases, what matched."""

    id: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """Hold the hits, the best first; `has_more` where the API knows of others."""

    hits: tuple[SearchHit, ...]
    has_more: bool = False


def search_answer(answer: Mapping[str, Any]) -> SearchAnswer:
    """Read an answer of the API; what is no item is passed over.

    Raises KeyError, TypeError, ValueError or AttributeError where it is of another form.

    >>> search_answer({"search": [{"id": "Q794", "label": "Iran"}], "search-continue": 50})
    SearchAnswer(hits=(SearchHit(id='Q794', names=('Iran',)),), has_more=True)
    """
    hits = tuple(_hit(each) for each in answer["search"] if is_item_id(each["id"]))
    return SearchAnswer(hits, "search-continue" in answer)


def _hit(found: Mapping[str, Any]) -> SearchHit:
    names = (found.get("label"), found.get("match", {}).get("text"), *found.get("aliases", ()))
    return SearchHit(found["id"], tuple(dict.fromkeys(name for name in names if name)))
