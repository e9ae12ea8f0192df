"""The command `enrich`: what another endpoint says of the linked items, as a graph to join with."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allegiance.answering import load_store
from allegiance.bundle import build_folder
from allegiance.commands.options import (
    chosen_bundle,
    existing,
    root_option,
    snapshot_at,
    snapshot_option,
)
from allegiance.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allegiance.enrichment.dataset import Dataset
    from allegiance.enrichment.retrieval import Retrieval
    from allegiance.enrichment.selection import Selection

__all__ = ["enrich", "with_option"]

CONTACT = "ALLEGIANCE_CONTACT"
DEFAULT_PROPERTIES = "P31,P17"
_NAMED = 5

with_option = click.option(
    "--with",
    "enrichments",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="A folder that `allegiance enrich` made: its graph is there, too. May be repeated.",
)


@click.command(
    "enrich",
    epilog="Example: allegiance enrich wikidata --contact graph@example.org "
    "--properties P31,P17. A run that was stopped goes on where it was.",
)
@click.argument("endpoint", default="wikidata")
@click.option("--properties", metavar="P31,P17", help=f"By default {DEFAULT_PROPERTIES}.")
@click.option(
    "--query",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A SELECT of ?item ?property ?value with VALUES ?item {} in it, instead of --properties.",
)
@click.option("--contact", envvar=CONTACT, help="Whom the endpoint's operators can write to.")
@click.option(
    "--endpoints",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A settings file (TOML) that names other endpoints.",
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Where to write it.")
@click.option("--fresh", is_flag=True, help="Throw away what was fetched today, and ask again.")
@root_option
@snapshot_option
def enrich(  # noqa: PLR0913, PLR0917 - one argument for each option of the command line
    endpoint: str,
    properties: str | None,
    file: Path | None,
    contact: str | None,
    endpoints: Path | None,
    out: Path | None,
    root: Path | None,
    directory: Path | None,
    *,
    fresh: bool,
) -> None:
    """Ask an endpoint about every linked item, and keep the answers as a dated graph."""
    # Imported here: the other commands start faster without the client.
    from allegiance.enrichment.client import QueryClient  # noqa: PLC0415
    from allegiance.enrichment.dataset import write_dataset  # noqa: PLC0415
    from allegiance.enrichment.endpoint import read_endpoint_settings  # noqa: PLC0415
    from allegiance.enrichment.linked_items import require_linked_items  # noqa: PLC0415
    from allegiance.enrichment.retrieval import Plan, open_retrieval  # noqa: PLC0415

    settings = read_endpoint_settings(endpoints)
    client = QueryClient(settings.find(endpoint), contact or settings.contact)
    selection = _selection(properties, file)
    linked = require_linked_items(load_store(snapshot_at(root, directory)))
    day = datetime.now(UTC).date().isoformat()
    plan = Plan(client.endpoint, selection, tuple(sorted(set(linked.values()))), day)
    folder = out or build_folder(chosen_bundle(root), os.environ) / "enrichment"
    retrieval = open_retrieval(folder, plan, fresh=fresh)
    _tell_begin(retrieval)
    retrieval.fetch(client, lambda done, of: click.echo(f"{done} of {of} batches", err=True))
    _tell_end(retrieval, write_dataset(retrieval))


def _selection(properties: str | None, file: Path | None) -> Selection:
    from allegiance.enrichment.selection import Selection  # noqa: PLC0415

    if file is None:
        return Selection.of_properties((properties or DEFAULT_PROPERTIES).split(","))
    if properties is not None:
        message = "Give --properties or --query: the query says itself what it asks for."
        raise UsageError(message)
    return Selection.of_file(existing(file))


def _tell_begin(retrieval: Retrieval) -> None:
    plan = retrieval.plan
    click.echo(
        f"{len(plan.items)} items in {len(plan.batches)} batches to {plan.endpoint.address}; "
        f"{retrieval.answered} batches are kept already",
        err=True,
    )


def _tell_end(retrieval: Retrieval, made: Dataset) -> None:
    click.echo(f"triples: {made.triples}")
    click.echo(f"graph: {retrieval.plan.graph.value}")
    click.echo(f"folder: {retrieval.folder}")
    if made.unanswered:
        click.echo(f"items without an answer: {_few(made.unanswered)}")
    if made.merged:
        pairs = [f"{old} into {new}" for old, new in sorted(made.merged.items())]
        click.echo(f"merged, so that their links need a look: {_few(pairs)}")


def _few(names: Sequence[str]) -> str:
    """Name a few, and count the rest; the manifest names them all."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
