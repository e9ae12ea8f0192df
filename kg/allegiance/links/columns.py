"""The columns of a table of links: those of SSSOM, and one of our own.

https://mapping-commons.github.io/sssom/Mapping/ lists the slots of a mapping.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from allegiance.closest_name import closest_name
from allegiance.finding import Finding, Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["COLUMNS", "column_findings"]

# In the order of the tables of the project.
COLUMNS: Final = (
    "subject_id",
    "subject_label",
    "predicate_modifier",
    "predicate_id",
    "object_id",
    "object_label",
    "mapping_justification",
    "author_label",
    "reviewer_label",
    "confidence",
    "mapping_date",
    "names_differ",
    "comment",
)
_REQUIRED: Final = ("subject_id", "predicate_id", "object_id", "mapping_justification")
_OTHER_SLOTS: Final = frozenset(
    {
        *(f"{end}_category" for end in ("subject", "object")),
        *(f"{end}_match_field" for end in ("subject", "object")),
        *(f"{end}_preprocessing" for end in ("subject", "object")),
        *(f"{end}_source" for end in ("subject", "object", "mapping")),
        *(f"{end}_source_version" for end in ("subject", "object")),
        *(f"{end}_type" for end in ("subject", "object", "predicate")),
        *("author_id", "creator_id", "creator_label", "reviewer_id", "reviewer_agreement"),
        *("cardinality_scope", "curation_rule", "curation_rule_text", "issue_tracker_item"),
        *("license", "mapping_cardinality", "mapping_provider", "mapping_tool"),
        *("mapping_tool_id", "mapping_tool_version", "match_string", "other", "predicate_label"),
        *("publication_date", "record_id", "review_date", "see_also"),
        *("similarity_measure", "similarity_score"),
    }
)


def column_findings(place: Place, columns: Sequence[str]) -> Iterator[Finding]:
    """Give what is wrong with a line of column names: missing, double and unknown ones."""
    if len(columns) == 1:
        message = "The columns are not separated by tabs."
        remedy = "Save the table as tab-separated text in UTF-8, not with commas or semicolons."
        yield Finding(place, "links/columns", message, remedy)
        return
    for missing in (column for column in _REQUIRED if column not in columns):
        message = f"The table has no column {missing!r}."
        remedy = f"Add it to the line of column names: {', '.join(_REQUIRED)}."
        yield Finding(place, "links/columns", message, remedy)
    for column, count in Counter(columns).items():
        if count > 1:
            message = f"The column {column!r} stands {count} times."
            remedy = "Keep one of them: of the others, nothing would be read."
            yield Finding(place, "links/columns", message, remedy)
        if column not in COLUMNS and column not in _OTHER_SLOTS:
            close = closest_name(column, COLUMNS)
            message = f"{column!r} is no column of SSSOM, so that nobody would read it."
            remedy = f"Did you mean {close!r}?" if close else "Write it into `comment`."
            yield Finding(place, "links/columns", message, remedy)
