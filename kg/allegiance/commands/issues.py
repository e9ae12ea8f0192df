"""The command `from-issue`: a draft from an issue that was made from a form."""

from __future__ import annotations

import datetime
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allegiance.commands.options import chosen_bundle, root_option
from allegiance.corpus import read_corpus
from allegiance.errors import DataError, UsageError
from allegiance.finding import Report
from allegiance.issues.draft import draft_of_issue
from allegiance.issues.form import read_issue
from allegiance.located import read_text
from allegiance.reports import REPORTS, Sources

if TYPE_CHECKING:
    from allegiance.finding import Finding
    from allegiance.issues.draft import IssueDraft

__all__ = ["from_issue"]

_MOST_BYTES = 1024 * 1024


@click.command("from-issue", epilog="Example: allegiance from-issue issue.md --recorded 2026-11-21")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--recorded", metavar="DAY", help="The day to write into a new document.  [default: today]"
)
@click.option("--show", is_flag=True, help="Print the file instead of writing it.")
@root_option
def from_issue(file: Path, recorded: str | None, root: Path | None, *, show: bool) -> None:
    """Turn the text of an issue (a claim, a document) into a draft file; - reads standard input."""
    bundle = chosen_bundle(root)
    body, findings = read_text(file.name, _content(file))
    form = None
    if body is not None:
        form, findings = read_issue(file.name, body)
    if form is None:
        _refuse(file, findings)
        return
    corpus = read_corpus(bundle)
    if corpus.findings:
        raise DataError(corpus.findings)
    day = recorded or datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    draft, findings = draft_of_issue(form, corpus, day)
    if draft is None:
        _refuse(file, findings)
        return
    if show:
        click.echo(draft.text, nl=False)
        return
    _write(bundle.root / draft.file, draft)
    click.echo(_told(draft))


def _content(file: Path) -> bytes:
    try:
        if str(file) == "-":
            return sys.stdin.buffer.read(_MOST_BYTES + 1)
        with file.open("rb") as stream:
            return stream.read(_MOST_BYTES + 1)
    except OSError as error:
        message = f"The issue {file} cannot be read: {error.strerror}. Give a file with its text."
        raise UsageError(message) from error


def _refuse(file: Path, findings: tuple[Finding, ...]) -> None:
    sources = Sources(None if str(file) == "-" else file.parent)
    click.echo(REPORTS["text"](Report.of(findings), sources))
    sys.exit(1)


def _write(file: Path, draft: IssueDraft) -> None:
    """Write a new file where none is, or a file that gained a claim whole or not at all."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    written = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(draft.text)
        written.chmod(0o644)
        if draft.new:
            os.link(written, file)
        else:
            written.replace(file)
    except FileExistsError as error:
        message = f"{draft.file} is there already. Remove it, or give the document another title."
        raise UsageError(message) from error
    finally:
        written.unlink(missing_ok=True)


def _told(draft: IssueDraft) -> str:
    lines = [f"{'written' if draft.new else 'changed'}: {draft.file}"]
    if draft.claim is not None:
        lines.append(f"claim: {draft.document}/{draft.claim} (draft)")
    lines.append("Left to do:")
    if not draft.captured:
        lines.append("  save the page, and run `allegiance new PAGE` with this title and address")
        lines.append("  in place of this file; then this once more: the claim joins the document")
    lines.append("  allegiance evidence --captures captures --locate")
    lines.append("  read the claim beside the page, and remove `review: draft`")
    return "\n".join(lines)
