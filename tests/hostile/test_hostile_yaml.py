"""No document, register or capture makes a check hang, swell, fetch, or read another file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from allegiance.limits import MAX_CAPTURE_BYTES, MAX_FINDINGS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Confined

TIE = "patronage: {patron: arcadia, client: reed-front}"
LAUGHS = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (number + 1, number + 1, b",".join([b"*%c" % number] * 9))
    for number in range(ord("a"), ord("t"))
)
BOMBS = [
    pytest.param(LAUGHS, "syntax/alias", id="billion laughs"),
    pytest.param(b"- &a x\n" + b"- [*a]\n" * 200_000, "syntax/alias", id="aliases"),
    pytest.param(b"[" * 10_000 + b"]" * 10_000, "syntax/nesting", id="10,000 brackets"),
    pytest.param(b"- " * 100_000, "syntax/nesting", id="100,000 dashes"),
    pytest.param(
        b"".join(b" " * depth + b"a:\n" for depth in range(1500)), "syntax/nesting", id="steps"
    ),
    pytest.param(b"document: " + b"a" * (2 << 20), "syntax/long-line", id="long line"),
    pytest.param(b"- a\n" * 2_000_000, "syntax/too-large", id="two million values"),
    pytest.param(
        b"".join(b"pubilcations%d: x\n" % number for number in range(60_000)),
        "syntax/more-findings",
        id="sixty thousand unknown keys",
    ),
    pytest.param(b"document: a\0b\n", "syntax/character", id="NUL"),
    pytest.param(b"document: \xe9\xff\n", "syntax/encoding", id="no UTF-8"),
    pytest.param("document: evil\n".encode("utf-16"), "syntax/encoding", id="UTF-16"),
    pytest.param("document: evil\n".encode("utf-16-le"), "syntax/character", id="UTF-16, no mark"),
]


@pytest.mark.parametrize(("content", "rule"), BOMBS)
def test_a_bomb_is_a_finding(content: bytes, rule: str, confined: Confined) -> None:
    """It costs less than ten seconds and a gibibyte, and ends with findings."""
    outcome = confined.validate(content)
    assert outcome.status == 1
    assert rule in outcome.rules


def test_a_file_of_a_gibibyte_is_not_read(confined: Confined) -> None:
    """Its size is told; it would not fit into the memory that the process has."""
    file = confined.checkout.write_raw("evil", b"")
    os.truncate(file, 1 << 30)
    outcome = confined.run("validate")
    assert outcome.status == 1
    assert "1073741824 bytes" in outcome.output
    assert outcome.rules == {"syntax/too-large"}


@pytest.mark.parametrize("folder", ["kg/data/sources", "kg/data/actors"])
@pytest.mark.parametrize("inside", [True, False])
def test_a_symbolic_link_is_refused_unread(
    folder: str,
    inside: bool,  # noqa: FBT001 - a parameter of the test
    confined: Confined,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Neither a file outside the tree nor one of its own, such as a key, gets into a report."""
    root = confined.checkout.root
    secret = (root if inside else tmp_path_factory.mktemp("outside")) / "secret.txt"
    secret.write_text("hunter2: {")
    (root / folder / "evil.yaml").symlink_to(secret)
    outcome = confined.run("validate")
    assert (outcome.status, outcome.rules) == (1, {"syntax/symlink"})
    assert "hunter2" not in outcome.output
    named = confined.run("validate", str(root / folder / "evil.yaml"))
    assert (named.status, named.rules) == (1, {"syntax/symlink"})


def test_a_folder_that_is_a_link_is_refused(confined: Confined, tmp_path: Path) -> None:
    """A document on the way through a link does not lie where it seems to."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "evil.yaml").write_text("hunter2: {")
    (confined.checkout.root / "kg/data/sources").rmdir()
    (confined.checkout.root / "kg/data/sources").symlink_to(outside)
    outcome = confined.run("validate")
    assert (outcome.status, outcome.rules) == (1, {"syntax/symlink"})
    assert "hunter2" not in outcome.output


@pytest.mark.parametrize("name", ["evil.yaml", "evil.txt"])
def test_a_pipe_does_not_keep_the_check_waiting(name: str, confined: Confined) -> None:
    """What is no plain file is not opened for reading."""
    os.mkfifo(confined.checkout.root / "kg/data/sources" / name)
    outcome = confined.run("validate")
    assert outcome.status == 1
    assert outcome.rules <= {"syntax/unreadable", "syntax/unread-file"}


def test_a_device_is_not_read(confined: Confined) -> None:
    """An endless file behind a link is refused like every link."""
    (confined.checkout.root / "kg/data/captures.yaml").unlink()
    (confined.checkout.root / "kg/data/captures.yaml").symlink_to("/dev/zero")
    assert confined.run("validate").rules == {"syntax/symlink"}


CLIMBING = [
    pytest.param(b"document: evil", b"document: ../../evil", id="document"),
    pytest.param(b"page: invented-page", b"page: ../../etc/passwd", id="page"),
    pytest.param(b"- id: one", b"- id: ../one", id="claim"),
    pytest.param(b"- id: one", b'- id: "one\\u202etwo"', id="bidi in an id"),
    pytest.param(b"- id: one", "- id: o\u200bne".encode(), id="zero width in an id"),
    pytest.param(b"- id: one", b'- id: "one> <two"', id="address out of an id"),
]


@pytest.mark.parametrize(("old", "new"), CLIMBING)
def test_an_id_is_nothing_but_an_id(
    old: bytes,
    new: bytes,
    confined: Confined,
    claim: Callable[..., str],
    document: Callable[[str], bytes],
) -> None:
    """Slashes, dots, brackets and unseen signs have no place in any id."""
    content = document(claim("one", TIE))
    assert content.count(old) == 1
    outcome = confined.validate(content.replace(old, new))
    assert outcome.status == 1
    assert "structure/form" in outcome.rules
    assert "\u202e" not in outcome.output
    assert "\u200b" not in outcome.output


@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\u200b", "\ufeff"])
def test_unseen_signs_in_names_and_sentences_are_told(
    sign: str, confined: Confined, claim: Callable[..., str], document: Callable[[str], bytes]
) -> None:
    """A label or sentence that turns or hides its words does not pass, nor reach the terminal."""
    actors = confined.checkout.actors.replace("label: Borduria", f"label: Bord{sign}uria")
    confined.checkout.write_actors(actors)
    outcome = confined.validate(document(claim("one", TIE, says=f"Arcadia {sign}helps.")))
    assert outcome.status == 1
    assert {"shape/claim-text", "shape/entry-text"} <= outcome.rules
    assert sign not in outcome.output


@pytest.mark.parametrize("form", ["github", "json", "sarif", "junit", "summary", "text"])
def test_thousands_of_findings_are_reported(
    form: str, confined: Confined, claim: Callable[..., str], document: Callable[[str], bytes]
) -> None:
    """Every format tells the first thousand and that there are more."""
    claims = "".join(claim(f"c{number}", TIE, status="assertad") for number in range(1500))
    confined.checkout.write_raw("evil", document(claims))
    outcome = confined.run("validate", "--format", form)
    assert outcome.status == 1
    assert "structure/value" in outcome.rules
    if form == "json":
        assert outcome.output.count('"rule": "structure/value"') == MAX_FINDINGS


def test_a_thousand_unknown_claims_among_a_thousand_are_told(
    confined: Confined, claim: Callable[..., str], document: Callable[[str], bytes]
) -> None:
    """The search for the name that was meant does not grow with the square of the names."""
    claims = "".join(
        claim(f"claim-{number}", TIE, status="hypothetical", condition=f"clami-{number}x")
        for number in range(1100)
    )
    outcome = confined.validate(document(claims))
    assert outcome.status == 1
    assert outcome.rules == {"names/unknown", "syntax/more-findings"}


def test_one_event_with_a_thousand_dates_is_refused_before_the_shapes(
    confined: Confined, claim: Callable[..., str], document: Callable[[str], bytes]
) -> None:
    """Comparing every date with every other would take minutes."""
    claims = "".join(
        claim(
            f"c{year}",
            f'event: {{id: e, type: Meeting, actor: arcadia, date: "{year}-01-01"'
            f"{', label: Meeting' if year == 1000 else ''}}}",
        )
        for year in range(1000, 2000)
    )
    outcome = confined.validate(document(claims))
    assert outcome.status == 1
    assert outcome.rules == {"integrity/many-values"}


def test_a_huge_file_among_the_captures_is_passed_over(confined: Confined) -> None:
    """Two gibibytes in the folder of captures are not read to learn that they are no page."""
    with (confined.checkout.captures / "huge.txt").open("wb") as stream:
        stream.truncate(1 << 31)
    with (confined.checkout.captures / "large.txt").open("wb") as stream:
        stream.truncate(MAX_CAPTURE_BYTES + 1)
    outcome = confined.run("evidence", "--captures", str(confined.checkout.captures))
    assert (outcome.status, outcome.rules) == (0, frozenset())


@pytest.mark.parametrize("count", ["999999999999999999", "9" * 400, "1e400", "-1", "0"])
def test_an_absurd_count_of_characters_is_told(count: str, confined: Confined) -> None:
    """No count of a capture makes the check allocate what it says."""
    file = confined.checkout.root / "kg/data/captures.yaml"
    lines = file.read_text().split("\n")
    file.write_text(
        "\n".join(f"    characters: {count}" if "characters" in line else line for line in lines)
    )
    outcome = confined.run("evidence", "--captures", str(confined.checkout.captures))
    assert outcome.status == 1
    assert outcome.rules & {"evidence/characters", "structure/type", "structure/range"}


@pytest.mark.parametrize("path", ["../../../../nothing", "no\nfile", "a" * 5000, "\u202e"])
def test_a_file_that_is_not_there_is_wrong_use(path: str, confined: Confined) -> None:
    """Names on the command line are names of files; what is none ends with status 2."""
    outcome = confined.run("validate", path)
    assert outcome.status == 2
    assert "Traceback" not in outcome.output


def test_a_file_outside_of_the_checkout_is_wrong_use(
    confined: Confined, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Where nothing would be read, it is not said that nothing is wrong."""
    secret = tmp_path_factory.mktemp("outside") / "secret.yaml"
    secret.write_text("hunter2: {")
    inside = confined.checkout.root / "kg/data/sources"
    climbing = inside / os.path.relpath(secret, inside)
    for path in (secret, climbing):
        outcome = confined.run("validate", str(path))
        assert outcome.status == 2
        assert "hunter2" not in outcome.output
    assert confined.run("validate", str(confined.checkout.root)).status == 0


@pytest.mark.parametrize("kind", ["pipe", "link", "huge"])
def test_the_formatter_opens_no_more_than_the_check(kind: str, confined: Confined) -> None:
    """Formatting refuses what validation refuses, and ends with status 2."""
    file = confined.checkout.root / "kg/data/sources/evil.yaml"
    if kind == "pipe":
        os.mkfifo(file)
    elif kind == "link":
        file.symlink_to("/dev/zero")
    else:
        file.touch()
        os.truncate(file, 1 << 30)
    outcome = confined.run("fmt", "--check")
    assert outcome.status == 2
    assert "evil.yaml cannot be read" in outcome.output
