"""One target under atheris: libFuzzer changes the inputs, the coverage of our code guides it.

Run as a program, this is the fuzzer itself, in a process of its own: libFuzzer ends its process.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from target import Target

__all__ = ["Run", "fuzz"]

SLOW_S: Final = 10
MEMORY_MIB: Final = 4096
TIMEOUT: Final = "libFuzzer: timeout"
EXECUTIONS: Final = re.compile(r"stat::number_of_executed_units:\s+(\d+)")
COVERAGE: Final = re.compile(r"\bcov: (\d+) ft: (\d+) corp: (\d+)")
FAULT: Final = re.compile(r"=== Uncaught Python exception: ===\n(.*)|ERROR: (libFuzzer: .*)")


@dataclass(frozen=True, slots=True)
class Run:
    """Hold what came of a run; `finding` is empty where there is none, else it can be repeated.

    `stalls` are time-outs that are none when they are repeated: libFuzzer looks at the clock on the
    wall, and a busy machine lets a process wait.
    """

    executions: int
    edges: int
    inputs: int
    finding: str
    reproducer: bytes
    stalls: int = 0


def fuzz(target: Target, seconds: int) -> Run:
    """Fuzz for so long, or until something is found that is found again."""
    end = time.monotonic() + seconds
    run = _once(target, seconds)
    while run.finding.startswith(TIMEOUT) and not _again(target, run.reproducer):
        left = int(end - time.monotonic())
        further = _once(target, left) if left > 0 else Run(0, 0, 0, "", b"")
        run = Run(
            run.executions + further.executions,
            max(run.edges, further.edges),
            max(run.inputs, further.inputs),
            further.finding,
            further.reproducer,
            run.stalls + 1,
        )
    return run


def _once(target: Target, seconds: int) -> Run:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        options = (*_options(target, folder), f"-max_total_time={seconds}")
        status, output = _run(target, *options, str(_corpus(target, folder)))
        reproducer = next((each.read_bytes() for each in folder.glob("found-*")), b"")
    executions = EXECUTIONS.search(output)
    covered = [tuple(map(int, each)) for each in COVERAGE.findall(output)] or [(0, 0, 0)]
    fault = FAULT.search(output)
    finding = "" if fault is None else (fault[1] or fault[2])
    if status and not finding:
        finding = f"ended with {status}: {output[-500:]}"
    return Run(int(executions[1]) if executions else 0, *_last(covered), finding, reproducer)


def _again(target: Target, reproducer: bytes) -> bool:
    """Tell whether an input by itself fails, too; without one, that is not known."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "input"
        file.write_bytes(reproducer)
        status, _ = _run(target, *_options(target, Path(folder)), str(file))
    return not reproducer or status != 0


def _run(target: Target, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, __file__, target.name, *arguments],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    return done.returncode, done.stdout.decode(errors="replace")


def _last(covered: list[tuple[int, ...]]) -> tuple[int, int]:
    return covered[-1][0], covered[-1][2]


def _options(target: Target, folder: Path) -> Iterator[str]:
    words = folder / "words"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words), encoding="ascii")
    yield f"-max_len={target.max_bytes}"
    yield f"-dict={words}"
    yield f"-timeout={SLOW_S}"
    yield f"-rss_limit_mb={MEMORY_MIB}"
    yield f"-artifact_prefix={folder / 'found-'}"
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
