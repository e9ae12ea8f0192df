"""Compare two stores, and hold what differs as sentences in the order of a review.

Values are compared, never lines: another order of the claims, a comment or another layout is no
difference. What makes no triple (notes, passages without a claim) is not compared.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from allegiance.reports.escaping import counted, json_text, visible
from allegiance.reports.summary import markdown
from allegiance.review.claim_changes import claim_changes
from allegiance.review.comparison_changes import comparison_changes
from allegiance.review.link_changes import link_changes
from allegiance.review.new_claims import MOST, fitting
from allegiance.review.renaming import find_renamed
from allegiance.review.side import read_side
from allegiance.review.thing_changes import thing_changes
from allegiance.review.view_changes import view_changes
from allegiance.review.wording import joined, wording_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pyoxigraph import Store

    from allegiance.review.change import Change
    from allegiance.review.link_changes import Links

__all__ = ["Difference", "difference"]

VIEW_STAYS = "The asserted view stays as it is."
_SECTIONS: Mapping[str, tuple[str, ...]] = {
    "Look at these first": ("attention",),
    "The asserted view": ("edge", "content", "support"),
    "How claims stand to each other": ("comparison",),
    "Claims": ("claim",),
    "Documents": ("document",),
    "Register": ("entry",),
    "Captured pages": ("capture",),
    "Links": ("link",),
}
# Of each section: GitHub drops a summary of more than 1 MiB whole.
_MOST_BYTES = 50_000
_NOUNS = {
    "claim": ("claim", "claims"),
    "document": ("document", "documents"),
    "entry": ("register entry", "register entries"),
    "capture": ("captured page", "captured pages"),
    "link": ("link", "links"),
    "edge": ("edge", "edges"),
    "comparison": ("comparison", "comparisons"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """Hold all changes; `against` says in words what is compared with."""

    changes: tuple[Change, ...]
    against: str = ""

    @property
    def view_stays(self) -> bool:
        """Tell whether the asserted view says after the change what it said before."""
        return not any(change.kind in {"edge", "content"} for change in self.changes)

    @property
    def size(self) -> str:
        """Count the changes in one sentence."""
        counts = Counter((change.kind, change.action) for change in self.changes)
        words = [
            f"{count} {_NOUNS[kind][count != 1]} {action}"
            for kind in _NOUNS
            for action in ("added", "removed", "altered", "renamed")
            if (count := counts[kind, action])
        ]
        return f"{joined(words)}." if words else "No claim, entry, document or link differs."

    def sections(self) -> Iterator[tuple[str, tuple[Change, ...]]]:
        """Give each section's title and changes; empty sections are left out."""
        for title, kinds in _SECTIONS.items():
            found = [change for change in self.changes if change.kind in kinds]
            # A claim that becomes asserted is what a reviewer must see before all else.
            found.sort(key=lambda change: change.action != "asserted")
            if found:
                yield title, tuple(found)

    def as_text(self) -> str:
        """Write the difference for a terminal."""
        lines = [f"Compared with {visible(self.against)}."] if self.against else []
        lines += [self.size, *([VIEW_STAYS] if self.view_stays else [])]
        for title, changes in self.sections():
            lines += ["", title, *(f"  - {visible(change.sentence)}" for change in changes)]
        return "\n".join(lines) + "\n"

    def as_markdown(self, new_claims: str = "") -> str:
        """Write the difference for a pull request; nothing that contributors wrote is markup.

        A table of the new claims, where one is given, stands in place of their sentences.
        """
        lines = ["## What this change does", ""]
        if self.against:
            lines += [f"Compared with {markdown(self.against)}.", ""]
        lines += [self.size, *(["", VIEW_STAYS] if self.view_stays else [])]
        for title, changes in self.sections():
            told = [change for change in changes if not (new_claims and _is_new_claim(change))]
            if told:
                lines += ["", f"### {title}", "", *_bullets(told)]
        if new_claims:
            lines += ["", "### New claims", "", new_claims.rstrip("\n")]
        return "\n".join(lines) + "\n"

    def as_json(self) -> str:
        """Write the difference as one JSON object, with every change and its altered parts."""
        content = {
            "against": self.against,
            "size": self.size,
            "viewStays": self.view_stays,
            "changes": [asdict(change) for change in self.changes],
        }
        return json_text(content) + "\n"


def difference(
    before: Store,
    after: Store,
    links: tuple[Links, Links] | None = None,
    against: str = "",
) -> Difference:
    """Compare the store of a base with that of a change.

    `links` are the rows of kg/data/links on both sides, None where one side does not hold them.
    """
    old, new = read_side(before), read_side(after)
    was, now = wording_of(old), wording_of(new)
    renaming = find_renamed(old, new)
    changes = (
        *claim_changes(old, new, renaming, was, now),
        *view_changes(old, new, renaming, was, now),
        *comparison_changes(old, new, renaming, was, now),
        *thing_changes(old, new, was, now),
        *(() if links is None else link_changes(*links, was, now)),
    )
    return Difference(changes, against)


def _is_new_claim(change: Change) -> bool:
    return change.kind == "claim" and change.action == "added"


def _bullets(changes: Sequence[Change]) -> list[str]:
    found = fitting([f"- {markdown(change.sentence)}" for change in changes[:MOST]], _MOST_BYTES)
    left = len(changes) - len(found)
    if left > 0:
        found.append(f"- {counted(left, 'sentence')} left out here. `allegiance diff` shows all.")
    return found
