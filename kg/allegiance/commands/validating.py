"""The command `validate`: what is wrong with contributions, where, and how to mend it."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allegiance.bundle import build_folder
from allegiance.commands.options import (
    REPORTS,
    chosen_bundle,
    existing,
    report_option,
    report_text,
    root_option,
)
from allegiance.errors import UsageError
from allegiance.finding import Report, Severity
from allegiance.incremental import validate_changed
from allegiance.rdf_files import is_rdf_file, validate_rdf
from allegiance.validation import STAGES, Validation
from allegiance.validation import validate as validate_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allegiance.bundle import Bundle

__all__ = ["validate"]

# What `--changed` without a value stands for: origin/main, or else main.
MAIN_BRANCH = ""
_NAMED = 3
_FAILING = {
    "violation": frozenset({Severity.VIOLATION}),
    "warning": frozenset({Severity.VIOLATION, Severity.WARNING}),
}


@click.command(
    "validate",
    epilog="Example: allegiance validate --changed=origin/main --also summary=summary.md",
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--changed",
    "base",
    is_flag=False,
    flag_value=MAIN_BRANCH,
    metavar="[BASE]",
    help="Check what differs from a git revision (by default origin/main), and what depends on it.",
)
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
    base: str | None,
    captures: Path | None,
    form: str,
    output: Path | None,
    also: Sequence[str],
    fail_on: str,
    root: Path | None,
) -> None:
    """Check all data; with PATHS, show only the findings in these files or folders.

    A file of RDF among PATHS (.ttl, .trig, .nt, .nq, .jsonld) is checked as part of the graph.
    """
    bundle = chosen_bundle(root)
    others = [_other(each) for each in also]
    chosen = [existing(path) for path in paths]
    files = [path for path in chosen if is_rdf_file(path)]
    names = [_inside(bundle, path) for path in chosen if path not in files]
    runs = [validate_rdf(bundle, file, captures) for file in files]
    hidden = Report()
    if names or not files:
        data = _data(bundle, base, captures)
        shown, hidden = _parted(data.report, names)
        runs.append(Validation(shown, data.stages))
    report = _together(runs)
    text = report_text(form, report, bundle)
    _put(f"{text}\n{_stages(report)}" if form == "text" else text, output)
    for other, file in others:
        _put(report_text(other, report, bundle), file)
    is_stopped = _tell_hidden(hidden, report)
    is_failed = any(found.severity in _FAILING[fail_on] for found in report.findings)
    sys.exit(is_failed or is_stopped)


def _inside(bundle: Bundle, path: Path) -> str:
    """Name a file or folder of the checkout; of what lies elsewhere, nothing would be found."""
    root = bundle.root.resolve()
    if path.resolve() != root and not path.parent.resolve().is_relative_to(root):
        message = f"{path} lies outside {bundle.root}, so that nothing of it is read."
        raise UsageError(message)
    return bundle.relative(path)


def _data(bundle: Bundle, base: str | None, captures: Path | None) -> Validation:
    if base is None:
        return validate_all(bundle, captures)
    tell = partial(click.echo, err=True)
    build = build_folder(bundle, os.environ)
    changed = validate_changed(bundle, base or None, build, captures, tell)
    if changed.full_because is None:
        tell(changed.as_text())
    return changed.validation


def _parted(report: Report, names: Sequence[str]) -> tuple[Report, Report]:
    """Part a report into what stands in the named files, or all, and what does not."""
    shown = [
        found
        for found in report.findings
        if not names or any(_within(found.place.file, name) for name in names)
    ]
    return Report.of(shown), Report.of(set(report.findings) - set(shown))


def _within(file: str, name: str) -> bool:
    return name in (file, ".") or file.startswith(name.rstrip("/") + "/")


def _together(runs: Sequence[Validation]) -> Report:
    """Join the reports of several runs; a stage has run if it has in each of them."""
    findings = {found for run in runs for found in run.report.findings}
    done = tuple(stage for stage in STAGES if all(stage in run.stages for run in runs))
    left = tuple(stage for stage in STAGES if stage not in done)
    return Report(tuple(sorted(findings)), done, left)


def _tell_hidden(hidden: Report, report: Report) -> bool:
    """Say where findings of files that were not named have stopped the run: it proves nothing."""
    if hidden.conforms or not report.skipped:
        return False
    violations = [each for each in hidden.findings if each.severity is Severity.VIOLATION]
    files = sorted({found.place.file for found in violations})
    more = f" and {len(files) - _NAMED} more" if len(files) > _NAMED else ""
    shown = ", ".join(files[:_NAMED]) + more
    click.echo(
        f"Violations in other files stopped the run ({shown}), so that not everything was checked. "
        "Run `allegiance validate` without paths.",
        err=True,
    )
    return True


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


def _stages(report: Report) -> str:
    done = f"Stages run: {', '.join(report.stages)}."
    left = ", ".join(report.skipped)
    return f"{done} Not run until the violations are mended: {left}." if left else done
