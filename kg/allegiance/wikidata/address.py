"""Read the addresses that people write for an item of Wikidata, and give the one that joins."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["ENTITY", "entity_iri", "is_item_id", "item_id"]

ENTITY: Final = "http://www.wikidata.org/entity/"

# Wikidata numbers its items with 31 bits, so ten digits are enough.
_ID = r"(?P<id>Q[1-9][0-9]{0,9})"
_BARE = re.compile(_ID, re.ASCII)
# Schemes and hosts may be in any case; what follows them may not.
_ADDRESS = re.compile(
    r"(?i:https?://(?:www\.|m\.|www\.m\.)?wikidata\.org)/(?:wiki|entity)/"
    + _ID
    + r"(?:[?#][^\s\x00-\x1f\x7f]*)?",
    re.ASCII,
)
_PREFIX: Final = "wikidata:"


def is_item_id(text: str) -> bool:
    r"""Tell whether a text is the id of an item, as Wikidata writes it and nothing else.

    >>> [is_item_id(text) for text in ("Q42", "Q0", "Q042", "q42", "Q42\n", "P31")]
    [True, False, False, False, False, False]
    """
    return _BARE.fullmatch(text) is not None


def item_id(text: str) -> str | None:
    """Return the id within an id, a prefixed name or an address of a page; None if there is none.

    >>> item_id("https://m.wikidata.org/wiki/Q794#P31")
    'Q794'
    """
    bare = text.removeprefix(_PREFIX)
    found = _BARE.fullmatch(bare) or _ADDRESS.fullmatch(text)
    return found["id"] if found else None


def entity_iri(text: str) -> str | None:
    r"""Return the one IRI of an item by which graphs join; None where the text names no item.

    Accepts Q794, wikidata:Q794 and the addresses of pages and entities, secure or not, on the
    plain, `www.` and `m.` hosts. Blanks and line ends around it are refused, not taken away:
    they would come back in a table as another item.

    >>> entity_iri("https://www.wikidata.org/wiki/Q794")
    'http://www.wikidata.org/entity/Q794'
    >>> entity_iri("Q42\n") is None
    True
    """
    found = item_id(text)
    return None if found is None else ENTITY + found
