"""The verdict on a branch is that of a full run, whatever the branch does."""

from __future__ import annotations

import os
import random
import shutil
from functools import cache
from typing import TYPE_CHECKING

import pytest
from generated import EDITS, LATE_EDITS, Data, generate
from repositories import committed

import allegiance.incremental.changed_shapes
import allegiance.validation
from allegiance.incremental import validate_changed
from allegiance.shacl import load_shapes
from allegiance.validation import validate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Checkout

    from allegiance.finding import Place, Severity
    from allegiance.validation import Validation

# How many random edits are tried; `ALLEGIANCE_EDITS=500` tries more, and a seed tries others.
EDITED = int(os.environ.get("ALLEGIANCE_EDITS", "60"))
SEED = int(os.environ.get("ALLEGIANCE_EDIT_SEED", "1"))


@pytest.fixture(scope="module", autouse=True)
def _shapes_are_read_once() -> Iterator[None]:
    """Share the shapes between all runs, whose shapes are the repository's."""
    read = cache(load_shapes)
    with pytest.MonkeyPatch.context() as patch:
        for module in (allegiance.validation, allegiance.incremental.changed_shapes):
            patch.setattr(module, "load_shapes", lambda folder: read(folder.resolve()))
        yield


@pytest.fixture(scope="module")
def base(new_checkout: Callable[[], Checkout]) -> tuple[Checkout, Data]:
    """Give a checkout of clean data that are committed, and the data."""
    checkout = new_checkout()
    (checkout.root / "kg/data/actors/actors.yaml").unlink()
    shutil.rmtree(checkout.captures)
    data = generate(random.Random(SEED))  # noqa: S311 - data, no secrets
    data.write(checkout.root)
    assert validate(checkout.bundle).report.findings == ()
    committed(checkout.root)
    return checkout, data


def told(validation: Validation) -> tuple[tuple[str, ...], set[tuple[Place, str, str, Severity]]]:
    """Return the stages that ran and what was found, without the remedies."""
    found = validation.report.findings
    return validation.stages, {(f.place, f.rule, f.message, f.severity) for f in found}


@pytest.mark.parametrize("number", range(EDITED))
def test_a_branch_is_judged_like_the_whole(base: tuple[Checkout, Data], number: int) -> None:
    """One to three random edits give the same stages and findings in both runs."""
    checkout, sound = base
    chance = random.Random(f"{SEED}-{number}")  # noqa: S311 - edits, no secrets
    data = sound.copied()
    edits = chance.sample(LATE_EDITS if number % 2 else EDITS, chance.choice((1, 1, 2, 3)))
    for edit in edits:
        edit(data, chance)
    data.write(checkout.root)

    changed = validate_changed(checkout.bundle, "main", checkout.root / "build")

    assert changed.full_because is None
    assert told(changed.validation) == told(validate(checkout.bundle)), edits


def test_the_edits_reach_every_stage(base: tuple[Checkout, Data]) -> None:
    """Each edit alters the data: what the comparison compares is not always nothing."""
    _, sound = base
    before = dict(sound.files())

    def alters(edit: Callable[[Data, random.Random], object], number: int) -> bool:
        data = sound.copied()
        edit(data, random.Random(number))  # noqa: S311 - edits, no secrets
        return dict(data.files()) != before

    for edit in EDITS:
        assert any(alters(edit, number) for number in range(8)), edit
