"""Read the cases of tests/contributions: a sound checkout with one thing changed in it.

A case is data: which text of which file is replaced by what, which rule has to find it, and where.
The sign `‸` stands in the new text before the character at which the finding has to point; it is
taken out when the change is made.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from allegiance.errors import AllegianceError
from allegiance.finding import Place, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["SIGN", "Case", "Change", "lay_out", "load_cases"]

SIGN = "‸"
_DATA = "kg/data"
_SHARED = ("ontology", "shapes", "kg/rules", "kg/queries", "kg/data/schema")


@dataclass(frozen=True, slots=True)
class Change:
    """Hold one change of a file below kg/data: `by` instead of `old`, or instead of everything."""

    file: str
    old: str | None
    by: str
    times: int
    encoding: str

    def applied(self, text: str) -> str:
        """Return the changed text, with the sign still in it.

        Raises AllegianceError where the text to replace does not stand in the file exactly once.
        """
        new = self.by * self.times
        if self.old is None:
            return new
        if text.count(self.old) != 1:
            message = f"{self.old!r} stands {text.count(self.old)} times in {self.file}, not once."
            raise AllegianceError(message)
        return text.replace(self.old, new)


@dataclass(frozen=True, slots=True)
class Case:
    """Hold a case: what is changed, and the rule that has to find it; a right case has no rule.

    `at` is a text with the sign, where the finding stands elsewhere than in the change; `found_in`
    the file of the finding, where it is another one. With `captures`, the pages are at hand.
    """

    name: str
    what: str
    changes: tuple[Change, ...]
    rule: str | None
    severity: Severity
    at: str | None
    found_in: str
    captures: bool

    def texts(self, base: Path) -> Mapping[str, str]:
        """Return the files that are changed, by path below kg/data, with the sign in them."""
        texts: dict[str, str] = {}
        for change in self.changes:
            file = base / _DATA / change.file
            before = texts.get(change.file) or (file.read_text("utf-8") if file.is_file() else "")
            texts[change.file] = change.applied(before)
        return texts

    def place(self, base: Path) -> Place:
        """Return where the finding has to stand.

        Raises AllegianceError where the sign does not say so exactly once.
        """
        text, name = self.marked(base), f"{_DATA}/{self.found_in}"
        if text.count(SIGN) != 1:
            message = f"{self.name}: the place is marked {text.count(SIGN)} times, not once."
            raise AllegianceError(message)
        before = text[: text.index(SIGN)]
        return Place(name, before.count("\n") + 1, len(before) - before.rfind("\n"))

    def marked(self, base: Path) -> str:
        """Return the text of the file in which the finding stands, with the sign before it."""
        file = base / _DATA / self.found_in
        text = self.texts(base).get(self.found_in) or (
            file.read_text("utf-8") if file.is_file() else ""
        )
        if self.at is None:
            return text
        plain = self.at.replace(SIGN, "")
        return Change(self.found_in, plain, self.at, 1, "utf-8").applied(text) if plain else self.at


def load_cases(file: Path) -> tuple[Case, ...]:
    """Read the cases of a stage."""
    rows = yaml.safe_load(file.read_text(encoding="utf-8"))
    return tuple(_case(row, captures=file.stem in {"evidence", "right"}) for row in rows)


def _case(row: Mapping[str, Any], *, captures: bool) -> Case:
    return Case(
        name=row["name"],
        what=row["what"],
        changes=tuple(_change(part) for part in [row, *row.get("also", ())]),
        rule=row.get("rule"),
        severity=Severity(row.get("severity", "violation")),
        at=row.get("at"),
        found_in=row.get("found_in", row["file"]),
        captures=captures,
    )


def _change(row: Mapping[str, Any]) -> Change:
    return Change(
        file=row["file"],
        old=row.get("replace"),
        by=row.get("by", row.get("write", "")),
        times=row.get("times", 1),
        encoding=row.get("encoding", "utf-8"),
    )


def lay_out(base: Path, root: Path, project: Path, case: Case | None = None) -> None:
    """Copy the base to a folder that is not there yet, share the rest, and make the case's change.

    `project` is the checkout that ontology, shapes, rules and schemas are taken from. A file whose
    path ends in a slash is made a folder.
    """
    shutil.copytree(base, root)
    for shared in _SHARED:
        target = root / shared
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(project / shared)
    if case is None:
        return
    encodings = {change.file: change.encoding for change in case.changes}
    for name, text in case.texts(base).items():
        file = root / _DATA / name
        if name.endswith("/"):
            file.mkdir()
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.replace(SIGN, "").encode(encodings[name]))
