"""No file of RDF makes a check hang, swell, crash, fetch, or read another file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Confined

OURS = b"@prefix al: <https://w3id.org/allegiance/ontology#> .\n"
ID = b"https://w3id.org/allegiance/id/"
CLAIM = b"https://w3id.org/allegiance/claim/x/"
CONTEXT = b'"https://w3id.org/allegiance/context.jsonld"'
AL = b"https://w3id.org/allegiance/ontology#"


def lines(pattern: bytes, count: int) -> bytes:
    """Repeat a line with its number in place of each #."""
    return b"".join(pattern.replace(b"#", str(number).encode()) for number in range(count))


BOMBS = [
    pytest.param(b"<e:a> <e:b> " + b"[ <e:b> " * 10_000, "a.ttl", "syntax/nesting", id="brackets"),
    pytest.param(b"<e:a> <e:b> " + b"(\n" * 1_000_000, "a.trig", "syntax/nesting", id="lists"),
    pytest.param(
        b"<e:a> <e:b> " + b"<<( <e:a> <e:b>\n" * 200_000, "a.ttl", "syntax/triple-term", id="terms"
    ),
    pytest.param(
        b"<e:a> <e:b> " + b"<<( <e:a> <e:b> " * 50_000, "a.nq", "syntax/triple-term", id="quads"
    ),
    pytest.param(b'{"e:b":' * 10_000, "a.jsonld", "syntax/nesting", id="10,000 objects"),
    pytest.param(b"[" * 1_000_000, "a.jsonld", "syntax/nesting", id="a million lists"),
    pytest.param(
        b'{"@context":' + b"[" * 10_000, "a.jsonld", "syntax/nesting", id="nested contexts"
    ),
    pytest.param(
        b'{"@context":[' + b",\n".join([CONTEXT] * 20_000) + b'],"says":"x"}',
        "a.jsonld",
        "syntax/remote-context",
        id="our context 20,000 times",
    ),
    pytest.param(
        b'{"@id":"e:a","e:b":[' + b",\n".join([b"{}"] * 900_000) + b"]}",
        "a.jsonld",
        "syntax/too-large",
        id="900,000 objects",
    ),
    pytest.param(
        b'{"@id":"e:a","e:b":' + b"9" * 900_000 + b"}",
        "a.jsonld",
        "integrity/no-claim",
        id="a number",
    ),
    pytest.param(
        b"<e:a> <e:b> '" + b"x" * (2 << 20) + b"' .", "a.nt", "syntax/long-line", id="line"
    ),
    pytest.param(b"<e:a> <e:b> '''" + b"x y\n" * 1_500_000, "a.ttl", "syntax/rdf", id="open text"),
    pytest.param(lines(b"<e:a#> <e:b> <e:c> .\n", 150_000), "a.nt", "syntax/too-large", id="many"),
    pytest.param(
        OURS + lines(b"<" + ID + b"a#> al:patron <" + ID + b"b#> .\n", 9000),
        "a.ttl",
        "names/unknown",
        id="9,000 unknown names",
    ),
    pytest.param(
        lines(b"<" + CLAIM + b"c#> a <" + AL + b"Claim> .\n", 9000),
        "a.ttl",
        "syntax/more-findings",
        id="9,000 empty claims",
    ),
    pytest.param(
        lines(b"_:b# <" + AL + b"evidence> _:b1# .\n", 9000),
        "a.nt",
        "syntax/more-findings",
        id="blank nodes",
    ),
    pytest.param(
        OURS + b"<" + CLAIM + b"c> al:says " + b",".join(b'"%d"' % n for n in range(9000)) + b".",
        "a.ttl",
        "integrity/many-values",
        id="9,000 values",
    ),
    pytest.param(
        OURS + lines(b"al:C# <http://www.w3.org/2000/01/rdf-schema#subClassOf> al:C1# .\n", 5000),
        "a.ttl",
        "structure/vocabulary",
        id="classes of its own",
    ),
    pytest.param("<e:a> <e:b> 1 .".encode("utf-16"), "a.ttl", "syntax/encoding", id="UTF-16"),
    pytest.param(b"<e:a\0> <e:b> 1 .", "a.ttl", "syntax/character", id="NUL"),
    pytest.param(b"<" + ID + b"../claim/x> <e:b> 1 .", "a.ttl", "structure/form", id="dots"),
    pytest.param(b"<" + ID + b"a\xe2\x80\xae> <e:b> 1 .", "a.ttl", "syntax/character", id="bidi"),
]


@pytest.mark.parametrize(("content", "name", "rule"), BOMBS)
def test_a_bomb_is_a_finding(content: bytes, name: str, rule: str, confined: Confined) -> None:
    """It costs less than ten seconds and a gibibyte, crashes no parser, and ends with findings."""
    outcome = confined.judge(content, name)
    assert (outcome.status, rule in outcome.rules) == (1, True), outcome.output[-500:]
    assert "\u202e" not in outcome.output


@pytest.mark.parametrize("ending", ["ttl", "trig", "nt", "nq", "jsonld"])
def test_a_file_of_a_gibibyte_is_not_read(ending: str, confined: Confined) -> None:
    """Its size is told, whatever the format."""
    file = confined.checkout.root / f"evil.{ending}"
    file.touch()
    os.truncate(file, 1 << 30)
    outcome = confined.judge_file(file)
    assert (outcome.status, outcome.rules) == (1, {"syntax/too-large"})


def test_a_link_and_a_pipe_are_refused(confined: Confined) -> None:
    """Neither is opened."""
    link, pipe = confined.checkout.root / "link.ttl", confined.checkout.root / "pipe.ttl"
    secret = confined.checkout.root / "secret.txt"
    secret.write_text("hunter2 .")
    link.symlink_to(secret)
    os.mkfifo(pipe)
    outcome = confined.judge_file(link)
    assert (outcome.status, outcome.rules) == (1, {"syntax/symlink"})
    assert "hunter2" not in outcome.output
    assert confined.judge_file(pipe).rules == {"syntax/unreadable"}


@pytest.mark.parametrize(
    "context",
    [b'"http://127.0.0.1:9/c"', b'{"@import":"http://127.0.0.1:9/c"}', b'["file:///etc/passwd"]'],
)
def test_nothing_is_fetched(context: bytes, confined: Confined) -> None:
    """A context elsewhere is told; a connection would end the process with another status."""
    outcome = confined.judge(b'{"@context":' + context + b',"@id":"e:a","e:b":1}', "a.jsonld")
    assert (outcome.status, outcome.rules) == (1, {"syntax/remote-context"})
