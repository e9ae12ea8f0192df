"""The command `evidence`: passages compared with captures, and located in them."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from allegiance.commands.options import chosen_bundle, report_option, report_text, root_option
from allegiance.corpus import read_corpus
from allegiance.evidence import check_evidence, coverage_of, hold_captures
from allegiance.filing import locate_passages
from allegiance.finding import Report

__all__ = ["evidence"]


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
    bundle = chosen_bundle(root)
    corpus = read_corpus(bundle)
    texts, not_held = hold_captures(corpus, captures)
    if locate:
        changed, findings = locate_passages(corpus, texts)
        click.echo(report_text(form, Report.of([*corpus.findings, *findings]), bundle))
        if form == "text":
            click.echo(f"{changed} passages located.")
        sys.exit(1 if findings or corpus.findings else 0)
    report = Report.of([*corpus.findings, *not_held, *check_evidence(corpus, texts)])
    click.echo(report_text(form, report, bundle))
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
