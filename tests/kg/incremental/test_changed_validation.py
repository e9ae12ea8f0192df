"""A branch is judged with all that depends on it, and no more is read than that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from repositories import committed, git

import allegiance.incremental.base_snapshot
from allegiance.build import build_snapshot
from allegiance.incremental import ChangedValidation, validate_changed
from allegiance.validation import STAGES, validate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Checkout

    from allegiance.bundle import Bundle

FIRST = "kg/data/sources/first.yaml"
SECOND = "kg/data/sources/second.yaml"
TIE = "patronage: {patron: arcadia, client: reed-front}"
ACTORS = "kg/data/actors/actors.yaml"


def run(checkout: Checkout, base: str | None = "main") -> ChangedValidation:
    """Validate what differs from the base."""
    return validate_changed(checkout.bundle, base, checkout.root / "build")


def told(validation: ChangedValidation) -> list[tuple[str, str]]:
    """Return the file and the rule of each finding."""
    return [(f.place.file, f.rule) for f in validation.validation.report.findings]


def change(checkout: Checkout, name: str, old: str, new: str) -> None:
    """Write a file with one thing changed."""
    file = checkout.root / name
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_nothing_changed_conforms(committed_checkout: Checkout) -> None:
    """Without a change all stages run, and nothing is looked at."""
    found = run(committed_checkout)

    assert found.validation.stages == STAGES
    assert (told(found), found.changed, found.dependents) == ([], (), ())
    assert found.as_text().endswith("Judged too, since they depend on it: nothing.")


def test_a_fault_of_the_branch_is_told_at_its_line(
    committed_checkout: Checkout, claim: Callable[..., str]
) -> None:
    """A claim that a shape is against is told where it stands."""
    tie = "patronage: {patron: arcadia, client: arcadia}"
    committed_checkout.write_source("third", claim("own", tie))

    found = run(committed_checkout)

    assert found.changed == ("kg/data/sources/third.yaml",)
    assert {file for file, _ in told(found)} == {"kg/data/sources/third.yaml"}
    assert all(rule.startswith("shape/") for _, rule in told(found))
    assert found.validation.stages[-1] == "shapes"


def test_who_names_what_is_gone_is_judged_too(committed_checkout: Checkout) -> None:
    """A document that names a removed event has the finding, although it was not changed."""
    (committed_checkout.root / FIRST).unlink()

    found = run(committed_checkout)

    assert (FIRST, found.dependents) == (found.changed[0], ("second",))
    assert (SECOND, "names/unknown") in told(found)


def test_who_names_an_entry_of_another_class_is_judged_too(committed_checkout: Checkout) -> None:
    """A client that turns into a person makes the tie fail, in a document that is as it was."""
    change(
        committed_checkout, ACTORS, "reed-front: {class: ArmedGroup", "reed-front: {class: Person"
    )

    assert told(run(committed_checkout)) == [(FIRST, "shape/patronage-client-person")]


def test_an_entry_that_loses_its_last_mention_is_told(
    committed_checkout: Checkout, claim: Callable[..., str]
) -> None:
    """An unchanged entry is a warning when the branch removes all that spoke of it."""
    committed_checkout.write_source(
        "first",
        claim(
            "strike", "event: {id: strike, label: The strike, type: MilitaryStrike, actor: arcadia}"
        ),
    )

    assert told(run(committed_checkout)) == [(ACTORS, "integrity/unused-entry")]


def test_an_expected_event_that_another_document_asserts_is_told(
    committed_checkout: Checkout, claim: Callable[..., str]
) -> None:
    """An event is looked at across documents, also where only one of them was changed."""
    event = "event: {id: strike, type: MilitaryStrike, actor: borduria}"
    later = claim("hoped", event, status="prediction", certainty="likely")
    committed_checkout.write_source("third", later)

    assert told(run(committed_checkout)) == [
        ("kg/data/sources/third.yaml", "integrity/mixed-event")
    ]


def test_old_faults_elsewhere_are_not_told_again(
    committed_checkout: Checkout, claim: Callable[..., str]
) -> None:
    """What the base has against an untouched document is no matter of the branch."""
    committed_checkout.write_source(
        "faulty", claim("own", "patronage: {patron: arcadia, client: arcadia}")
    )
    committed(committed_checkout.root)
    change(committed_checkout, SECOND, "Sentence of later.", "Another sentence.")

    assert told(run(committed_checkout)) == []


@pytest.mark.parametrize("folder", ["ontology", "shapes", "kg/rules", "kg/data/schema"])
def test_what_concerns_all_is_validated_fully(committed_checkout: Checkout, folder: str) -> None:
    """A change of rules, shapes, ontology or format leads to a full run, which is said."""
    link = committed_checkout.root / folder
    target = link.resolve()
    link.unlink()
    link.symlink_to(f"{target}/.")

    found = run(committed_checkout)

    assert found.full_because == f"{folder} changed."
    assert found.as_text() == f"Everything was validated: {folder} changed."
    assert found.validation.stages == STAGES


def test_a_shape_with_a_query_is_validated_fully(
    committed_checkout: Checkout, claim: Callable[..., str]
) -> None:
    """Where a shape can look anywhere, everything is validated, and it is said why."""
    committed_checkout.write_shapes(
        "@prefix al: <https://w3id.org/allegiance/ontology#> .\n"
        "@prefix sh: <http://www.w3.org/ns/shacl#> .\n"
        "@prefix shape: <https://w3id.org/allegiance/shape/> .\n"
        "shape:no-claim a sh:NodeShape ; sh:targetClass al:Claim ; sh:severity sh:Warning ;\n"
        '  sh:message "A claim." ; sh:sparql [ sh:select "SELECT $this WHERE { $this ?p ?o }" ] .\n'
    )
    committed(committed_checkout.root)
    committed_checkout.write_source("third", claim("tie-again", TIE))

    found = run(committed_checkout)

    assert "a shape holds a query" in (found.full_because or "")
    assert (FIRST, "shape/no-claim") in told(found)


def test_a_base_that_cannot_be_built_is_validated_fully(committed_checkout: Checkout) -> None:
    """Where the base has a violation of its own, everything is validated."""
    (committed_checkout.root / FIRST).unlink()
    committed(committed_checkout.root)

    found = run(committed_checkout)

    assert "the base has violations" in (found.full_because or "")
    assert (SECOND, "names/unknown") in told(found)


def test_a_base_at_hand_is_not_built_again(
    committed_checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `build` made of the base's files is found, whatever was built since."""
    build = committed_checkout.root / "build"
    at_base = build_snapshot(committed_checkout.bundle, build)
    change(committed_checkout, SECOND, "Sentence of later.", "Another sentence.")
    current = build_snapshot(committed_checkout.bundle, build)
    built: list[Path] = []

    def counted(bundle: Bundle, folder: Path) -> object:
        built.append(folder)
        return build_snapshot(bundle, folder)

    monkeypatch.setattr(allegiance.incremental.base_snapshot, "build_snapshot", counted)

    assert not run(committed_checkout).base_was_built
    assert (built, at_base.name != current.name) == ([], True)


def test_a_base_that_is_missing_is_built_once(committed_checkout: Checkout) -> None:
    """The base is built from its commit, not from the working tree, and kept for the next run."""
    change(committed_checkout, SECOND, "Sentence of later.", "Another sentence.")
    lines: list[str] = []
    build = committed_checkout.root / "build"

    first = validate_changed(committed_checkout.bundle, "main", build, tell=lines.append)
    second = validate_changed(committed_checkout.bundle, "main", build, tell=lines.append)

    assert (first.base_was_built, second.base_was_built) == (True, False)
    assert len(lines) == 1
    assert first.commit[:12] in lines[0]
    assert not (build / "current").exists()
    assert sorted(file.name for file in build.iterdir() if file.name.startswith(".base-")) == []


def test_two_states_of_one_graph_share_a_snapshot(committed_checkout: Checkout) -> None:
    """A base whose files differ but not its graph is found the next time too."""
    build = committed_checkout.root / "build"
    build_snapshot(committed_checkout.bundle, build)
    with (committed_checkout.root / SECOND).open("a", encoding="utf-8") as file:
        file.write("# A comment.\n")
    committed(committed_checkout.root)

    assert run(committed_checkout).base_was_built
    assert not run(committed_checkout).base_was_built


def test_a_branch_is_compared_with_where_it_left(committed_checkout: Checkout) -> None:
    """What the base did after the branch left it is neither changed nor judged."""
    root = committed_checkout.root
    left = git(root, "rev-parse", "HEAD")
    git(root, "switch", "--quiet", "--create", "branch")
    git(root, "switch", "--quiet", "main")
    change(committed_checkout, SECOND, "Sentence of later.", "Another sentence.")
    committed(root)
    git(root, "switch", "--quiet", "branch")

    found = run(committed_checkout)

    assert (found.commit, found.changed) == (left, ())


def test_too_many_values_are_counted_with_those_of_others(
    committed_checkout: Checkout, claim: Callable[..., str]
) -> None:
    """The fifty-first day of an event is told, where fifty stand in an unchanged document."""
    days = [f"2024-{month:02}-{day:02}" for month in (1, 2) for day in range(1, 27)]
    dated = "event: {{id: strike, type: MilitaryStrike, actor: borduria, date: {}}}"
    fifty = [claim(f"on-{day}", dated.format(f'"{day}"')) for day in days[:50]]
    committed_checkout.write_source("dated", "".join(fifty))
    committed(committed_checkout.root)
    another = claim("one-more", dated.format(f'"{days[50]}"'))
    committed_checkout.write_source("third", another)

    found = run(committed_checkout)

    file = "kg/data/sources/third.yaml"
    assert told(found) == [(file, "integrity/many-values")] * 2
    assert found.validation.report == validate(committed_checkout.bundle).report


def test_the_nearest_claim_of_the_base_is_proposed(committed_checkout: Checkout) -> None:
    """A misspelt claim of an unchanged document is told with the right spelling."""
    change(committed_checkout, SECOND, "retaliationFor: strike", "retaliationFor: first/strikes")

    findings = run(committed_checkout).validation.report.findings

    assert [f.remedy for f in findings] == ["Did you mean first/strike?"]
