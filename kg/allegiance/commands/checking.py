"""The commands `validate` and `evidence`: what is wrong, where, and how to mend it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allegiance.commands.options import (
    REPORTS,
    chosen_bundle,
    existing,
    report_option,
    root_option,
)
from allegiance.corpus import read_corpus
from allegiance.evidence import check_evidence, coverage_of, hold_captures
from allegiance.filing import locate_passages
from allegiance.finding import Report
from allegiance.validation import Validation
from allegiance.validation import validate as run_validation

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["evidence", "validate"]


@click.command("validate", epilog="Example: allegiance validate kg/data/sources/my-document.yaml")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@report_option
@root_option
def validate(paths: Sequence[Path], form: str, root: Path | None) -> None:
    """Check all data; with PATHS, show only the findings in these files or folders."""
    bundle = chosen_bundle(root)
    validation = run_validation(bundle)
    names = [bundle.relative(existing(path)) for path in paths]
    shown = Report.of(
        found
        for found in validation.report.findings
        if not names or any(_within(found.place.file, name) for name in names)
    )
    click.echo(REPORTS[form](shown))
    if form == "text":
        click.echo(_stages(validation))
    sys.exit(0 if shown.conforms else 1)


def _within(file: str, name: str) -> bool:
    return file == name or file.startswith(name.rstrip("/") + "/")


def _stages(validation: Validation) -> str:
    done = f"Stages run: {', '.join(validation.stages)}."
    left = ", ".join(validation.skipped)
    return f"{done} Not run until the violations are mended: {left}." if left else done


@click.command("evidence", epilog="Example: allegiance evidence --captures ~/captures")
@click.option(
    "--captures",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder with the captured pages that you hold.",
)
@click.option("--locate", is_flag=True, help="Fill in offsets and sha256 from the quoted words.")
@report_option
@root_option
def evidence(captures: Path, form: str, root: Path | None, *, locate: bool) -> None:
    """Check every claim's passage against the captures that you hold, and show the coverage."""
    corpus = read_corpus(chosen_bundle(root))
    texts, not_held = hold_captures(corpus, captures)
    if locate:
        changed, findings = locate_passages(corpus, texts)
        click.echo(REPORTS[form](Report.of([*corpus.findings, *findings])))
        if form == "text":
            click.echo(f"{changed} passages located.")
        sys.exit(1 if findings or corpus.findings else 0)
    report = Report.of([*corpus.findings, *not_held, *check_evidence(corpus, texts)])
    click.echo(REPORTS[form](report))
    if form == "text":
        for document in corpus.documents.values():
            if document.capture.page in texts:
                found = coverage_of(document, texts[document.capture.page])
                click.echo(
                    f"{found.document}: {found.claims} claims verified; of {found.sentences} "
                    f"sentences {found.claimed} claimed, {found.listed} listed with a reason, "
                    f"{len(found.open)} open."
                )
    sys.exit(0 if report.conforms else 1)
