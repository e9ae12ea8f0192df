"""Measure `allegiance build` on a generated checkout of many claims.

    python benchmarks/build_at_scale.py --claims 100000

The generated claims are of every common frame, with dates, attribution chains, conditions and
passages, spread over documents of fifty claims; ties are shared between documents, so that the
comparison of claims has work to do. The table goes to standard output; with --write it replaces
benchmarks/results/build_at_scale.md.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "build_at_scale.md"
CLAIMS_PER_DOCUMENT = 50
CAPTURE_CHARACTERS = 20_000


def main() -> None:
    """Generate, build, and print how long it took and how much memory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--claims", type=int, default=100_000)
    parser.add_argument("--write", action="store_true", help="keep the result in the repository")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        checkout = Path(folder)
        generate(checkout, options.claims)
        row = measure(checkout, options.claims)
    text = table(row)
    print(text)
    if options.write:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(text + "\n", encoding="utf-8")


def generate(checkout: Path, claims: int) -> None:
    """Write a checkout of about this many claims; the same every time."""
    chance = random.Random(claims)
    for shared in ("ontology", "shapes", "kg/rules", "kg/queries", "kg/data/schema"):
        (checkout / shared).parent.mkdir(parents=True, exist_ok=True)
        (checkout / shared).symlink_to(ROOT / shared)
    sources = checkout / "kg" / "data" / "sources"
    actors = checkout / "kg" / "data" / "actors"
    sources.mkdir()
    actors.mkdir()
    documents = max(1, claims // CLAIMS_PER_DOCUMENT)
    count = max(50, claims // 100)
    (actors / "actors.yaml").write_text(_actors(count), encoding="utf-8")
    (checkout / "kg/data/captures.yaml").write_text(_captures(documents), encoding="utf-8")
    for number in range(documents):
        text = _document(number, count, chance)
        (sources / f"document-{number}.yaml").write_text(text, encoding="utf-8")


def measure(checkout: Path, claims: int) -> dict[str, str]:
    """Run the console command as a user would, and return what it took."""
    command = [sys.executable, "-m", "allegiance_server", "build", "--root", str(checkout)]
    began = time.perf_counter()
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    seconds = time.perf_counter() - began
    if done.returncode:
        sys.exit(f"the build failed ({done.returncode}): {done.stdout[-2000:]}{done.stderr}")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    printed = dict(line.split(": ", 1) for line in done.stdout.splitlines() if ": " in line)
    return {
        "claims": f"{claims:,}",
        "quads": f"{int(printed['quads']):,}",
        "seconds": f"{seconds:.1f}",
        "peak MB of the largest process": f"{peak:,.0f}",
        "snapshot": printed["snapshot"][:12],
    }


def table(row: dict[str, str]) -> str:
    """Write one row as Markdown, with the machine's kind and the day."""
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    today = datetime.now(tz=UTC).date().isoformat()
    lines = [
        "# Build at scale",
        "",
        f"`make bench`, {today}, {machine}.",
        "",
        "| " + " | ".join(row) + " |",
        "|" + "---|" * len(row),
        "| " + " | ".join(row.values()) + " |",
    ]
    return "\n".join(lines)


def _actors(count: int) -> str:
    lines = ["actors:", "  outlet: {class: MediaOrganisation, label: Outlet}"]
    for number in range(count):
        kind = ("State", "ArmedGroup", "Person")[number % 3]
        lines.append(f"  actor-{number}: {{class: {kind}, label: Actor {number}}}")
    return "\n".join(lines) + "\n"


def _captures(documents: int) -> str:
    lines = ["captures:"]
    for number in range(documents):
        digest = hashlib.sha256(str(number).encode()).hexdigest()
        lines += [
            f"  page-{number}:",
            f"    url: https://example.org/{number}",
            f"    sha256: {digest}",
            f"    characters: {CAPTURE_CHARACTERS}",
            "    normalisation: None.",
        ]
    return "\n".join(lines) + "\n"


def _document(number: int, actors: int, chance: random.Random) -> str:
    day = 1 + number % 28
    lines = [
        f"document: document-{number}",
        "type: NewsArticle",
        f"title: Document {number}",
        "language: en",
        'recorded: "2026-11-21"',
        "publications:",
        f'  - {{outlet: outlet, published: "2024-{1 + number % 12:02}-{day:02}"}}',
        f"capture: {{page: page-{number}, start: 0, end: {CAPTURE_CHARACTERS}}}",
        "",
        "claims:",
    ]
    for claim in range(CLAIMS_PER_DOCUMENT):
        lines += _claim(claim, actors, chance)
    return "\n".join(lines) + "\n"


def _claim(number: int, actors: int, chance: random.Random) -> list[str]:
    one, other = chance.sample(range(actors), 2)
    start = number * 100
    digest = hashlib.sha256(f"{number} {one} {other}".encode()).hexdigest()
    status = chance.choice(("asserted", "asserted", "asserted", "attributed", "hypothetical"))
    lines = [
        f"  - id: claim-{number}",
        f"    says: In sentence {number} actor {one} has to do with actor {other}.",
        f"    status: {status}",
    ]
    if status == "attributed":
        lines.append(f"    attributedTo: [actor-{chance.randrange(actors)}, actor-{one}]")
    if status == "hypothetical" and number:
        lines += ["    certainty: possible", "    hedge: could", "    condition: claim-0"]
    lines += [
        "    at:",
        f"      start: {start}",
        f"      end: {start + 90}",
        "      starts: Its first words",
        "      ends: and its last",
        f"      sha256: {digest}",
        f"    {_content(number, one, other)}",
    ]
    return lines


def _content(number: int, one: int, other: int) -> str:
    first, second = f"actor-{one}", f"actor-{other}"
    day = f'"2024-05-0{1 + one % 9}"'
    contents = (
        f'patronage: {{patron: {first}, client: {second}, since: "20{10 + one % 9}"}}',
        f"alliance: {{parties: [{first}, {second}]}}",
        f"diplomaticRelations: {{parties: [{first}, {second}], status: severed}}",
        f"event: {{type: MilitaryStrike, actor: {first}, target: {second}, date: {day}}}",
        f"statement: {{speaker: {first}, about: {second}, modality: [threat], direct: true}}",
        f"figure: {{of: {first}, quantity: fighters, value: {one}, unit: persons}}",
        f"characterisation: {{of: {first}, aspect: aim, as: It strives for {other}.}}",
    )
    return contents[number % len(contents)]


if __name__ == "__main__":
    main()
