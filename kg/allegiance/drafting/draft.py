"""Assemble a source document from what its sentences propose."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from allegiance.drafting.dating import publication_day
from allegiance.drafting.quotations import likely_speakers, open_quotations
from allegiance.drafting.reading import Reader
from allegiance.formatting import formatted
from allegiance.sentences import sentences_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from allegiance.corpus import Corpus
    from allegiance.drafting.header import Header
    from allegiance.drafting.proposal import Proposal, Values

__all__ = ["Draft", "draft_of"]

_WHOLE = 12
_EDGE_WORDS = 3
_EDGE_CHARACTERS = 40
_NO_TIES = frozenset({"event", "statement"})


@dataclass(frozen=True, slots=True)
class Draft:
    """Hold a drafted document as canonical YAML, with the counts of what it holds."""

    text: str
    claims: int
    unclaimed: int


def draft_of(corpus: Corpus, header: Header, text: str) -> Draft:
    """Write a document in which each sentence of a text is claimed or listed."""
    sentences = tuple(sentences_of(text, header.language))
    reader = Reader(corpus, publication_day(header.published), text, header.language)
    quoted = open_quotations(text, sentences)
    readings = [
        reader.read(sentence, number, quoted=sentence.start in quoted)
        for number, sentence in enumerate(sentences, 1)
    ]
    proposals = [proposal for reading in readings for proposal in reading.proposals]
    speakers = likely_speakers(text, sentences, readings, quoted)
    unclaimed: list[Values] = []
    for sentence, reading in zip(sentences, readings, strict=True):
        if reading.proposals:
            continue
        speaker, reason = speakers.get(sentence.start), reading.reason
        if " ".join(sentence.text.split()) == header.title:
            reason = "heading"
        elif speaker is not None:
            reason = f"draft: a quotation, likely of {speaker}; no claim proposed"
        span = (sentence.start, sentence.end, sentence.text)
        unclaimed.append(_passage(*span) | {"reason": reason})
    claims = [_claim(proposal) for proposal in _distinct(proposals, text)]
    document = _header(header, len(text)) | {"claims": claims, "unclaimed": unclaimed}
    written = formatted(json.dumps(document, ensure_ascii=False), corpus.frames)
    return Draft(written, len(claims), len(unclaimed))


def _header(header: Header, characters: int) -> Values:
    published: Values = {}
    if header.published is not None:
        published = {"published": {"edtf": header.published, "basis": header.basis}}
        if header.basis is None:
            published = {"published": header.published}
    publication: Values = {"outlet": header.outlet} | published
    if header.url is not None:
        publication["url"] = header.url
    return {
        "document": header.id,
        "type": header.type,
        "title": header.title,
        "language": header.language,
        "recorded": header.recorded.isoformat(),
        **({"author": list(header.authors)} if header.authors else {}),
        "publications": [publication],
        "capture": {"page": header.id, "start": 0, "end": characters},
    }


def _claim(proposal: Proposal) -> Values:
    stance, spans = proposal.stance, proposal.spans
    passages = [_passage(span.start, span.end, span.text) for span in spans]
    claim: Values = {"id": proposal.id, "says": proposal.says, "status": proposal.status}
    if stance.negated:
        claim["polarity"] = "negated"
    if stance.certainty is not None:
        claim |= {"certainty": stance.certainty, "hedge": stance.hedge}
    if proposal.attributed_to:
        claim["attributedTo"] = list(proposal.attributed_to)
    claim |= {"review": "draft", "at": passages if len(passages) > 1 else passages[0]}
    return claim | {proposal.frame: proposal.values}


def _passage(start: int, end: int, text: str) -> Values:
    """Write a passage: whole where it is short, else by its first and last words."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    words = [match.span() for match in re.finditer(r"\S+", text)]
    if len(words) <= _WHOLE and len(text) <= _WHOLE * 10:
        return {"start": start, "end": end, "quote": text, "sha256": digest}
    # A "word" can be a whole sentence of a script without spaces: the edges are cut, too.
    first = text[: words[min(_EDGE_WORDS, len(words)) - 1][1]][:_EDGE_CHARACTERS].rstrip()
    last = text[words[-min(_EDGE_WORDS, len(words))][0] :][-_EDGE_CHARACTERS:].lstrip()
    return {"start": start, "end": end, "starts": first, "ends": last, "sha256": digest}


def _distinct(proposals: Iterable[Proposal], text: str) -> Sequence[Proposal]:
    """Make one claim of a tie that several sentences tell, and keep all other claims apart."""
    kept: dict[str, Proposal] = {}
    renamed: dict[str, str] = {}
    for proposal in proposals:
        key = _content(proposal)
        earlier = kept.get(key)
        if earlier is None:
            kept[key] = proposal
        else:
            renamed[proposal.id] = earlier.id
            spans = tuple(dict.fromkeys((*earlier.spans, *proposal.spans)))
            kept[key] = replace(earlier, spans=spans)
    ids: set[str] = set()
    says: set[str] = set()
    article = text.casefold()
    named = []
    for proposal in kept.values():
        sentence = _new_sentence(proposal, says, article)
        name = _new_name(proposal.id, ids)
        named.append(_relinked(replace(proposal, id=name, says=sentence), renamed))
    return named


def _content(proposal: Proposal) -> str:
    """Write what makes two proposals one claim: a tie is timeless, all else is of its sentence."""
    values = {
        key: sorted(value) if isinstance(value, list) else value
        for key, value in proposal.values.items()
    }
    apart = proposal.id if proposal.frame in _NO_TIES else ""
    said = [proposal.stance.status, proposal.stance.negated, *proposal.attributed_to]
    return json.dumps([proposal.frame, values, said, apart], sort_keys=True)


def _new_sentence(proposal: Proposal, taken: set[str], article: str) -> str:
    """Return a sentence that is neither the article's nor that of another claim."""
    says = proposal.says
    if says.casefold() in article:
        says = f"The document says: {says}"
    if says.casefold() in taken:
        says = f"{says.removesuffix('.')} (sentence {proposal.number})."
    while says.casefold() in taken:
        says = f"{says.removesuffix('.')}, once more."
    taken.add(says.casefold())
    return says


def _new_name(name: str, taken: set[str]) -> str:
    numbered, count = name, 2
    while numbered in taken:
        numbered, count = f"{name}-{count}", count + 1
    taken.add(numbered)
    return numbered


def _relinked(proposal: Proposal, renamed: Mapping[str, str]) -> Proposal:
    proposes = proposal.values.get("proposes")
    if not isinstance(proposes, list):
        return proposal
    names = list(dict.fromkeys(renamed.get(name, name) for name in proposes))
    return replace(proposal, values=proposal.values | {"proposes": names})
