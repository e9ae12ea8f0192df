"""The command `fmt`: contributed files in canonical order and layout."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allegiance.commands.options import chosen_bundle, existing, root_option
from allegiance.filing import format_files

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["fmt"]


@click.command("fmt", epilog="Example: allegiance fmt --check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--check", is_flag=True, help="Change nothing; exit with 1 where a file would change."
)
@root_option
def fmt(paths: Sequence[Path], root: Path | None, *, check: bool) -> None:
    """Bring contributed files and tables of links into the canonical layout; comments are kept."""
    changed = format_files(chosen_bundle(root), [existing(path) for path in paths], write=not check)
    for name in changed:
        click.echo(f"{'would change' if check else 'changed'}: {name}")
    files = "1 file" if len(changed) == 1 else f"{len(changed)} files"
    click.echo(f"{files} {'would change' if check else 'changed'}.")
    sys.exit(1 if check and changed else 0)
