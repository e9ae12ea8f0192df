"""The command `query`: a named question, or any SPARQL query."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allegiance.answering import FORMATS, answer, load_store
from allegiance.commands.enriching import with_option
from allegiance.commands.options import chosen_bundle, root_option, snapshot_at, snapshot_option
from allegiance.errors import UsageError
from allegiance.naming import resolve_thing
from allegiance.questions import Question, find_question, load_questions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyoxigraph import Store

    from allegiance.snapshot import Snapshot

__all__ = ["query"]

_WIDTH = 120


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
@with_option
@root_option
@snapshot_option
def query(  # noqa: PLR0913, PLR0917 - one argument for each option of the command line
    question: str | None,
    values: Sequence[str],
    as_of: str | None,
    settings: Sequence[str],
    form: str,
    enrichments: Sequence[Path],
    root: Path | None,
    directory: Path | None,
) -> None:
    """Ask a named question, the query in a file, or one from standard input (-)."""
    if question is None:
        click.echo(_listed(load_questions(chosen_bundle(root).queries)))
        return
    given = _settings(settings) | ({"as-of": as_of} if as_of else {})
    text = _plain_query(question)
    store = _joined_store(snapshot_at(root, directory), enrichments)
    if text is None:
        named = find_question(load_questions(chosen_bundle(root).queries), question)
        text = named.bind(_resolved(named, _positional(named, values) | given, store))
    elif values or given:
        message = "Parameters belong to named questions; a query of your own holds its values."
        raise UsageError(message)
    width = shutil.get_terminal_size((_WIDTH, 24)).columns if sys.stdout.isatty() else _WIDTH
    click.echo(answer(store, text, form, width), nl=False)


def _joined_store(snapshot: Snapshot, enrichments: Sequence[Path]) -> Store:
    from allegiance.enrichment.joining import add_enrichment  # noqa: PLC0415

    store = load_store(snapshot)
    for folder in enrichments:
        add_enrichment(store, folder)
    return store


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
