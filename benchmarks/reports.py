"""Write what was measured as Markdown."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["RESULTS", "heading", "machine", "markdown_table", "publish"]

RESULTS: Final = Path(__file__).resolve().parent / "results"
PACKAGES: Final = ("allegiance", "oxigraph", "rdflib-endpoint", "rdflib")


def machine() -> str:
    """Tell the day, the kind of machine and the versions that were compared."""
    today = datetime.now(tz=UTC).date().isoformat()
    kind = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    return f"{today}, {kind}, " + ", ".join(f"{name} {version(name)}" for name in PACKAGES)


def heading(title: str, script: str) -> str:
    """Begin a report: its title, how to make it again, and where it was made."""
    return f"# {title}\n\n`python benchmarks/{script}`, {machine()}."


def markdown_table(rows: Sequence[Mapping[str, str]]) -> str:
    """Write rows that have the same columns."""
    lines = ["| " + " | ".join(rows[0]) + " |", "|" + "---|" * len(rows[0])]
    lines += ["| " + " | ".join(_escaped(cell) for cell in row.values()) + " |" for row in rows]
    return "\n".join(lines)


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|").replace("\n", " ")


def publish(text: str, file: Path | None) -> None:
    """Print a report and, where a file is named, keep it."""
    print(text)
    if file is not None:
        file.parent.mkdir(exist_ok=True)
        file.write_text(text + "\n", encoding="utf-8")
