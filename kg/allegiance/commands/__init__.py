"""The commands that need no server. Exit status: 0 done, 1 findings, 2 wrong use, 3 our fault."""

from __future__ import annotations

import click

from allegiance.commands.asking import query
from allegiance.commands.building import build, stats
from allegiance.commands.checking import evidence, validate
from allegiance.commands.options import error_text, snapshot_at
from allegiance.commands.rewriting import fmt

__all__ = ["command_group", "error_text", "snapshot_at"]


def command_group() -> click.Group:
    """Return the command `allegiance` with all subcommands of this package."""
    group = click.Group(
        "allegiance",
        help="Who stands with whom, and who says so: a graph in which no triple lacks its source.",
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    for command in (build, query, validate, evidence, fmt, stats):
        group.add_command(command)
    return group
