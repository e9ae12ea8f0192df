"""Write a page for each rule, with a wrong and a right example from tests/contributions.

`allegiance.generate` writes the pages into shapes/rules; `allegiance explain` shows them.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

import yaml

from allegiance.contribution_case import SIGN, load_cases
from allegiance.rule_book import read_rule_book

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from allegiance.bundle import Bundle
    from allegiance.contribution_case import Case
    from allegiance.rule_book import Rule

__all__ = ["FAMILIES", "rule_pages"]

FAMILIES: Mapping[str, str] = {
    "syntax": "The file can be read",
    "structure": "The file has the keys and values of the format",
    "names": "Every id leads somewhere, every date is one",
    "evidence": "Every passage stands where the claim says",
    "shape": "What the model promises",
    "integrity": "What holds between claims",
    "links": "Tables of links to other data",
}
_RIGHT_FILES = {"actors": "actors.yaml", "sources": "lake-sorrow-talks.yaml"}
_TABLE = "wikidata.sssom.tsv"
_INTRODUCTION = """\
# The rules

Each rule by which contributions are judged, with a page of its own: what is wrong, how to mend it,
why, and an example. The pages are written by `make generate`; `allegiance explain RULE` shows them
in the terminal."""
_WIDTH = 118
_AROUND = 1


def rule_pages(bundle: Bundle) -> Mapping[Path, str]:
    """Return the pages of all rules and their index, by path.

    Reads the cases of the checkout, so that it runs at development time only.
    """
    folder, contributions = bundle.shapes / "rules", bundle.root / "tests" / "contributions"
    cases: dict[str, Case] = {}
    for file in sorted(contributions.glob("*.yaml")):
        for case in () if file.stem == "elsewhere" else load_cases(file):
            if case.rule is not None:
                cases.setdefault(case.rule, case)
    groups = yaml.safe_load((contributions / "elsewhere.yaml").read_text(encoding="utf-8"))
    whys = {rule: str(group["why"]) for group in groups for rule in group["rules"]}
    elsewhere = dict(whys)
    for rule, example in _turtle_examples(bundle.root):
        if rule in elsewhere:
            elsewhere[rule] = f"{whys[rule]} An example in RDF: `{example}`."
    rules = read_rule_book(bundle.shapes)
    pages = {
        folder / f"{code}.md": _page(
            rule, cases.get(code), elsewhere.get(code, ""), contributions / "base"
        )
        for code, rule in rules.items()
    }
    return pages | {folder / "README.md": _index(rules.values())}


def _turtle_examples(root: Path) -> Iterator[tuple[str, str]]:
    for file in sorted((root / "tests" / "shapes").glob("*/invalid.*.ttl"), reverse=True):
        for name in re.findall(r"^# expect: (\S+)", file.read_text("utf-8"), re.MULTILINE):
            yield f"shape/{name}", file.relative_to(root).as_posix()


def _page(rule: Rule, case: Case | None, elsewhere: str, base: Path) -> str:
    parts = [
        f"# `{rule.code}`: {rule.title}",
        f"Severity: {rule.severity}. Group: {FAMILIES[rule.family].lower()}.",
        f"**What is wrong.** {rule.wrong}",
        f"**How to mend it.** {rule.mend}",
        f"**Why.** {rule.why}",
    ]
    if case is None:
        parts.append(f"No contribution in YAML breaks this rule. {elsewhere}")
    else:
        parts += _examples(case, base)
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _examples(case: Case, base: Path) -> Iterator[str]:
    text = case.marked(base)
    yield f"## Wrong\n\n{case.what} The finding points at the sign `^`."
    yield _block(case.found_in, _shown(text, _touched(case, text)))
    change = case.changes[0]
    right = change.file
    if change.old is None:
        kind = change.file.partition("/")[0]
        right = f"{kind}/{_RIGHT_FILES.get(kind, _TABLE)}"
    file = base / "kg" / "data" / right
    whole = file.read_text(encoding="utf-8")
    start = 0 if change.old is None else whole.index(change.old)
    end = start if change.old is None else start + len(change.old.rstrip("\n"))
    first, last = whole.count("\n", 0, start), whole.count("\n", 0, end)
    chosen = set(range(first - _AROUND, last + _AROUND + 1 + (change.old is None) * 2))
    yield "## Right"
    yield _block(right, _shown(whole, chosen))


def _touched(case: Case, text: str) -> set[int]:
    """Choose the lines of the changed file to show: around the sign, and around the change."""
    line = text.count("\n", 0, text.find(SIGN)) if SIGN in text else 0
    lines = set(range(line - _AROUND, line + _AROUND + 1))
    change = case.changes[0]
    plain, new = text.replace(SIGN, ""), change.by.replace(SIGN, "").rstrip("\n")
    if new and change.times == 1 and change.file == case.found_in and plain.count(new) == 1:
        first = plain.count("\n", 0, plain.index(new))
        lines.update(range(first - _AROUND, first + new.count("\n") + _AROUND + 1))
    return lines


def _shown(text: str, chosen: Iterable[int]) -> str:
    """Show lines of a text, with a caret below the sign and points where lines are left out."""
    if not text.replace(SIGN, ""):
        return ""
    lines, before = text.split("\n"), -1
    shown: list[str] = []
    for number in sorted(number for number in chosen if 0 <= number < len(lines)):
        if number > before + 1 and shown:
            shown.append("...")
        line, before = lines[number], number
        shown.append(_visible(line.replace(SIGN, ""))[:_WIDTH])
        if SIGN in line:
            caret = len(_visible(line[: line.index(SIGN)]))
            if caret < _WIDTH:
                shown.append(" " * caret + "^")
    return "\n".join(shown).strip("\n")


def _visible(text: str) -> str:
    return "".join(
        sign if sign.isprintable() else "<tab>" if sign == "\t" else f"<U+{ord(sign):04X}>"
        for sign in text
    )


def _block(name: str, text: str) -> str:
    return f"`kg/data/{name}`\n\n```text\n{text}\n```" if text.strip() else f"`kg/data/{name}`"


def _index(rules: Iterable[Rule]) -> str:
    sections = [_INTRODUCTION]
    order = list(FAMILIES)
    ordered = sorted(rules, key=lambda rule: (order.index(rule.family), rule.code))
    for family, group in groupby(ordered, key=lambda rule: rule.family):
        rows = "\n".join(
            f"| [`{rule.code}`]({rule.code}.md) | {rule.severity} | {rule.title} |"
            for rule in group
        )
        head = "| rule | severity | title |\n|---|---|---|\n"
        sections.append(f"## {FAMILIES[family]}\n\n{head}{rows}")
    return "\n\n".join(sections) + "\n"
