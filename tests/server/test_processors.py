"""Processors are counted as far as this process may use them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from allegiance_server.processors import usable_processors

if TYPE_CHECKING:
    from pathlib import Path


def count(tmp_path: Path, membership: str | None, **quotas: str) -> int:
    """Count with 16 processors by affinity and these quotas by group: root, a, a_b."""
    for group, quota in quotas.items():
        folder = tmp_path / group.replace("root", "").replace("_", "/")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "cpu.max").write_text(f"{quota}\n", encoding="ascii")
    groups = tmp_path / "membership"
    if membership is not None:
        groups.write_text(membership, encoding="utf-8")
    return usable_processors(tmp_path, groups)


@pytest.mark.parametrize(
    ("membership", "quotas", "expected"),
    [
        ("0::/\n", {"root": "400000 100000"}, 4),
        ("0::/a/b\n", {"a_b": "300000 100000"}, 3),
        ("0::/a/b\n", {"a_b": "max 100000", "a": "200000 100000"}, 2),
        ("0::/a\n", {"a": "250000 100000"}, 2),
        ("0::/a\n", {"a": "10000 100000"}, 1),
        ("0::/a\n", {"a": "max 100000"}, 16),
        ("0::/a\n", {"a": "nonsense"}, 16),
        ("0::/a\n", {}, 16),
        ("4:cpu:/a\n", {"a": "200000 100000"}, 16),
        (None, {"root": "400000 100000"}, 4),
        (None, {}, 16),
        ("0::/a\n", {"a": "6400000 100000"}, 16),
    ],
)
def test_smallest_bound_counts(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    membership: str | None,
    quotas: dict[str, str],
    expected: int,
) -> None:
    """Of affinity and the quotas of all groups above, the least holds, and never less than one."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)))
    assert count(tmp_path, membership, **quotas) == expected


def test_affinity_is_that_of_this_process() -> None:
    """Bound to one processor, a process counts one."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert usable_processors() == 1
    finally:
        os.sched_setaffinity(0, before)
