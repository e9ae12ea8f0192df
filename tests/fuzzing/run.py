"""Fuzz for a bounded time, and print what came of it.

    python tests/fuzzing/run.py --seconds 60             every target, under atheris
    python tests/fuzzing/run.py --seconds 10 requests    one of them
    python tests/fuzzing/run.py --http                   a running server, by schemathesis

With --write the tables replace benchmarks/results/fuzzing.md. The exit status is 1 where anything
is found; the input that shows it stands below the table.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "benchmarks"))

from guided import fuzz  # noqa: E402 - beside it
from reports import markdown_table, publish  # noqa: E402 - found by the line above
from targets import TARGETS  # noqa: E402 - beside it

RESULTS: Final = ROOT / "benchmarks" / "results" / "fuzzing.md"
PACKAGES: Final = ("atheris", "schemathesis", "hypothesis", "pyoxigraph", "uvicorn", "httptools")


def main() -> int:
    """Fuzz what is asked for; return 1 where something is found."""
    options = _options()
    parts, findings = [], []
    if not options.http or options.all:
        text, found = _targets(options.targets or list(TARGETS), options.seconds)
        parts.append(text)
        findings += found
    if options.http or options.all:
        from interface_run import check_interface  # noqa: PLC0415 - schemathesis takes a second

        text, found = check_interface(options.seconds)
        parts.append(text)
        findings += found
    text = "\n\n".join([_heading(), *parts, _told(findings)])
    publish(text, RESULTS if options.write else None)
    return 1 if findings else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", metavar="target", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=60, help="for each target or server")
    parser.add_argument("--http", action="store_true", help="a running server, not the targets")
    parser.add_argument("--all", action="store_true", help="the targets and a running server")
    parser.add_argument("--write", action="store_true", help="keep the tables in the repository")
    options = parser.parse_args()
    unknown = [name for name in options.targets if name not in TARGETS]
    if unknown:
        parser.error(f"no such target: {', '.join(unknown)}; there are {', '.join(TARGETS)}")
    return options


def _targets(names: list[str], seconds: int) -> tuple[str, list[str]]:
    rows, findings = [], []
    for name in names:
        run = fuzz(TARGETS[name], seconds)
        sys.stderr.write(f"{name}: {run.executions:,} executions, {run.finding or 'nothing'}\n")
        rows.append(
            {
                "target": name,
                "executions": f"{run.executions:,}",
                "edges covered": f"{run.edges:,}",
                "inputs kept": f"{run.inputs:,}",
                "stalls of the machine": f"{run.stalls}",
                "findings": "1" if run.finding else "0",
            }
        )
        if run.finding:
            findings.append(f"{name}: {run.finding}\n\n    {run.reproducer!r}")
    title = f"## Functions, {seconds} s each, guided by coverage (atheris)"
    return f"{title}\n\n{markdown_table(rows)}", findings


def _heading() -> str:
    today = datetime.now(tz=UTC).date().isoformat()
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    command = " ".join(["python tests/fuzzing/run.py", *sys.argv[1:]])
    return f"# Fuzzing\n\n`{command}`, {today}, {machine}, {versions}."


def _told(findings: list[str]) -> str:
    return "\n\n".join(["## Findings", *(findings or ["None."])])


if __name__ == "__main__":
    sys.exit(main())
