"""The table of frames: what a claim can say, and by which properties."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from allegiance.frames import load_frames

if TYPE_CHECKING:
    from pathlib import Path

TABLE = """\
shared:
  tie:
    since: {property: since, type: date, note: when it began}
frames:
  pact:
    class: FormalPact
    kind: tie
    identity: [parties]
    fields:
      parties: {property: party, type: actor, pair: true, required: true}
      mode: {property: mode, type: "scheme:support-mode", many: true}
      type: {type: "class:Event"}
"""


def write(folder: Path, table: str) -> Path:
    """Write a table of frames."""
    (folder / "frames.yaml").write_text(table, encoding="utf-8")
    return folder


def test_a_frame_has_its_class_kind_and_identity(tmp_path: Path) -> None:
    """A frame is found under its key and says what its content node is."""
    pact = load_frames(write(tmp_path, TABLE))["pact"]
    assert (pact.key, pact.class_name, pact.kind) == ("pact", "FormalPact", "tie")
    assert pact.identity == ("parties",)


def test_the_shared_fields_come_after_the_frames_own(tmp_path: Path) -> None:
    """A tie has the fields of all ties, in the order of the table, behind its own."""
    pact = load_frames(write(tmp_path, TABLE))["pact"]
    assert list(pact.fields) == ["parties", "mode", "type", "since"]
    assert pact.fields["since"].note == "when it began"


def test_a_pair_is_a_list_too(tmp_path: Path) -> None:
    """A field for a pair takes many values, and says that it needs two."""
    fields = load_frames(write(tmp_path, TABLE))["pact"].fields
    assert (fields["parties"].pair, fields["parties"].many) == (True, True)
    assert (fields["mode"].pair, fields["mode"].many) == (False, True)
    assert fields["parties"].required
    assert not fields["mode"].required


def test_a_field_names_the_scheme_of_its_values(tmp_path: Path) -> None:
    """`scheme:NAME` as a type gives the scheme NAME; other types have none."""
    fields = load_frames(write(tmp_path, TABLE))["pact"].fields
    assert fields["mode"].scheme == "support-mode"
    assert fields["type"].scheme is None
    assert fields["type"].predicate is None


def test_a_frame_without_a_table_of_fields_is_refused(tmp_path: Path) -> None:
    """`fields:` without anything under it is an error that says what to write."""
    table = TABLE.partition("    fields:")[0] + "    fields:\n"
    with pytest.raises(TypeError, match=r"fields of pact .* write `fields: \{\}`"):
        load_frames(write(tmp_path, table))
