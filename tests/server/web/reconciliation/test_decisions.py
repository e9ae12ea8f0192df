"""Decisions of users become rows to review; nothing else can be written, and nothing unasked."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from allegiance.bundle import Bundle, default_bundle
from allegiance.corpus import read_corpus
from allegiance.links.audit import Audit
from allegiance.links.checking import shipped_index
from allegiance.links.link import link_of
from allegiance.links.tables import check_rows, read_mapping_table, read_mapping_tables
from allegiance_server.errors import FileDamagedError, StorageFullError
from allegiance_server.web.reconciliation import decisions as kept
from allegiance_server.web.reconciliation.decisions import HEAD, Decision, DecisionFile
from allegiance_server.web.tokens import hashed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx

TOKEN = "a token of a reviewer"  # noqa: S105 - of no server
BEARER = {"authorization": f"Bearer {TOKEN}"}
PATH = "/reconcile/decisions"
GOOD = {
    "subject": "iran",
    "object": "https://www.wikidata.org/wiki/Q794",
    "decision": "match",
    "by": "Ana Writer",
    "reason": "The label and the capital agree.",
}
FOUND = Decision("iran", "Q794", "match", "Ana Writer", "The label agrees.")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Name a file in a folder that is not there yet."""
    return tmp_path / "review" / "decisions.sssom.tsv"


@pytest.fixture
def reviewing(serve_with: Callable[..., httpx.Client], file: Path) -> httpx.Client:
    """Give a client of a server that takes decisions."""
    return serve_with(decisions_file=str(file), decisions_token_sha256=hashed(TOKEN))


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def test_decisions_become_rows(reviewing: httpx.Client, file: Path) -> None:
    """A match, a refusal and a search without a find are rows of SSSOM, in the order sent."""
    sent = [
        GOOD,
        {**GOOD, "object": "Q1", "decision": "not"},
        {key: GOOD[key] for key in ("by", "reason")} | {"subject": "id:iran", "decision": "none"},
    ]
    statuses = [reviewing.post(PATH, json=each, headers=BEARER).status_code for each in sent]

    assert statuses == [201, 201, 201]
    made = "semapv:ManualMappingCuration\tAna Writer"
    ending = f"{made}\t\t\t{_today()}\t\t{GOOD['reason']}\n"
    assert file.read_text(encoding="utf-8") == (
        f"{HEAD}"
        f"id:iran\tIran\t\tskos:exactMatch\twikidata:Q794\tIran\t{ending}"
        f"id:iran\tIran\tNot\tskos:exactMatch\twikidata:Q1\t\t{ending}"
        f"id:iran\tIran\t\tskos:exactMatch\tsssom:NoTermFound\t\t{ending}"
    )


def test_decisions_are_listed(reviewing: httpx.Client) -> None:
    """Whoever has the token is given the rows; pages elsewhere are not."""
    assert reviewing.get(PATH, headers=BEARER).json() == {"decisions": []}
    reviewing.post(PATH, json=GOOD, headers=BEARER)
    response = reviewing.get(PATH, headers=BEARER)

    (row,) = response.json()["decisions"]
    assert (row["subject_id"], row["object_id"]) == ("id:iran", "wikidata:Q794")
    assert row["author_label"] == "Ana Writer"
    assert response.headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_token_is_needed(reviewing: httpx.Client, file: Path, method: str) -> None:
    """Without the token nothing is written and nothing is listed."""
    wrong = {"authorization": "Bearer another"}

    assert reviewing.request(method, PATH, json=GOOD).status_code == 401
    assert reviewing.request(method, PATH, json=GOOD, headers=wrong).status_code == 403
    assert not file.exists()


def test_decisions_are_off_by_default(client: httpx.Client) -> None:
    """A server without the settings refuses everybody, and says what to set."""
    response = client.post(PATH, json=GOOD, headers=BEARER)

    assert response.status_code == 403
    assert "ALLEGIANCE_DECISIONS_FILE" in response.json()["remedy"]


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"subject": "nobody"}, "nobody"),
        ({"subject": ""}, "no subject"),
        ({"object": "Q0"}, "Q0"),
        ({"object": "Q42\n"}, "object"),
        ({"object": "Q٤٢"}, "item"),
        ({"decision": "maybe"}, "maybe"),
        ({"decision": "none"}, "none was found"),
        ({"by": "Ana\tWriter"}, "by"),
        ({"by": None}, "no by"),
        ({"reason": "first\nid:iran\tskos:exactMatch"}, "reason"),
        ({"reason": "x" * 2001}, "2000"),
        ({"more": 1}, "more"),
    ],
)
def test_what_is_no_decision_is_refused(
    reviewing: httpx.Client, file: Path, change: dict[str, Any], part: str
) -> None:
    """An unknown entry, what is no item, and text that would break a row are refused."""
    response = reviewing.post(PATH, content=json.dumps({**GOOD, **change}), headers=BEARER)

    assert response.status_code == 400
    assert part in response.json()["detail"]
    assert not file.exists()


def test_rows_are_rows_of_our_tables(file: Path, tmp_path: Path) -> None:
    """Appended to a table of kg/data/links as they are, decisions pass the audit of links.

    Those that contradict the table are told, each at its line.
    """
    bundle = default_bundle()
    corpus = read_corpus(bundle)
    folder = tmp_path / "checkout"
    (folder / "kg/data/links").mkdir(parents=True)
    table = bundle.data / "links" / "outlets.sssom.tsv"
    text = table.read_text(encoding="utf-8")
    assert HEAD.splitlines()[2:] == text.splitlines()[2 : HEAD.count("\n")]
    kept = [line for line in text.splitlines(keepends=True) if not line.startswith("id:reuters")]
    decisions = DecisionFile(file)
    for each in (
        Decision("reuters", "Q130879", "match", "Ana", "Two tables agree.", "Reuters", "Reuters"),
        Decision("reuters", "Q1282786", "not", "Ana", "A channel.", "Reuters"),
        Decision("reuters", "", "none", "Ana", "Looked for, and not found.", "Reuters"),
    ):
        decisions.append(each)
    rows = file.read_text(encoding="utf-8").removeprefix(HEAD).splitlines(keepends=True)

    def told(*rows: str) -> list[tuple[int, str]]:
        copy = folder / "kg/data/links" / table.name
        copy.write_text("".join([*kept, *rows]), encoding="utf-8")
        read, findings = read_mapping_tables(Bundle(folder))
        links = [link_of(row) for row in read]
        index = shipped_index(bundle)
        found = [*findings, *check_rows(read, corpus), *Audit(links, corpus, index).findings()]
        return [(each.place.line or 0, each.rule) for each in found if each.place.line > len(kept)]

    assert told(rows[0], rows[1]) == []
    assert told(rows[2]) == []
    assert told(rows[0], rows[2]) != []


def test_a_reason_that_begins_with_a_quotation_comes_back(file: Path) -> None:
    """Whatever signs a person writes are the same in the row, for tables take quotes for theirs."""
    decisions = DecisionFile(file)
    reason = '"Reuters" is the agency, says the "About" page.'
    decisions.append(Decision("reuters", "Q130879", "match", "Ana", reason, "Reuters", "Reuters"))

    assert [row["comment"] for row in decisions.rows()] == [reason]
    (row,), findings = read_mapping_table("t", file.read_text(encoding="utf-8"))
    assert (row.values["comment"], findings) == (reason, ())


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[:-5],
        lambda whole: whole.replace(b"\t", b" ", 1),
        lambda whole: b"\n" + whole,
        lambda whole: whole[2:],
    ],
)
def test_damaged_file_takes_no_more(file: Path, damage: Callable[[bytes], bytes]) -> None:
    """To a file that is not as the server leaves it nothing is added, and nothing of it is lost."""
    decisions = DecisionFile(file)
    decisions.append(FOUND)
    broken = damage(file.read_bytes())
    file.write_bytes(broken)

    with pytest.raises(FileDamagedError, match="does not begin with its head") as raised:
        decisions.append(FOUND)
    assert "mend the file" in raised.value.remedy
    with pytest.raises(FileDamagedError):
        decisions.rows()
    assert file.read_bytes() == broken


@pytest.mark.parametrize(
    ("line", "part"),
    [(b"id:iran\tIran\n", "is no row of 13 values"), (b"\xff\n", "cannot be read")],
)
def test_rows_that_cannot_be_read_are_told(
    reviewing: httpx.Client, file: Path, line: bytes, part: str
) -> None:
    """The list says which line is no row, instead of leaving it out."""
    DecisionFile(file).append(FOUND)
    file.write_bytes(file.read_bytes() + line)
    response = reviewing.get(PATH, headers=BEARER)

    assert response.status_code == 500
    assert part in response.json()["detail"]


def test_full_file_takes_no_more(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file keeps within its bound: what would pass it is refused whole."""
    decisions = DecisionFile(file)
    decisions.append(FOUND)
    before = file.read_bytes()
    monkeypatch.setattr(kept, "MAX_FILE_BYTES", len(before) + 10)

    with pytest.raises(StorageFullError):
        decisions.append(FOUND)
    assert file.read_bytes() == before


def test_row_that_does_not_reach_the_disk_is_taken_back(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the disk fails, the file is as it was, and the sender is told."""
    decisions = DecisionFile(file)
    decisions.append(FOUND)
    before = file.read_bytes()

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kept.os, "fsync", fail)
    with pytest.raises(StorageFullError, match="No space left"):
        decisions.append(FOUND)
    assert file.read_bytes() == before
