"""The commands `build` and `stats`: make the graph, and count what it holds."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allegiance.answering import load_store
from allegiance.build import build_snapshot
from allegiance.bundle import build_folder
from allegiance.commands.enriching import with_option
from allegiance.commands.options import (
    chosen_bundle,
    report_text,
    root_option,
    snapshot_at,
    snapshot_option,
)
from allegiance.counting import count
from allegiance.disk_store import disk_store_beside
from allegiance.enrichment.joining import join_snapshot
from allegiance.errors import DataError
from allegiance.finding import Report

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["build", "stats"]


@click.command("build", epilog="Example: allegiance build --out build")
@root_option
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Where to write it.")
@click.option("--store", is_flag=True, help="Make the store on disk, too: others open it at once.")
@with_option
def build(root: Path | None, out: Path | None, enrichments: Sequence[Path], *, store: bool) -> None:
    """Build the graph and write it as an immutable snapshot, named by its content."""
    bundle = chosen_bundle(root)
    folder = out or build_folder(bundle, os.environ)
    try:
        snapshot = build_snapshot(bundle, folder)
    except DataError as error:
        click.echo(report_text("text", Report.of(error.findings), bundle))
        sys.exit(1)
    if enrichments:
        # By default apart: what is current stays a build of the data alone.
        snapshot = join_snapshot(snapshot, enrichments, out or folder / "joined")
    for key in ("documents", "claims", "claimsInAssertedView", "quads"):
        click.echo(f"{key}: {snapshot.manifest[key]}")
    click.echo(f"snapshot: {snapshot.name}")
    click.echo(f"folder: {snapshot.directory}")
    if store:
        click.echo(f"store: {disk_store_beside(snapshot)}")


@click.command("stats", epilog="Example: allegiance stats --format json")
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text")
@root_option
@snapshot_option
def stats(form: str, root: Path | None, directory: Path | None) -> None:
    """Count claims, actors and ties, and the share of the view that leads to a claim."""
    counted = count(load_store(snapshot_at(root, directory)))
    text = counted.as_text() if form == "text" else json.dumps(counted.as_dict(), indent=2) + "\n"
    click.echo(text, nl=False)
