"""The command `links fetch`: the offline tables of Wikidata renewed from its API."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from allegiance.bundle import build_folder
from allegiance.commands.options import chosen_bundle, root_option
from allegiance.errors import EndpointError, UsageError
from allegiance.wikidata.address import item_id
from allegiance.wikidata.entity_api import WIKIDATA_API, EntityApi
from allegiance.wikidata.fetch import batches, fetch_outcomes, write_outcomes
from allegiance.wikidata.fetch_journal import alone, open_journal
from allegiance.wikidata.index import WikidataIndex, index_folder

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from allegiance.wikidata.fetch_journal import FetchJournal

__all__ = ["fetch"]

_JOURNAL = "wikidata-fetch.jsonl"


@click.command(
    "fetch",
    epilog="Example: allegiance links fetch --contact graph@example.org "
    "(a run that was stopped goes on where it was).",
)
@click.argument("items", nargs=-1, metavar="[ITEM]...")
@click.option(
    "--contact",
    envvar="ALLEGIANCE_CONTACT",
    default="",
    help="Whom Wikidata's operators can write to: an e-mail address or a page.",
)
@click.option("--endpoint", default=WIKIDATA_API, show_default=True, help="The API to ask.")
@click.option("--pause", default=1.0, show_default=True, help="Seconds between two requests.")
@click.option("--timeout", default=60.0, show_default=True, help="Seconds for one request.")
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
    api = EntityApi(contact, endpoint, pause, timeout, warn=_tell)
    file = build_folder(bundle, os.environ) / _JOURNAL
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


def _tell(sentence: str) -> None:
    click.echo(f"allegiance: {sentence}", err=True)


def _tell_progress(done: int, total: int) -> None:
    _tell(f"{done} of {total} items")
