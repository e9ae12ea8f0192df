"""The commands `links ...`: what is wrong with the links to Wikidata."""

from __future__ import annotations

import datetime
import sys
from collections import Counter
from typing import TYPE_CHECKING

import click

from allegiance.commands.options import chosen_bundle, report_option, report_text, root_option
from allegiance.corpus import read_corpus
from allegiance.errors import DataError
from allegiance.finding import Report, Severity
from allegiance.links.ageing import old_links
from allegiance.links.checking import check_links, read_links, shipped_index
from allegiance.links.link import EXACT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from allegiance.links.link import Link

__all__ = ["links"]


@click.group("links", epilog="Example: allegiance links audit")
def links() -> None:
    """Look after the links from entries to items of Wikidata."""


@links.command("audit", epilog="Example: allegiance links audit --format sarif > links.sarif")
@report_option
@click.option(
    "--older-than",
    type=click.IntRange(min=0),
    default=365,
    show_default=True,
    metavar="DAYS",
    help="Hint at rows that were decided longer ago.",
)
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day to reckon from; by default today.",
)
@root_option
def audit(form: str, older_than: int, as_of: datetime.datetime | None, root: Path | None) -> None:
    """Hold all links against the snapshot of Wikidata and each other, without the network."""
    bundle = chosen_bundle(root)
    corpus = read_corpus(bundle)
    violations = [found for found in corpus.findings if found.severity is Severity.VIOLATION]
    if violations:
        raise DataError(violations)
    today = as_of.date() if as_of else datetime.datetime.now(tz=datetime.UTC).date()
    rows = read_links(corpus)
    report = Report.of([*check_links(corpus), *old_links(rows, today, older_than)])
    click.echo(report_text(form, report, bundle))
    click.echo(_counts(rows), err=True)
    if shipped_index(bundle) is None:
        message = f"There is no {bundle.relative(bundle.data)}/wikidata: no item was compared."
        click.echo(message, err=True)
    sys.exit(not report.conforms)


def _counts(rows: Iterable[Link]) -> str:
    """Tell in a line how many rows say what.

    >>> _counts([])
    '0 rows: 0 exact, 0 close, 0 refused, 0 without an item.'
    """
    found = Counter(_kind(link) for link in rows)
    kinds = ("exact", "close", "refused", "without an item")
    told = ", ".join(f"{found[kind]} {kind}" for kind in kinds)
    return f"{found.total()} rows: {told}."


def _kind(link: Link) -> str:
    if link.is_negated:
        return "refused"
    if link.item is None:
        return "without an item"
    return "exact" if link.predicate == EXACT else "close"
