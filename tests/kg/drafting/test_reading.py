"""Sentences and what they propose: roles, status, attribution, and silence where it is unclear."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from allegiance.bundle import default_bundle
from allegiance.corpus import read_corpus
from allegiance.drafting.reading import Reader
from allegiance.sentences import Sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from allegiance.drafting.reading import Reading

    Read = Callable[..., Reading]

PATRONAGE = {"patron": "iran", "client": "hezbollah"}
STRIKE = {"actor": "iran", "target": "israel", "type": "MilitaryStrike"}


@pytest.mark.parametrize(
    ("sentence", "frame", "values"),
    [
        ("Iran backs Hezbollah.", "patronage", PATRONAGE),
        ("Iran has long backed Hezbollah.", "patronage", PATRONAGE),
        ("Hezbollah is backed by Iran.", "patronage", PATRONAGE),
        ("Hezbollah, which is backed by Iran, sent a letter.", "patronage", PATRONAGE),
        ("The Iran-backed Hezbollah mailed a letter.", "patronage", PATRONAGE),
        ("Iran, which lies in Asia, backs Hezbollah.", "patronage", PATRONAGE),
        ("Iran attacked Israel.", "event", STRIKE),
        ("Israel was attacked by Iran.", "event", STRIKE),
        ("Russia is an ally of Iran.", "alliance", {"parties": ["iran", "russia"]}),
        ("Iran's ally Russia mailed a letter.", "alliance", {"parties": ["iran", "russia"]}),
        ("Russia, an ally of Iran, sent a letter.", "alliance", {"parties": ["iran", "russia"]}),
        (
            "Russia imposed new sanctions on the United States.",
            "sanctionsRegime",
            {"sanctioner": "russia", "sanctioned": "united-states"},
        ),
        (
            "Tehran condemned Israel.",
            "statement",
            {"speaker": "government-of-iran", "about": "israel", "modality": "condemnation"},
        ),
        (
            "Russia called on Iran to wait.",
            "statement",
            {"speaker": "russia", "addressee": "iran", "modality": "appeal"},
        ),
        (
            "Russia and China signed a new trade agreement.",
            "event",
            {"actor": ["russia", "china"], "type": "Agreement"},
        ),
    ],
)
def test_a_clause_becomes_a_frame(
    read: Read, sentence: str, frame: str, values: dict[str, object]
) -> None:
    """Who stands before the verb is its subject, who stands after it its object."""
    (found,) = read(sentence).proposals

    assert (frame, values, "asserted") == (found.frame, found.values, found.status)


@pytest.mark.parametrize(
    "sentence",
    [
        "The president of Iran attacked Israel.",
        "Iran's minister attacked Israel.",
        "Iran attacked Israel's position on fishing.",
        "Iran attacked US bases.",
        "Israel bombed Tehran.",
        "Gaza said that Iran attacked Israel.",
        "The Iran attack angered Israel.",
        "A former ally of Iran, Russia, sent a letter.",
        "Russia is not an ally of Iran.",
        "Iran and its friends attacked Israel.",
        "Iran threatened to attack Israel and wrote to say so yesterday?",
        "Israel, unlike Iran, attacked.",
        "Iran attacked Donald Trump over the letter.",
        "Talks with Iran backed Hezbollah.",
        "Iran reportedly attacked Israel.",
        "Observers said Iran attacked Israel.",
        "Did Iran attack Israel?",
        "Iran attacked Israel",
    ],
)
def test_what_is_unclear_is_not_proposed(read: Read, sentence: str) -> None:
    """Where another reading is possible, the sentence is listed and nothing is claimed."""
    reading = read(sentence)

    assert () == reading.proposals
    assert reading.reason.startswith("draft: ")


@pytest.mark.parametrize(
    ("sentence", "status", "certainty", "negated"),
    [
        ("Iran could attack Israel.", "hypothetical", "possible", False),
        ("Iran might attack Israel.", "hypothetical", "possible", False),
        ("Iran will attack Israel.", "prediction", None, False),
        ("Iran is expected to attack Israel.", "prediction", "likely", False),
        ("Iran is unlikely to attack Israel.", "prediction", "unlikely", False),
        ("Iran should attack Israel.", "normative", None, False),
        ("Iran did not attack Israel.", "asserted", None, True),
        ("Iran never attacked Israel.", "asserted", None, True),
        ("Iran didn\u2019t attack Israel.", "asserted", None, True),
        ("Iran won't attack Israel.", "prediction", None, True),
        ("Iran attacked Israel if the letter is true.", "hypothetical", None, False),
    ],
)
def test_the_words_before_the_verb_decide_how_it_is_put(
    read: Read, sentence: str, status: str, certainty: str | None, *, negated: bool
) -> None:
    """Modal verbs, negations and an if change status, certainty and polarity."""
    (found,) = read(sentence).proposals

    assert (status, certainty, negated) == (
        found.status,
        found.stance.certainty,
        found.stance.negated,
    )


@pytest.mark.parametrize(
    "sentence",
    [
        "Russia said that Iran attacked Israel.",
        "Iran attacked Israel, Russia said.",
        "Iran attacked Israel, said Russia.",
        "According to Russia, Iran attacked Israel.",
        "Iran attacked Israel, according to Russia.",
        "\u201cIran attacked Israel,\u201d Russia said.",
    ],
)
def test_what_somebody_says_is_attributed(read: Read, sentence: str) -> None:
    """A verb of saying, before or after, makes what is said that speaker's, not the document's."""
    found = next(one for one in read(sentence).proposals if one.frame == "event")

    assert ("attributed", ("russia",), STRIKE) == (found.status, found.attributed_to, found.values)


def test_a_statement_names_the_claims_that_give_what_was_said(read: Read) -> None:
    """That somebody said it is one claim, asserted; it proposes the other."""
    statement, event = read("Russia said that Iran attacked Israel.").proposals

    assert "asserted" == statement.status
    assert [event.id] == statement.values["proposes"]


def test_a_denial_turns_what_is_said(read: Read) -> None:
    """What somebody denies is attributed to them and negated."""
    claims = read("Russia denied that Iran attacked Israel.").proposals
    event = next(one for one in claims if one.frame == "event")

    assert (True, ("russia",)) == (event.stance.negated, event.attributed_to)


def test_a_quotation_without_a_speaker_claims_nothing(read: Read) -> None:
    """What stands within an open quotation is nobody's until its speaker is known."""
    assert () == read("Iran attacked Israel.", quoted=True).proposals


def test_each_client_is_a_claim(read: Read) -> None:
    """A tie with one client is one claim; a list of clients makes several."""
    claims = read("Iran backs Hezbollah and Hamas.").proposals

    assert ["hezbollah", "hamas"] == [one.values["client"] for one in claims]


def test_a_date_that_stands_alone_is_the_events(read: Read) -> None:
    """One date and one event in a sentence belong together."""
    (found,) = read("Iran attacked Israel on 3 May 2024.").proposals

    assert {"edtf": "2024-05-03", "words": "on 3 May 2024"} == found.values["date"]


def test_a_relative_date_of_a_forecast_is_left_out(read: Read) -> None:
    """Counted back from the publication, what is yet to come would lie in the past."""
    (found,) = read("Iran will attack Israel on Tuesday.").proposals

    assert "date" not in found.values


def test_a_date_says_since_when_a_tie_holds(read: Read) -> None:
    """Only a since dates a tie; a day in the sentence does not."""
    since = read("Iran has backed Hezbollah since 1982.").proposals[0].values
    other = read("Iran backed Hezbollah in 1982.").proposals[0].values

    assert {"edtf": "1982", "words": "since 1982"} == since["since"]
    assert "since" not in other


@pytest.mark.parametrize(
    ("sentence", "says"),
    [
        ("Iran backs Hezbollah.", "Iran acts as the patron of Hezbollah."),
        ("The US backed Israel.", "The United States acted as the patron of Israel."),
        ("The Houthis back Hamas.", "The Houthis act as the patron of Hamas."),
        ("Iran has not backed Hamas.", "Iran has not acted as the patron of Hamas."),
        ("Iran could bomb Israel.", "Iran could carry out a military strike on Israel."),
        (
            "According to Moscow, Iran bombed Israel.",
            "According to the Government of Russia, Iran carried out a military strike on Israel.",
        ),
    ],
)
def test_says_is_a_sentence_of_our_own(read: Read, sentence: str, says: str) -> None:
    """The sentence is made of the frame: tense, number and article fit, no verb is copied."""
    assert says == read(sentence).proposals[-1].says


def test_each_state_recalls_its_own_ambassador(read: Read) -> None:
    """What each of several subjects does by itself is a claim for each."""
    claims = read("Canada and Yemen recalled their ambassadors from Iran.").proposals

    assert ["canada", "yemen"] == [one.values["actor"] for one in claims]


@pytest.mark.parametrize(("article", "count"), [("Ali Khamenei came.", 1), ("He came.", 0)])
def test_a_surname_stands_for_a_person_whom_the_article_names(article: str, count: int) -> None:
    """A last name alone is a person only where the whole name stands in the same article."""
    text = "Khamenei condemned Israel."
    reader = Reader(read_corpus(default_bundle()), None, article)

    assert count == len(reader.read(Sentence(0, len(text), text), 1, quoted=False).proposals)


def test_other_languages_are_listed_and_not_read() -> None:
    """The table is of English words: in another language names are told and nothing is claimed."""
    text = "Iran backs Hezbollah."
    reader = Reader(read_corpus(default_bundle()), None, text, "nl")
    reading = reader.read(Sentence(0, len(text), text), 1, quoted=False)

    assert ((), "draft: mentions Iran and Hezbollah; no claim proposed") == (
        reading.proposals,
        reading.reason,
    )
