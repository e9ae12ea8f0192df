"""Rewrite contributed files in place: canonical layout, and passages located in captures."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from allegiance.claim_ids import ids_to_assign
from allegiance.errors import AllegianceError
from allegiance.evidence import locate
from allegiance.finding import Finding
from allegiance.formatting import formatted
from allegiance.frames import load_frames
from allegiance.limits import read_contribution
from allegiance.links.layout import laid_out
from allegiance.links.tables import SUFFIX
from allegiance.located import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from allegiance.bundle import Bundle
    from allegiance.corpus import Corpus
    from allegiance.document import Passage, SourceDocument

__all__ = ["format_files", "locate_passages"]


def format_files(bundle: Bundle, paths: Sequence[Path], *, write: bool) -> tuple[str, ...]:
    """Bring files into canonical layout, give ids to claims that lack one, and name what changes.

    Without paths, all contributed files of the bundle. With `write` false nothing is written.
    """
    frames = load_frames(bundle.schema)
    changed = []
    for file in _files(bundle, paths):
        text = _text(file)
        lines = text.replace("\r", "\n")
        try:
            if file.name.endswith(SUFFIX):
                canonical = laid_out(file.name, lines)
            else:
                canonical = formatted(lines, frames, _missing_ids(lines))
        except AllegianceError as error:
            message = f"{bundle.relative(file)}: {error}"
            raise AllegianceError(message) from error
        if canonical != text:
            changed.append(bundle.relative(file))
            if write:
                _replace(file, canonical)
    return tuple(changed)


def locate_passages(corpus: Corpus, texts: Mapping[str, str]) -> tuple[int, tuple[Finding, ...]]:
    """Fill in the passages without sha256, in the files; return how many, and what failed."""
    count, findings = 0, []
    for document in corpus.documents.values():
        text = texts.get(document.capture.page)
        if text is None:
            continue
        fill: dict[tuple[int, int], Mapping[str, str]] = {}
        for passage in _passages(document):
            if passage.sha256 is None:
                found = locate(passage, document.capture, text)
                if isinstance(found, Finding):
                    findings.append(found)
                else:
                    fill[passage.place.line, passage.place.column] = _entries(found)
        if fill:
            file = corpus.bundle.root / document.source.place.file
            _replace(file, formatted(_text(file).replace("\r", "\n"), corpus.frames, fill))
            count += len(fill)
    return count, tuple(findings)


def _missing_ids(text: str) -> Mapping[tuple[int, int], Mapping[str, str]]:
    """Return the ids that a document's claims still lack; what cannot be read gets none."""
    root = read_yaml("file", text.encode("utf-8", "surrogatepass")).root
    is_document = root is not None and root.get("document") is not None
    return ids_to_assign(root) if root is not None and is_document else {}


def _passages(document: SourceDocument) -> Sequence[Passage]:
    claimed = [passage for claim in document.claims for passage in claim.passages]
    return [*claimed, *(unclaimed.passage for unclaimed in document.unclaimed)]


def _entries(passage: Passage) -> Mapping[str, str]:
    return {
        "start": str(passage.start),
        "end": str(passage.end),
        "sha256": passage.sha256 or "",
    }


def _files(bundle: Bundle, paths: Sequence[Path]) -> Sequence[Path]:
    if not paths:
        files = [*bundle.actors.glob("*.yaml"), *bundle.sources.glob("*.yaml")]
        tables = (bundle.data / "links").glob(f"*{SUFFIX}")
        return sorted([*files, *tables, bundle.data / "captures.yaml"])
    found: list[Path] = []
    for path in paths:
        files = [*path.rglob("*.yaml"), *path.rglob(f"*{SUFFIX}")] if path.is_dir() else [path]
        found += sorted(files)
    return found


def _text(file: Path) -> str:
    content, findings = read_contribution(file, file.as_posix())
    if content is None:
        message = f"{file} cannot be read: {findings[0].message} {findings[0].remedy}"
        raise AllegianceError(message)
    try:
        return content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        message = f"{file} cannot be read: {error}."
        raise AllegianceError(message) from error


def _replace(file: Path, text: str) -> None:
    """Write a file whole or not at all."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        draft.chmod(file.stat().st_mode & 0o777)
        draft.replace(file)
    except BaseException:
        # Also on an interrupt: no draft may stay behind.
        draft.unlink(missing_ok=True)
        raise
