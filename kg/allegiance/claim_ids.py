"""Give ids to the claims of a document that have none yet.

An id is made of what the claim says, never of its number: reordering changes none, and an id that
stands in a file is never touched.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from allegiance.located import Located

__all__ = ["ids_to_assign", "slug_of"]

_WORDS = 8
_LENGTH = 60
_DIGITS = 6
# What a reader does not miss in an id.
_DROPPED = frozenset({"a", "an", "the"})


def slug_of(sentence: str) -> str:
    """Make an id of the first words of a sentence; empty where it has no letter of the alphabet.

    >>> slug_of("The Houthis, in Yemen, are backed by Iran's leaders.")
    'houthis-in-yemen-are-backed-by-irans-leaders'
    """
    folded = unicodedata.normalize("NFKD", sentence).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", folded.replace("'", ""))
    kept = [word for word in words if word not in _DROPPED][:_WORDS]
    while len("-".join(kept)) > _LENGTH and len(kept) > 1:
        kept.pop()
    return "-".join(kept)[:_LENGTH].strip("-")


def ids_to_assign(document: Located) -> Mapping[tuple[int, int], Mapping[str, str]]:
    """Return the ids for the claims without one, by the place (line, column) of each claim."""
    found = document.get("claims")
    claims = [claim for claim in (found.items or () if found else ()) if claim.entries is not None]
    named = [claim.get("id") for claim in claims]
    taken = {name.text for name in named if name is not None}
    nameless = [claim for claim, name in zip(claims, named, strict=True) if name is None]
    wanted = [_wanted(claim) for claim in nameless]
    assigned: dict[tuple[int, int], Mapping[str, str]] = {}
    for claim, name in zip(nameless, wanted, strict=True):
        is_contested = not name or name in taken or wanted.count(name) > 1
        free = _told_apart(name, claim) if is_contested else name
        number = 1
        while free in taken:  # word for word the same claim
            number += 1
            free = f"{_told_apart(name, claim)}-{number}"
        taken.add(free)
        assigned[claim.place.line, claim.place.column] = {"id": free}
    return assigned


def _wanted(claim: Located) -> str:
    says = claim.get("says")
    return slug_of(says.text or "") if says is not None else ""


def _told_apart(name: str, claim: Located) -> str:
    content = json.dumps(claim.plain_value(), sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(content.encode()).hexdigest()[:_DIGITS]
    return f"{name or 'claim'}-{digest}"
