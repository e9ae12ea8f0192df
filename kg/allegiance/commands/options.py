"""What several commands share: the checkout, the snapshot, the form of a report."""

from __future__ import annotations

import os
from pathlib import Path

import click

from allegiance.build import ensure_snapshot
from allegiance.bundle import Bundle, build_folder, bundle_at, default_bundle
from allegiance.errors import AllegianceError, DataError, UsageError
from allegiance.finding import Report
from allegiance.reports import REPORTS, Sources
from allegiance.reports.escaping import visible
from allegiance.snapshot import Snapshot, open_snapshot

__all__ = [
    "REPORTS",
    "chosen_bundle",
    "error_text",
    "existing",
    "report_option",
    "report_text",
    "root_option",
    "snapshot_at",
    "snapshot_option",
]

root_option = click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    help="The checkout to read; by default the one of this installation.",
)
snapshot_option = click.option(
    "--snapshot",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    help="A snapshot's folder to ask, instead of the current data.",
)
report_option = click.option(
    "--format", "form", type=click.Choice(tuple(REPORTS)), default="text", show_default=True
)


def chosen_bundle(root: Path | None) -> Bundle:
    """Return the bundle under a root, or that of this installation.

    Raises UsageError where the root lacks a folder that a build reads.
    """
    if root is None:
        return default_bundle()
    bundle = bundle_at(root)
    for folder in (bundle.ontology, bundle.sources, bundle.actors, bundle.schema, bundle.rules):
        if not folder.is_dir():
            message = f"{root} is no checkout: it lacks {bundle.relative(folder)}/."
            raise UsageError(message)
    return bundle


def snapshot_at(root: Path | None, directory: Path | None) -> Snapshot:
    """Open the snapshot in a directory, or the current one of a root, built anew where needed."""
    if directory is not None:
        return open_snapshot(directory)
    bundle = chosen_bundle(root)
    return ensure_snapshot(bundle, build_folder(bundle, os.environ))


def existing(path: Path) -> Path:
    """Return a path that exists; raises UsageError for one that does not."""
    try:
        if path.exists():
            return path
    except OSError:
        # A name longer than any file's; there is none such either.
        pass
    message = f"There is no {path}."
    raise UsageError(message)


def report_text(form: str, report: Report, bundle: Bundle) -> str:
    """Write a report in one of the formats."""
    return REPORTS[form](report, Sources(bundle.root))


def error_text(error: AllegianceError) -> str:
    """Write an error for standard error, with the findings that it carries."""
    if isinstance(error, DataError):
        return REPORTS["text"](Report.of(error.findings), Sources(None))
    # Several lines where a query is shown with the place in it; nothing else in them is hidden.
    return "allegiance: " + "\n".join(visible(line) for line in str(error).split("\n"))
