"""Check that each row says who decided it, when, how, and on what evidence."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Final

from allegiance.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allegiance.links.link import Link

__all__ = ["JUSTIFICATIONS", "evidence_findings"]

# The terms of the Semantic Mapping Vocabulary for how a link was made.
JUSTIFICATIONS: Final = frozenset(
    f"semapv:{name}"
    for name in (
        "BackgroundKnowledgeBasedMatching",
        "CompositeMatching",
        "InstanceBasedMatching",
        "LexicalMatching",
        "LexicalSimilarityThresholdMatching",
        "LogicalReasoning",
        "ManualMappingCuration",
        "MappingChaining",
        "MappingReview",
        "SemanticSimilarityThresholdMatching",
        "StructuralMatching",
        "UnspecifiedMatching",
    )
)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CONFIDENCE: Final = re.compile(r"0(\.\d{1,6})?|1(\.0{1,6})?", re.ASCII)
_MODIFIERS: Final = ("", "Not")


def evidence_findings(link: Link) -> Iterator[Finding]:
    """Give what a row lacks: an author, a day, a justification that is one, a comment."""
    modifier = link.row.values.get("predicate_modifier", "")
    if modifier not in _MODIFIERS:
        message, remedy = f"{modifier!r} is no modifier.", "Write Not, or leave it empty."
        yield Finding(link.place_of("predicate_modifier"), "links/evidence", message, remedy)
    if link.justification not in JUSTIFICATIONS:
        message = f"{link.justification!r} does not say how the link was made."
        remedy = "Write a term of semapv, such as semapv:ManualMappingCuration."
        place = link.place_of("mapping_justification")
        yield Finding(place, "links/evidence", message, remedy)
    if link.is_positive and link.justification == "semapv:UnspecifiedMatching":
        message = "The link does not say how it was made."
        remedy = "Write semapv:ManualMappingCuration where somebody has compared the two."
        place = link.place_of("mapping_justification")
        yield Finding(place, "links/evidence", message, remedy)
    for column, text, remedy in (
        ("author_label", link.author, "Say who decided it."),
        ("comment", link.comment, "Say what the link rests on: the tables or pages that agree."),
    ):
        if not text.strip():
            message = f"The row has no {column}."
            yield Finding(link.place_of(column), "links/evidence", message, remedy)
    if link.confidence and not _CONFIDENCE.fullmatch(link.confidence):
        message = f"{link.confidence!r} is no confidence."
        remedy = "Write a number from 0 to 1, such as 0.85, or leave it empty."
        yield Finding(link.place_of("confidence"), "links/evidence", message, remedy)
    if not _is_day(link.date):
        message = f"{link.date!r} is no day." if link.date else "The row has no mapping_date."
        remedy = "Write the day on which it was decided: 2026-11-21."
        yield Finding(link.place_of("mapping_date"), "links/evidence", message, remedy)


def _is_day(text: str) -> bool:
    if not _DAY.fullmatch(text):
        return False
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True
