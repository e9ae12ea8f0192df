"""Check each claim's passage against the captures that the reader holds.

A capture is known by its sha256 alone: a rewrapped or altered copy is another capture, and no
passage is looked for in it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from allegiance.errors import UsageError
from allegiance.finding import Finding, Severity
from allegiance.limits import MAX_CAPTURE_BYTES
from allegiance.sentences import sentences_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from allegiance.corpus import Corpus
    from allegiance.document import CaptureSpan, Claim, Passage, SourceDocument
    from allegiance.register import Capture
    from allegiance.sentences import Sentence

__all__ = [
    "Coverage",
    "check_evidence",
    "check_offsets",
    "coverage_of",
    "hold_captures",
    "locate",
    "mismatches",
]

_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Coverage:
    """Count a document's verified claims, and its sentences by what rests on them.

    `open` sentences are neither claimed nor listed.
    """

    document: str
    claims: int
    sentences: int
    claimed: int
    listed: int
    open: tuple[Sentence, ...]


def hold_captures(corpus: Corpus, folder: Path) -> tuple[Mapping[str, str], tuple[Finding, ...]]:
    """Find the captures of the corpus among a folder's files, by sha256.

    Files too large to be a page's text are passed over.

    Returns the texts by capture id, and a finding for each capture that is not held. Raises
    UsageError where the folder is none.
    """
    if not folder.is_dir():
        message = f"{folder} is no folder. Give the folder where the captured pages lie."
        raise UsageError(message)
    files = {
        hashlib.sha256(file.read_bytes()).hexdigest(): file
        for file in sorted(folder.iterdir())
        if file.is_file() and file.stat().st_size <= MAX_CAPTURE_BYTES
    }
    texts: dict[str, str] = {}
    findings: list[Finding] = []
    for capture in corpus.captures.values():
        file = files.get(capture.sha256)
        if file is None:
            findings.append(_not_held(capture, folder))
        else:
            texts[capture.id], problems = _held(capture, file)
            findings.extend(problems)
    for document in corpus.documents.values():
        if document.capture.page not in corpus.captures:
            message = f"kg/data/captures.yaml does not know the page {document.capture.page}."
            remedy = "Add it with url, sha256, characters and normalisation."
            findings.append(Finding(document.capture.place, "evidence/no-capture", message, remedy))
    return texts, tuple(findings)


def _held(capture: Capture, file: Path) -> tuple[str, tuple[Finding, ...]]:
    try:
        text = file.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        message = f"The capture {capture.id} is not UTF-8, so that no offset can be counted in it."
        remedy = "Save the page as UTF-8 text and record its sha256 anew."
        return "", (Finding(capture.place, "evidence/encoding", message, remedy),)
    if len(text) == capture.characters:
        return text, ()
    message = f"The capture {capture.id} has {len(text)} characters, not {capture.characters}."
    remedy = f"Write `characters: {len(text)}`."
    place = capture.source.place_of("characters")
    return text, (Finding(place, "evidence/characters", message, remedy),)


def check_offsets(corpus: Corpus) -> Iterator[Finding]:
    """Find passages that nobody has located, or that lie outside their document.

    For this no capture has to be at hand.
    """
    for document in corpus.documents.values():
        passages = [passage for claim in document.claims for passage in claim.passages]
        for passage in [*passages, *(unclaimed.passage for unclaimed in document.unclaimed)]:
            yield from _misplaced(passage, document.capture)


def check_evidence(corpus: Corpus, texts: Mapping[str, str]) -> Iterator[Finding]:
    """Compare every passage with the text that it claims to be, character by character."""
    for document in corpus.documents.values():
        text = texts.get(document.capture.page)
        if text is not None:
            passages = [passage for claim in document.claims for passage in claim.passages]
            passages += [unclaimed.passage for unclaimed in document.unclaimed]
            misplaced = [part for part in passages if _misplaced(part, document.capture)]
            for passage in passages:
                yield from _misplaced(passage, document.capture) or mismatches(passage, text)
            # Where a passage has no place yet, the sentence below it would be told of as well.
            for sentence in () if misplaced else coverage_of(document, text).open:
                yield _open_sentence(document, sentence)


def coverage_of(document: SourceDocument, text: str) -> Coverage:
    """Count which sentences of a document claims rest on.

    A sentence counts as claimed, or as listed with a reason, when passages cover at least half of
    its characters.
    """
    span = document.capture
    sentences = tuple(sentences_of(text, document.language, span.start, span.end))
    claims = [passage for claim in document.claims for passage in claim.passages]
    listed = [unclaimed.passage for unclaimed in document.unclaimed]
    claimed_ones = {s.start for s in sentences if _covered(s, claims) >= _HALF}
    listed_ones = {s.start for s in sentences if _covered(s, [*claims, *listed]) >= _HALF}
    return Coverage(
        document=document.id,
        claims=sum(_holds(claim, text) for claim in document.claims),
        sentences=len(sentences),
        claimed=len(claimed_ones),
        listed=len(listed_ones - claimed_ones),
        open=tuple(s for s in sentences if s.start not in listed_ones | claimed_ones),
    )


def locate(passage: Passage, span: CaptureSpan, text: str) -> Passage | Finding:
    """Fill in a passage's offsets and sha256 from its words.

    The words must occur exactly once in the document's part of the capture: nothing is matched by
    luck. With `start` given, the words are looked for there and nowhere else.
    """
    first = passage.quote or passage.starts or ""
    begin = passage.start
    if begin is None:
        count = text.count(first, span.start, span.end)
        if count != 1:
            return _ambiguous(passage, first, count)
        begin = text.index(first, span.start, span.end)
    elif not text.startswith(first, begin):
        return _ambiguous(passage, first, 0)
    end = begin + len(first)
    if passage.ends is not None:
        found = text.find(passage.ends, end, span.end)
        if found < 0:
            return _ambiguous(passage, passage.ends, 0)
        end = found + len(passage.ends)
    return replace(passage, start=begin, end=end, sha256=_digest(text[begin:end]))


def _holds(claim: Claim, text: str) -> bool:
    return not any(any(True for _ in mismatches(passage, text)) for passage in claim.passages)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def mismatches(passage: Passage, text: str) -> Iterator[Finding]:
    """Compare one passage with the text of its capture, character by character."""
    if passage.start is None or passage.end is None:
        yield _not_located(passage)
        return
    remedy = (
        "Copy the words exactly; then remove start, end and sha256 and run "
        "`allegiance evidence --locate --captures DIR`."
    )
    found = text[passage.start : passage.end]
    first, last = passage.quote or passage.starts or "", passage.quote or passage.ends or ""
    if not found.startswith(first) or not found.endswith(last):
        message = (
            f"Characters {passage.start} to {passage.end} do not begin and end with these words."
        )
        is_last = found.startswith(first) and passage.ends_place is not None
        place = passage.ends_place if is_last and passage.ends_place else passage.words_place
        yield Finding(place, "evidence/words", message, remedy)
    elif passage.quote is not None and found != passage.quote:
        message = "The quotation is not the whole passage."
        yield Finding(passage.words_place, "evidence/words", message, remedy)
    elif passage.sha256 != _digest(found):
        message = "The sha256 is not that of the passage."
        place = passage.digest_place or passage.place
        yield Finding(place, "evidence/digest", message, remedy)


def _covered(sentence: Sentence, passages: list[Passage]) -> float:
    marked = bytearray(sentence.end - sentence.start)
    for passage in passages:
        if passage.start is not None and passage.end is not None:
            begin = max(passage.start, sentence.start) - sentence.start
            end = min(passage.end, sentence.end) - sentence.start
            if begin < end:
                marked[begin:end] = b"\x01" * (end - begin)
    return sum(marked) / len(marked)


def _misplaced(passage: Passage, span: CaptureSpan) -> tuple[Finding, ...]:
    if passage.start is None or passage.end is None:
        return (_not_located(passage),)
    is_inside = span.start <= passage.start < passage.end <= span.end
    return () if is_inside else (_outside(passage, span),)


def _not_located(passage: Passage) -> Finding:
    message = "The passage has no offsets yet."
    remedy = "Run `allegiance evidence --captures DIR --locate`, which fills them in."
    return Finding(passage.place, "evidence/no-offsets", message, remedy)


def _outside(passage: Passage, span: CaptureSpan) -> Finding:
    message = (
        f"Characters {passage.start} to {passage.end} lie outside the document, "
        f"which is {span.start} to {span.end} of the capture."
    )
    remedy = "Correct start and end, or remove both and run `allegiance evidence --locate`."
    return Finding(passage.place, "evidence/offset-outside", message, remedy)


def _not_held(capture: Capture, folder: Path) -> Finding:
    message = f"No file of {folder} is the capture {capture.id} (sha256 {capture.sha256[:12]}...)."
    remedy = "Its claims stay unverified here. A rewrapped or altered copy is another capture."
    return Finding(capture.place, "evidence/not-held", message, remedy, Severity.WARNING)


def _ambiguous(passage: Passage, words: str, count: int) -> Finding:
    message = f"The words {words!r} occur {count} times in the document, not once."
    remedy = "Copy them exactly, give more of them, or add `start:` with the offset in the capture."
    return Finding(passage.place, "evidence/locate", message, remedy)


def _open_sentence(document: SourceDocument, sentence: Sentence) -> Finding:
    words = " ".join(sentence.text.split()[:6])
    message = f"No claim rests on characters {sentence.start} to {sentence.end} ({words} ...)."
    remedy = "Write a claim for it, or list it under `unclaimed` with a reason."
    return Finding(document.capture.place, "evidence/open-sentence", message, remedy)
