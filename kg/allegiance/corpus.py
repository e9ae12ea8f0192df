"""Read everything that contributors wrote, and let each name be looked up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from allegiance.document import SourceDocument, read_document
from allegiance.finding import Finding, Place
from allegiance.frames import load_frames
from allegiance.limits import at_most, read_contribution
from allegiance.located import Located, LocatedFile, read_yaml
from allegiance.register import Capture, Entry, read_captures, read_register
from allegiance.structure import load_check
from allegiance.vocabulary import Vocabulary, load_vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from allegiance.bundle import Bundle
    from allegiance.document import Claim
    from allegiance.frames import Frame
    from allegiance.structure import StructureCheck

__all__ = ["Corpus", "read_corpus", "read_documents"]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Hold the register, the captures and the documents, with the findings of reading them.

    `events` leads from the id of an event, treaty or statement to the claims that describe it.
    """

    bundle: Bundle
    frames: Mapping[str, Frame]
    vocabulary: Vocabulary
    entries: Mapping[str, Entry]
    captures: Mapping[str, Capture]
    documents: Mapping[str, SourceDocument]
    findings: tuple[Finding, ...]
    claims: Mapping[str, Claim] = field(default_factory=dict)
    events: Mapping[str, tuple[Claim, ...]] = field(default_factory=dict)

    def resolve(self, document: str, reference: str) -> Claim | None:
        """Return the claim that a reference names: an id in the same document, or document/id."""
        key = reference if "/" in reference else f"{document}/{reference}"
        return self.claims.get(key)


def read_corpus(bundle: Bundle, files: Iterable[Path] | None = None) -> Corpus:
    """Read the data of a bundle; whatever cannot be read becomes a finding, the rest goes on.

    With `files`, only these documents are read, beside the whole register and all captures.
    """
    frames, vocabulary = load_frames(bundle.schema), load_vocabulary(bundle.ontology)
    findings = list(_strays(bundle))
    entries: dict[str, Entry] = {}
    check = load_check(bundle.schema, "register.schema.json")
    for root in _sound(bundle, sorted(bundle.actors.glob("*.yaml")), check, findings):
        for entry in read_register(root):
            _keep(entries, entry, findings)
    captures: dict[str, Capture] = {}
    check = load_check(bundle.schema, "captures.schema.json")
    for root in _sound(bundle, [bundle.data / "captures.yaml"], check, findings):
        captures |= {capture.id: capture for capture in read_captures(root)}
    chosen = bundle.sources.glob("*.yaml") if files is None else files
    documents = read_documents(bundle, chosen, frames, findings)
    claims = {
        f"{document.id}/{claim.id}": claim
        for document in documents.values()
        for claim in document.claims
    }
    return Corpus(
        bundle=bundle,
        frames=frames,
        vocabulary=vocabulary,
        entries=entries,
        captures=captures,
        documents=documents,
        findings=tuple(findings),
        claims=claims,
        events=_events(claims.values()),
    )


def _strays(bundle: Bundle) -> Iterator[Finding]:
    """Find files that nobody would read, so that no contribution is passed over in silence."""
    for folder in (bundle.actors, bundle.sources):
        for file in sorted(folder.rglob("*")) if folder.is_dir() else ():
            read = file.parent == folder and file.suffix == ".yaml"
            is_folder = file.is_dir() and not file.is_symlink()
            if not is_folder and not read and file.name != "README.md":
                message = f"{file.name} is not read: only files ending in .yaml, here, are."
                remedy = f"Move it to {bundle.relative(folder)}/{file.stem}.yaml, or remove it."
                place = Place(_lexical(file, bundle))
                yield Finding(place, "syntax/unread-file", message, remedy)


def _sound(
    bundle: Bundle, files: Iterable[Path], check: StructureCheck, findings: list[Finding]
) -> Iterator[Located]:
    """Read files, keep the findings, and give the roots of those whose structure holds."""
    for file in files:
        read = _read(file, bundle)
        problems = _problems(read, check)
        findings.extend(problems)
        if read.root is not None and not problems:
            yield read.root


def _problems(read: LocatedFile, check: StructureCheck) -> list[Finding]:
    """Gather what is wrong with a file; a place that YAML stumbles over is told once."""
    told = {found.place for found in read.findings}
    found = () if read.root is None else at_most(check.findings(read.root))
    return [*read.findings, *(problem for problem in found if problem.place not in told)]


def _read(file: Path, bundle: Bundle) -> LocatedFile:
    name = _lexical(file, bundle)
    content, findings = read_contribution(file, name, bundle.root)
    return LocatedFile(name, None, findings) if content is None else read_yaml(name, content)


def _lexical(file: Path, bundle: Bundle) -> str:
    """Name a file by where it stands, not by where a link in its place leads."""
    return file.relative_to(bundle.root).as_posix()


def read_documents(
    bundle: Bundle, files: Iterable[Path], frames: Mapping[str, Frame], findings: list[Finding]
) -> dict[str, SourceDocument]:
    """Read documents in the order of their files, and add to the findings what is wrong."""
    # On one core: handing what was read from one process to another takes longer than reading.
    documents: dict[str, SourceDocument] = {}
    check = load_check(bundle.schema, "document.schema.json")
    for file in sorted(files):
        document, found = _document(_read(file, bundle), check, frames)
        findings.extend(found)
        if document is not None:
            _keep_document(documents, document, findings)
    return documents


def _document(
    read: LocatedFile, check: StructureCheck, frames: Mapping[str, Frame]
) -> tuple[SourceDocument | None, tuple[Finding, ...]]:
    if read.root is None:
        return None, read.findings
    findings = tuple(_problems(read, check))
    return (None if findings else read_document(read.root, frames)), findings


def _keep(entries: dict[str, Entry], entry: Entry, findings: list[Finding]) -> None:
    earlier = entries.get(entry.id)
    if earlier is None:
        entries[entry.id] = entry
        return
    message = f"{entry.id} is already in the register, at {earlier.place}."
    remedy = "Use that entry, or give this one an id that tells the two apart."
    findings.append(Finding(entry.place, "names/duplicate-entry", message, remedy))


def _keep_document(
    documents: dict[str, SourceDocument], document: SourceDocument, findings: list[Finding]
) -> None:
    place = (document.source.get("document") or document.source).place
    name = place.file.rsplit("/", 1)[-1].removesuffix(".yaml")
    if name != document.id:
        message = f"The document {document.id} stands in a file of another name."
        remedy = f"Name the file {document.id}.yaml, or the document {name}."
        findings.append(Finding(place, "names/file-name", message, remedy))
    documents.setdefault(document.id, document)


def _events(claims: Iterable[Claim]) -> Mapping[str, tuple[Claim, ...]]:
    found: dict[str, list[Claim]] = {}
    for claim in claims:
        name = claim.values.get("id")
        if name is not None and name.text:
            found.setdefault(name.text, []).append(claim)
    return {name: tuple(described) for name, described in found.items()}
