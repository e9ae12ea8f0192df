"""Check the passages of a file's claims: offsets within the document, and words in the capture."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode

from allegiance.document import CaptureSpan, Passage
from allegiance.evidence import hold_captures, locate, mismatches
from allegiance.finding import Finding
from allegiance.integrity import QUOTED_WORDS
from allegiance.namespaces import PREFIXES, compact, term

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from allegiance.finding import Place
    from allegiance.rdf_files.known import Known
    from allegiance.rdf_files.reading import RdfFile

__all__ = ["check_passages", "check_quoted_words"]

_OFFSET = re.compile(r"[0-9]{1,18}")


def check_passages(file: RdfFile, known: Known, captures: Path | None) -> Iterator[Finding]:
    """Compare passages with the extent of their document and, if they are held, the captures.

    Raises UsageError where the folder of captures is none.
    """
    texts: Mapping[str, str] = {}
    if captures is not None:
        texts, _ = hold_captures(known.corpus, captures)
    view = _View.of(file)
    for found in view.evidence(known):
        yield from _outside(found, known)
        text = texts.get(found.page)
        if text is not None and found.passage.start is not None:
            for problem in mismatches(found.passage, text):
                yield replace(problem, remedy=_remedy(found, text))


def check_quoted_words(file: RdfFile, known: Known) -> Iterator[Finding]:
    """Find passages that quote more words of a document than the project may hold."""
    for found in _View.of(file).evidence(known):
        words = found.passage.quoted_words
        if words > QUOTED_WORDS:
            message = f"The passage quotes {words} words of the document; {QUOTED_WORDS} is most."
            remedy = "Quote fewer words: for a long passage its first and last ones."
            place = found.passage.words_place
            yield Finding(place, "integrity/long-quotation", message, remedy)


@dataclass(frozen=True, slots=True)
class _Evidence:
    """Hold a passage, the part of the capture that is its document, and the capture's id."""

    passage: Passage
    span: CaptureSpan | None
    page: str


class _View:
    """Look up what a file says of a node: values and their places."""

    def __init__(self) -> None:
        self._values: dict[tuple[object, object], list[tuple[object, Place]]] = defaultdict(list)

    @classmethod
    def of(cls, file: RdfFile) -> _View:
        """Take the statements of a file."""
        view = cls()
        for quad, place in file.quads:
            view._values[quad.subject, quad.predicate].append((quad.object, place))
        return view

    def evidence(self, known: Known) -> Iterator[_Evidence]:
        """Give the passages of all claims."""
        for (claim, predicate), nodes in list(self._values.items()):
            if predicate == term("al:evidence"):
                span = self._span(self._node(claim, "al:assertedIn"), known)
                for node, place in nodes:
                    yield _Evidence(self._passage(node, place), span, self._page(node))

    def _passage(self, node: object, place: Place) -> Passage:
        selector = self._node(node, "oa:hasSelector")
        start, end = self._number(selector, "oa:start"), self._number(selector, "oa:end")
        words = ("oa:exact", "al:startsWith", "al:endsWith")
        quote, starts, ends = (self._text(node, name) for name in words)
        where = next((self._place(node, name) for name in words if self._text(node, name)), None)
        found = self._place(selector, "oa:start") or place
        digest = self._text(node, "al:passageDigest")
        return Passage(found, where or found, start, end, quote, starts, ends, digest)

    def _span(self, document: object, known: Known) -> CaptureSpan | None:
        if not isinstance(document, NamedNode):
            return None
        written = known.corpus.documents.get(document.value.removeprefix(PREFIXES["source"]))
        if written is not None:
            return written.capture
        start = self._number(document, "al:captureStart")
        end, place = self._number(document, "al:captureEnd"), self._place(document, "al:captureEnd")
        if start is None or end is None or place is None:
            return None
        page = self._node(document, "al:capturedIn")
        return CaptureSpan(_page_of(page), start, end, place)

    def _page(self, node: object) -> str:
        return _page_of(self._node(node, "oa:hasSource"))

    def _first(self, node: object, curie: str) -> tuple[object, Place] | None:
        return next(iter(self._values.get((node, term(curie)), ())), None)

    def _node(self, node: object, curie: str) -> object:
        found = self._first(node, curie)
        return None if found is None else found[0]

    def _place(self, node: object, curie: str) -> Place | None:
        found = self._first(node, curie)
        return None if found is None else found[1]

    def _text(self, node: object, curie: str) -> str | None:
        found = self._node(node, curie)
        return found.value if isinstance(found, Literal) else None

    def _number(self, node: object, curie: str) -> int | None:
        text = self._text(node, curie)
        return int(text) if text is not None and _OFFSET.fullmatch(text) else None


def _page_of(node: object) -> str:
    return node.value.removeprefix(PREFIXES["capture"]) if isinstance(node, NamedNode) else ""


def _outside(found: _Evidence, known: Known) -> Iterator[Finding]:
    start, end = found.passage.start, found.passage.end
    if start is None or end is None:
        # The shapes say so.
        return
    capture = known.corpus.captures.get(found.page)
    last = None if capture is None else capture.characters
    if found.span is not None and (found.page == found.span.page or last is None):
        last = found.span.end
    first = 0 if found.span is None else found.span.start
    if last is not None and not first <= start < end <= last:
        message = (
            f"Characters {start} to {end} lie outside the document, "
            f"which is {first} to {last} of the capture."
        )
        remedy = "Correct oa:start and oa:end; both count characters of the capture from 0."
        yield Finding(found.passage.place, "evidence/offset-outside", message, remedy)


def _remedy(found: _Evidence, text: str) -> str:
    """Say where the words stand, if they stand in one place only."""
    span = found.span or CaptureSpan(found.page, 0, len(text), found.passage.place)
    there = locate(replace(found.passage, start=None, end=None), span, text)
    if isinstance(there, Finding):
        return f"{there.message} Copy them exactly from the captured page, or give more of them."
    names = (compact(term(name).value) for name in ("oa:start", "oa:end", "al:passageDigest"))
    values = (there.start, there.end, f'"{there.sha256}"')
    return f"Write {', '.join(f'{n} {v}' for n, v in zip(names, values, strict=True))}."
