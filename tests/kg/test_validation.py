"""Validation: whatever is wrong with a contribution is told with file, line, column and remedy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from allegiance.commands import command_group
from allegiance.finding import Severity
from allegiance.validation import validate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Checkout

    Break = Callable[[Checkout, str], object]

PATRONAGE = "patronage: {patron: arcadia, client: reed-front}"
DOC = "kg/data/sources/doc.yaml"
ACTORS = "kg/data/actors/actors.yaml"
STAGES = ("syntax", "schema", "names", "evidence", "shapes", "integrity", "links")
SHAPE = """\
@prefix al: <https://w3id.org/allegiance/ontology#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix shape: <https://w3id.org/allegiance/shape/> .
shape:Certainty a sh:PropertyShape ; sh:targetClass al:Claim ; sh:path al:certainty ;
  sh:maxCount 0 ; sh:message "No claim is certain." .
"""
NO_SHAPES = "# none\n"


def told(checkout: Checkout) -> list[tuple[str, str]]:
    """Return place and rule of each violation."""
    return [
        (str(found.place), found.rule)
        for found in validate(checkout.bundle).report.findings
        if found.severity is Severity.VIOLATION
    ]


# --- the table of bad input ----------------------------------------------------------------------


def claims(text: str) -> Break:
    """Write a document with these claims instead of the sound one."""
    return lambda checkout, _: checkout.write_source("doc", text)


def changed(old: str, new: str) -> Break:
    """Write the sound document with one thing changed."""

    def change(checkout: Checkout, sound: str) -> None:
        file = checkout.write_source("doc", sound)
        text = file.read_text()
        assert text.count(old) == 1, old
        file.write_text(text.replace(old, new))

    return change


def raw(content: bytes) -> Break:
    """Write these bytes as the document."""
    return lambda checkout, _: checkout.write_raw("doc", content)


def entry(old: str, new: str) -> Break:
    """Change an entry of the register."""

    def change(checkout: Checkout, sound: str) -> None:
        checkout.write_source("doc", sound)
        assert checkout.actors.count(old) == 1
        checkout.write_actors(checkout.actors.replace(old, new))

    return change


def without_capture(checkout: Checkout, sound: str) -> None:
    """Take the captured page out of the table of captures."""
    checkout.write_source("doc", sound)
    (checkout.root / "kg/data/captures.yaml").write_text("captures: {}\n")


THIRTEEN = "one two three four five six seven eight nine ten eleven twelve thirteen"
BAD = {
    "syntax error": (
        changed("client: reed-front}", "client: reed-front"),
        f"{DOC}:14:16",
        "syntax/yaml",
    ),
    "wrong key": (changed("    says:", "    sais:"), f"{DOC}:11:5", "structure/unknown-key"),
    "double key": (
        changed("language: en", "language: en\ntitle: B"),
        f"{DOC}:5:1",
        "syntax/duplicate-key",
    ),
    "tab": (changed("    status:", "\tstatus:"), f"{DOC}:12:1", "syntax/tab"),
    "country code NO": (
        entry("class: State, label: Arcadia}", "class: State, label: Arcadia, iso: NO}"),
        f"{ACTORS}:2:48",
        "syntax/ambiguous-word",
    ),
    "day 2024-13-40": (
        changed("client: reed-front", "client: reed-front, since: 2024-13-40"),
        f"{DOC}:14:61",
        "names/date",
    ),
    "day 2024-02-30": (changed('"2024-10-02"', '"2024-02-30"'), f"{DOC}:7:37", "names/date"),
    "recorded day": (changed("2026-11-21", "2024-13-40"), f"{DOC}:5:11", "names/date"),
    "unknown actor": (
        changed("patron: arcadia", "patron: arcadai"),
        f"{DOC}:14:25",
        "names/unknown",
    ),
    "offset outside": (
        changed("start: 30, end: 63", "start: 30, end: 6300"),
        f"{DOC}:13:9",
        "evidence/offset-outside",
    ),
    "13 quoted words": (
        changed("Arcadia has backed the Reed Front", THIRTEEN),
        f"{DOC}:13:37",
        "integrity/long-quotation",
    ),
    "not UTF-8": (raw(b"document: doc\ntitle: caf\xe9\n"), f"{DOC}:2:11", "syntax/encoding"),
    "empty file": (raw(b""), f"{DOC}:1:1", "syntax/empty"),
    "deep nesting": (raw(b"a: " + b"[" * 10000 + b"]" * 10000), f"{DOC}:1:28", "syntax/nesting"),
    "missing capture": (without_capture, f"{DOC}:8:17", "names/unknown"),
    "no content": (changed(f"    {PATRONAGE}\n", ""), f"{DOC}:10:5", "structure/one-content"),
    "two contents": (
        changed(PATRONAGE, PATRONAGE + "\n    alliance: {parties: [arcadia, borduria]}"),
        f"{DOC}:10:5",
        "structure/one-content",
    ),
}


def invoke(*arguments: str | Path) -> tuple[int, str]:
    """Run a command in this process."""
    result = CliRunner().invoke(command_group(), [str(argument) for argument in arguments])
    return result.exit_code, result.output


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_told_and_neither_passes_nor_builds(
    name: str, checkout: Checkout, claim: Callable[..., str]
) -> None:
    """Each fault is told at its character; validate and build exit with 1, and nothing is built."""
    damage, place, rule = BAD[name]
    checkout.write_shapes(NO_SHAPES)
    damage(checkout, claim("backs", PATRONAGE))
    report = validate(checkout.bundle).report
    found = {(str(one.place), one.rule): one for one in report.findings}
    assert (place, rule) in found, sorted(found)
    assert found[place, rule].message.endswith(".")
    assert found[place, rule].remedy
    status, output = invoke("validate", "--root", checkout.root)
    assert status == 1
    assert f"{place}: violation: " in output
    built = checkout.root / "build"
    status, output = invoke("build", "--root", checkout.root, "--out", built)
    assert status == 1
    assert f"{place}: violation: " in output
    assert not built.exists()


def test_an_unknown_actor_is_told_the_nearest_known_one(
    checkout: Checkout, claim: Callable[..., str]
) -> None:
    """The remedy for a misspelt id is the id that was meant."""
    checkout.write_source("doc", claim("backs", PATRONAGE.replace("arcadia", "arcadai")))
    (found,) = (f for f in validate(checkout.bundle).report.findings if f.rule == "names/unknown")
    assert found.remedy == "Did you mean arcadia?"


def test_the_second_claim_of_one_id_is_told(checkout: Checkout, claim: Callable[..., str]) -> None:
    """A doubled id fails the contribution, where it stands for the second time."""
    other = "patronage: {patron: borduria, client: reed-front}"
    checkout.write_source("doc", claim("backs", PATRONAGE) + claim("backs", other))
    assert told(checkout) == [(f"{DOC}:15:9", "names/duplicate-claim")]


def test_an_alias_bomb_is_told_and_unfolds_to_nothing(checkout: Checkout) -> None:
    """Aliases of aliases are told each where it stands, whatever they would unfold to."""
    lines = ["a: &a [x, x, x]", *(f"b{n}: &b{n} [*a, *a, *a]" for n in range(50))]
    checkout.write_raw("doc", "\n".join(lines).encode())
    found = [f for f in validate(checkout.bundle).report.findings if f.rule == "syntax/alias"]
    assert len(found) == 150
    assert str(found[0].place) == f"{DOC}:2:10"


# --- stages --------------------------------------------------------------------------------------


def test_sound_data_pass_every_stage(checkout: Checkout, claim: Callable[..., str]) -> None:
    """Without violations all seven stages run."""
    checkout.write_shapes(SHAPE)
    checkout.write_source("doc", claim("backs", PATRONAGE))
    validation = validate(checkout.bundle)
    assert validation.report.conforms
    assert validation.stages == STAGES
    assert validation.skipped == ()


def test_a_stage_with_violations_is_the_last_one(
    checkout: Checkout, claim: Callable[..., str]
) -> None:
    """What a stage finds would only repeat itself in the next ones, so they do not run."""
    checkout.write_shapes(SHAPE)
    for content, lines, count in (
        ("patronage: {patron: *arcadia}", {}, 1),
        ("patronage: {patron: arcadia}", {}, 2),
        (PATRONAGE.replace("arcadia", "nobody"), {}, 3),
        (PATRONAGE, {"offsets": "none"}, 4),
        (PATRONAGE, {"certainty": "likely"}, 5),
    ):
        text = claim("backs", content, **{k: v for k, v in lines.items() if k != "offsets"})
        if "offsets" in lines:
            text = re.sub(r"at: \{.*\}", "at: {quote: Arcadia has backed the Reed Front}", text)
        checkout.write_source("doc", text)
        validation = validate(checkout.bundle)
        assert validation.stages == STAGES[:count]
        assert validation.skipped == STAGES[count:]


def test_a_stage_tells_all_its_findings(checkout: Checkout, claim: Callable[..., str]) -> None:
    """Two faults of one stage, in two documents, are told in one run."""
    checkout.write_source("doc", claim("backs", PATRONAGE.replace("arcadia", "nobody")))
    checkout.write_source("other", claim("backs", PATRONAGE.replace("reed-front", "nobody")))
    assert told(checkout) == [
        (f"{DOC}:14:25", "names/unknown"),
        ("kg/data/sources/other.yaml:14:42", "names/unknown"),
    ]


def test_warnings_stop_no_stage(checkout: Checkout, claim: Callable[..., str]) -> None:
    """Unused entries of the register are warnings, and the data conform."""
    checkout.write_shapes(NO_SHAPES)
    checkout.write_source("doc", claim("backs", PATRONAGE))
    report = validate(checkout.bundle).report
    assert report.conforms
    assert {found.rule for found in report.findings} == {"integrity/unused-entry"}
