"""Propose rows for what has changed at Wikidata; a person looks at each before it counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from allegiance.links.tables import NO_TERM

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from allegiance.links.link import Link
    from allegiance.links.online_audit import Change
    from allegiance.wikidata.item import Item

__all__ = ["Proposal", "proposals_of"]

# The trust in a row that follows a redirect: less than one table that was compared.
FOLLOWED_CONFIDENCE = "0.5"


@dataclass(frozen=True, slots=True)
class Proposal:
    """Hold what to do with a link's row: change cells of it, remove it, or add one beside it.

    `values` are cells by column: those that change, or all that the new row has. `followed` is
    the item that the link's own redirects to, where the row is to lead there.
    """

    link: Link
    action: Literal["change", "remove", "add"]
    values: Mapping[str, str]
    followed: Item | None = None

    def __str__(self) -> str:
        """Name the proposal in a few words."""
        if self.action == "remove":
            return f"remove the row of {self.link.item} for {self.link.subject}"
        values = ", ".join(
            f"{column} {self.values[column]!r}"
            for column in ("predicate_modifier", "object_id", "object_label")
            if self.values.get(column)
        )
        return f"{self.action} a row of {self.link.subject}: {values}"


def proposals_of(changes: Iterable[Change], day: date) -> tuple[Proposal, ...]:
    """Return a proposal for each change that a row can answer, each once.

    Changed classes, and what the audit finds with the items as they are now, have none: somebody
    has to decide.
    """
    found: dict[tuple[str, str], Proposal] = {}
    for change in changes:
        for proposal in _proposals(change, day.isoformat()):
            # An entry refuses an item once, whichever of its links has led there.
            added = (change.link.subject, proposal.values.get("object_id", ""))
            key = added if proposal.action == "add" else (str(change.link.row.place), "")
            found.setdefault(key, proposal)
    return tuple(found.values())


def _proposals(change: Change, day: str) -> Iterator[Proposal]:
    link, other = change.link, change.other
    if change.what == "deleted":
        yield _without_item(link, day)
    elif change.what == "redirected" and other is not None:
        yield _followed(link, other, day)
    elif change.what == "label" and link.object_label not in {"", change.now}:
        yield Proposal(link, "change", {"object_label": _cell(change.now), "mapping_date": day})
    elif change.what == "twin" and other is not None:
        comment = f"Wikidata says that it is different from {link.item} (P1889), seen on {day}."
        yield _refusal(link, other, "semapv:BackgroundKnowledgeBasedMatching", comment, day)
    elif change.what == "namesake" and other is not None:
        comment = f"It bears the same name at Wikidata, seen on {day}; {link.item} is linked."
        yield _refusal(link, other, "semapv:LexicalMatching", comment, day)


def _without_item(link: Link, day: str) -> Proposal:
    if link.is_negated:
        return Proposal(link, "remove", {})
    values = {
        "predicate_id": "skos:exactMatch",
        "object_id": NO_TERM,
        "object_label": "",
        "mapping_justification": "semapv:UnspecifiedMatching",
        "reviewer_label": "",
        "reviewer_id": "",
        "confidence": "",
        "mapping_date": day,
        "names_differ": "",
        "comment": f"{link.item} was linked, and Wikidata has it no more, seen on {day}; "
        "no other was looked for.",
    }
    return Proposal(link, "change", values)


def _followed(link: Link, other: Item, day: str) -> Proposal:
    """Write the item that another one redirects to; that the two are one, nobody has checked."""
    values = {
        "object_id": f"wikidata:{other.id}",
        "object_label": _cell(other.labels.get("en", "")),
        "mapping_justification": "semapv:MappingChaining",
        "reviewer_label": "",
        "reviewer_id": "",
        "confidence": FOLLOWED_CONFIDENCE if link.confidence else "",
        "mapping_date": day,
        "comment": f"{_cell(link.comment)} {link.item} redirects to it at Wikidata, seen on {day}; "
        "not compared since.".lstrip(),
    }
    return Proposal(link, "change", values, other if link.is_positive else None)


def _refusal(link: Link, other: Item, justification: str, comment: str, day: str) -> Proposal:
    row = link.row.values
    values = {
        "subject_id": row["subject_id"],
        "subject_label": row.get("subject_label", ""),
        "predicate_modifier": "Not",
        # Not the same, and perhaps near: more is not known.
        "predicate_id": "skos:exactMatch",
        "object_id": f"wikidata:{other.id}",
        "object_label": _cell(other.labels.get("en", "")),
        "mapping_justification": justification,
        "author_label": row.get("author_label", ""),
        "author_id": row.get("author_id", ""),
        "mapping_date": day,
        "comment": comment,
    }
    return Proposal(link, "add", values)


def _cell(text: str) -> str:
    """Write a text as a cell: no tab and no line end may stand in it."""
    return " ".join(text.split())
