"""The wheel works: installed into an empty environment, away from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel as a release would."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_everything_that_is_asked_for(wheel: Path) -> None:
    """Data, ontology, shapes, questions, rules and pages travel inside."""
    names = zipfile.ZipFile(wheel).namelist()

    for needed in (
        "allegiance/_bundle/kg/data/sources/as-2024-irans-allies.yaml",
        "allegiance/_bundle/kg/data/schema/document.schema.json",
        "allegiance/_bundle/kg/queries/allies-of.rq",
        "allegiance/_bundle/kg/rules/10-asserted-view.rq",
        "allegiance/_bundle/ontology/core.ttl",
        "allegiance/_bundle/shapes/claims.ttl",
        "allegiance_server/py.typed",
    ):
        assert needed in names
    assert any(name.startswith("allegiance_server/web/templates/") for name in names)


def test_an_installed_wheel_answers(wheel: Path, tmp_path: Path) -> None:
    """`allegiance query allies-of iran` answers from the wheel alone.

    The environment is made anew and holds only the wheel; the libraries, which the lock file pins,
    are those of this one, seen through a path file, so that the test needs no package index.
    """
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    site = next(environment.glob("lib/python3*/site-packages"))
    zipfile.ZipFile(wheel).extractall(site)
    libraries = [path for path in sys.path if path.endswith("site-packages")]
    (site / "libraries.pth").write_text("\n".join(libraries) + "\n", encoding="utf-8")

    done = subprocess.run(
        [environment / "bin" / "python", "-m", "allegiance_server", "query", "allies-of", "iran"],
        cwd=tmp_path,
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), "PYTHONPATH": str(site)},
        check=True,
        capture_output=True,
        text=True,
    )

    assert "Hezbollah" in done.stdout
    assert "patronage" in done.stdout
    assert list((tmp_path / "cache" / "allegiance").glob("*/graph.nq"))
