"""The command `explain`: what a rule asks for, with an example."""

from __future__ import annotations

import difflib
from itertools import groupby
from typing import TYPE_CHECKING

import click

from allegiance.bundle import default_bundle
from allegiance.errors import UsageError
from allegiance.finding import rule_page
from allegiance.rule_pages import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["explain"]


@click.command("explain", epilog="Example: allegiance explain names/unknown")
@click.argument("rule", required=False)
def explain(rule: str | None) -> None:
    """Explain RULE, by its code or the address of its page; without RULE, list all rules."""
    folder = default_bundle().shapes / "rules"
    pages = {
        page.relative_to(folder).with_suffix("").as_posix(): page
        for page in sorted(folder.glob("*/*.md"))
    }
    if rule is None:
        click.echo(_listed(pages))
    else:
        click.echo(pages[_code(rule, pages)].read_text(encoding="utf-8").rstrip("\n"))


def _code(given: str, pages: Mapping[str, Path]) -> str:
    """Return the code that is meant; raises UsageError with the nearest one where it is unknown."""
    code = given.removeprefix(rule_page("")).strip("/")
    named = [known for known in pages if code in (known, known.partition("/")[2])]
    if len(named) == 1:
        return named[0]
    close = named or difflib.get_close_matches(code, [*pages, *_names(pages)], n=1)
    remedy = f"Did you mean {' or '.join(close)}?" if close else "`allegiance explain` lists all."
    message = f"There is no rule {given!r}. {remedy}"
    raise UsageError(message)


def _names(pages: Mapping[str, Path]) -> list[str]:
    return [code.partition("/")[2] for code in pages]


def _listed(pages: Mapping[str, Path]) -> str:
    order = list(FAMILIES)
    codes = sorted(pages, key=lambda code: (order.index(code.partition("/")[0]), code))
    parts = []
    for family, group in groupby(codes, key=lambda code: code.partition("/")[0]):
        rows = [f"  {code:<36} {_title(pages[code])}" for code in group]
        parts.append("\n".join([f"{FAMILIES[family]}:", *rows]))
    return "\n\n".join(parts)


def _title(page: Path) -> str:
    with page.open(encoding="utf-8") as lines:
        return lines.readline().partition(": ")[2].rstrip("\n")
