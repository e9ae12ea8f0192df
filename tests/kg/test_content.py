"""What a claim says, as the triples of the claim's graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from allegiance.content import content_iri, content_triples
from allegiance.corpus import read_corpus
from allegiance.namespaces import compact

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Checkout

    from allegiance.corpus import Corpus

DATE = "<http://www.w3.org/2001/XMLSchema#date>"


@pytest.fixture
def said(checkout: Checkout, claim: Callable[..., str]) -> Callable[..., Corpus]:
    """Give a reader of a document doc with claims one, two, ... of these contents."""

    def read(*contents: str) -> Corpus:
        names = ("one", "two", "three")
        claims = "".join(map(claim, names, contents))
        checkout.write_source("doc", claims)
        corpus = read_corpus(checkout.bundle)
        assert corpus.findings == ()
        return corpus

    return read


def name(corpus: Corpus, claim: str = "one") -> str:
    """Return the id of a claim's content."""
    return content_iri(corpus.claims[f"doc/{claim}"]).value.partition("/id/")[2]


def triples(corpus: Corpus, claim: str = "one") -> set[str]:
    """Write the triples of a claim's graph with short names, without their common subject."""
    found = [triple for triple, _ in content_triples(corpus.claims[f"doc/{claim}"], corpus)]
    assert len({triple.subject for triple in found}) == 1
    return {
        f"{compact(triple.predicate.value)} "
        + (compact(triple.object.value) if str(triple.object)[0] == "<" else str(triple.object))
        for triple in found
    }


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            "patronage: {client: reed-front, patron: arcadia, mode: [weapons]}",
            "patronage--arcadia--reed-front",
        ),
        ("alliance: {parties: [syldavia, arcadia]}", "alliance--arcadia--syldavia"),
        ("formalAlliance: {parties: [b, a, c]}", "formal-alliance--a--b--c"),
        (
            "diplomaticRelations: {parties: [b, a], status: severed}",
            "diplomatic-relations--a--b--severed",
        ),
        (
            "office: {holder: ana-writer, post: Prezidént (acting), of: arcadia}",
            "office-holding--ana-writer--prezident-acting--arcadia",
        ),
        ("event: {id: raid, type: MilitaryStrike}", "raid"),
        ("event: {type: MilitaryStrike}", "doc--one"),
        ("statement: {speaker: arcadia, modality: threat}", "doc--one"),
    ],
)
def test_content_is_named_by_what_makes_it_the_same(
    content: str, expected: str, said: Callable[..., Corpus]
) -> None:
    """A tie is named by class and roles in one order, an event by its id, all else by its claim."""
    assert name(said(content)) == expected


def test_what_does_not_make_a_tie_another_does_not_change_its_name(
    said: Callable[..., Corpus],
) -> None:
    """Dates, wording and modes of a tie are no part of its identity; its roles are."""
    corpus = said(
        "patronage: {patron: arcadia, client: reed-front, since: 2020, mode: [weapons]}",
        "patronage: {patron: arcadia, client: reed-front, wording: backs}",
        "patronage: {patron: reed-front, client: arcadia}",
    )
    assert name(corpus, "one") == name(corpus, "two") != name(corpus, "three")


def test_a_tie_has_class_roles_and_its_terms(said: Callable[..., Corpus]) -> None:
    """Every value becomes a triple: actors and concepts as IRIs, true as a boolean."""
    corpus = said(
        "patronage: {patron: arcadia, client: reed-front, mode: [weapons, training], "
        "ongoing: true, wording: has backed, location: reed-delta}"
    )
    scheme = "scheme:support-mode/"
    assert triples(corpus) == {
        "rdf:type al:Patronage",
        "al:patron id:arcadia",
        "al:client id:reed-front",
        f"al:supportMode {scheme}weapons",
        f"al:supportMode {scheme}training",
        'al:ongoing "true"^^<http://www.w3.org/2001/XMLSchema#boolean>',
        'al:wording "has backed"',
        "al:location id:reed-delta",
    }


def test_an_event_has_its_type_and_its_label_in_our_words(said: Callable[..., Corpus]) -> None:
    """An event's class is the type that it is given; our own words are English texts."""
    assert triples(said("event: {id: raid, type: MilitaryStrike, label: The raid, means: x}")) == {
        "rdf:type al:MilitaryStrike",
        'rdfs:label "The raid"@en',
        'al:means "x"',
    }


def test_a_date_stands_as_edtf_as_bounds_and_in_words(said: Callable[..., Corpus]) -> None:
    """A date gives its EDTF value, its first and last day, the source's words and the reason."""
    corpus = said(
        "patronage: {patron: arcadia, client: reed-front, "
        "since: {edtf: 2020~, words: for years, basis: A guess.}}"
    )
    assert triples(corpus) - {
        "rdf:type al:Patronage",
        "al:patron id:arcadia",
        "al:client id:reed-front",
    } == {
        'al:since "2020~"^^<http://id.loc.gov/datatypes/edtf/EDTF>',
        f'al:earliestStart "2019-01-01"^^{DATE}',
        f'al:latestStart "2021-12-31"^^{DATE}',
        'al:sinceWords "for years"',
        'al:sinceBasis "A guess."',
    }


def test_an_open_end_has_no_bound(said: Callable[..., Corpus]) -> None:
    """`2024/..` has a first day and no last one."""
    found = triples(said("event: {type: MilitaryStrike, date: 2024/..}"))
    assert f'al:earliestDate "2024-01-01"^^{DATE}' in found
    assert not any("latestDate" in triple for triple in found)


def test_a_figure_has_its_number_as_written(said: Callable[..., Corpus]) -> None:
    """Numbers are decimals with the digits of the source."""
    content = "figure: {of: reed-front, quantity: fighters, unit: persons, value: 40.50}"
    assert 'al:value "40.50"^^<http://www.w3.org/2001/XMLSchema#decimal>' in triples(said(content))


def test_a_statement_proposes_claims_and_an_event_begins_what_a_claim_describes(
    said: Callable[..., Corpus],
) -> None:
    """`proposes` leads to the claim itself, `initiates` to the tie that the claim describes."""
    corpus = said(
        "statement: {speaker: arcadia, modality: threat, proposes: two}",
        "event: {type: TreatySigning, initiates: three, cause: doc/one}",
        "patronage: {patron: arcadia, client: reed-front}",
    )
    assert "al:proposes claim:doc/two" in triples(corpus, "one")
    assert "al:initiates id:patronage--arcadia--reed-front" in triples(corpus, "two")
    assert "al:causedBy id:doc--one" in triples(corpus, "two")


def test_each_triple_knows_where_its_value_stands(said: Callable[..., Corpus]) -> None:
    """A triple leads to the value in the file that it comes from, also inside a list."""
    corpus = said("alliance: {parties: [arcadia, syldavia]}")
    places = {
        str(triple.object).rpartition("/")[2]: (place.line, place.column)
        for triple, place in content_triples(corpus.claims["doc/one"], corpus)
    }
    assert places == {
        "ontology#Alliance>": (14, 15),
        "arcadia>": (14, 26),
        "syldavia>": (14, 35),
    }


def test_posts_in_another_script_stay_apart(checkout: Checkout, claim: Callable[..., str]) -> None:
    """Two offices whose names have no Latin letter are two ties."""
    first = claim("first", "office: {holder: reed-front, post: وزیر, of: arcadia}")
    second = claim("second", "office: {holder: reed-front, post: رئیس, of: arcadia}")
    checkout.write_source("doc", first + second)
    claims = read_corpus(checkout.bundle).claims

    assert content_iri(claims["doc/first"]) != content_iri(claims["doc/second"])
    assert "----" not in content_iri(claims["doc/first"]).value
