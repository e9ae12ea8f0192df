"""Fixtures: a checkout of sound data that is committed to a git repository on its branch main."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

# The modules beside this one are no tests, and are found as those of a program are.
sys.path.append(str(Path(__file__).parent))

from repositories import committed

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Checkout

TIE = "patronage: {patron: arcadia, client: reed-front}"
STRIKE = "event: {id: strike, label: The strike, type: MilitaryStrike, actor: borduria}"
LATER = "event: {type: MilitaryStrike, actor: reed-front, retaliationFor: strike}"


@pytest.fixture
def committed_checkout(checkout: Checkout, claim: Callable[..., str]) -> Checkout:
    """Give two documents, of which `second` names what `first` describes.

    Their register has only entries of which they speak.
    """
    checkout.write_actors(
        "actors:\n"
        "  arcadia: {class: State, label: Arcadia}\n"
        "  borduria: {class: State, label: Borduria}\n"
        "  reed-front: {class: ArmedGroup, label: Reed Front}\n"
        "  daily-reed: {class: MediaOrganisation, label: Daily Reed}\n"
    )
    checkout.write_source("first", claim("tie", TIE) + claim("strike", STRIKE))
    checkout.write_source("second", claim("later", LATER))
    (checkout.root / ".gitignore").write_text("build/\n", encoding="utf-8")
    committed(checkout.root)
    return checkout
