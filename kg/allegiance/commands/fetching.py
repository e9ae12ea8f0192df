"""The command `links fetch`: the offline tables of Wikidata renewed from its API."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from allegiance.commands.options import chosen_bundle, root_option
from allegiance.commands.wikidata_api import api_options, chosen_api, journal_file, tell
from allegiance.errors import EndpointError, UsageError
from allegiance.wikidata.address import item_id
from allegiance.wikidata.fetch import batches, fetch_outcomes, write_outcomes
from allegiance.wikidata.fetch_journal import alone, open_journal
from allegiance.wikidata.index import WikidataIndex, index_folder

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from allegiance.wikidata.entity_api import EntityApi
    from allegiance.wikidata.fetch_journal import FetchJournal

__all__ = ["fetch"]


@click.command(
    "fetch",
    short_help="Renew the offline index from Wikidata.",
    epilog="Example: allegiance links fetch --contact graph@example.org "
    "(a run that was stopped goes on where it was).",
)
@click.argument("items", nargs=-1, metavar="[ITEM]...")
@api_options
@click.option("--dry-run", is_flag=True, help="Say what would be asked; ask and write nothing.")
@click.option("--restart", is_flag=True, help="Forget a run that was not finished.")
@root_option
def fetch(  # noqa: PLR0913 - one parameter for each option
    items: tuple[str, ...],
    contact: str,
    endpoint: str,
    pause: float,
    timeout: float,
    root: Path | None,
    *,
    dry_run: bool,
    restart: bool,
) -> None:
    """Renew the tables in kg/data/wikidata: all their items, or the ITEMs given.

    An ITEM is an id or the address of a page; new ones are added to the tables. Items that were
    redirected or deleted are reported and left as they were; the exit status is then 1.
    """
    bundle = chosen_bundle(root)
    folder = index_folder(bundle)
    given = [_id(item) for item in items]
    if dry_run:
        ids = given or list(WikidataIndex.load(folder).by_id)
        count, requests = len(set(ids)), len(batches(ids))
        click.echo(f"{count} items would be asked of {endpoint}, in {requests} requests.")
        return
    api = chosen_api(contact, endpoint, pause, timeout)
    file = journal_file(bundle)
    with alone(file):
        index = WikidataIndex.load(folder)
        journal = _journal(file, endpoint, restart=restart)
        _ask(given or list(index.by_id), api, journal)
        report = write_outcomes(folder, index, journal)
    click.echo("".join(f"{remark}\n" for remark in report.remarks), nl=False)
    click.echo(f"Items renewed: {report.renewed}. Remarks: {len(report.remarks)}.")
    sys.exit(1 if report.remarks else 0)


def _journal(file: Path, endpoint: str, *, restart: bool) -> FetchJournal:
    if restart:
        file.unlink(missing_ok=True)
    return open_journal(file, endpoint, _today())


def _ask(ids: list[str], api: EntityApi, journal: FetchJournal) -> None:
    try:
        fetch_outcomes(ids, api, journal, _today(), _tell_progress)
    except EndpointError as error:
        message = f"{error} What was answered is kept: the same command goes on from there."
        raise EndpointError(message) from error


def _today() -> date:
    return datetime.now(UTC).date()


def _id(text: str) -> str:
    found = item_id(text)
    if found is None:
        message = f"{text!r} is no item of Wikidata. Give an id such as Q794, or its address."
        raise UsageError(message)
    return found


def _tell_progress(done: int, total: int) -> None:
    tell(f"{done} of {total} items")
