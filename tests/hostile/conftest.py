"""Run the program on hostile contributions, confined as no contribution should need it to be."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Checkout

# Generous, since several tests share a machine; what counts is the time of computing.
PATIENCE_S = 120
# One gibibyte, ten seconds of computing, no connection to anywhere, no other program. Each run is a
# fork of a process that has imported what all of them need.
LAUNCHER = f"""
import json, os, resource, signal, sys
import allegiance.commands
from allegiance_server.cli import main

FORBIDDEN = {{"socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system"}}

def refuse(event, arguments):
    if event in FORBIDDEN:
        os._exit(99)

def run(arguments, output):
    signal.alarm({PATIENCE_S})
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(file, 1)
    os.dup2(file, 2)
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
    sys.addaudithook(refuse)
    try:
        status = main(arguments)
    except SystemExit as done:
        status = done.code
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(int(status))

for line in sys.stdin:
    order = json.loads(line)
    pid = os.fork()
    if pid == 0:
        try:
            run(order["arguments"], order["output"])
        finally:
            os._exit(98)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""
RULE = re.compile(r"\b(?:syntax|structure|names|evidence|shape|integrity)/[a-z-]+")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold how a confined run ended, what it printed and which rules it named."""

    status: int
    output: str
    rules: frozenset[str]


@dataclass(frozen=True, slots=True)
class Confined:
    """Run checks on a checkout in a process of their own."""

    checkout: Checkout
    launcher: subprocess.Popen[str]

    def run(self, *arguments: str) -> Outcome:
        """Run a command of the console on the checkout."""
        command, *others = arguments
        output = self.checkout.root.with_name(f"{self.checkout.root.name}-output")
        order = {
            "arguments": [command, "--root", str(self.checkout.root), *others],
            "output": str(output),
        }
        assert self.launcher.stdin is not None
        assert self.launcher.stdout is not None
        self.launcher.stdin.write(json.dumps(order) + "\n")
        self.launcher.stdin.flush()
        status = int(self.launcher.stdout.readline())
        told = output.read_text(encoding="utf-8")
        return Outcome(status, told, frozenset(RULE.findall(told)))

    def validate(self, content: bytes, name: str = "evil") -> Outcome:
        """Validate the data with one more document."""
        self.checkout.write_raw(name, content)
        return self.run("validate")

    def judge(self, content: bytes, name: str) -> Outcome:
        """Validate a file of RDF."""
        (self.checkout.root / name).write_bytes(content)
        return self.judge_file(self.checkout.root / name)

    def judge_file(self, file: Path) -> Outcome:
        """Validate a file of RDF that is there."""
        return self.run("validate", str(file))


@pytest.fixture(scope="session")
def launcher() -> Iterator[subprocess.Popen[str]]:
    """Start the process that confined runs are forked from."""
    with subprocess.Popen(
        [sys.executable, "-c", LAUNCHER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture
def confined(checkout: Checkout, launcher: subprocess.Popen[str]) -> Confined:
    """Give the runner on a checkout of the test's own."""
    return Confined(checkout, launcher)


@pytest.fixture
def document(page: str) -> Callable[[str], bytes]:
    """Give the writer of a document called evil from its claims."""

    def write(claims: str) -> bytes:
        return (
            "document: evil\ntype: NewsArticle\ntitle: A title\nlanguage: en\n"
            'recorded: "2026-11-21"\n'
            'publications:\n  - {outlet: daily-reed, published: "2024-10-02"}\n'
            f"capture: {{page: invented-page, start: 0, end: {len(page)}}}\nclaims:\n{claims}"
        ).encode()

    return write
