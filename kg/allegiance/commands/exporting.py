"""The commands under `export`: what the graph has, in the form that another place takes."""

from __future__ import annotations

from pathlib import Path

import click

from allegiance.answering import load_store
from allegiance.commands.options import root_option, snapshot_at, snapshot_option

__all__ = ["export"]


@click.group(
    "export",
    epilog="Example: allegiance export quickstatements --with build/enrichment/wikidata/2026-11-22",
)
def export() -> None:
    """Write what the graph has in the form that another place takes."""


@export.command(
    "quickstatements",
    epilog="Example: allegiance export quickstatements --with build/enrichment/wikidata/2026-11-22",
)
@click.option(
    "--with",
    "enrichment",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="What Wikidata has: a folder of `allegiance enrich wikidata --properties P463,P530`.",
)
@root_option
@snapshot_option
def quickstatements(enrichment: Path, root: Path | None, directory: Path | None) -> None:
    """Write ties that Wikidata lacks, with their references, to be looked through and sent."""
    # Imported here: the other commands start faster without it.
    from allegiance.enrichment.quickstatements import missing_statements  # noqa: PLC0415

    found = missing_statements(load_store(snapshot_at(root, directory)), enrichment)
    for statement in found:
        click.echo(statement.as_line())
    click.echo(f"{len(found)} statements; look through each before it is sent", err=True)
