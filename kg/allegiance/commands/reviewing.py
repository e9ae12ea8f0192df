"""The command `diff`: what a change does to the data, in sentences."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from allegiance.bundle import build_folder
from allegiance.commands.options import chosen_bundle, root_option
from allegiance.review import difference, read_base, read_tree
from allegiance.review.new_claims import claims_table

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["diff"]


def _tell(sentence: str) -> None:
    click.echo(sentence, err=True)


@click.command("diff", epilog="Example: allegiance diff origin/main --format markdown")
@click.argument("base", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "markdown", "json")),
    default="text",
    show_default=True,
)
@root_option
def diff(base: str | None, form: str, root: Path | None) -> None:
    """Say what the working tree adds to, removes from and alters in BASE.

    BASE is a revision of git (origin/main, or else main) or a snapshot's folder.
    """
    bundle = chosen_bundle(root)
    tree = read_tree(bundle)
    earlier = read_base(bundle, base, build_folder(bundle, os.environ), _tell)
    links = None if earlier.links is None else (earlier.links, tree.links)
    found = difference(earlier.store, tree.store, links, earlier.name)
    if form == "markdown":
        new = [
            each.name for each in found.changes if (each.kind, each.action) == ("claim", "added")
        ]
        click.echo(found.as_markdown(claims_table(new, tree.corpus) if new else ""), nl=False)
    else:
        click.echo(found.as_text() if form == "text" else found.as_json(), nl=False)
