"""Candidates, their scores and features, and when one is a match."""

from __future__ import annotations

from typing import Any

import pytest

from allegiance.reconciliation import Candidate, Entity, Matcher, Name, Property, Query
from allegiance.reconciliation.metonyms import Metonyms

TABLE = Metonyms(
    by_id={"government-of-arcadia": (Name("Port Royal", "en", "metonym", "it sits there"),)},
    doubtful={"arcadian": "it is what people of a country are called"},
    meanings={"arcadian": "arcadia"},
)


def named(identifier: str, *names: str, types: tuple[str, ...] = (), **rest: object) -> Entity:
    """Make an entity of a label and aliases."""
    label, *aliases = names
    given = (Name(label, "en", "label"), *(Name(alias) for alias in aliases))
    return Entity(identifier, TABLE.naming(identifier, given), types, **rest)  # type: ignore[arg-type]


ARCADIA = named(
    "arcadia",
    "Arcadia",
    "Republic of Arcadia",
    "Arcadian",
    types=("state",),
    properties={"iso": ("AR",), "country": ("arcadia",)},
)
OTHERS = (
    named("government-of-arcadia", "Government of Arcadia", types=("government",)),
    named("port-royal", "Port Royal", types=("place",), properties={"country": ("Arcadia",)}),
    named("reed-front", "Reed Front", "RF", types=("armed-group",)),
    named("reed-war", "Reed War", types=("event",), properties={"date": ("1999-05-01",)}),
    named("ann-reed", "Ann Reed", types=("person",)),
)


@pytest.fixture
def matcher() -> Matcher:
    """Index a small world."""
    return Matcher((ARCADIA, *OTHERS), TABLE)


def first(matcher: Matcher, text: str, type_name: str | None = None, **known: str) -> Candidate:
    """Return the first candidate."""
    properties = tuple(Property(key, (value,)) for key, value in known.items())
    return matcher.candidates(Query(text, type=type_name, properties=properties))[0]


def test_a_label_of_the_right_type_is_a_match(matcher: Matcher) -> None:
    """An exact label of the right type scores 100 and is a match."""
    found = first(matcher, "ARCADIA", "State")
    assert (found.entity.id, found.score, found.match) == ("arcadia", 100.0, True)
    assert found.features["name_exact"] == 1.0
    assert found.features["type_match"] == 1.0
    assert found.reason == "equal to its label “Arcadia”; the type is right."


def test_an_alias_of_the_right_type_is_a_match(matcher: Matcher) -> None:
    """An exact alias scores 95 and is a match as well."""
    found = first(matcher, "Republic of Arcadia", "state")
    assert (found.entity.id, found.score, found.match) == ("arcadia", 95.0, True)
    assert found.features["alias_exact"] == 1.0


def test_without_a_type_nothing_is_a_match(matcher: Matcher) -> None:
    """A name alone is too often ambiguous."""
    found = first(matcher, "Arcadia")
    assert (found.score, found.match) == (100.0, False)
    assert found.reason.endswith("no match, since no type was asked for.")


def test_a_wrong_type_halves_the_score(matcher: Matcher) -> None:
    """An exact name of another type is a candidate with half the score."""
    found = first(matcher, "Reed Front", "Person")
    assert found.features["type_match"] == 0.0
    by_id = {each.entity.id: each for each in matcher.candidates(Query("Reed Front", "Person"))}
    assert by_id["reed-front"].score == 50.0
    assert not by_id["reed-front"].match


def test_a_similar_name_is_never_a_match(matcher: Matcher) -> None:
    """A misspelt name is found, below every exact one, and is no match."""
    found = first(matcher, "Read Front", "ArmedGroup")
    assert found.entity.id == "reed-front"
    # Nine letters of ten are the same: 85 times 2 * 9 / (10 + 10).
    assert found.score == 76.5
    assert not found.match


def test_two_bearers_of_a_name_are_no_match() -> None:
    """Where two entities of the type have the name, the margin is missing."""
    twice = (named("a", "Reed", types=("person",)), named("b", "Reed", types=("person",)))
    found = Matcher(twice).candidates(Query("Reed", "Person"))
    assert [(each.entity.id, each.match) for each in found] == [("a", False), ("b", False)]
    assert "another candidate is as close" in found[0].reason


def test_a_bearer_of_unknown_type_stands_against_a_match() -> None:
    """Another entity of the same name may be of the type, so long as its type is not known."""
    both = (named("a", "Reed", types=("person",)), named("b", "Reed"))
    found = Matcher(both).candidates(Query("Reed", "Person"))
    assert [(each.entity.id, each.score, each.match) for each in found] == [
        ("a", 100.0, False),
        ("b", 85.0, False),
    ]


def test_a_twin_stands_against_a_match() -> None:
    """A twin whose names nobody knows may bear this one; a code of the country rules it out."""
    twins = {"types": ("state",), "twins": ("Q2",), "properties": {"iso": ("AR",)}}
    matcher = Matcher([named("Q1", "Arcadia", **twins)])  # type: ignore[arg-type]
    flagged = first(matcher, "Arcadia", "State")
    assert (flagged.features["twin"], flagged.match) == (1.0, False)
    assert flagged.reason.endswith("it has a near twin, which an ISO code would rule out.")
    settled = first(matcher, "Arcadia", "State", iso="AR")
    assert (settled.features["twin"], settled.match) == (0.0, True)


@pytest.mark.parametrize(
    ("text", "has_all_states", "rest", "match"),
    [
        ("Arcadia", True, {}, True),
        ("Arcadia", False, {}, False),
        ("Arcady", True, {}, False),
        ("Arcadia", True, {"properties": {}}, False),
    ],
)
def test_a_state_of_the_full_list_stands_against_unknown_things(
    text: str,
    has_all_states: bool,  # noqa: FBT001 - a case
    rest: dict[str, Any],
    match: bool,  # noqa: FBT001 - a case
) -> None:
    """Where all states are known, what is not among them does not hinder the label of one.

    It does hinder an alias, and a state without a code.
    """
    known: dict[str, Any] = {"types": ("state",), "properties": {"iso": ("ARC",)}} | rest
    entities = (named("Q1", "Arcadia", "Arcady", **known), named("Q2", "Arcadia", "Arcady"))
    found = first(Matcher(entities, has_all_states=has_all_states), text, "State")
    assert (found.entity.id, found.match) == ("Q1", match)


def test_a_territory_of_the_same_name_hinders_a_state() -> None:
    """What is known to be a place may be called a state as well: Georgia is both."""
    state = named("Q1", "Arcadia", types=("state",), properties={"iso": ("ARC",)})
    matcher = Matcher([state, named("Q2", "Arcadia", types=("place",))], has_all_states=True)
    assert not first(matcher, "Arcadia", "State").match
    # A code belongs to one country alone; of two letters, one of three says nothing.
    assert first(matcher, "Arcadia", "State", iso="arc").match
    assert not first(matcher, "Arcadia", "State", iso="AR").match


def test_a_code_of_another_length_says_nothing(matcher: Matcher) -> None:
    """A code of three letters neither agrees nor disagrees with one of two; another one does."""
    assert "iso_match" not in first(matcher, "Arcadia", "State", iso="ARC").features
    assert first(matcher, "Arcadia", "State", iso="AX").features["iso_match"] == 0.0


def test_a_twin_of_another_name_is_no_hindrance() -> None:
    """A twin in the index that does not bear the name cannot be meant by it."""
    entities = (
        named("Q1", "Arcadia", types=("state",), twins=("Q2",)),
        named("Q2", "Kingdom of the North", types=("state",)),
    )
    assert first(Matcher(entities), "Arcadia", "State").match


def test_a_metonym_is_a_candidate_and_no_match(matcher: Matcher) -> None:
    """A capital leads to the government with its reason, first if one is asked for; no match."""
    asked = first(matcher, "Port Royal", "Government")
    assert (asked.entity.id, asked.score, asked.match) == ("government-of-arcadia", 90.0, False)
    assert asked.features["is_metonym"] == 1.0
    assert asked.reason == (
        "“Port Royal” can stand for Government of Arcadia (it sits there); the type is right; "
        "no match, since a metonym is the name of something else first."
    )
    plain = {each.entity.id: each for each in matcher.candidates(Query("Port Royal"))}
    assert plain["port-royal"].score == 100.0
    assert plain["government-of-arcadia"].score == 75.0
    assert not any(each.match for each in plain.values())


def test_a_metonym_does_not_make_a_state_a_match() -> None:
    """A state that stands in for its government is a candidate, since its type is another."""
    metonyms = Metonyms({"arcadia": (Name("Port Royal", "en", "metonym"),)}, {}, {})
    names = metonyms.naming("arcadia", [Name("Arcadia", "en", "label")])
    found = first(
        Matcher([Entity("arcadia", names, ("state",))], metonyms), "Port Royal", "Government"
    )
    assert (found.entity.id, found.score, found.match) == ("arcadia", 90.0, False)


def test_a_demonym_is_no_match(matcher: Matcher) -> None:
    """What people of a country are called is not the country, even where a table has it so."""
    found = first(matcher, "Arcadian", "State")
    assert (found.entity.id, found.match) == ("arcadia", False)
    assert found.reason.endswith("since it is what people of a country are called.")


def test_a_weak_name_is_no_match() -> None:
    """A name that finds the entity without settling that it is meant scores 75."""
    entity = Entity(
        "q", (Name("Arcadia", "en", "label"), Name("The South", kind="weak")), ("state",)
    )
    found = first(Matcher([entity]), "South", "State")
    assert (found.score, found.match) == (75.0, False)


def test_a_weak_name_of_another_stands_against_a_match() -> None:
    """A former state whose label the present one bears as a weak name is not surely meant."""
    former = named("old", "Kingdom of Arcadia", types=("state",))
    weak = (Name("Arcadia", "en", "label"), Name("Kingdom of Arcadia", kind="weak"))
    found = Matcher((former, Entity("new", weak, ("state",)))).candidates(
        Query("Kingdom of Arcadia", "State")
    )
    assert [(each.entity.id, each.match) for each in found] == [("old", False), ("new", False)]
    place = Matcher((former, Entity("new", weak, ("place",))))
    assert first(place, "Kingdom of Arcadia", "State").match


def test_properties_weigh(matcher: Matcher) -> None:
    """A property that disagrees takes 25 points and the match; an unknown one changes nothing."""
    assert first(matcher, "Port Royal", "Place", country="Arcadia").match
    wrong = first(matcher, "Port Royal", "Place", country="Lombardy")
    assert (wrong.features["country_match"], wrong.score, wrong.match) == (0.0, 75.0, False)
    unknown = first(matcher, "Reed Front", "ArmedGroup", iso="XX")
    assert "iso_match" not in unknown.features
    assert unknown.match


@pytest.mark.parametrize(
    ("date", "agrees"), [("1999", 1.0), ("1999-05-01", 1.0), ("1999-06", 0.0), ("19", 0.0)]
)
def test_dates_agree_as_far_as_both_go(matcher: Matcher, date: str, agrees: float) -> None:
    """A year agrees with each of its days, and with no other year or month."""
    assert first(matcher, "Reed War", "Event", date=date).features["date_match"] == agrees


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Colonel Ann Reed", "ann-reed"),
        ("Arcadian government", "government-of-arcadia"),
        ("Arcadia's government", "government-of-arcadia"),
        ("front of the reed", "reed-front"),
    ],
)
def test_phrases_lead_to_the_names_in_them(matcher: Matcher, text: str, expected: str) -> None:
    """Titles, word order, possessives and demonyms do not hide a name; none of it is a match."""
    found = first(matcher, text, None)
    assert found.entity.id == expected
    assert not found.match


def test_initials_lead_to_a_label() -> None:
    """Capital letters find a label of three words or more, which has no such alias."""
    matcher = Matcher([named("u", "Union of Reed Workers", types=("organisation",))])
    found = first(matcher, "URW", "organisation")
    # Initials count as a likeness of 0.6: 85 times that.
    assert (found.entity.id, found.score, found.match) == ("u", 51.0, False)
    assert found.reason.startswith("the initials of its label “Union of Reed Workers”")
    assert matcher.candidates(Query("urw")) == ()


def test_the_limit_holds_and_equal_scores_keep_their_order() -> None:
    """At most `limit` candidates are given; of equal ones the earlier entity comes first."""
    matcher = Matcher([named(f"e{number}", "Reed") for number in (3, 1, 2)])
    found = matcher.candidates(Query("Reed", limit=2))
    assert [each.entity.id for each in found] == ["e3", "e1"]


@pytest.mark.parametrize("text", ["", "  ", "?!", "x" * 5000, "zzzz qqqq", "\x00"])
def test_what_is_no_name_has_no_candidates(matcher: Matcher, text: str) -> None:
    """Empty, endless and unknown texts are answered with nothing."""
    assert matcher.candidates(Query(text)) == ()


def test_a_prefix_suggests_entities(matcher: Matcher) -> None:
    """Names that begin with the text as folded are suggested, the shortest first."""
    assert [entity.id for entity in matcher.suggestions("REED")] == ["reed-war", "reed-front"]
    assert matcher.suggestions("") == ()
