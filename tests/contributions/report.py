"""Print how each rule is found: its cases, how many are found, and how many in the right place.

Run it with `python tests/contributions/report.py`.
"""

from __future__ import annotations

import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
from judging import cases, judged, read_once, wrong_cases

if TYPE_CHECKING:
    from collections.abc import Iterable

    from judging import Verdict

HEAD = """\
| rule | cases | found | nothing else | line right | column right |
|---|---|---|---|---|---|"""


def table(verdicts: Iterable[Verdict]) -> str:
    """Write the table, a row for each rule, and the sums below it."""
    by_rule: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        by_rule[str(verdict.case.rule)].append(verdict)
    rows = [_row(rule, by_rule[rule]) for rule in sorted(by_rule)]
    rows.append(_row(f"all {len(by_rule)} rules", [v for part in by_rule.values() for v in part]))
    return "\n".join([HEAD, *rows])


def _row(rule: str, verdicts: list[Verdict]) -> str:
    counts = (
        len(verdicts),
        sum(verdict.own is not None for verdict in verdicts),
        sum(not verdict.others for verdict in verdicts),
        sum(verdict.is_on_line for verdict in verdicts),
        sum(verdict.is_on_column for verdict in verdicts),
    )
    return f"| {rule} | {' | '.join(map(str, counts))} |"


def main() -> None:
    """Judge all cases and print the table; the right ones in a line below it."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        read_once(patch)
        wrong = [judged(case, Path(folder) / case.name) for case in wrong_cases()]
        right = [judged(case, Path(folder) / f"right-{case.name}") for case in cases("right")]
    print(table(wrong))  # noqa: T201 - the table is what the script is for
    clean = sum(not verdict.findings for verdict in right)
    print(f"\nRight ones: {len(right)}, of which {clean} without any finding.")  # noqa: T201


if __name__ == "__main__":
    main()
