"""Turn the answers of an issue form into a draft: a new document, or a claim in one that is there.

A draft has `review: draft` on its claim and so stays out of the view until a person has read it.
Nothing that the form says is taken over unread: names are looked up, dates, addresses and
quotations are checked, and the draft itself is read again before it is given out.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from allegiance.claim_ids import ids_to_assign, slug_of
from allegiance.document import read_document
from allegiance.finding import Finding, Severity
from allegiance.formatting import formatted
from allegiance.integrity import check_corpus
from allegiance.issues.answers import AnswerReader
from allegiance.located import read_yaml
from allegiance.names import check_names
from allegiance.structure import load_check

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from allegiance.corpus import Corpus
    from allegiance.document import Claim, SourceDocument
    from allegiance.finding import Place
    from allegiance.issues.form import IssueForm
    from allegiance.located import Located

__all__ = ["IssueDraft", "draft_of_issue"]

_APOSTROPHE = "\N{RIGHT SINGLE QUOTATION MARK}"
# Which field of the form a key of the file comes from.
_FIELDS = {
    "document": "title",
    "capture": "address",
    "type": "kind",
    "title": "title",
    "language": "language",
    "author": "author",
    "publications": "outlet",
    "says": "sentence",
    "id": "sentence",
    "status": "status",
    "attributedTo": "attributed",
    "at": "quotation",
}
# Where no page is at hand, nothing can be located in it: the file says so to who completes it.
_LEFT_OPEN = "evidence/no-offsets"


@dataclass(frozen=True, slots=True)
class IssueDraft:
    """Hold a file's name and text, the document and claim that are in it, and whether it is new."""

    file: str
    text: str
    document: str
    claim: str | None
    new: bool
    captured: bool


def draft_of_issue(
    form: IssueForm, corpus: Corpus, recorded: str
) -> tuple[IssueDraft | None, tuple[Finding, ...]]:
    """Return the draft, or None with the findings in the answers that stand in its way.

    `recorded` is the day to write into a new document, as 2026-11-21. The same issue, corpus and
    day give the same draft.
    """
    reader = AnswerReader(form, corpus)
    header = reader.header(recorded)
    claim = reader.claim() if form.kind == "claim" else None
    if reader.findings:
        return None, tuple(reader.findings)
    known = _known_document(corpus, reader.address(), str(header["title"]))
    if known is not None and claim is None:
        message = f"The document is there already: {known.id}."
        place = form.answers["address"].place
        remedy = "Propose a claim of it instead."
        return None, (Finding(place, "names/clash", message, remedy),)
    draft = (
        _new_document(corpus, reader.address(), header, claim)
        if known is None
        else _added_claim(corpus, known, claim or {})
    )
    findings = tuple(_problems(draft, form, corpus))
    return (None if findings else draft), findings


def _known_document(corpus: Corpus, address: str, title: str) -> SourceDocument | None:
    """Return the document of this title on this page; one page can carry several."""
    for document in corpus.documents.values():
        capture = corpus.captures.get(document.capture.page)
        addresses = {publication.url for publication in document.publications}
        addresses.add(None if capture is None else capture.url)
        if address in addresses and _same(document.title, title):
            return document
    return None


def _same(one: str, other: str) -> bool:
    """Tell whether two titles are the same but for case, spaces and the shape of apostrophes."""
    plain = (" ".join(text.replace(_APOSTROPHE, "'").casefold().split()) for text in (one, other))
    return len(set(plain)) == 1


def _new_document(
    corpus: Corpus, address: str, header: Mapping[str, object], claim: Mapping[str, object] | None
) -> IssueDraft:
    captures = [capture for capture in corpus.captures.values() if capture.url == address]
    name = _free(_document_id(header, address), {*corpus.documents, *corpus.captures})
    capture: dict[str, object] = {"page": name, "start": 0, "end": 0}
    if captures:
        capture |= {"page": captures[0].id, "end": captures[0].characters}
    data = {"document": name, **header, "capture": capture}
    data["claims"] = [] if claim is None else [claim]
    # JSON is YAML, and leaves nothing to guess; the formatter then writes it as files are written.
    text, claim_id = _with_id(json.dumps(data, ensure_ascii=False), corpus)
    file = corpus.bundle.relative(corpus.bundle.sources / f"{name}.yaml")
    return IssueDraft(file, text, name, claim_id, new=True, captured=bool(captures))


def _added_claim(
    corpus: Corpus, document: SourceDocument, claim: Mapping[str, object]
) -> IssueDraft:
    file = document.source.place.file
    before = formatted((corpus.bundle.root / file).read_text(encoding="utf-8"), corpus.frames)
    item = f"  - {json.dumps(claim, ensure_ascii=False)}"
    text, claim_id = _with_id(_with_item(before, item), corpus)
    return IssueDraft(file, text, document.id, claim_id, new=False, captured=True)


def _with_id(text: str, corpus: Corpus) -> tuple[str, str | None]:
    """Write a file in its layout; the claim that has no id gets one, which is returned."""
    root = read_yaml("draft", text.encode()).root
    fill = {} if root is None else ids_to_assign(root)
    ids = [entries["id"] for entries in fill.values()]
    return formatted(text, corpus.frames, fill), ids[0] if ids else None


def _with_item(text: str, item: str) -> str:
    """Put an item behind the last claim of a file in canonical layout."""
    lines = text.splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("claims:"))
    lines[at] = lines[at].replace(" []", "")
    behind = (n for n in range(at + 1, len(lines)) if re.match(r"[a-z]", lines[n]))
    end = next(behind, len(lines))
    # The comments and blank lines above the next key belong to that key.
    while end > at + 1 and not lines[end - 1].startswith(" "):
        end -= 1
    return "\n".join([*lines[:end], item, *lines[end:]]) + "\n"


def _document_id(header: Mapping[str, object], address: str) -> str:
    publications = header["publications"]
    first = publications[0] if isinstance(publications, list) else {}
    year = re.search(r"[0-9]{4}", json.dumps(first.get("published", "")))
    title = slug_of(str(header["title"])) or hashlib.sha256(address.encode()).hexdigest()[:12]
    return "-".join([str(first["outlet"]), *([year[0]] if year else []), title])


def _free(name: str, taken: Container[str]) -> str:
    number = 1
    while (free := name if number == 1 else f"{name}-{number}") in taken:
        number += 1
    return free


def _problems(draft: IssueDraft, form: IssueForm, corpus: Corpus) -> Iterator[Finding]:
    """Read the draft as validation will, and lead each finding back to the answer it comes from."""
    read = read_yaml(draft.file, draft.text.encode())
    root = read.root
    if root is None:
        yield from read.findings
        return
    check = load_check(corpus.bundle.schema, "document.schema.json")
    found = [*read.findings, *check.findings(root)]
    if not found:
        with_draft = _with_document(corpus, read_document(root, corpus.frames))
        found = [*check_names(with_draft), *check_corpus(with_draft)]
    for finding in found:
        key = _key_at(root, finding.place)
        ours = finding.place.file == draft.file and finding.severity is Severity.VIOLATION
        open_still = finding.rule == _LEFT_OPEN or (key == "capture" and not draft.captured)
        if ours and not open_still and (draft.new or _in_last_claim(root, finding.place)):
            field = _FIELDS.get(key, "parts" if form.kind == "claim" else "address")
            yield replace(finding, place=form.answers[field].place)


def _with_document(corpus: Corpus, document: SourceDocument) -> Corpus:
    """Return the corpus with this document alone to judge, and all others to refer to."""
    claims = {name: claim for name, claim in corpus.claims.items() if claim.document != document.id}
    claims |= {f"{document.id}/{claim.id}": claim for claim in document.claims}
    events: dict[str, tuple[Claim, ...]] = {}
    for claim in claims.values():
        if (name := claim.values.get("id")) is not None and name.text:
            events[name.text] = (*events.get(name.text, ()), claim)
    return replace(corpus, documents={document.id: document}, claims=claims, events=events)


def _in_last_claim(root: Located, place: Place) -> bool:
    claims = root.get("claims")
    last = claims.items[-1] if claims is not None and claims.items else None
    behind = [found for found in root.keys.values() if last is not None and found > last.place]
    return last is not None and place >= last.place and all(place < found for found in behind)


def _key_at(root: Located, place: Place) -> str:
    """Return the key under which a place stands: of the last claim, or of the header."""
    claims = root.get("claims")
    last = claims.items[-1] if claims is not None and claims.items else None
    part = last if last is not None and place >= last.place else root
    before = [(found, key) for key, found in part.keys.items() if found <= place]
    return max(before)[1] if before else ""
