"""The commands that need no server: build, query, validate, evidence, fmt, stats.

Exit status: 0 done, 1 findings, 2 wrong use, 3 a fault of ours.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allegiance.answering import FORMATS, answer, load_store
from allegiance.build import build_snapshot, ensure_snapshot
from allegiance.bundle import Bundle, build_folder, bundle_at, default_bundle
from allegiance.corpus import read_corpus
from allegiance.counting import count
from allegiance.errors import AllegianceError, DataError, UsageError
from allegiance.evidence import check_evidence, coverage_of, hold_captures
from allegiance.filing import format_files, locate_passages
from allegiance.finding import Report, as_github, as_json, as_text
from allegiance.naming import resolve_thing
from allegiance.questions import Question, find_question, load_questions
from allegiance.snapshot import Snapshot, open_snapshot
from allegiance.validation import Validation
from allegiance.validation import validate as run_validation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyoxigraph import Store

__all__ = ["command_group", "error_text", "snapshot_at"]

_REPORTS: Mapping[str, Callable[[Report], str]] = {
    "text": as_text,
    "json": as_json,
    "github": as_github,
}
_WIDTH = 120


def command_group() -> click.Group:
    """Return the command `allegiance` with all subcommands of this module."""
    group = click.Group(
        "allegiance",
        help="Who stands with whom, and who says so: a graph in which no triple lacks its source.",
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    for command in (_build, _query, _validate, _evidence, _fmt, _stats):
        group.add_command(command)
    return group


def snapshot_at(root: Path | None, directory: Path | None) -> Snapshot:
    """Open the snapshot in a directory, or the current one of a root, built anew where needed."""
    if directory is not None:
        return open_snapshot(directory)
    bundle = _bundle(root)
    return ensure_snapshot(bundle, build_folder(bundle, os.environ))


def _bundle(root: Path | None) -> Bundle:
    if root is None:
        return default_bundle()
    bundle = bundle_at(root)
    for folder in (bundle.ontology, bundle.sources, bundle.actors, bundle.schema, bundle.rules):
        if not folder.is_dir():
            message = f"{root} is no checkout: it lacks {bundle.relative(folder)}/."
            raise UsageError(message)
    return bundle


_root = click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    help="The checkout to read; by default the one of this installation.",
)
_snapshot = click.option(
    "--snapshot",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    help="A snapshot's folder to ask, instead of the current data.",
)
_report_format = click.option(
    "--format", "form", type=click.Choice(tuple(_REPORTS)), default="text", show_default=True
)


@click.command("build", epilog="Example: allegiance build --out build")
@_root
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Where to write it.")
def _build(root: Path | None, out: Path | None) -> None:
    """Build the graph and write it as an immutable snapshot, named by its content."""
    bundle = _bundle(root)
    try:
        snapshot = build_snapshot(bundle, out or build_folder(bundle, os.environ))
    except DataError as error:
        click.echo(as_text(Report.of(error.findings)))
        sys.exit(1)
    for key in ("documents", "claims", "claimsInAssertedView", "quads"):
        click.echo(f"{key}: {snapshot.manifest[key]}")
    click.echo(f"snapshot: {snapshot.name}")
    click.echo(f"folder: {snapshot.directory}")


@click.command(
    "query",
    epilog="Example: allegiance query allies-of iran --as-of 2024-10-02. "
    "Without a question, all named questions are listed. A path to a file, or - for standard "
    "input, asks any SPARQL query; the prefixes of the graph need no declaration.",
)
@click.argument("question", required=False)
@click.argument("values", nargs=-1)
@click.option("--as-of", metavar="DAY", help="The day for which the question is asked: 2024-10-02.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Any other parameter.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@_root
@_snapshot
def _query(  # noqa: PLR0913, PLR0917 - one argument for each option of the command line
    question: str | None,
    values: Sequence[str],
    as_of: str | None,
    settings: Sequence[str],
    form: str,
    root: Path | None,
    directory: Path | None,
) -> None:
    """Ask a named question, the query in a file, or one from standard input (-)."""
    if question is None:
        click.echo(_listed(load_questions(_bundle(root).queries)))
        return
    given = _settings(settings) | ({"as-of": as_of} if as_of else {})
    text = _plain_query(question)
    store = load_store(snapshot_at(root, directory))
    if text is None:
        named = find_question(load_questions(_bundle(root).queries), question)
        text = named.bind(_resolved(named, _positional(named, values) | given, store))
    elif values or given:
        message = "Parameters belong to named questions; a query of your own holds its values."
        raise UsageError(message)
    width = shutil.get_terminal_size((_WIDTH, 24)).columns if sys.stdout.isatty() else _WIDTH
    click.echo(answer(store, text, form, width), nl=False)


def _plain_query(question: str) -> str | None:
    """Return the text of a query that is no named one, or None."""
    if question == "-":
        return sys.stdin.read()
    if "/" in question or question.endswith((".rq", ".sparql")):
        try:
            return Path(question).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            message = f"The query {question} cannot be read: {error}."
            raise UsageError(message) from error
    return None


def _settings(settings: Sequence[str]) -> dict[str, str]:
    given = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            message = f"--set takes NAME=VALUE, not {setting!r}."
            raise UsageError(message)
        given[name] = value
    return given


def _positional(question: Question, values: Sequence[str]) -> dict[str, str]:
    names = [parameter.name for parameter in question.parameters if parameter.name != "as-of"]
    if len(values) > len(names):
        message = f"{question.name} takes {len(names)} values ({', '.join(names) or 'none'})."
        raise UsageError(message)
    return dict(zip(names, values, strict=False))


def _resolved(question: Question, given: Mapping[str, str], store: Store) -> dict[str, str]:
    """Turn names of things (Iran, PMF) into ids, so that a misspelt one is no empty answer."""
    kinds = {parameter.name: parameter.kind for parameter in question.parameters}
    return {
        name: resolve_thing(store, value) if kinds.get(name) == "thing" and value else value
        for name, value in given.items()
    }


def _listed(questions: Sequence[Question]) -> str:
    lines: list[str] = []
    group = ""
    for question in sorted(questions, key=lambda found: (found.group, found.number)):
        if question.group != group:
            group = question.group
            lines += ["", group] if lines else [group]
        parameters = " ".join(f"[{parameter.name}]" for parameter in question.parameters)
        lines.append(f"  {question.name} {parameters}".rstrip())
        lines.append(f"      {question.question}")
    return "\n".join(lines)


@click.command("validate", epilog="Example: allegiance validate kg/data/sources/my-document.yaml")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@_report_format
@_root
def _validate(paths: Sequence[Path], form: str, root: Path | None) -> None:
    """Check all data; with PATHS, show only the findings in these files or folders."""
    bundle = _bundle(root)
    validation = run_validation(bundle)
    names = [bundle.relative(_existing(path)) for path in paths]
    shown = Report.of(
        found
        for found in validation.report.findings
        if not names or any(_within(found.place.file, name) for name in names)
    )
    click.echo(_REPORTS[form](shown))
    if form == "text":
        click.echo(_stages(validation))
    sys.exit(0 if shown.conforms else 1)


def _existing(path: Path) -> Path:
    if not path.exists():
        message = f"There is no {path}."
        raise UsageError(message)
    return path


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
@_report_format
@_root
def _evidence(captures: Path, form: str, root: Path | None, *, locate: bool) -> None:
    """Check every claim's passage against the captures that you hold, and show the coverage."""
    corpus = read_corpus(_bundle(root))
    texts, not_held = hold_captures(corpus, captures)
    if locate:
        changed, findings = locate_passages(corpus, texts)
        click.echo(_REPORTS[form](Report.of([*corpus.findings, *findings])))
        if form == "text":
            click.echo(f"{changed} passages located.")
        sys.exit(1 if findings or corpus.findings else 0)
    report = Report.of([*corpus.findings, *not_held, *check_evidence(corpus, texts)])
    click.echo(_REPORTS[form](report))
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


@click.command("fmt", epilog="Example: allegiance fmt --check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--check", is_flag=True, help="Change nothing; exit with 1 where a file would change."
)
@_root
def _fmt(paths: Sequence[Path], root: Path | None, *, check: bool) -> None:
    """Bring contributed YAML files into the canonical order and layout; comments are kept."""
    changed = format_files(_bundle(root), [_existing(path) for path in paths], write=not check)
    for name in changed:
        click.echo(f"{'would change' if check else 'changed'}: {name}")
    click.echo(f"{len(changed)} files {'would change' if check else 'changed'}.")
    sys.exit(1 if check and changed else 0)


@click.command("stats", epilog="Example: allegiance stats --format json")
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text")
@_root
@_snapshot
def _stats(form: str, root: Path | None, directory: Path | None) -> None:
    """Count claims, actors and ties, and the share of the view that leads to a claim."""
    counted = count(load_store(snapshot_at(root, directory)))
    text = counted.as_text() if form == "text" else json.dumps(counted.as_dict(), indent=2) + "\n"
    click.echo(text, nl=False)


def error_text(error: AllegianceError) -> str:
    """Write an error for standard error, with the findings that it carries."""
    if isinstance(error, DataError):
        return as_text(Report.of(error.findings))
    return f"allegiance: {error}"
