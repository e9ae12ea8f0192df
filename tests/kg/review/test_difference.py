"""What a change does, in sentences: claims, the asserted view, comparisons, register, documents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from allegiance.build import build_store
from allegiance.corpus import read_corpus
from allegiance.review import Change, Difference, difference

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Checkout

    Compare = Callable[..., Difference]
    Claim = Callable[..., str]

PATRONAGE = "patronage: {patron: arcadia, client: reed-front}"
STRIKE = "event: {type: MilitaryStrike, actor: reed-front, target: borduria}"
BACKED = "Arcadia has backed the Reed Front"
HELP = "help would go on"
COULD = "the Reed Front could strike Borduria"


def sentences(found: Difference, title: str) -> list[str]:
    """Return the sentences of a section, none where there is no such section."""
    return [change.sentence for change in dict(found.sections()).get(title, ())]


# --- claims --------------------------------------------------------------------------------------


def test_equal_sides_do_not_differ(compare: Compare, claim: Claim) -> None:
    """The same data gives no change, and the view stays."""
    found = compare(claim("one", PATRONAGE), claim("one", PATRONAGE))

    assert found.changes == ()
    assert found.as_text() == (
        "No claim, entry, document or link differs.\nThe asserted view stays as it is.\n"
    )


def test_order_comments_and_layout_are_no_difference(compare: Compare, claim: Claim) -> None:
    """Claims in another order, with comments and in block style, say the same."""
    one, two = claim("one", PATRONAGE), claim("two", STRIKE, COULD, status="hypothetical")
    block = "patronage:\n      client: reed-front\n      patron: arcadia"

    found = compare(one + two, "  # A comment.\n" + two + claim("one", block))

    assert found.changes == ()


def test_passages_in_another_order_are_no_difference(
    compare: Compare, claim: Claim, passage: Callable[[str], str]
) -> None:
    """Which of two passages stands first says nothing."""
    first, second = passage(BACKED), passage(HELP)

    def written(*places: str) -> str:
        return claim("one", PATRONAGE).replace(f"at: {first}", f"at: [{', '.join(places)}]")

    assert compare(written(first, second), written(second, first)).changes == ()


def test_a_new_claim_is_told_with_its_sentence(compare: Compare, claim: Claim) -> None:
    """A claim that is added is named with document, standing and sentence."""
    one = claim("one", PATRONAGE)
    more = claim("two", STRIKE, COULD, status="hypothetical", attributedTo="[minister-of-arcadia]")

    found = compare(one, one + more)

    assert sentences(found, "Claims") == [
        (
            "Claim two of document doc is new (hypothetical, attributed to Minister of Arcadia "
            "(unnamed)): “Sentence of two.”"
        )
    ]
    assert found.view_stays
    assert "The asserted view stays as it is." in found.as_text()
    assert found.size == "1 claim added."


def test_a_claim_that_is_gone_is_told(compare: Compare, claim: Claim) -> None:
    """A claim that is removed is named with what it said."""
    one, two = claim("one", PATRONAGE), claim("two", STRIKE, COULD, status="hypothetical")

    assert sentences(compare(one + two, one), "Claims") == [
        "Claim two of document doc is gone (hypothetical): “Sentence of two.”"
    ]


def test_a_claim_that_becomes_asserted_stands_first(compare: Compare, claim: Claim) -> None:
    """A hypothetical strike that becomes a fact comes before a quotation that changed."""
    before = claim("a", PATRONAGE, BACKED) + claim("b", STRIKE, COULD, status="hypothetical")
    after = claim("a", PATRONAGE, "Arcadia has backed") + claim("b", STRIKE, COULD)

    found = compare(before, after)

    assert next(iter(found.sections()))[0] == "Look at these first"
    assert sentences(found, "Look at these first") == [
        "Claim b of document doc moved from hypothetical to asserted: “Sentence of b.”",
        (
            "Claim a of document doc quotes other words: “Arcadia has backed the Reed Front” "
            "became “Arcadia has backed”."
        ),
    ]
    assert sentences(found, "The asserted view") == [
        "Now asserted: “Sentence of b.” (military strike), by claim b of document doc."
    ]


def test_a_draft_that_becomes_asserted_is_looked_at(compare: Compare, claim: Claim) -> None:
    """A status that becomes asserted is told also where the view does not take the claim yet."""
    before = claim("b", STRIKE, COULD, status="hypothetical", review="draft")

    found = compare(before, claim("b", STRIKE, COULD, review="draft"))

    assert sentences(found, "Look at these first") == [
        (
            "Claim b of document doc moved from hypothetical, draft to asserted, draft: "
            "“Sentence of b.”"
        )
    ]
    assert found.view_stays


def test_a_claim_under_another_id_cannot_become_asserted_unseen(
    compare: Compare, claim: Claim
) -> None:
    """A new asserted claim on the passage of one that was hypothetical, and is gone, is told."""
    other = STRIKE.replace("borduria", "syldavia")

    found = compare(claim("b", STRIKE, COULD, status="hypothetical"), claim("c", other, COULD))

    assert sentences(found, "Look at these first") == [
        (
            "Claim c of document doc (asserted) stands in place of claim b of document doc "
            "(hypothetical): “Sentence of c.”"
        )
    ]


def test_a_renamed_claim_is_altered(compare: Compare, claim: Claim) -> None:
    """Another id for the same content and passage is neither a new claim nor another view."""
    before = claim("old", STRIKE, BACKED, says="They struck.")

    found = compare(before, claim("new", STRIKE, BACKED, says="They struck."))

    assert [change.sentence for change in found.changes] == [
        "Claim new of document doc (“They struck.”) was claim old of document doc before."
    ]
    assert found.size == "1 claim renamed."
    assert found.view_stays


def test_what_refers_to_a_renamed_claim_stays(compare: Compare, claim: Claim) -> None:
    """A statement that proposes a renamed claim, and is renamed too, is the same statement."""

    def both(statement: str, proposed: str) -> str:
        says = f"statement: {{speaker: arcadia, modality: threat, proposes: [{proposed}]}}"
        inner = claim(proposed, STRIKE, COULD, status="hypothetical", says="They would strike.")
        return claim(statement, says, HELP, says="Arcadia threatens.") + inner

    found = compare(both("said", "strike"), both("told", "attack"))

    assert [(change.action, change.name) for change in found.changes] == [
        ("renamed", "doc/told"),
        ("renamed", "doc/attack"),
    ]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({"certainty": "doubtful"}, {}, "certainty doubtful is gone"),
        ({}, {"confidence": "0.5"}, "confidence 0.5 is new"),
        ({}, {"hedge": "perhaps"}, "hedge “perhaps” is new"),
        (
            {"says": "One."},
            {"says": "Two."},
            "sentence was “One.” and is now “Two.”",
        ),
        (
            {"attributedTo": "[borduria]"},
            {"attributedTo": "[borduria, minister-of-arcadia]"},
            "attribution to was Borduria and is now Borduria, citing Minister of Arcadia (unnamed)",
        ),
        ({"review": "draft"}, {}, "review was draft and is now reviewed"),
    ],
)
def test_each_part_of_the_stance_is_told(
    before: dict[str, str],
    after: dict[str, str],
    told: str,
    compare: Compare,
    claim: Claim,
) -> None:
    """What changed of a claim's standing is said part by part."""
    fixed = {"says": "They struck.", "status": "judgement"}
    old, new = fixed | before, fixed | after

    found = compare(claim("a", STRIKE, **old), claim("a", STRIKE, **new))

    assert sentences(found, "Claims") == [f"Claim a of document doc (“{new['says']}”): {told}."]


def test_dates_and_roles_are_told_in_words(compare: Compare, claim: Claim) -> None:
    """A role's old and new actor, and a date with its words, stand in one sentence."""
    before = claim("a", STRIKE, status="judgement")
    after = claim(
        "a",
        "event: {type: MilitaryStrike, actor: reed-front, target: [borduria, syldavia], "
        'date: {edtf: "2024-10-01", words: on Tuesday}}',
        status="judgement",
    )

    assert sentences(compare(before, after), "Claims") == [
        (
            "Claim a of document doc (“Sentence of a.”): date 2024-10-01 is new; date, in words "
            "“on Tuesday” is new; target was Borduria and is now Borduria and Syldavia."
        )
    ]


def test_a_lost_passage_is_looked_at(
    compare: Compare, claim: Claim, passage: Callable[[str], str]
) -> None:
    """A claim that loses one of its two passages is told with the words of that passage."""
    after = claim("one", PATRONAGE)
    before = after.replace(f"at: {passage(BACKED)}", f"at: [{passage(BACKED)}, {passage(HELP)}]")

    found = compare(before, after)

    assert sentences(found, "Look at these first") == [
        "Claim one of document doc lost a passage: “help would go on”."
    ]
    assert sentences(compare(after, before), "Look at these first") == []


# --- the asserted view ---------------------------------------------------------------------------


def test_an_edge_that_appears_is_told_once(compare: Compare, claim: Claim) -> None:
    """A patronage is told as `backs`, without its inverse and the general tie."""
    likely = claim("one", PATRONAGE, status="judgement")

    found = compare(likely, claim("one", PATRONAGE))

    assert sentences(found, "The asserted view") == [
        "Arcadia backs Reed Front (patronage) is now asserted, by claim one of document doc."
    ]
    assert not found.view_stays


def test_an_edge_that_vanishes_is_told(compare: Compare, claim: Claim) -> None:
    """An edge of which the only claim is gone is no longer asserted; it is told once, not twice."""
    tie = "alliance: {parties: [arcadia, borduria]}"
    stays = claim("stays", STRIKE, COULD)

    found = compare(stays + claim("one", tie), stays)

    assert sentences(found, "The asserted view") == [
        (
            "Arcadia is allied with Borduria (alliance) is no longer asserted; "
            "it was by claim one of document doc."
        )
    ]


def test_content_without_an_edge_that_vanishes_is_told(compare: Compare, claim: Claim) -> None:
    """A strike that is no longer asserted is told by the sentence that it had."""
    found = compare(claim("a", STRIKE, COULD), claim("a", STRIKE, COULD, status="prediction"))

    assert sentences(found, "The asserted view") == [
        "No longer asserted: “Sentence of a.” (military strike); it was by claim a of document doc."
    ]


def test_a_date_that_changes_in_the_view_is_told(compare: Compare, claim: Claim) -> None:
    """The view changes where a tie keeps its parties and begins at another time."""
    old, new = (PATRONAGE.replace("}", f', since: "{year}"}}') for year in (2015, 2016))

    found = compare(claim("one", old), claim("one", new))

    assert sentences(found, "The asserted view") == [
        (
            "The view of “Sentence of one.” (patronage) changes: since was 2015 and is now 2016, "
            "by claim one of document doc."
        )
    ]
    assert not found.view_stays


def test_a_second_claim_of_the_same_tie_is_support(compare: Compare, claim: Claim) -> None:
    """The view stays where a tie that it has rests on one claim more."""
    one = claim("one", PATRONAGE)

    found = compare(one, one + claim("two", PATRONAGE, "Arcadia has backed"))

    assert sentences(found, "The asserted view") == [
        "“Sentence of one.” (patronage) now also rests on claim two of document doc."
    ]
    assert found.view_stays


# --- comparisons ---------------------------------------------------------------------------------


def test_a_new_contradiction_is_told_with_both_sentences(compare: Compare, claim: Claim) -> None:
    """Claims of two documents of which one denies what the other says contradict each other."""
    denied = claim("not", PATRONAGE, polarity="negated", says="It does not.")

    found = compare(
        claim("x", STRIKE, COULD, status="hypothetical"),
        claim("x", STRIKE, COULD, status="hypothetical")
        + claim("indeed", PATRONAGE, says="It does."),
        beside=denied,
    )

    assert sentences(found, "How claims stand to each other") == [
        (
            "New contradiction (polarity): claim indeed of document doc (“It does.”) contradicts "
            "claim not of document other (“It does not.”)."
        )
    ]


def test_a_corroboration_that_ends_is_told(compare: Compare, claim: Claim) -> None:
    """Two documents that no longer say the same no longer corroborate each other."""
    other = "patronage: {patron: arcadia, client: borduria}"

    found = compare(claim("one", PATRONAGE), claim("one", other), beside=claim("too", PATRONAGE))

    assert sentences(found, "How claims stand to each other") == [
        (
            "No longer a corroboration: claim one of document doc (“Sentence of one.”) "
            "corroborates claim too of document other (“Sentence of too.”)."
        )
    ]


@pytest.mark.parametrize(("early", "late"), [("a", "b"), ("b", "a")])
def test_the_later_claim_updates_the_earlier_one(
    early: str, late: str, compare: Compare, claim: Claim
) -> None:
    """An update names the claim of the later time first, whatever the claims are called."""
    kept = "diplomaticRelations: {parties: [arcadia, borduria], status: established, "
    before = claim(early, kept + 'since: "1990", until: "2000"}', says="They have.")
    severed = kept.replace("established", "severed") + 'since: "2010"}'

    found = compare(before, before + claim(late, severed, HELP, says="They have not."))

    assert sentences(found, "How claims stand to each other") == [
        (
            f"New update (status): claim {late} of document doc (“They have not.”) updates "
            f"claim {early} of document doc (“They have.”)."
        )
    ]


def test_a_comparison_of_a_renamed_claim_stays(compare: Compare, claim: Claim) -> None:
    """Another id for a claim makes neither a new corroboration nor ends one."""
    beside = claim("too", PATRONAGE)

    found = compare(
        claim("a", PATRONAGE, says="Yes."), claim("z", PATRONAGE, says="Yes."), beside=beside
    )

    assert [change.action for change in found.changes] == ["renamed"]


# --- register and documents ----------------------------------------------------------------------


def test_entries_are_told_with_class_and_id(compare: Compare, claim: Claim) -> None:
    """A new entry is told, and one that is gone."""
    actors = (
        "actors:\n  arcadia: {class: State, label: Arcadia}\n"
        "  reed-front: {class: ArmedGroup, label: Reed Front, alias: [Front of the Reeds]}\n"
        "  daily-reed: {class: MediaOrganisation, label: Daily Reed}\n"
        "  ostria: {class: State, label: Ostria}\n"
    )
    one = claim("one", PATRONAGE)

    told = sentences(compare(one, one, actors=actors), "Register")

    assert "Entry Ostria (state, ostria) is new." in told
    assert "Entry Borduria (state, borduria) is gone." in told


def test_an_entry_that_means_somebody_else_is_looked_at(compare: Compare, claim: Claim) -> None:
    """Another label changes what every claim on the entry says."""
    one = claim("one", PATRONAGE)
    register = (
        "actors:\n  arcadia: {class: State, label: %s}\n"
        "  reed-front: {class: ArmedGroup, label: Reed Front}\n"
        "  daily-reed: {class: MediaOrganisation, label: Daily Reed}\n"
    )

    found = compare(one, one, actors=register % "Ostria")

    assert (
        "Entry Ostria (state, arcadia) means something else to every claim that names it: "
        "label was “Arcadia” and is now “Ostria”."
    ) in sentences(found, "Look at these first")


def test_another_captured_page_is_looked_at(
    new_checkout: Callable[[], Checkout], claim: Claim
) -> None:
    """Another digest of a captured page concerns every passage that points into it."""
    stores = []
    for digest in ("0" * 64, "1" * 64):
        checkout = new_checkout()
        checkout.write_source("doc", claim("one", PATRONAGE))
        (checkout.root / "kg/data/captures.yaml").write_text(
            "captures:\n  invented-page: {url: https://example.org/page, "
            f'sha256: "{digest}", characters: 200, normalisation: None.}}\n',
            encoding="utf-8",
        )
        stores.append(build_store(read_corpus(checkout.bundle)))

    assert sentences(difference(*stores), "Look at these first") == [
        (
            "Captured page invented-page is another page to every passage that points into it: "
            f"sha256 was “{'0' * 64}” and is now “{'1' * 64}”."
        )
    ]


def test_a_document_under_another_id_keeps_its_claims(
    new_checkout: Callable[[], Checkout], claim: Claim
) -> None:
    """Where a document is renamed, its claims are renamed with it, and the view stays."""
    stores = []
    for slug in ("old", "new"):
        checkout = new_checkout()
        checkout.write_source(slug, claim("a", PATRONAGE) + claim("b", STRIKE, COULD))
        stores.append(build_store(read_corpus(checkout.bundle)))

    found = difference(*stores)

    assert sorted((change.action, change.name) for change in found.changes) == [
        ("added", "new"),
        ("removed", "old"),
        ("renamed", "new/a"),
        ("renamed", "new/b"),
    ]
    assert found.view_stays


def test_the_header_of_a_document_is_told(compare: Compare, claim: Claim) -> None:
    """An author that a document gets is told with the document's title."""
    one = claim("one", PATRONAGE)

    found = compare(one, one, header="author: ana-writer\n")

    assert sentences(found, "Documents") == [
        "Document doc (“Headline of an invented page”): author Ana Writer is new."
    ]


def test_a_retraction_is_told_and_leaves_the_view(compare: Compare, claim: Claim) -> None:
    """An assessment that a claim was retracted takes its edge out of the view."""
    one = claim("one", PATRONAGE, says="It does.")
    header = (
        "assessments:\n  - {claim: one, verdict: retracted, by: The project, "
        'date: "2026-11-22", reason: The outlet took it back.}\n'
    )

    found = compare(one, one, header=header)

    assert sentences(found, "Documents") == [
        (
            "Document doc (“Headline of an invented page”): assessment claim one of "
            "document doc (“It does.”), retracted, “The project”, "
            "“The outlet took it back.”, 2026-11-22 is new."
        )
    ]
    assert sentences(found, "The asserted view") == [
        (
            "Arcadia backs Reed Front (patronage) is no longer asserted; "
            "it was by claim one of document doc."
        )
    ]


# --- forms ---------------------------------------------------------------------------------------


def test_markdown_shows_what_was_written_and_obeys_nothing(compare: Compare, claim: Claim) -> None:
    """Markup, mentions and marks of direction in a sentence are shown as signs."""
    one = claim("one", PATRONAGE)
    hostile = claim("two", PATRONAGE, HELP, says='"<img> @all ![x](y) \\u202e"')

    shown = compare(one, one + hostile).as_markdown()

    assert "<img>" not in shown
    assert "@all" not in shown
    assert "![x]" not in shown
    assert "\u202e" not in shown
    assert "img" in shown


def test_text_cannot_steer_a_terminal(compare: Compare, claim: Claim) -> None:
    """A mark of direction in a sentence is shown as its escape."""
    one = claim("one", PATRONAGE)

    shown = compare(one, one + claim("two", PATRONAGE, HELP, says='"Now \\u202e back."')).as_text()

    assert "“Now \\u202e back.”" in shown


def test_json_holds_every_change(compare: Compare, claim: Claim) -> None:
    """The JSON form has the kind, action and altered parts of each change."""
    old, new = (claim("a", STRIKE, status=status) for status in ("judgement", "prediction"))

    held = json.loads(compare(old, new).as_json())

    assert held["viewStays"] is True
    assert held["changes"] == [
        {
            "kind": "claim",
            "action": "altered",
            "name": "doc/a",
            "sentence": "Claim a of document doc (“Sentence of a.”): status was judgement and is "
            "now prediction.",
            "parts": [{"part": "status", "was": "judgement", "now": "prediction"}],
        }
    ]


def test_a_long_section_ends_at_200_sentences_and_says_so() -> None:
    """Of 203 sentences Markdown shows 200 and counts the others; the text shows all."""
    changes = tuple(Change("entry", "added", f"e{i}", f"Entry e{i} is new.") for i in range(203))

    lines = Difference(changes).as_markdown().splitlines()

    assert sum(line.startswith("- Entry e") for line in lines) == 200
    assert lines[-1] == "- 3 sentences left out here. `allegiance diff` shows all."
    assert Difference(changes).as_text().count("  - Entry e") == 203


def test_a_summary_stays_below_what_github_takes() -> None:
    """Sentences as long as can be, in every section, make less than 1 MiB of Markdown."""
    kinds = ("attention", "edge", "comparison", "claim", "document", "entry", "capture", "link")
    changes = tuple(Change(kind, "altered", "x", "|" * 2000) for kind in kinds for _ in range(200))

    text = Difference(changes).as_markdown()

    assert len(text.encode()) < 600_000
    assert text.count("sentences left out here") == 8
