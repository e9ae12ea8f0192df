"""Compare claims with one another: contradiction, update, corroboration, divergence, realisation.

- contradiction: incompatible content at a time at which both surely speak
- update: incompatible content, the later claim speaking of a later time
- corroboration: the same content from independent origins (a republication corroborates nothing)
- divergence: one side affirms a supportive tie, the other denies another kind of support
- realisation: an event that was predicted or supposed is reported as having happened
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, TypeAlias

from allegiance.content import content_iri
from allegiance.interval import Validity, validity_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from allegiance.corpus import Corpus
    from allegiance.document import Claim

__all__ = ["Comparison", "compare_claims"]

_Deed: TypeAlias = tuple[str, frozenset[str], str]

_ASSERTORIC = frozenset({"asserted", "attributed", "judgement"})
_COMPARED = frozenset({"tie", "event", "treaty", "characterisation"})
_EXPECTING = frozenset({"prediction", "hypothetical"})
_DOUBTING = frozenset({"unlikely", "doubtful"})
_KEPT = frozenset({"established", "improving", "restored"})
_BROKEN = frozenset({"severed", "suspended"})
_SIDES = ("parties", "patron", "client", "supporter", "supported")


@dataclass(frozen=True, slots=True, order=True)
class Comparison:
    """Hold how two claims (as document/id) stand to each other.

    In an update and a realisation `first` is the later claim; the other kinds are symmetric and
    have the smaller name first.
    """

    kind: str
    axis: str | None
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class _Compared:
    """Hold what comparing needs of a claim, looked up once."""

    name: str
    claim: Claim
    validity: Validity
    origins: frozenset[str]
    lineage: str

    @property
    def assertoric(self) -> bool:
        return self.claim.status in _ASSERTORIC

    @property
    def leaning(self) -> str:
        """Tell whether the claim leans to yes or no: a tie held unlikely leans to no."""
        doubted = self.claim.certainty in _DOUBTING
        affirmed = (self.claim.polarity == "affirmed") != doubted
        return "yes" if affirmed else "no"


def compare_claims(corpus: Corpus) -> tuple[Comparison, ...]:
    """Compare all claims of a corpus; drafts and retracted claims are left out."""
    retracted = _retracted(corpus)
    known = [
        _compared(claim, corpus)
        for name, claim in corpus.claims.items()
        if claim.review not in {"draft", "retracted"} and name not in retracted
    ]
    found: set[Comparison] = set()
    for group in _grouped((_content(item.claim), item) for item in known if _tells(item)):
        for one, other in combinations(group, 2):
            found.update(_same_content(one, other))
    for key in (_diplomacy, _figure):
        for group in _grouped((key(item), item) for item in known if item.assertoric):
            for one, other in combinations(group, 2):
                found.update(_incompatible(one, other))
    found.update(_divergences(known, corpus))
    found.update(_realisations(known))
    return tuple(sorted(found))


def _retracted(corpus: Corpus) -> frozenset[str]:
    """Return the claims that an assessment says were retracted."""
    found = (
        corpus.resolve(document.id, assessment.claim)
        for document in corpus.documents.values()
        for assessment in document.assessments
        if assessment.verdict == "retracted"
    )
    return frozenset(f"{claim.document}/{claim.id}" for claim in found if claim is not None)


def _compared(claim: Claim, corpus: Corpus) -> _Compared:
    document = corpus.documents[claim.document]
    asserters = document.authors or (document.publications[0].outlet,)
    return _Compared(
        name=f"{claim.document}/{claim.id}",
        claim=claim,
        validity=validity_of(claim, document),
        origins=frozenset(claim.attributed_to[-1:] or asserters),
        lineage=document.publications[0].outlet,
    )


def _tells(item: _Compared) -> bool:
    return item.assertoric and item.claim.frame.kind in _COMPARED


def _content(claim: Claim) -> object:
    """Return what two claims have in common that speak of the same.

    Ties and events are named alike; a characterisation is known by what it says of whom.
    """
    if claim.frame.kind != "characterisation":
        return content_iri(claim).value
    told = _first(claim, "as").casefold().rstrip(".")
    return (told, _first(claim, "aspect"), _all(claim, "of"), _all(claim, "regarding"))


def _grouped(pairs: Iterable[tuple[object, _Compared]]) -> Iterator[list[_Compared]]:
    groups: dict[object, list[_Compared]] = {}
    for key, item in pairs:
        if key is not None:
            groups.setdefault(key, []).append(item)
    return (group for group in groups.values() if len(group) > 1)


def _same_content(one: _Compared, other: _Compared) -> Iterator[Comparison]:
    """Compare two claims on the same tie or event: only their polarity can differ."""
    if one.claim.polarity != other.claim.polarity:
        yield from _in_time(one, other, "polarity")
    elif _independent(one, other) and one.validity.possible.overlaps(other.validity.possible):
        yield _symmetric("corroboration", None, one, other)


def _independent(one: _Compared, other: _Compared) -> bool:
    return (
        one.claim.document != other.claim.document
        and one.lineage != other.lineage
        and not one.origins & other.origins
    )


def _in_time(one: _Compared, other: _Compared, axis: str) -> Iterator[Comparison]:
    """Tell a contradiction, at one time, from an update, at two."""
    if one.validity.certain.overlaps(other.validity.certain):
        yield _symmetric("contradiction", axis, one, other)
    else:
        earlier, later = sorted((one, other), key=lambda item: item.validity.certain.first)
        yield Comparison("update", axis, later.name, earlier.name)


def _incompatible(one: _Compared, other: _Compared) -> Iterator[Comparison]:
    if "negated" in {one.claim.polarity, other.claim.polarity}:
        return
    if one.claim.frame.key == "diplomaticRelations":
        pair = {_status(one), _status(other)}
        if pair & _KEPT and pair & _BROKEN:
            yield from _in_time(one, other, "status")
    elif _apart(_range(one), _range(other)):
        yield from _in_time(one, other, "figure")


def _status(item: _Compared) -> str:
    return _first(item.claim, "status")


def _range(item: _Compared) -> tuple[float, float]:
    """Return what a figure leaves open: "at most two" reaches from minus infinity to two."""
    value, low, high = (_first(item.claim, key) for key in ("value", "low", "high"))
    return float(value or low or "-inf"), float(value or high or "inf")


def _apart(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] > other[1] or other[0] > one[1]


def _diplomacy(item: _Compared) -> object:
    claim = item.claim
    if claim.frame.key != "diplomaticRelations":
        return None
    return ("relations", _all(claim, "parties"))


def _figure(item: _Compared) -> object:
    claim = item.claim
    if claim.frame.key != "figure":
        return None
    keys = ("of", "quantity", "unit", "location")
    return ("figure", *(_all(claim, key) for key in keys))


def _divergences(known: Iterable[_Compared], corpus: Corpus) -> Iterator[Comparison]:
    """Find claims of two documents that lean opposite ways on support between two actors."""
    supportive = [
        item
        for item in known
        if item.claim.frame.kind == "tie"
        and corpus.vocabulary.is_a(item.claim.frame.class_name, "Alliance")
    ]
    for group in _grouped((_pair(item.claim), item) for item in supportive):
        yeas = [item for item in group if item.leaning == "yes" and item.assertoric]
        nays = [item for item in group if item.leaning == "no"]
        for yea in yeas:
            for nay in nays:
                other_kind = yea.claim.frame.key != nay.claim.frame.key
                if other_kind and yea.claim.document != nay.claim.document:
                    yield _symmetric("divergence", "support", yea, nay)


def _pair(claim: Claim) -> frozenset[str]:
    return frozenset(name for key in _SIDES for name in _all(claim, key))


def _realisations(known: Iterable[_Compared]) -> Iterator[Comparison]:
    """Find reports of an event that another document expected.

    A document that expects something does not report it as done, so both stand in different ones.
    """
    events = [item for item in known if _is_affirmed_event(item.claim)]
    happened: dict[_Deed, list[_Compared]] = {}
    for item in events:
        if item.assertoric:
            for deed in _deeds(item.claim):
                happened.setdefault(deed, []).append(item)
    for wish in (item for item in events if item.claim.status in _EXPECTING):
        for fact in (fact for deed in _deeds(wish.claim) for fact in happened.get(deed, ())):
            if fact.claim.document != wish.claim.document and _follows(fact, wish):
                yield Comparison("realisation", None, fact.name, wish.name)


def _follows(fact: _Compared, wish: _Compared) -> bool:
    """Tell whether an event can be what was expected: it had not ended before that was uttered."""
    return fact.validity.possible.last >= wish.validity.certain.first


def _is_affirmed_event(claim: Claim) -> bool:
    return claim.frame.key == "event" and claim.polarity == "affirmed"


def _deeds(claim: Claim) -> Iterator[_Deed]:
    """Give what makes two events comparable: the same kind, the same doers, one common target."""
    kind, actors = _first(claim, "type"), _all(claim, "actor")
    for target in _all(claim, "target") if actors else ():
        yield kind, actors, target


def _all(claim: Claim, key: str) -> frozenset[str]:
    value = claim.values.get(key)
    return frozenset() if value is None else frozenset(value.texts())


def _first(claim: Claim, key: str) -> str:
    value = claim.values.get(key)
    return "" if value is None else value.text or ""


def _symmetric(kind: str, axis: str | None, one: _Compared, other: _Compared) -> Comparison:
    first, second = sorted((one.name, other.name))
    return Comparison(kind, axis, first, second)
