"""The commands `links ...`: what is wrong with the links to Wikidata, or has changed there."""

from __future__ import annotations

import datetime
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from allegiance.commands.online_auditing import audit_online
from allegiance.commands.options import chosen_bundle, report_option, report_text, root_option
from allegiance.commands.wikidata_api import api_options, chosen_api
from allegiance.corpus import read_corpus
from allegiance.errors import DataError, UsageError
from allegiance.finding import Report, Severity
from allegiance.links.ageing import old_links
from allegiance.links.checking import check_links, read_links, shipped_index
from allegiance.links.link import EXACT
from allegiance.links.online_table import change_table
from allegiance.links.unanswered import unanswered

if TYPE_CHECKING:
    from collections.abc import Iterable

    from allegiance.links.link import Link

__all__ = ["links"]


@click.group("links", epilog="Example: allegiance links audit")
def links() -> None:
    """Look after the links from entries to items of Wikidata."""


@links.command(
    "audit",
    short_help="Check the links, offline or with --online.",
    epilog="Example: allegiance links audit --format sarif > links.sarif    "
    "With internet: allegiance links audit --online --contact graph@example.org --patch new.patch",
)
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
@click.option("--online", is_flag=True, help="Ask Wikidata, too, what has changed there.")
@click.option(
    "--patch",
    type=click.Path(path_type=Path, dir_okay=False),
    help="With --online: where to write the changes that could be made, to review.",
)
@click.option(
    "--search/--no-search",
    default=True,
    help="With --online: look for namesakes, a request for each name.  [default: search]",
)
@api_options
@root_option
def audit(  # noqa: PLR0913 - one parameter for each option
    form: str,
    older_than: int,
    as_of: datetime.datetime | None,
    patch: Path | None,
    root: Path | None,
    *,
    online: bool,
    search: bool,
    **asking: Any,  # noqa: ANN401 - the options of the API, whatever their types
) -> None:
    """Hold all links against the snapshot of Wikidata and each other, without the network.

    With --online, hold them against Wikidata itself as well. The tables are never changed. The
    exit status is 1 where there are violations, and 2 where not everything could be looked at.
    """
    if not online:
        _refuse_online_options(click.get_current_context())
    bundle = chosen_bundle(root)
    corpus = read_corpus(bundle)
    violations = [found for found in corpus.findings if found.severity is Severity.VIOLATION]
    if violations:
        raise DataError(violations)
    today = as_of.date() if as_of else datetime.datetime.now(tz=datetime.UTC).date()
    rows = read_links(corpus)
    api = chosen_api(**asking) if online else None
    asked = audit_online(corpus, api, today, patch, searching=search) if api else None
    findings = [*check_links(corpus), *old_links(rows, today, older_than)]
    if Report.of(findings).conforms:
        # Before that, what a faulty row answers would seem to lack an answer.
        findings += unanswered(rows, corpus)
    report = Report.of([*findings, *(asked.findings if asked else ())])
    click.echo(report_text(form, report, bundle))
    if asked and form == "text":
        click.echo(f"\n{change_table(asked.changes, is_whole=asked.survey.is_whole)}")
    click.echo(_counts(rows), err=True)
    if shipped_index(bundle) is None:
        message = f"There is no {bundle.relative(bundle.data)}/wikidata: no item was compared."
        click.echo(message, err=True)
    sys.exit(2 if asked and not asked.survey.is_whole else not report.conforms)


def _refuse_online_options(context: click.Context) -> None:
    """Refuse what means something only with --online: who wrote it expects it to be heeded."""
    for name in ("patch", "search", "contact", "endpoint", "pause", "timeout"):
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            message = f"--{name} is for asking Wikidata. Add --online, or leave it out."
            raise UsageError(message)


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
