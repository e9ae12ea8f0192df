"""Write the files that follow from others: JSON Schemas, JSON-LD context, terms, rules.

`make generate` runs this module; tests compare the files with what it would write.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from allegiance.bundle import default_bundle
from allegiance.frames import load_frames
from allegiance.rule_pages import rule_pages
from allegiance.schema import captures_schema, document_schema, json_ld_context, register_schema
from allegiance.shape_tables import shapes_page
from allegiance.terms import terms_page
from allegiance.vocabulary import load_vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from allegiance.bundle import Bundle

__all__ = ["generated_files"]


def generated_files(bundle: Bundle) -> Mapping[Path, str]:
    """Return each generated file's path with the content that it should have."""
    frames, vocabulary = load_frames(bundle.schema), load_vocabulary(bundle.ontology)
    tables = {
        "document.schema.json": document_schema(frames, vocabulary),
        "register.schema.json": register_schema(vocabulary),
        "captures.schema.json": captures_schema(),
        "context.jsonld": json_ld_context(frames),
    }
    files = {
        bundle.schema / name: json.dumps(table, indent=1, ensure_ascii=False) + "\n"
        for name, table in tables.items()
    }
    return files | {
        bundle.ontology / "TERMS.md": terms_page(bundle.ontology),
        bundle.shapes / "README.md": shapes_page(bundle.shapes),
        **rule_pages(bundle),
    }


if __name__ == "__main__":
    for path, content in generated_files(default_bundle()).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
