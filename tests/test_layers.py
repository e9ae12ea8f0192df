"""The house keeps its shape: sizes, direction of imports, annotations, docstrings."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = (ROOT / "kg" / "allegiance", ROOT / "server" / "allegiance_server")
MODULES = sorted(file for package in PACKAGES for file in package.rglob("*.py"))
SCRIPTS = sorted((ROOT / "benchmarks").rglob("*.py"))
MODULE_LINES = 400
FUNCTION_LINES = 40
TURTLE_LINES = 320


def _parsed(file: Path) -> ast.Module:
    """Parse a module; once more where the interpreter has counted the depth of two threads at once.

    CPython does so before 3.11.8 when another thread parses at the same time, and says so by a
    SystemError: https://github.com/python/cpython/issues/106905.
    """
    text = file.read_text(encoding="utf-8")
    try:
        return ast.parse(text)
    except SystemError:
        return ast.parse(text)


def _functions(file: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = _parsed(file)
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_there_are_modules_to_check() -> None:
    """The checks below run on both packages."""
    assert {file.parent.name for file in MODULES} >= {
        "allegiance",
        "allegiance_server",
        "protocol",
        "workers",
        "web",
    }


@pytest.mark.parametrize("file", MODULES + SCRIPTS, ids=lambda file: file.name)
def test_a_module_is_one_noun(file: Path) -> None:
    """A module has at most 400 lines."""
    assert len(file.read_text(encoding="utf-8").splitlines()) <= MODULE_LINES


@pytest.mark.parametrize("file", MODULES + SCRIPTS, ids=lambda file: file.name)
def test_a_function_fits_on_a_screen(file: Path) -> None:
    """A function has at most 40 lines."""
    long = {n.name: n.end_lineno - n.lineno + 1 for n in _functions(file) if n.end_lineno}

    assert [] == [name for name, lines in long.items() if lines > FUNCTION_LINES]


def test_functions_are_short_on_the_whole() -> None:
    """The median function has between 5 and 10 lines."""
    lines = sorted(
        node.end_lineno - node.lineno + 1
        for file in MODULES
        for node in _functions(file)
        if node.end_lineno
    )

    assert 5 <= lines[len(lines) // 2] <= 10


@pytest.mark.parametrize("file", sorted(PACKAGES[0].rglob("*.py")), ids=lambda file: file.name)
def test_imports_point_one_way(file: Path) -> None:
    """kg/ imports neither the server nor anything that speaks HTTP."""
    tree = _parsed(file)
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }

    assert not imported & {"allegiance_server", "fastapi", "starlette", "uvicorn", "httpx"}


@pytest.mark.parametrize(
    "file",
    sorted([*(ROOT / "ontology").glob("*.ttl"), *(ROOT / "shapes").glob("*.ttl")]),
    ids=lambda file: f"{file.parent.name}-{file.name}",
)
def test_a_turtle_file_is_one_noun(file: Path) -> None:
    """A Turtle file has about 300 lines at most."""
    assert len(file.read_text(encoding="utf-8").splitlines()) <= TURTLE_LINES
