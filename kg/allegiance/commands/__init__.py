"""The commands that need no server. Exit status: 0 done, 1 findings, 2 wrong use, 3 our fault."""

from __future__ import annotations

import click

from allegiance.commands.asking import query
from allegiance.commands.building import build, stats
from allegiance.commands.drafting import new
from allegiance.commands.enriching import enrich
from allegiance.commands.explaining import explain
from allegiance.commands.exporting import export
from allegiance.commands.fetching import fetch
from allegiance.commands.issues import from_issue
from allegiance.commands.linking import links
from allegiance.commands.locating import evidence
from allegiance.commands.options import error_text, snapshot_at
from allegiance.commands.reviewing import diff
from allegiance.commands.rewriting import fmt
from allegiance.commands.suggesting import suggest
from allegiance.commands.validating import validate

__all__ = ["command_group", "error_text", "snapshot_at"]


def command_group() -> click.Group:
    """Return the command `allegiance` with all subcommands of this package."""
    group = click.Group(
        "allegiance",
        help="Who stands with whom, and who says so: a graph in which no triple lacks its source.",
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    group.add_command(enrich)
    group.add_command(export)
    links.add_command(suggest)
    links.add_command(fetch)
    group.add_command(links)
    for command in (build, query, validate, evidence, fmt, stats, from_issue, new, diff, explain):
        group.add_command(command)
    return group
