"""Names lead somewhere: to an entry of the right kind, an event, a claim, a day of the calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from allegiance.corpus import read_corpus
from allegiance.names import check_names

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Checkout

    from allegiance.finding import Finding

PATRONAGE = "patronage: {patron: arcadia, client: reed-front}"
DOC = "kg/data/sources/doc.yaml"


def findings(checkout: Checkout) -> list[Finding]:
    """Check the names of a checkout whose structure holds."""
    corpus = read_corpus(checkout.bundle)
    assert corpus.findings == ()
    return sorted(check_names(corpus))


def only(checkout: Checkout) -> tuple[str, str, str, str]:
    """Return place, rule, message and remedy of the one finding that there is."""
    found = findings(checkout)
    assert len(found) == 1, found
    return str(found[0].place), found[0].rule, found[0].message, found[0].remedy


def test_names_that_lead_somewhere_have_no_findings(
    checkout: Checkout, claim: Callable[..., str]
) -> None:
    """Actors, places, topics, events and claims that exist may be named."""
    checkout.write_source(
        "doc",
        claim("backs", PATRONAGE, condition="raid")
        + claim(
            "raid",
            "event: {id: raid, label: raid, type: MilitaryStrike, actor: reed-front, "
            "target: fishing-rights, location: [reed-delta, arcadia], date: 2024~}",
        ),
    )
    assert findings(checkout) == []


@pytest.mark.parametrize(
    ("content", "column", "message", "remedy"),
    [
        (
            "patronage: {patron: arcadai, client: reed-front}",
            25,
            "There is no actor 'arcadai'.",
            "Did you mean arcadia?",
        ),
        (
            "patronage: {patron: zzz, client: reed-front}",
            25,
            "There is no actor 'zzz'.",
            "Correct the id, or add the entry to kg/data/actors.",
        ),
        (
            "patronage: {patron: fishing-rights, client: reed-front}",
            25,
            "fishing-rights is a Topic, not an actor.",
            "Name an actor of kg/data/actors/.",
        ),
        (
            "alliance: {parties: [arcadia, reed-frond]}",
            35,
            "There is no actor 'reed-frond'.",
            "Did you mean reed-front?",
        ),
        (
            "event: {type: MilitaryStrike, location: reed-front}",
            45,
            "reed-front is an ArmedGroup, neither a place nor a state.",
            "Name an entry of places.yaml or a state.",
        ),
        (
            "event: {type: MilitaryStrike, location: reed-dleta}",
            45,
            "There is no place or state 'reed-dleta'.",
            "Did you mean reed-delta?",
        ),
        (
            "event: {type: MilitaryStrike, target: reed-bridge-x}",
            43,
            "There is no actor, place, topic or event 'reed-bridge-x'.",
            "Correct the id, or add the entry to kg/data/actors.",
        ),
        (
            "event: {type: MilitaryStrike, partOf: arcadia}",
            43,
            "There is no event 'arcadia'.",
            "Correct the id, or add a claim with `event:` that has this id.",
        ),
        (
            "event: {type: MilitaryStrike, initiates: backs-it}",
            46,
            "There is no claim 'backs-it'.",
            "Did you mean backs?",
        ),
        (
            "statement: {speaker: arcadia, modality: threat, proposes: [other/one]}",
            64,
            "There is no claim 'other/one'.",
            "Correct the id, or add the claim.",
        ),
    ],
)
def test_a_name_that_leads_nowhere_is_told_where_it_stands(
    content: str,
    column: int,
    message: str,
    remedy: str,
    checkout: Checkout,
    claim: Callable[..., str],
) -> None:
    """A wrong name has a finding at the name itself, with the nearest right one if there is one."""
    checkout.write_source("doc", claim("wrong", content) + claim("backs", PATRONAGE))
    assert only(checkout) == (
        f"{DOC}:14:{column}",
        "names/unknown" if message.startswith("There") else "names/wrong-kind",
        message,
        remedy,
    )


@pytest.mark.parametrize(
    ("key", "value", "column"),
    [
        ("attributedTo", "[arcadia, ministre-of-arcadia]", 29),
        ("condition", "bakcs", 16),
    ],
)
def test_attribution_and_condition_name_what_exists(
    key: str, value: str, column: int, checkout: Checkout, claim: Callable[..., str]
) -> None:
    """Each link of a chain of attribution is an actor, each condition a claim."""
    checkout.write_source("doc", claim("backs", PATRONAGE, **{key: value}))
    place, rule, _, remedy = only(checkout)
    assert (place, rule) == (f"{DOC}:15:{column}", "names/unknown")
    assert remedy.startswith("Did you mean")


def test_outlet_and_author_are_actors(checkout: Checkout) -> None:
    """The header's names lead to the register too."""
    checkout.write_source("doc", "  []\n", outlet="dayly-reed", more="author: ana-wirter\n")
    assert [(str(found.place), found.remedy) for found in findings(checkout)] == [
        (f"{DOC}:7:14", "Did you mean daily-reed?"),
        (f"{DOC}:9:9", "Did you mean ana-writer?"),
    ]


def test_a_captured_page_stands_in_the_table_of_captures(checkout: Checkout) -> None:
    """A document of a page that captures.yaml does not have is told at its capture."""
    file = checkout.write_source("doc", "  []\n")
    file.write_text(file.read_text().replace("page: invented-page", "page: invented-pag"))
    place, rule, message, remedy = only(checkout)
    assert (place, rule) == (f"{DOC}:8:17", "names/unknown")
    assert "captures.yaml" in message
    assert remedy == "Did you mean invented-page?"


def test_a_document_is_a_part_of_its_capture(checkout: Checkout, page: str) -> None:
    """A span that reaches beyond the captured page, or has no length, is told."""
    file = checkout.write_source("doc", "  []\n")
    text = file.read_text()
    for wrong in (f"end: {len(page) + 1}", "end: 0"):
        file.write_text(text.replace(f"end: {len(page)}", wrong))
        assert only(checkout)[:2] == (f"{DOC}:8:47", "names/offsets")


@pytest.mark.parametrize("date", ["2024-13-40", "2024-02-30"])
def test_an_impossible_date_is_told_wherever_it_stands(
    date: str, checkout: Checkout, claim: Callable[..., str]
) -> None:
    """Recorded, published, assessed and claimed dates are days of the calendar."""
    content = f"patronage: {{patron: arcadia, client: reed-front, since: {{edtf: {date}}}}}"
    assessment = f"{{claim: backs, verdict: questioned, by: E, date: {date}, reason: R.}}"
    file = checkout.write_source(
        "doc", claim("backs", content), published=date, more=f"assessments:\n  - {assessment}\n"
    )
    file.write_text(file.read_text().replace("2026-11-21", date))
    found = findings(checkout)
    assert [(str(one.place), one.rule) for one in found] == [
        (f"{DOC}:5:11", "names/date"),
        (f"{DOC}:7:37", "names/date"),
        (f"{DOC}:10:54", "names/date"),
        (f"{DOC}:16:68", "names/date"),
    ]
    assert all(repr(date) in one.message for one in found)
    assert all("2024-10-01~ (about)" in one.remedy for one in found)


def test_the_second_claim_of_one_id_is_told(checkout: Checkout, claim: Callable[..., str]) -> None:
    """A doubled id is told once, at the later claim, with the place of the earlier one."""
    checkout.write_source("doc", claim("backs", PATRONAGE) + claim("backs", PATRONAGE))
    place, rule, message, _ = only(checkout)
    assert (place, rule) == (f"{DOC}:15:9", "names/duplicate-claim")
    assert f"{DOC}:10:5" in message


def test_one_id_may_serve_two_documents(checkout: Checkout, claim: Callable[..., str]) -> None:
    """Ids of claims are unique in their document only."""
    checkout.write_source("doc", claim("backs", PATRONAGE))
    checkout.write_source("other", claim("backs", PATRONAGE))
    assert findings(checkout) == []


def test_an_event_has_an_id_of_its_own(checkout: Checkout, claim: Callable[..., str]) -> None:
    """An event that bears the id of an entry is told with the entry's place."""
    event = "event: {id: arcadia, label: A, type: MilitaryStrike}"
    checkout.write_source("doc", claim("one", event))
    place, rule, message, _ = only(checkout)
    assert (place, rule) == (f"{DOC}:14:17", "names/clash")
    assert "kg/data/actors/actors.yaml:2:3" in message


def test_an_event_has_one_label(checkout: Checkout, claim: Callable[..., str]) -> None:
    """Of the claims on an event exactly one labels it; a statement needs none."""
    event = "event: {id: raid, label: raid, type: MilitaryStrike}"
    checkout.write_source("doc", claim("one", event) + claim("two", event))
    assert only(checkout)[:2] == (f"{DOC}:19:30", "names/two-labels")
    checkout.write_source("doc", claim("one", event.replace("label: raid, ", "")))
    assert only(checkout)[:2] == (f"{DOC}:14:17", "names/no-label")
    statement = "statement: {id: speech, speaker: arcadia, modality: threat}"
    checkout.write_source("doc", claim("one", statement))
    assert findings(checkout) == []


def test_an_entry_leads_only_to_entries(checkout: Checkout) -> None:
    """A reference of the register to an unknown entry is told at the reference."""
    more = "actors:\n  rebels: {class: ArmedGroup, label: R, affiliatedWith: arcadai}\n"
    (checkout.root / "kg/data/actors/more.yaml").write_text(more)
    assert only(checkout) == (
        "kg/data/actors/more.yaml:2:57",
        "names/unknown",
        "There is no entry of the register 'arcadai'.",
        "Did you mean arcadia?",
    )


def test_an_assessment_is_of_a_claim_that_exists(checkout: Checkout) -> None:
    """An assessment of an unknown claim is told."""
    more = (
        "assessments:\n"
        "  - {claim: gone, verdict: questioned, by: E, date: 2024-10-02, reason: R.}\n"
    )
    checkout.write_source("doc", "  []\n", more=more)
    assert only(checkout)[:3] == (f"{DOC}:10:13", "names/unknown", "There is no claim 'gone'.")


def test_a_tie_rests_on_a_treaty_and_not_on_its_signing(
    checkout: Checkout, claim: Callable[..., str]
) -> None:
    """The id of an event does not pass for that of a treaty."""
    signing = claim("signing", "event: {id: pact, label: signing, type: TreatySigning}")
    tie = claim("tie", "formalAlliance: {parties: [arcadia, borduria], treaty: pact}")
    checkout.write_source("doc", signing + tie)

    assert [("names/wrong-kind", 19)] == [
        (found.rule, found.place.line) for found in check_names(read_corpus(checkout.bundle))
    ]
