"""Put a draft into a checkout: the captured text, its entry in captures.yaml, the document.

All three are written or none; nothing that is there is overwritten.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from allegiance.corpus import read_corpus
from allegiance.drafting.draft import draft_of
from allegiance.drafting.header import header_of, unknown_author
from allegiance.drafting.saved_page import read_page
from allegiance.errors import AllegianceError, DataError, UsageError
from allegiance.formatting import formatted
from allegiance.located import read_yaml
from allegiance.structure import load_check

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    from allegiance.bundle import Bundle
    from allegiance.corpus import Corpus
    from allegiance.drafting.draft import Draft
    from allegiance.drafting.header import Header, Wishes
    from allegiance.drafting.saved_page import SavedPage

__all__ = ["Filed", "start_document"]


@dataclass(frozen=True, slots=True)
class Filed:
    """Hold what was written: the two new files, the draft's counts, and an author unknown yet."""

    document: Path
    capture: Path
    draft: Draft
    unknown_author: str | None


def start_document(
    bundle: Bundle, page: Path, wishes: Wishes, captures: Path, today: datetime.date
) -> Filed:
    """Draft a document from a saved page and write it, with its capture, into a checkout.

    Raises UsageError where the page cannot be read, something needed is not known, or a file is
    there already; DataError where the list of captures is broken.
    """
    corpus = read_corpus(bundle)
    listing = bundle.data / "captures.yaml"
    broken = [found for found in corpus.findings if found.place.file == bundle.relative(listing)]
    if broken:
        raise DataError(broken)
    saved = read_page(page, today)
    header, url = header_of(saved, wishes, corpus, today)
    document, capture = bundle.sources / f"{header.id}.yaml", captures / f"{header.id}.txt"
    _refuse_what_is_there(corpus, header, saved, (document, capture))
    draft = draft_of(corpus, header, saved.text)
    _check(bundle, document, draft.text)
    listed = _listed(listing, header.id, url, saved)
    _write(((capture, saved.text), (document, draft.text)), listing, formatted(listed, {}))
    return Filed(document, capture, draft, unknown_author(saved, header))


def _refuse_what_is_there(
    corpus: Corpus, header: Header, saved: SavedPage, files: Sequence[Path]
) -> None:
    known = corpus.documents.get(header.id)
    if known is not None:
        drafts = sum(claim.review == "draft" for claim in known.claims)
        message = (
            f"{known.source.place.file} is there already, with {len(known.claims)} claims, "
            f"{drafts} of them drafts. Nothing was written. Go on with it, or choose another --id."
        )
        raise UsageError(message)
    digest = hashlib.sha256(saved.text.encode()).hexdigest()
    for capture in corpus.captures.values():
        if capture.sha256 == digest or capture.id == header.id:
            why = "holds this very text" if capture.sha256 == digest else "has this id"
            message = (
                f"The capture {capture.id}, at {capture.place}, {why}. Nothing was written. "
                "Go on with its document, or choose another --id for another text."
            )
            raise UsageError(message)
    for file in files:
        # Also a link that leads nowhere is there.
        if file.is_symlink() or file.exists():
            message = f"{file} is there already. Nothing was written. Choose another --id."
            raise UsageError(message)


def _check(bundle: Bundle, document: Path, text: str) -> None:
    """Refuse to write what the format does not allow: that is a fault of the draft."""
    read = read_yaml(bundle.relative(document), text.encode())
    check = load_check(bundle.schema, "document.schema.json")
    findings = [*read.findings, *(check.findings(read.root) if read.root else ())]
    if findings:
        raise DataError(findings)


def _listed(listing: Path, name: str, url: str, saved: SavedPage) -> str:
    """Return the list of captures with one entry more; comments and order are kept."""
    before = listing.read_text(encoding="utf-8").rstrip("\n")
    # An empty list may stand in one line, to which nothing can be added below.
    before = re.sub(r"(?m)^captures:\s*\{\}\s*$", "captures:", before)
    entry = {
        "url": url,
        "sha256": hashlib.sha256(saved.text.encode()).hexdigest(),
        "characters": len(saved.text),
        "normalisation": saved.normalisation,
    }
    return f"{before}\n  {name}: {json.dumps(entry, ensure_ascii=False)}\n"


def _write(files: Sequence[tuple[Path, str]], listing: Path, listed: str) -> None:
    """Write new files and the list of captures; on any failure nothing stays behind."""
    made: list[Path] = []
    before = listing.read_bytes()
    try:
        for file, text in files:
            file.parent.mkdir(exist_ok=True)
            # Exclusive: whoever made the file in the meantime keeps theirs.
            with file.open("x", encoding="utf-8", newline="\n") as stream:
                made.append(file)
                stream.write(text)
        _replace(listing, listed.encode())
    except BaseException as error:
        # Also on an interrupt: half a draft would be found by the next `validate`.
        for file in made:
            file.unlink(missing_ok=True)
        if listing.read_bytes() != before:
            _replace(listing, before)
        if isinstance(error, OSError):
            message = f"{error.filename}: {error.strerror}. Nothing was written."
            raise AllegianceError(message) from error
        raise


def _replace(file: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        draft.chmod(file.stat().st_mode & 0o777)
        draft.replace(file)
    except BaseException:
        # Also on an interrupt: no draft may stay behind.
        draft.unlink(missing_ok=True)
        raise
