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
    report_text,
    root_option,
)
from allegiance.corpus import read_corpus
from allegiance.errors import UsageError
from allegiance.evidence import check_evidence, coverage_of, hold_captures
from allegiance.filing import locate_passages
from allegiance.finding import Report, Severity
from allegiance.validation import Validation
from allegiance.validation import validate as run_validation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allegiance.bundle import Bundle

__all__ = ["evidence", "validate"]

_FAILING = {
    "violation": frozenset({Severity.VIOLATION}),
    "warning": frozenset({Severity.VIOLATION, Severity.WARNING}),
}


@click.command(
    "validate",
    epilog="Examples: allegiance validate; "
    "allegiance validate kg/data/sources/my-document.yaml --also summary=summary.md",
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--captures",
    type=click.Path(path_type=Path, file_okay=False),
    help="A folder with captured pages: passages are compared with them.",
)
@report_option
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the report to a file."
)
@click.option(
    "--also",
    multiple=True,
    metavar="FORMAT=FILE",
    help="Write the report to a file in another format, too.",
)
@click.option(
    "--fail-on",
    type=click.Choice(tuple(_FAILING)),
    default="violation",
    show_default=True,
    help="What makes the exit status 1.",
)
@root_option
def validate(  # noqa: PLR0913, PLR0917 - one argument for each option of the command line
    paths: Sequence[Path],
    captures: Path | None,
    form: str,
    output: Path | None,
    also: Sequence[str],
    fail_on: str,
    root: Path | None,
) -> None:
    """Check all data; with PATHS, show only the findings in these files or folders."""
    bundle = chosen_bundle(root)
    others = [_other(each) for each in also]
    for path in paths:
        existing(path)
    validation = run_validation(bundle, captures)
    shown = _shown(validation.report, bundle, paths)
    text = report_text(form, shown, bundle)
    _put(f"{text}\n{_stages(validation)}" if form == "text" else text, output)
    for other, file in others:
        _put(report_text(other, shown, bundle), file)
    sys.exit(any(found.severity in _FAILING[fail_on] for found in shown.findings))


def _shown(report: Report, bundle: Bundle, paths: Sequence[Path]) -> Report:
    names = [bundle.relative(path) for path in paths]
    return Report.of(
        found
        for found in report.findings
        if not names or any(_within(found.place.file, name) for name in names)
    )


def _within(file: str, name: str) -> bool:
    return name in (file, ".") or file.startswith(name.rstrip("/") + "/")


def _other(value: str) -> tuple[str, Path]:
    """Read FORMAT=FILE; raises UsageError where it is not that."""
    form, equals, file = value.partition("=")
    if form not in REPORTS or not equals or not file:
        message = f"--also takes FORMAT=FILE with a format of {', '.join(REPORTS)}, not {value!r}."
        raise UsageError(message)
    return form, Path(file)


def _put(text: str, file: Path | None) -> None:
    if file is None:
        click.echo(text)
        return
    try:
        file.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        message = f"{file} cannot be written: {error.strerror}."
        raise UsageError(message) from error


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
