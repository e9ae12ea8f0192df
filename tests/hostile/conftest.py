"""Run the program on hostile contributions, confined as no contribution should need it to be."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Checkout

# One gibibyte, ten seconds of computing, no connection to anywhere, no other program.
CONFINED = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
FORBIDDEN = {"socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system"}
def refuse(event, arguments):
    if event in FORBIDDEN:
        os._exit(99)
sys.addaudithook(refuse)
"""
COMMAND = (
    CONFINED
    + """
from allegiance_server.cli import main
sys.exit(main(sys.argv[1:]))
"""
)
RULE = re.compile(r"\b(?:syntax|structure|names|evidence|shape|integrity)/[a-z-]+")
# Generous, since several tests share a machine; what counts is the time of computing.
PATIENCE_S = 120


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

    def run(self, *arguments: str) -> Outcome:
        """Run a command of the console on the checkout."""
        command, *others = arguments
        return _run(COMMAND, command, "--root", str(self.checkout.root), *others)

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


def _run(program: str, *arguments: str) -> Outcome:
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        check=False,
        timeout=PATIENCE_S,
        encoding="utf-8",
    )
    output = done.stdout + done.stderr
    return Outcome(done.returncode, output, frozenset(RULE.findall(output)))


@pytest.fixture
def confined(checkout: Checkout) -> Confined:
    """Give the runner on a checkout of the test's own."""
    return Confined(checkout)


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
