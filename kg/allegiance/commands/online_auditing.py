"""The online half of `links audit`: what has changed at Wikidata, as a report, table and patch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from allegiance.commands.wikidata_api import journal_file, tell
from allegiance.errors import UsageError
from allegiance.links.checking import read_links, shipped_index
from allegiance.links.online_audit import OnlineAudit
from allegiance.links.online_patch import patch_of, read_table_texts
from allegiance.links.online_proposals import proposals_of
from allegiance.links.online_survey import survey
from allegiance.reports.escaping import counted
from allegiance.wikidata.fetch_journal import alone
from allegiance.wikidata.item_tables import write_whole

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from allegiance.corpus import Corpus
    from allegiance.finding import Finding
    from allegiance.links.online_audit import Change
    from allegiance.links.online_patch import Patch
    from allegiance.links.online_survey import Survey
    from allegiance.wikidata.entity_api import EntityApi

__all__ = ["OnlineResult", "audit_online"]

# A line for each name would hide the others.
_STEP = 25


@dataclass(frozen=True, slots=True)
class OnlineResult:
    """Hold what has changed at Wikidata, and what was asked."""

    changes: tuple[Change, ...]
    survey: Survey

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return the changes as findings."""
        return tuple(change.finding for change in self.changes)


def audit_online(
    corpus: Corpus,
    api: EntityApi,
    today: date,
    patch: Path | None,
    *,
    searching: bool,
) -> OnlineResult:
    """Ask an API about all links, and write a patch where a file is named.

    What has no answer, and what the patch leaves out, is told on standard error. Raises UsageError
    for a patch that cannot be written.
    """
    _refuse_taken(patch)
    links, index = read_links(corpus), shipped_index(corpus.bundle)
    with alone(journal_file(corpus.bundle)):
        found = survey(links, corpus, api, today, _tell_progress, searching=searching)
    result = OnlineResult(OnlineAudit(links, corpus, index, found).changes(), found)
    if patch is not None:
        texts = read_table_texts(corpus.bundle, links)
        proposals = proposals_of(result.changes, today)
        _write(patch, patch_of(proposals, texts, corpus, index))
    _tell_gaps(found)
    return result


def _tell_gaps(found: Survey) -> None:
    """Say what has no answer, and why: whoever reads the report has to know how much it covers."""
    if found.fault:
        tell(found.fault)
    if found.unseen:
        tell(f"Not looked at, {counted(len(found.unseen), 'item')}: {', '.join(found.unseen)}.")
    if found.unsearched:
        tell(
            f"Not searched for, {counted(len(found.unsearched), 'name')}: "
            f"{', '.join(found.unsearched)}."
        )
    if found.many:
        tell(
            "More than 50 items bear names that begin so; the first 50 were looked at, and whole "
            f"names come first: {', '.join(found.many)}."
        )


def _refuse_taken(file: Path | None) -> None:
    """Refuse a patch that cannot be written, before a minute of questions is spent on it."""
    if file is None:
        return
    if file.exists() or not file.parent.is_dir():
        what = "exists already" if file.exists() else "lies in no folder that there is"
        message = f"The patch {file} {what}. Name a new file in a folder that exists."
        raise UsageError(message)


def _write(file: Path, patch: Patch) -> None:
    for proposal, objection in patch.held:
        tell(f"Not in the patch: {proposal}. The audit would say: {objection}")
    if patch.held:
        tell("What the snapshot does not know yet can be proposed after `allegiance links fetch`.")
    if not patch.text:
        tell(f"There is nothing to propose; {file} is not written.")
        return
    write_whole(file, patch.text)
    tell(
        f"{counted(len(patch.proposals), 'proposal')} in {file}. Look at each; "
        f"then, at the root of the checkout: git apply {file}"
    )


def _tell_progress(what: str, done: int, total: int) -> None:
    if done % _STEP == 0 or done == total or what == "items":
        click.echo(f"allegiance: {done} of {total} {what}", err=True)
