"""Read the table of frames: what a claim can say, and by which properties."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Field", "Frame", "load_frames"]


@dataclass(frozen=True, slots=True)
class Field:
    """Describe one key of a frame.

    `predicate` is a local name of the ontology; None where the key makes no triple of its own.
    `type` is one of the types listed at the head of frames.yaml.
    """

    key: str
    predicate: str | None
    type: str
    required: bool
    many: bool
    pair: bool
    note: str | None

    @property
    def scheme(self) -> str | None:
        """Return the scheme whose concepts are the field's values, if it has one."""
        return self.type.removeprefix("scheme:") if self.type.startswith("scheme:") else None


@dataclass(frozen=True, slots=True)
class Frame:
    """Describe one kind of content that a claim can have."""

    key: str
    class_name: str
    kind: str
    identity: tuple[str, ...]
    fields: Mapping[str, Field]


def load_frames(schema: Path) -> Mapping[str, Frame]:
    """Read frames.yaml in the folder of the format; the shared fields come after a frame's own."""
    text = (schema / "frames.yaml").read_text(encoding="utf-8")
    table = yaml.load(text, Loader=yaml.CSafeLoader)
    shared = table["shared"]
    return {key: _frame(key, spec, shared[spec["kind"]]) for key, spec in table["frames"].items()}


def _frame(key: str, spec: Mapping[str, object], shared: Mapping[str, object]) -> Frame:
    own = spec["fields"]
    if not isinstance(own, dict):
        message = f"frames.yaml: fields of {key} are no mapping; write `fields: {{}}`."
        raise TypeError(message)
    fields = {name: _field(name, body) for name, body in {**own, **shared}.items()}
    identity = spec.get("identity")
    return Frame(
        key=key,
        class_name=str(spec["class"]),
        kind=str(spec["kind"]),
        identity=tuple(identity) if isinstance(identity, list) else (),
        fields=fields,
    )


def _field(key: str, body: Mapping[str, object]) -> Field:
    note = body.get("note")
    return Field(
        key=key,
        predicate=str(body["property"]) if "property" in body else None,
        type=str(body["type"]),
        required=bool(body.get("required", False)),
        many=bool(body.get("many", False)) or bool(body.get("pair", False)),
        pair=bool(body.get("pair", False)),
        note=str(note) if note is not None else None,
    )
