"""Claims compared: contradiction, update, corroboration, divergence, realisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from allegiance.comparison import compare_claims
from allegiance.corpus import read_corpus

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Checkout

    Compare = Callable[..., list[tuple[str, str | None, str, str]]]

PATRONAGE = "patronage: {patron: arcadia, client: reed-front}"
WORDS = "rhetoricalSupport: {supporter: arcadia, supported: reed-front}"
FIGHTERS = "figure: {of: reed-front, quantity: fighters, unit: persons, "
STRIKE = "event: {type: MilitaryStrike, actor: reed-front, target: borduria"


@pytest.fixture
def compare(checkout: Checkout, claim: Callable[..., str]) -> Compare:
    """Give a comparer of claims, each alone in a document: a content, or content and header.

    The documents are called a, b, ... and each claim is c; the outlets differ unless given.
    """
    outlets = ("daily-reed", "evening-post", "hill-radio")

    def run(*written: tuple[str, dict[str, str]]) -> list[tuple[str, str | None, str, str]]:
        for slug, outlet, (content, lines) in zip("abc", outlets, written, strict=False):
            given = dict(lines)
            header = {key: given.pop(key) for key in ("published", "more") if key in given}
            outlet = given.pop("outlet", outlet)  # noqa: PLW2901 - the outlet by default
            checkout.write_source(slug, claim("c", content, **given), outlet=outlet, **header)
        corpus = read_corpus(checkout.bundle)
        assert corpus.findings == ()
        return [(c.kind, c.axis, c.first, c.second) for c in compare_claims(corpus)]

    return run


def relations(status: str, more: str = "") -> str:
    """Write a claim on the relations of two states."""
    return f"diplomaticRelations: {{parties: [arcadia, borduria], status: {status}{more}}}"


# --- contradiction and update --------------------------------------------------------------------


def test_yes_and_no_at_one_time_contradict(compare: Compare) -> None:
    """One document affirms a tie and another denies it on the same day."""
    assert compare((PATRONAGE, {}), (PATRONAGE, {"polarity": "negated"})) == [
        ("contradiction", "polarity", "a/c", "b/c")
    ]


def test_yes_and_no_at_two_times_are_an_update(compare: Compare) -> None:
    """A later denial updates the earlier affirmation, and stands first whatever its name."""
    earlier = {"published": "2024-12-08"}
    found = compare(
        (PATRONAGE, {"polarity": "negated", "published": "2025-06-21"}), (PATRONAGE, earlier)
    )
    assert found == [("update", "polarity", "a/c", "b/c")]
    found = compare(
        (PATRONAGE, earlier), (PATRONAGE, {"polarity": "negated", "published": "2025-06-21"})
    )
    assert found == [("update", "polarity", "b/c", "a/c")]


def test_time_is_that_of_the_content_before_that_of_publication(compare: Compare) -> None:
    """A tie that ended before a denial was written is updated by it, not contradicted."""
    ended = PATRONAGE.replace("}", ", until: 2020}")
    found = compare((ended, {}), (PATRONAGE, {"polarity": "negated"}))
    assert found == [("update", "polarity", "b/c", "a/c")]


@pytest.mark.parametrize("kept", ["established", "improving", "restored"])
@pytest.mark.parametrize("broken", ["severed", "suspended"])
def test_kept_and_broken_relations_contradict(kept: str, broken: str, compare: Compare) -> None:
    """Relations cannot be kept and broken on one day."""
    found = compare((relations(kept), {}), (relations(broken), {}))
    assert found == [("contradiction", "status", "a/c", "b/c")]


def test_relations_that_were_restored_later_are_an_update(compare: Compare) -> None:
    """Severed in 2016 and restored in 2023 is one change, told by the later claim."""
    found = compare(
        (relations("severed", ", since: 2016, until: 2023-03"), {}),
        (relations("restored", ", since: 2023-03-10"), {}),
    )
    assert found == [("update", "status", "b/c", "a/c")]


@pytest.mark.parametrize(
    ("one", "other"),
    [("severed", "suspended"), ("established", "restored"), ("severed", "strained")],
)
def test_degrees_of_one_state_of_relations_do_not_contradict(
    one: str, other: str, compare: Compare
) -> None:
    """Two kinds of broken, or of kept, relations are compatible, and so is what is between."""
    assert compare((relations(one), {}), (relations(other), {})) == []


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("value: 40", "value: 50", "contradiction"),
        ("value: 40", "value: 40", None),
        ("low: 30, high: 50", "value: 40", None),
        ("high: 2", "value: 3", "contradiction"),
        ("low: 10", "value: 30", None),
        ("value: 40, date: 2020", "value: 50, date: 2024", "update"),
    ],
)
def test_figures_whose_ranges_lie_apart_are_incompatible(
    one: str, other: str, kind: str | None, compare: Compare
) -> None:
    """Numbers of one thing contradict at one time, and update at two, if no value fits both."""
    found = compare((FIGHTERS + one + "}", {}), (FIGHTERS + other + "}", {}))
    pair = ("b/c", "a/c") if kind == "update" else ("a/c", "b/c")
    assert found == ([] if kind is None else [(kind, "figure", *pair)])


def test_figures_of_different_things_are_not_compared(compare: Compare) -> None:
    """Unit, quantity and place belong to a figure."""
    one = FIGHTERS + "value: 40}"
    for other in (
        one.replace("value: 40", "value: 50").replace("persons", "percent"),
        one.replace("value: 40", "value: 50").replace("fighters", "rockets"),
        one.replace("value: 40", "value: 50, location: reed-delta"),
        one.replace("value: 40", "value: 50").replace("of: reed-front", "of: arcadia"),
    ):
        assert compare((one, {}), (other, {})) == []


@pytest.mark.parametrize("status", ["hypothetical", "prediction", "normative"])
def test_what_nobody_says_is_so_contradicts_nothing(status: str, compare: Compare) -> None:
    """A supposed, predicted or demanded tie is compatible with its denial."""
    assert compare((PATRONAGE, {"status": status}), (PATRONAGE, {"polarity": "negated"})) == []


@pytest.mark.parametrize("review", ["draft", "retracted"])
def test_drafts_and_retracted_claims_are_left_out(review: str, compare: Compare) -> None:
    """What is not reviewed, or was taken back, is compared with nothing."""
    assert compare((PATRONAGE, {"review": review}), (PATRONAGE, {"polarity": "negated"})) == []


def test_a_claim_that_an_assessment_takes_back_is_left_out(compare: Compare) -> None:
    """A verdict of retraction has the same effect as the claim's own review status."""
    more = "assessments:\n  - {claim: c, verdict: retracted, by: E, date: 2025-01-01, reason: R.}\n"
    assert compare((PATRONAGE, {"more": more}), (PATRONAGE, {"polarity": "negated"})) == []
    doubted = more.replace("retracted", "questioned")
    found = compare((PATRONAGE, {"more": doubted}), (PATRONAGE, {"polarity": "negated"}))
    assert [kind for kind, *_ in found] == ["contradiction"]


# --- corroboration -------------------------------------------------------------------------------


def test_two_independent_documents_corroborate(compare: Compare) -> None:
    """Different outlets and authors that say the same support each other, once for each pair."""
    assert compare((PATRONAGE, {}), (PATRONAGE, {})) == [("corroboration", None, "a/c", "b/c")]
    assert len(compare((PATRONAGE, {}), (PATRONAGE, {}), (PATRONAGE, {}))) == 3


def test_one_outlet_does_not_corroborate_itself(compare: Compare) -> None:
    """Two documents that first appeared at one outlet are no two origins."""
    assert compare((PATRONAGE, {}), (PATRONAGE, {"outlet": "daily-reed"})) == []
    signed = {"outlet": "daily-reed", "more": "author: ana-writer\n"}
    assert compare((PATRONAGE, {}), (PATRONAGE, signed)) == []


def test_a_republication_corroborates_nothing(
    checkout: Checkout, claim: Callable[..., str]
) -> None:
    """A document that another outlet took over has its first outlet as origin."""
    checkout.write_source("a", claim("c", PATRONAGE))
    file = checkout.write_source("b", claim("c", PATRONAGE))
    file.write_text(file.read_text().replace("capture:", "  - {outlet: hill-radio}\ncapture:", 1))
    assert compare_claims(read_corpus(checkout.bundle)) == ()


def test_one_author_does_not_corroborate_herself(compare: Compare) -> None:
    """Two documents of one author at two outlets are one origin."""
    author = {"more": "author: ana-writer\n"}
    assert compare((PATRONAGE, author), (PATRONAGE, author)) == []
    assert len(compare((PATRONAGE, author), (PATRONAGE, {"more": ""}))) == 1


def test_one_person_quoted_twice_does_not_corroborate_himself(compare: Compare) -> None:
    """What two documents attribute to one origin is said once; two origins corroborate."""
    one = {"status": "attributed", "attributedTo": "minister-of-arcadia"}
    through = {"status": "attributed", "attributedTo": "[arcadia, minister-of-arcadia]"}
    other = {"status": "attributed", "attributedTo": "[minister-of-arcadia, borduria]"}
    assert compare((PATRONAGE, one), (PATRONAGE, through)) == []
    assert compare((PATRONAGE, one), (PATRONAGE, other)) == [("corroboration", None, "a/c", "b/c")]


def test_claims_of_one_document_do_not_corroborate_each_other(
    checkout: Checkout, claim: Callable[..., str]
) -> None:
    """Saying the same twice adds nothing."""
    said = {"status": "attributed", "attributedTo": "borduria"}
    checkout.write_source("a", claim("c", PATRONAGE) + claim("d", PATRONAGE, **said))
    assert compare_claims(read_corpus(checkout.bundle)) == ()


def test_two_denials_corroborate_each_other(compare: Compare) -> None:
    """Corroboration is of what is said, yes or no."""
    no = {"polarity": "negated"}
    assert compare((PATRONAGE, no), (PATRONAGE, no)) == [("corroboration", None, "a/c", "b/c")]


def test_ties_of_separate_times_do_not_corroborate(compare: Compare) -> None:
    """A tie that ended in 2010 and one that began in 2020 are no common testimony."""
    old, new = (PATRONAGE.replace("}", f", {key}}}") for key in ("until: 2010", "since: 2020"))
    assert compare((old, {}), (new, {})) == []


# --- divergence ----------------------------------------------------------------------------------


def test_support_of_one_kind_and_none_of_another_diverge(compare: Compare) -> None:
    """One document affirms patronage, another denies support in words: they diverge."""
    found = compare((PATRONAGE, {}), (WORDS, {"polarity": "negated"}))
    assert found == [("divergence", "support", "a/c", "b/c")]


def test_support_held_unlikely_leans_to_no(compare: Compare) -> None:
    """A judgement that support is unlikely or doubtful diverges from its affirmation."""
    for certainty in ("unlikely", "doubtful"):
        doubt = {"status": "judgement", "certainty": certainty}
        assert compare((PATRONAGE, {}), (WORDS, doubt)) == [("divergence", "support", "a/c", "b/c")]
    assert compare((PATRONAGE, {}), (WORDS, {"status": "judgement", "certainty": "likely"})) == []


def test_denied_support_of_somebody_else_does_not_diverge(compare: Compare) -> None:
    """Divergence is between claims on the same two actors."""
    other = WORDS.replace("reed-front", "borduria")
    assert compare((PATRONAGE, {}), (other, {"polarity": "negated"})) == []


def test_a_denied_enmity_does_not_diverge_from_support(compare: Compare) -> None:
    """Only supportive ties are compared as support."""
    enmity = "adversity: {parties: [arcadia, reed-front]}"
    assert compare((PATRONAGE, {}), (enmity, {"polarity": "negated"})) == []


# --- realisation ---------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["prediction", "hypothetical"])
def test_what_was_expected_and_then_reported_is_realised(status: str, compare: Compare) -> None:
    """A report of an event of one type between the same two realises the expectation of it."""
    found = compare(
        (STRIKE + "}", {"status": status, "published": "2024-10-02"}),
        (STRIKE + ", date: 2025-06-13}", {"published": "2025-06-21"}),
    )
    assert found == [("realisation", None, "b/c", "a/c")]


def test_what_had_happened_before_realises_nothing(compare: Compare) -> None:
    """An event that was over when the expectation was uttered cannot be what was expected."""
    found = compare(
        (STRIKE + "}", {"status": "prediction", "published": "2024-10-02"}),
        (STRIKE + ", date: 2024-04-13}", {"published": "2025-06-21"}),
    )
    assert found == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("MilitaryStrike", "GroundOperation"),
        ("target: borduria", "target: arcadia"),
        ("actor: reed-front", "actor: syldavia"),
    ],
)
def test_another_event_realises_nothing(old: str, new: str, compare: Compare) -> None:
    """Type, doer and target all have to be those of the expectation."""
    fact = (STRIKE + "}").replace(old, new)
    assert compare((STRIKE + "}", {"status": "prediction"}), (fact, {})) == []


def test_a_denied_event_realises_nothing(compare: Compare) -> None:
    """What is reported not to have happened is no realisation."""
    expected = (STRIKE + "}", {"status": "prediction"})
    assert compare(expected, (STRIKE + "}", {"polarity": "negated"})) == []


def test_one_document_realises_nothing_of_its_own(
    checkout: Checkout, claim: Callable[..., str]
) -> None:
    """What a document expects and what it reports are two things to it."""
    supposed = claim("supposed", STRIKE + "}", status="hypothetical", certainty="possible")
    checkout.write_source("doc", supposed + claim("done", STRIKE + "}"))

    assert compare_claims(read_corpus(checkout.bundle)) == ()


def test_a_deed_of_one_realises_no_deed_of_two(compare: Compare) -> None:
    """A joint strike has not come true when one of the two has struck."""
    joint = STRIKE.replace("actor: reed-front", "actor: [reed-front, arcadia]") + "}"

    assert compare((joint, {"status": "hypothetical"}), (STRIKE + "}", {})) == []


def test_what_one_fears_and_another_denies_contradicts(compare: Compare) -> None:
    """A characterisation has no name of its own: the same words of the same thing are compared."""
    aim = "characterisation: {of: arcadia, aspect: aim, as: a bomb of its own}"
    lines = {"status": "attributed", "attributedTo": "borduria"}

    assert compare((aim, lines), (aim, {"polarity": "negated"})) == [
        ("contradiction", "polarity", "a/c", "b/c")
    ]


def test_other_words_or_another_thing_contradict_nothing(compare: Compare) -> None:
    """What is denied of one actor, or of one aim, is not denied of another."""
    aim = "characterisation: {of: arcadia, aspect: aim, as: a bomb of its own}"
    other = "characterisation: {of: arcadia, aspect: aim, as: a seat at the table}"
    stranger = "characterisation: {of: borduria, aspect: aim, as: a bomb of its own}"
    denied = {"polarity": "negated"}

    assert compare((aim, {}), (other, denied), (stranger, denied)) == []
