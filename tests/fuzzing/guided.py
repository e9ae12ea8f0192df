"""One target under atheris: libFuzzer changes the inputs, the coverage of our code guides it.

Run as a program, this is the fuzzer itself, in a process of its own: libFuzzer ends its process.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from target import Target

__all__ = ["Run", "fuzz"]

SLOW_S: Final = 10
MEMORY_MIB: Final = 4096
EXECUTIONS: Final = re.compile(r"stat::number_of_executed_units:\s+(\d+)")
COVERAGE: Final = re.compile(r"\bcov: (\d+) ft: (\d+) corp: (\d+)")
FAULT: Final = re.compile(r"=== Uncaught Python exception: ===\n(.*)|ERROR: (libFuzzer: .*)")


@dataclass(frozen=True, slots=True)
class Run:
    """Hold what came of a run; `finding` is empty where there is none, else it can be repeated."""

    executions: int
    edges: int
    inputs: int
    finding: str
    reproducer: bytes


def fuzz(target: Target, seconds: int) -> Run:
    """Fuzz for so long, or until something is found."""
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "found-"
        command = [sys.executable, __file__, target.name, *_options(target, seconds, Path(folder))]
        done = subprocess.run(
            [*command, f"-artifact_prefix={found}", str(_corpus(target, Path(folder)))],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
        )
        output = done.stdout.decode(errors="replace")
        reproducer = next((each.read_bytes() for each in Path(folder).glob("found-*")), b"")
    return _run(output, done.returncode, reproducer)


def _run(output: str, status: int, reproducer: bytes) -> Run:
    executions = EXECUTIONS.search(output)
    covered = [tuple(map(int, each)) for each in COVERAGE.findall(output)] or [(0, 0, 0)]
    fault = FAULT.search(output)
    finding = "" if fault is None else (fault[1] or fault[2])
    if status and not finding:
        finding = f"ended with {status}: {output[-500:]}"
    return Run(int(executions[1]) if executions else 0, *_last(covered), finding, reproducer)


def _last(covered: list[tuple[int, ...]]) -> tuple[int, int]:
    return covered[-1][0], covered[-1][2]


def _options(target: Target, seconds: int, folder: Path) -> Iterator[str]:
    words = folder / "words"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words), encoding="ascii")
    yield f"-max_total_time={seconds}"
    yield f"-max_len={target.max_bytes}"
    yield f"-dict={words}"
    yield f"-timeout={SLOW_S}"
    yield f"-rss_limit_mb={MEMORY_MIB}"
    yield "-print_final_stats=1"


def _escaped(word: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word.encode())


def _corpus(target: Target, folder: Path) -> Path:
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(target.seeds):
        (corpus / str(number)).write_bytes(seed)
    return corpus


def main() -> None:
    """Watch the coverage of our packages, and hand over to libFuzzer."""
    import atheris  # type: ignore[import-untyped] # noqa: PLC0415 - it is installed only where it is fuzzed

    from allegiance_server.workers.isolation import leave_network  # noqa: PLC0415 - see below

    name, *options = sys.argv[1:]
    # Whatever were let in and called: it would reach nobody.
    leave_network()
    _forget("allegiance_server")
    with atheris.instrument_imports(include=["allegiance_server"]):
        from targets import TARGETS  # noqa: PLC0415 - only what is imported here is watched
    atheris.Setup([sys.argv[0], *options], TARGETS[name].run)
    atheris.Fuzz()


def _forget(package: str) -> None:
    """Have a package imported anew, to be watched from its first line."""
    for name in list(sys.modules):
        if name.partition(".")[0] == package:
            del sys.modules[name]


if __name__ == "__main__":
    main()
