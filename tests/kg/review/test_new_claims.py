"""The table of the new claims, as a reviewer sees it in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from allegiance.corpus import read_corpus
from allegiance.review import new_claims_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Checkout

    from allegiance.corpus import Corpus

    Read = Callable[[str], Corpus]
    Claim = Callable[..., str]

PATRONAGE = "patronage: {patron: arcadia, client: reed-front}"
STRIKE = "event: {type: MilitaryStrike, actor: reed-front, target: borduria}"
COULD = "the Reed Front could strike Borduria"
BACKED = "[Arcadia has backed the Reed Front](https://example.org/page#:~:text=Arcadia%20has%20backed%20the%20Reed%20Front)"


@pytest.fixture
def read(checkout: Checkout) -> Read:
    """Give a reader of one document's claims."""

    def run(claims: str) -> Corpus:
        checkout.write_source("doc", claims)
        corpus = read_corpus(checkout.bundle)
        assert corpus.findings == ()
        return corpus

    return run


def rows(table: str) -> list[str]:
    """Return the rows of a table, without its head."""
    return [line for line in table.splitlines() if line.startswith("|")][2:]


def test_a_row_says_what_a_reviewer_has_to_know(read: Read, claim: Claim) -> None:
    """A claim's row has its sentence, status, attribution, frame in words and a link."""
    before = read(claim("old", STRIKE, COULD, status="hypothetical"))
    old = claim("old", STRIKE, COULD, status="hypothetical")
    new = claim(
        "one", PATRONAGE, status="attributed", attributedTo="[borduria, minister-of-arcadia]"
    )

    table = new_claims_table(before, read(old + new))

    assert rows(table) == [
        (
            "| doc/one | Sentence of one. | attributed "
            "| Borduria, citing Minister of Arcadia (unnamed) "
            "| patronage: patron Arcadia; client Reed Front "
            f"| {BACKED} |"
        )
    ]


def test_without_an_earlier_state_all_claims_are_new(read: Read, claim: Claim) -> None:
    """Every claim of a first contribution has a row, in the order of the names."""
    table = new_claims_table(None, read(claim("b", PATRONAGE) + claim("a", STRIKE)))

    assert [row.split(" | ")[0] for row in rows(table)] == ["| doc/a", "| doc/b"]


def test_nothing_new_is_said(read: Read, claim: Claim) -> None:
    """Without a new claim there is no table."""
    corpus = read(claim("a", STRIKE))

    assert new_claims_table(corpus, corpus) == "No new claims.\n"


def test_dates_concepts_and_claims_are_written_in_words(read: Read, claim: Claim) -> None:
    """A date has its words, a class its words, and a proposed claim its sentence."""
    said = (
        "statement: {speaker: arcadia, modality: [threat, refusalToComment], proposes: [would], "
        'date: {edtf: "2024-10-01", words: on Tuesday}}'
    )
    would = claim("would", STRIKE, COULD, status="hypothetical", says="It would strike.")

    table = new_claims_table(
        None, read(claim("said", said.replace(", refusalToComment", "")) + would)
    )

    assert "statement: speaker Arcadia; modality threat; proposes “It would strike.”; " in table
    assert "date 2024-10-01 (“on Tuesday”)" in table
    assert "event: type military strike; actor Reed Front; target Borduria" in table


@pytest.mark.parametrize("sign", ["|", "<b>", "`", "[x](y)", "@all", "\\u202e", "\\n- x"])
def test_no_sentence_breaks_out_of_its_cell(sign: str, read: Read, claim: Claim) -> None:
    """Markup, mentions, line breaks and marks of direction stay one cell of plain text."""
    table = new_claims_table(None, read(claim("a", PATRONAGE, says=f'"Before {sign} after."')))

    shown = rows(table)

    assert len(shown) == 1
    assert shown[0].count("|") == 7
    cell = shown[0].split("|")[2]
    assert cell.startswith(" Before ")
    assert cell.endswith(" after. ")
    assert not {"<", ">", "`", "[", "]", "\u202e"} & set(cell)
    assert "@a" not in cell


def test_no_address_breaks_out_of_its_link(read: Read, claim: Claim, checkout: Checkout) -> None:
    """Brackets and bars in a page's address are written so that link and cell stay whole."""
    file = checkout.root / "kg/data/captures.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("/page\n", "/a(b)|c`d\n"), encoding="utf-8")

    row = rows(new_claims_table(None, read(claim("a", PATRONAGE))))[0]

    assert "](https://example.org/a%28b%29%7Cc%60d#:~:text=Arcadia%20has" in row
    assert row.count("|") == 7


def test_the_table_ends_at_200_rows_and_says_so(read: Read, claim: Claim) -> None:
    """Of 203 claims, 200 have a row; the others are counted, with the command that shows them."""
    claims = "".join(claim(f"claim-{number}", PATRONAGE) for number in range(203))

    table = new_claims_table(None, read(claims))

    assert len(rows(table)) == 200
    assert table.splitlines()[-1] == "3 claims left out here. `allegiance diff` shows all."


def test_long_sentences_end_the_table_sooner(read: Read, claim: Claim) -> None:
    """A table stays below 400,000 bytes, and counts what it leaves out."""
    long = "|" * 2000
    claims = "".join(claim(f"claim-{i}", PATRONAGE, says=f'"{long}"') for i in range(100))

    table = new_claims_table(None, read(claims))

    shown = len(rows(table))
    assert len(table.encode()) < 401_000
    assert 0 < shown < 100
    assert table.splitlines()[-1].startswith(f"{100 - shown} claims left out here.")
