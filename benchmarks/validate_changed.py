"""Measure `validate --changed` on graphs of 10^4 to 10^6 quads, beside a full run.

    python benchmarks/validate_changed.py --claims 240 2400 24000 --write

Each checkout is generated and committed to a git repository; a pull request then adds a document of
twenty claims, some of them faulty, and alters five claims of another one. Each run is a process of
its own, from the start of Python to the report. The full run, stopped after the time limit, uses
the same shapes on all data. With --write the table replaces
benchmarks/results/validate_changed.md.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from build_at_scale import generate
from reports import RESULTS, heading, markdown_table, publish

from allegiance.bundle import Bundle
from allegiance.incremental import validate_changed
from allegiance.validation import validate

SCRIPT: Final = "validate_changed.py"
CLAIMS: Final = (240, 2400)
ADDED: Final = 20
MINUTES: Final = 15
RUNS: Final = 3


@dataclass(frozen=True, slots=True)
class Run:
    """Hold what a run took and found; nothing where it was stopped."""

    seconds: float
    megabytes: float
    quads: int
    findings: frozenset[str] | None


def main() -> None:
    """Measure each size, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--claims", type=int, nargs="+", default=CLAIMS)
    parser.add_argument("--minutes", type=float, default=MINUTES, help="the full run's time limit")
    parser.add_argument("--folder", type=Path, help="keep checkouts and snapshots here")
    parser.add_argument("--write", action="store_true", help="keep the result in the repository")
    parser.add_argument("--run", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        _run(*options.run)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        rows = [row(folder, claims, options.minutes * 60) for claims in options.claims]
    file = RESULTS / "validate_changed.md" if options.write else None
    publish(
        f"{heading('Validating a branch', SCRIPT)}\n\n{explained()}\n\n{markdown_table(rows)}", file
    )


def explained() -> str:
    """Tell what was measured."""
    return (
        f"A pull request adds {ADDED} claims and alters five. Seconds and peak memory are those of "
        "the whole process; with the base at hand, the median of three runs. `Base missing`: the "
        "base is built first. `Full`: all data, same shapes; `>` means that it was stopped then. "
        "`Same`: both found the same."
    )


def row(folder: Path, claims: int, limit: float) -> dict[str, str]:
    """Measure one size."""
    checkout, build = folder / f"claims-{claims}", folder / f"build-{claims}"
    if not checkout.exists():
        checkout.mkdir(parents=True)
        generate(checkout, claims)
        make_sound(checkout)
        commit(checkout)
    shutil.rmtree(build, ignore_errors=True)
    request(checkout)
    missing = measure(checkout, build, "changed", None)
    at_hand = sorted(
        (measure(checkout, build, "changed", None) for _ in range(RUNS)), key=lambda r: r.seconds
    )[RUNS // 2]
    full = measure(checkout, build, "full", limit)
    same = "-" if full.findings is None else ("no", "yes")[full.findings == at_hand.findings]
    return {
        "claims": f"{claims:,}",
        "quads": f"{at_hand.quads:,}",
        "seconds": f"{at_hand.seconds:.2f}",
        "MB": f"{at_hand.megabytes:,.0f}",
        "base missing, s": f"{missing.seconds:.1f}",
        "full, s": f"{'> ' if full.findings is None else ''}{full.seconds:.1f}",
        "full, MB": "-" if full.findings is None else f"{full.megabytes:,.0f}",
        "findings": f"{len(at_hand.findings or ())}",
        "same": same,
    }


def make_sound(checkout: Path) -> None:
    """Make every actor a state, so that nothing is wrong with the ties of the base."""
    file = checkout / "kg/data/actors/actors.yaml"
    text = re.sub("class: (ArmedGroup|Person)", "class: State", file.read_text("utf-8"))
    file.write_text(text, encoding="utf-8")


def commit(checkout: Path) -> None:
    """Put the checkout under git, on its branch main."""
    names = ("-c", "user.name=Benchmark", "-c", "user.email=benchmark@example.org")
    for arguments in (
        ("init", "--quiet", "--initial-branch=main"),
        ("add", "--all"),
        (*names, "-c", "commit.gpgsign=false", "commit", "--quiet", "--message=Base"),
    ):
        subprocess.run(["git", "-C", str(checkout), *arguments], check=True)  # noqa: S607


def request(checkout: Path) -> None:
    """Add a document of twenty claims, four of them faulty, and alter five claims of another."""
    sources = checkout / "kg/data/sources"
    head, *claims = (sources / "document-2.yaml").read_text("utf-8").split("  - id: ")
    chosen = [f"  - id: {claim}" for claim in claims[:ADDED]]
    own = "{patron: actor-2, client: actor-2}"
    chosen[7] = re.sub(r"patronage: \{.*\}", f"patronage: {own}", chosen[7])
    doubted = "status: asserted\n    certainty: doubtful\n"
    faulty = "".join(chosen).replace("status: asserted\n", doubted, 3)
    text = head.replace("document: document-2", "document: added") + faulty
    (sources / "added.yaml").write_text(text, encoding="utf-8")
    altered = sources / "document-1.yaml"
    text = altered.read_text("utf-8")
    altered.write_text(text.replace("status: asserted", "status: attributed", 5), encoding="utf-8")


def measure(checkout: Path, build: Path, kind: str, limit: float | None) -> Run:
    """Run one validation in a process of its own."""
    command = [sys.executable, __file__, "--run", kind, str(checkout), str(build)]
    began = time.perf_counter()
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return Run(time.perf_counter() - began, 0, 0, None)
    seconds = time.perf_counter() - began
    told = json.loads(done.stdout.splitlines()[-1])
    return Run(seconds, told["megabytes"], told["quads"], frozenset(told["findings"]))


def _run(kind: str, checkout: str, build: str) -> None:
    """Validate in this process, and print what was found."""
    bundle, quads = Bundle(Path(checkout)), 0
    if kind == "changed":
        validation = validate_changed(bundle, "main", Path(build)).validation
        manifest = next(Path(build).glob("*/manifest.json"))
        quads = int(json.loads(manifest.read_text("utf-8"))["quads"])
    else:
        validation = validate(bundle)
    findings = [f"{f.place} {f.rule} {f.message}" for f in validation.report.findings]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"megabytes": peak, "quads": quads, "findings": findings}))


if __name__ == "__main__":
    main()
