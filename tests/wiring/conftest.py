"""Fixtures: repositories under git, and a stand-in for the step that installs the package."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

# The modules beside this one are no tests, and are found as those of a program are.
sys.path.append(str(Path(__file__).parent))

from composite import Repository

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conftest import Checkout

    Maker = Callable[[], tuple[Repository, Checkout]]

ROOT = Path(__file__).resolve().parents[2]
SHARED = ("ontology", "shapes", "kg/rules", "kg/queries", "kg/data/schema")


@pytest.fixture(scope="session")
def new_repository(new_checkout: Callable[[], Checkout]) -> Maker:
    """Give a maker of small checkouts under git, which share nothing with this one."""

    def make() -> tuple[Repository, Checkout]:
        checkout = new_checkout()
        for name in SHARED:
            (checkout.root / name).unlink()
            shutil.copytree(ROOT / name, checkout.root / name)
        made = Repository(checkout.root)
        made.git("init", "--quiet", "--initial-branch=main")
        return made, checkout

    return make


@pytest.fixture(scope="session")
def installed() -> Mapping[str, str]:
    """Give a stand-in for the step that installs: the environment of the tests, under its path."""
    binaries = Path(sys.executable).parent
    if not os.access(binaries / "allegiance", os.X_OK):
        pytest.skip("the command `allegiance` is not installed beside this Python")
    lines = ['mkdir -p "$WORK/venv/bin"']
    lines += [
        f'printf \'#!/bin/sh\\nexec "{binaries / name}" "$@"\\n\' > "$WORK/venv/bin/{name}"\n'
        f'chmod +x "$WORK/venv/bin/{name}"'
        for name in ("python", "allegiance")
    ]
    return {"Install": "\n".join(lines)}
