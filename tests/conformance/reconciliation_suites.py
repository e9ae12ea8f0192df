"""The JSON Schemas and examples of the reconciliation API, as its community publishes them."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import jsonschema_rs

VARIABLE: Final = "ALLEGIANCE_RECONCILIATION_SPECS"
CHECKOUT: Final = Path(__file__).resolve().parents[2]
VERSIONS: Final = ("0.2", "1.0-draft")
# Of what a flyout is, the specification gives one example and no schema.
WITHOUT_SCHEMA: Final = ("flyout-response",)
# Examples of a part of something, with the schema and the place in it where that part stands.
_CANDIDATES: Final = {
    "0.2": "/patternProperties/^.*$/properties/result/items",
    "1.0-draft": "/properties/results/items/properties/candidates/items",
}
_PARTS: Final = {
    "data-extension-metadata": ("manifest", "/properties/extend"),
    "preview-metadata": ("manifest", "/properties/preview"),
    "suggest-metadata": ("manifest", "/properties/suggest/definitions/service_definition"),
    "security-scheme": ("openapi", "/definitions/securityDefinitions/additionalProperties"),
}


@dataclass(frozen=True)
class Example:
    """Hold an example: what it is an example of, and whether it is a valid one."""

    version: str
    schema: str
    file: Path
    is_valid: bool

    def __str__(self) -> str:
        """Name it as a test does."""
        return f"{self.version}/{self.schema}/{self.file.parent.name}/{self.file.stem}"

    def read(self) -> Any:  # noqa: ANN401 - any JSON
        """Read it."""
        return json.loads(self.file.read_text(encoding="utf-8"))


def root() -> Path:
    """Name the folder that has a folder for each version."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else CHECKOUT.parent / "shared" / "reconciliation"


def absence() -> str | None:
    """Say that the examples are not held and what to do about it; None where they are held."""
    if (root() / "0.2" / "schemas").is_dir():
        return None
    return (
        f"the schemas of the reconciliation API are not held: no {root()} "
        f"(clone https://github.com/reconciliation-api/specs and set {VARIABLE})"
    )


def examples() -> tuple[Example, ...]:
    """Return every example that a schema decides about; none where they are not held."""
    if absence() is not None:
        return ()
    return tuple(
        Example(version, file.parents[1].name, file, file.parent.name == "valid")
        for version in VERSIONS
        for file in sorted((root() / version / "examples").glob("*/*valid/*.json"))
        if file.parents[1].name not in WITHOUT_SCHEMA
    )


@cache
def validator(version: str, name: str) -> jsonschema_rs.Draft7Validator:
    """Make the validator of a schema, with the others of its version at hand."""
    folder = root() / version / "schemas"
    schemas = {file.stem: _schema(file) for file in sorted(folder.glob("*.json"))}
    registry = jsonschema_rs.Registry(
        [(schema["$id"].rstrip("#"), schema) for schema in schemas.values()],
        draft=jsonschema_rs.Draft7,
    )
    if name in schemas:
        return jsonschema_rs.Draft7Validator(schemas[name], registry=registry)
    part = ("reconciliation-result-batch", _CANDIDATES[version])
    whole, place = part if name == "reconciliation-candidate" else _PARTS[name]
    reference = f"{schemas[whole]['$id'].rstrip('#')}#{quote(place)}"
    return jsonschema_rs.Draft7Validator({"$ref": reference}, registry=registry)


def _schema(file: Path) -> dict[str, Any]:
    """Read a schema; `http://json-schema.org/schema#` names no draft that a validator knows."""
    schema: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return {**schema, "$schema": "http://json-schema.org/draft-07/schema#"}
