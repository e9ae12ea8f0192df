"""The published context: as JSON-LD, a source file says what the reader makes of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml
from rdflib import Graph

from allegiance.content import content_triples
from allegiance.corpus import Corpus, read_corpus
from allegiance.namespaces import PREFIXES

if TYPE_CHECKING:
    from allegiance.bundle import Bundle

DOCUMENT = "as-2024-irans-allies"
ROLES = [
    *("patron", "client", "supporter", "supported", "party"),
    *("recogniser", "recognised", "speaker"),
]


@pytest.fixture(scope="module")
def corpus(bundle: Bundle) -> Corpus:
    """Read the real data."""
    return read_corpus(bundle)


@pytest.fixture(scope="module")
def converted(bundle: Bundle) -> Graph:
    """Convert a source file with nothing but the context and a JSON-LD library."""
    text = (bundle.sources / f"{DOCUMENT}.yaml").read_text(encoding="utf-8")
    document = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - texts only
    for claim in document["claims"]:
        claim["@id"] = f"{PREFIXES['claim']}{DOCUMENT}/{claim['id']}"
    context = json.loads((bundle.schema / "context.jsonld").read_text(encoding="utf-8"))
    source = {"@id": f"{PREFIXES['source']}{DOCUMENT}", **context, **document}
    return Graph().parse(data=json.dumps(source), format="json-ld")


@pytest.mark.parametrize("role", ROLES)
def test_roles_mean_the_same(role: str, corpus: Corpus, converted: Graph) -> None:
    """Who has a role in a claim's content is the same by the context and by the reader."""
    query = f"SELECT ?claim ?who {{ ?claim al:content [ al:{role} ?who ] }}"
    found = {(str(claim), str(who)) for claim, who in converted.query(query, initNs=PREFIXES)}

    expected = {
        (f"{PREFIXES['claim']}{DOCUMENT}/{claim.id}", triple.object.value)
        for claim in corpus.documents[DOCUMENT].claims
        for triple, _ in content_triples(claim, corpus)
        if triple.predicate.value == f"{PREFIXES['al']}{role}"
    }
    assert expected
    assert expected == found


def test_a_claim_keeps_its_status_and_its_place(converted: Graph) -> None:
    """Status, document, offsets and digest of a claim are read by the context too."""
    answer = converted.query(
        """
        ASK {
          <https://w3id.org/allegiance/claim/as-2024-irans-allies/iran-backs-hezbollah-financially>
            al:assertedIn source:as-2024-irans-allies ;
            al:epistemicStatus <https://w3id.org/allegiance/scheme/epistemic-status/asserted> ;
            al:evidence [ oa:start 5313 ; oa:end 5352 ; al:passageDigest ?digest ] .
        }""",
        initNs=PREFIXES,
    )

    assert answer.askAnswer is True


def test_a_date_keeps_its_words(converted: Graph) -> None:
    """A date written as a mapping becomes a node with its EDTF value and the words of the page."""
    answer = converted.query(
        'ASK { ?event al:date [ al:dateWords "On Tuesday" ; rdf:value ?edtf ] }', initNs=PREFIXES
    )

    assert answer.askAnswer is True
