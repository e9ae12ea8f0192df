"""Put nodes, properties and values into words: labels and sentences, never bare IRIs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode

from allegiance.namespaces import PREFIXES, term
from allegiance.review.change import PartChange
from allegiance.review.side import literal_under, nodes_under

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from allegiance.review.records import ClaimRecord, Edge, Side, Term, Values

__all__ = ["Wording", "joined", "local_words", "part_changes", "quoted", "wording_of"]

_TEXT_TYPES = frozenset(
    {
        "http://www.w3.org/2001/XMLSchema#string",
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString",
    }
)
# The properties whose name alone does not make a sentence, or not the best one.
_VERBS: Mapping[str, str] = {
    "adversaryOf": "is an adversary of",
    "alliedByTreatyWith": "is allied by treaty with",
    "alliedWith": "is allied with",
    "backedBy": "is backed by",
    "inPartnershipWith": "is in partnership with",
    "memberOf": "is a member of",
    "recalledAmbassadorFrom": "recalled its ambassador from",
    "representsInterestsOf": "represents the interests of",
}
_PARTS: Mapping[str, str] = {
    "epistemicStatus": "status",
    "reviewStatus": "review",
    "extractionConfidence": "confidence",
    "says": "sentence",
    "type": "kind",
    "creator": "author",
    "Assessment": "assessment",
    "url": "address",
    "captureDigest": "sha256",
    "published": "date",
}


@dataclass(frozen=True, slots=True)
class Wording:
    """Know how a side names its nodes; `described` leads from a node to the claim on it."""

    side: Side
    described: Mapping[NamedNode, ClaimRecord]

    def node(self, value: Term) -> str:
        """Write a node or a literal."""
        if isinstance(value, Literal):
            return self._literal(value)
        if not isinstance(value, NamedNode):
            return str(value)
        for name in ("rdfs:label", "skos:prefLabel"):
            label = literal_under(self.side.store, value, name)
            if label is not None:
                return label
        if value.value.startswith(PREFIXES["claim"]):
            return self.told(value.value.removeprefix(PREFIXES["claim"]))
        claim = self.described.get(value)
        return local_words(value.value) if claim is None else quoted(claim.says)

    def claim(self, name: str) -> str:
        """Write a claim's name (document/id) in words."""
        document, _, local = name.partition("/")
        return f"claim {local} of document {document}"

    def claims(self, names: Iterable[str]) -> str:
        """Write several names of claims."""
        return joined([self.claim(name) for name in sorted(names)])

    def told(self, name: str) -> str:
        """Write a claim's name with its sentence."""
        claim = self.side.claims.get(name)
        return self.claim(name) if claim is None else f"{self.claim(name)} ({quoted(claim.says)})"

    def kind(self, content: Values) -> str:
        """Write the class of what a claim speaks of."""
        return self.values(content.get(term("rdf:type").value, frozenset()))

    def edge(self, edge: Edge) -> str:
        """Write an edge as a sentence without its full stop, with the kinds of its ties."""
        local = edge.predicate.value.rpartition("#")[2]
        verb = _VERBS.get(local) or self.node(edge.predicate)
        types = {
            kind for tie in edge.ties for kind in nodes_under(self.side.store, tie, "rdf:type")
        }
        kinds = joined(sorted(self.node(kind) for kind in types))
        ends = f"{self.node(edge.subject)} {verb} {self.node(edge.object)}"
        return f"{ends} ({kinds})" if kinds else ends

    def attribution(self, chain: Iterable[Term]) -> str:
        """Write who is said to say so, the outermost first."""
        return ", citing ".join(self.node(actor) for actor in chain)

    def values(self, values: Iterable[tuple[Term, ...]]) -> str:
        """Write the values of one property, sorted."""
        return joined(sorted(", ".join(self.node(part) for part in value) for value in values))

    def _literal(self, value: Literal) -> str:
        if value.datatype.value == term("xsd:boolean").value:
            return "yes" if value.value == "true" else "no"
        return quoted(value.value) if value.datatype.value in _TEXT_TYPES else value.value


def wording_of(side: Side) -> Wording:
    """Return the words of a side."""
    described: dict[NamedNode, ClaimRecord] = {}
    for claim in side.claims.values():
        described.setdefault(claim.content, claim)
    return Wording(side, described)


def part_changes(
    before: Values, after: Values, was: Wording, now: Wording
) -> tuple[PartChange, ...]:
    """Say in words which properties differ between two groups of values."""
    found = []
    for key in sorted({*before, *after}):
        old, new = before.get(key, frozenset()), after.get(key, frozenset())
        if old != new:
            local = re.split("[#/]", key)[-1]
            name = _PARTS.get(local) or now.node(NamedNode(key))
            found.append(PartChange(name, was.values(old), now.values(new)))
    return tuple(found)


def quoted(text: str) -> str:
    """Put a text in quotation marks.

    >>> quoted("Iran backs Hezbollah.")
    '“Iran backs Hezbollah.”'
    """
    return f"“{text}”"


def joined(words: list[str]) -> str:
    """Join words as a list in a sentence.

    >>> joined(["one", "two", "three"])
    'one, two and three'
    """
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def local_words(name: str) -> str:
    """Write the last part of an IRI, or a key of the format, as words.

    >>> local_words("https://schema.org/NewsArticle"), local_words("diplomaticRelations")
    ('news article', 'diplomatic relations')
    """
    local = re.split("[#/]", name)[-1].replace("-", " ")
    return re.sub(r"[A-Z](?=[a-z])", lambda capital: " " + capital[0].lower(), local).strip()
