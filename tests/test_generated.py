"""Generated files are what their sources make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allegiance.generate import generated_files

if TYPE_CHECKING:
    from allegiance.bundle import Bundle


def test_generated_files_are_fresh(bundle: Bundle) -> None:
    """Schemas, context and page of terms are up to date; `make generate` writes them again."""
    files = generated_files(bundle)

    assert len(files) >= 5
    assert [] == [
        str(path) for path, content in files.items() if path.read_text(encoding="utf-8") != content
    ]
