"""The structure of files: each departure from the format is told in plain words, on its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allegiance.build import build_store
from allegiance.bundle import default_bundle
from allegiance.corpus import read_corpus
from allegiance.finding import Severity
from allegiance.integrity import check_corpus
from allegiance.located import read_yaml
from allegiance.names import check_names
from allegiance.structure import load_check

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Checkout

    from allegiance.finding import Finding

SCHEMA = default_bundle().schema

HEAD = """\
document: doc
type: NewsArticle
title: Headline
language: en
recorded: "2026-11-21"
publications:
  - {outlet: daily-reed, published: "2024-10-02"}
capture: {page: page, start: 0, end: 100}
claims:
"""
AT = "    at: {start: 0, end: 5, quote: Words}\n"
CLAIM = "  - id: one\n    says: It is so.\n    status: asserted\n" + AT
PATRONAGE = "    patronage: {patron: a, client: b}\n"


def findings(text: str, schema: str = "document.schema.json") -> list[Finding]:
    """Check the structure of a text."""
    read = read_yaml("f.yaml", text.encode())
    assert read.findings == ()
    assert read.root is not None
    return sorted(load_check(SCHEMA, schema).findings(read.root))


def only(text: str, schema: str = "document.schema.json") -> Finding:
    """Return the one finding that there is."""
    found = findings(text, schema)
    assert len(found) == 1, found
    return found[0]


def test_a_document_of_the_format_has_no_findings() -> None:
    """A whole header and a claim with one content are what the format asks for."""
    assert findings(HEAD + CLAIM + PATRONAGE) == []


CLAIMS = [
    pytest.param(
        CLAIM + "    patrnage: {patron: a, client: b}\n" + PATRONAGE,
        (14, 5, "unknown-key", "'patrnage'", "Did you mean 'patronage'?"),
        id="wrong key",
    ),
    pytest.param(
        CLAIM + PATRONAGE + "    zzz: 1\n",
        (15, 5, "unknown-key", "'zzz'", "Use one key of: id, says, status"),
        id="key like no other",
    ),
    pytest.param(
        CLAIM + "    patronage: {patron: a, client: b, clinet: c}\n",
        (14, 39, "unknown-key", "'clinet' in patronage", "Did you mean 'client'?"),
        id="wrong key in a content",
    ),
    pytest.param(
        CLAIM + "    patronage: {patron: a}\n",
        (14, 16, "required", "'client' is missing in patronage", "Add a line `client: ...` here."),
        id="missing key",
    ),
    pytest.param(
        CLAIM, (10, 5, "one-content", "says nothing", "Add one of alliance"), id="no content"
    ),
    pytest.param(
        CLAIM + PATRONAGE + "    alliance: {parties: [a, b]}\n",
        (10, 5, "one-content", "several things at once", "one proposition, one claim"),
        id="two contents",
    ),
    pytest.param(
        (CLAIM + PATRONAGE).replace("asserted", "asertd"),
        (12, 13, "value", "'asertd'", "Did you mean 'asserted'?"),
        id="no such value",
    ),
    pytest.param(
        (CLAIM + PATRONAGE).replace("id: one", "id: One Two"),
        (10, 9, "form", "'One Two'", "Use lower-case letters"),
        id="no id",
    ),
    pytest.param(
        (CLAIM + PATRONAGE).replace("says: It is so.", "says: 12"),
        (11, 11, "type", "'12' stands where says needs a text", "Write a text."),
        id="number for a text",
    ),
    pytest.param(
        (CLAIM + PATRONAGE).replace("says: It is so.", 'says: ""'),
        (11, 11, "empty", "says is empty", "Write a text"),
        id="empty text",
    ),
    pytest.param(
        (CLAIM + PATRONAGE).replace("quote: Words", "sha256: abc, quote: Words"),
        (13, 36, "form", "'abc'", "Write 64 digits"),
        id="no digest",
    ),
    pytest.param(
        (CLAIM + PATRONAGE).replace(", quote: Words", ""),
        (13, 9, "passage", "not named by words", "Give `quote`"),
        id="passage without words",
    ),
    pytest.param(
        (CLAIM + PATRONAGE).replace("{start: 0, end: 5, quote: Words}", "[]"),
        (13, 9, "entries", "at has too few", "Write 1 or more"),
        id="no passage",
    ),
    pytest.param(
        (CLAIM + PATRONAGE).replace("start: 0", "start: -3"),
        (13, 17, "range", "start", "Write 0 or more"),
        id="offset below zero",
    ),
    pytest.param(
        CLAIM + "    alliance: {parties: [a, a]}\n",
        (14, 25, "entries", "parties", "a pair needs two"),
        id="pair of one",
    ),
    pytest.param(
        CLAIM + "    alliance: {parties: a}\n",
        (14, 25, "type", "'a' stands where parties needs a list", "Write a list: [a, ...]."),
        id="no pair",
    ),
    pytest.param(
        CLAIM + "    patronage: {patron: a, client: b, mode: [weapons, wepons]}\n",
        (14, 55, "value", "'wepons'", "Did you mean 'weapons'?"),
        id="no such value in a list",
    ),
    pytest.param(
        CLAIM + "    patronage: [a, b]\n",
        (14, 16, "type", "A list stands where patronage", "Write a mapping (key: value)."),
        id="list for a mapping",
    ),
    pytest.param(
        CLAIM + "    patronage: {patron: a, client: b, since: {words: long ago}}\n",
        (14, 46, "required", "'edtf' is missing in since", "Add a line `edtf: ...` here."),
        id="words without a date",
    ),
    pytest.param(
        "  - It is so.\n",
        (10, 5, "type", "'It is so.' stands where claims needs a mapping", "Write a mapping"),
        id="text for a claim",
    ),
]


@pytest.mark.parametrize(("claims", "expected"), CLAIMS)
def test_a_wrong_claim_is_told_where_it_is_wrong(
    claims: str, expected: tuple[int, int, str, str, str]
) -> None:
    """Each departure of a claim has one finding: line, column, what is wrong, what to write."""
    line, column, rule, said, remedy = expected
    found = only(HEAD + claims)
    assert (found.place.line, found.place.column) == (line, column)
    assert found.rule == f"structure/{rule}"
    assert said in found.message
    assert remedy in found.remedy


@pytest.mark.parametrize(
    ("old", "new", "where", "rule"),
    [
        ("type: NewsArticle\n", "", (1, 1), "required"),
        ("type: NewsArticle", "type: Newsarticle", (2, 7), "value"),
        ("language: en", "language: English", (4, 11), "form"),
        ('"2026-11-21"', "21.11.2026", (5, 11), "form"),
        ("{outlet: daily-reed,", "{", (7, 5), "required"),
        ("page: page", "page: 12", (8, 17), "type"),
        ("end: 100", "end: all", (8, 38), "type"),
    ],
)
def test_a_wrong_header_is_told_where_it_is_wrong(
    old: str, new: str, where: tuple[int, int], rule: str
) -> None:
    """Keys and values of the header are checked like those of claims."""
    found = only((HEAD + CLAIM + PATRONAGE).replace(old, new))
    assert (found.place.line, found.place.column, found.rule) == (*where, f"structure/{rule}")


def test_an_entry_of_the_register_is_checked_like_a_claim() -> None:
    """Class, country code and id of an entry have their forms."""
    text = "actors:\n  a: {class: Sate, label: A}\n"
    assert only(text, "register.schema.json").remedy == "Did you mean 'State'?"
    found = only("actors:\n  a: {class: State, label: A, iso: Sy}\n", "register.schema.json")
    assert (found.place.column, found.rule) == (36, "structure/form")


@pytest.mark.parametrize("key", ["Bad", "two words", "two--hyphens", "-a", "a_b", "é"])
def test_a_key_that_is_no_id_is_told_at_the_key(key: str) -> None:
    """Ids are lower-case words joined by single hyphens; the finding stands at the wrong one."""
    text = f"topics:\n  good: {{label: A}}\n  {key}: {{label: B}}\n"
    found = only(text, "register.schema.json")
    assert (found.place.line, found.place.column, found.rule) == (3, 3, "structure/form")
    assert found.remedy.startswith("Use lower-case letters")


def test_a_capture_needs_its_whole_digest_and_address() -> None:
    """A captured page is known by an http address and Write 64 digits."""
    text = (
        "captures:\n  p:\n    url: example.org\n    sha256: 12ab\n"
        "    characters: 3\n    normalisation: None.\n"
    )
    found = findings(text, "captures.schema.json")
    assert [(f.place.line, f.place.column) for f in found] == [(3, 10), (4, 13)]
    assert "https://" in found[0].remedy
    assert "Write 64 digits" in found[1].remedy


# --- whatever stands in a file -------------------------------------------------------------------

WORDS = st.sampled_from(
    [
        *("id", "says", "status", "at", "patronage", "alliance", "event", "statement", "figure"),
        *("patron", "client", "parties", "type", "since", "until", "date", "edtf", "words"),
        *("start", "end", "quote", "starts", "ends", "sha256", "asserted", "arcadia", "x"),
        *("reed-front", "polarity", "negated", "one", "2024-13", "speaker", "threat", "label"),
        *("condition", "attributedTo", "confidence", "of", "value", "draft", "review", "as"),
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | WORDS
    | st.dates()
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(WORDS | st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=10,
)
SOUND = {
    "id": st.sampled_from(["one", "two"]),
    "says": st.just("It is so."),
    "status": st.sampled_from(["asserted", "hypothetical"]),
    "at": st.just({"start": 30, "end": 37, "quote": "Arcadia"}),
}
CONTENTS = st.fixed_dictionaries(
    {"patronage": st.fixed_dictionaries({"patron": WORDS, "client": WORDS}, optional={"x": VALUES})}
) | st.fixed_dictionaries(
    {"patronage": st.just({"patron": "arcadia", "client": "reed-front"})},
    optional={"since": SCALARS, "until": SCALARS, "date": SCALARS},
)
NEARLY = st.builds(
    lambda sound, content, more: {**sound, **content, **more},
    st.fixed_dictionaries(SOUND),
    CONTENTS,
    st.dictionaries(WORDS, VALUES, max_size=1),
)


@pytest.fixture(scope="module")
def shared(new_checkout: Callable[[], Checkout]) -> Checkout:
    """Give one checkout to all examples, which would else spend their time on making theirs."""
    return new_checkout()


@settings(
    deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(claims=VALUES | st.lists(NEARLY | VALUES, max_size=3))
def test_no_document_makes_reading_checking_or_building_fail(
    claims: object, shared: Checkout
) -> None:
    """Whatever stands under `claims` gives findings or is built; no exception comes out."""
    head = yaml.safe_load(HEAD + "  []\n") | {
        "capture": {"page": "invented-page", "start": 0, "end": 100}
    }
    text = yaml.safe_dump(head | {"claims": claims}, allow_unicode=True)
    shared.write_raw("doc", text.encode("utf-8", "surrogatepass"))
    corpus = read_corpus(shared.bundle)
    assert corpus.findings or corpus.documents
    if not corpus.findings:
        named = list(check_names(corpus))
        if not any(found.severity is Severity.VIOLATION for found in named):
            list(check_corpus(corpus))
            assert len(build_store(corpus)) > 0
