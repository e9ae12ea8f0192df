"""Check the tables of links: first each row by itself, then the sound rows by the audit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allegiance.links.audit import Audit
from allegiance.links.evidence import evidence_findings
from allegiance.links.link import Link, link_of
from allegiance.links.tables import check_rows, read_mapping_tables
from allegiance.wikidata.index import WikidataIndex, index_folder

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from allegiance.bundle import Bundle
    from allegiance.corpus import Corpus
    from allegiance.finding import Finding

__all__ = ["check_links", "read_links", "shipped_index", "tabled_links"]


def check_links(corpus: Corpus, events: Container[str] | None = None) -> Iterator[Finding]:
    """Give what is wrong with the tables of links of a bundle.

    With `events`, only these events are looked up. Raises UsageError where the tables of the index
    are broken.
    """
    links, findings = _read(corpus)
    yield from findings
    has_links = any(link.is_positive for link in links)
    index = shipped_index(corpus.bundle) if has_links else None
    yield from Audit(links, corpus, index, events).findings()


def read_links(corpus: Corpus) -> tuple[Link, ...]:
    """Return the links of all sound rows."""
    return _read(corpus)[0]


def tabled_links(corpus: Corpus) -> tuple[tuple[Link, ...], tuple[Finding, ...]]:
    """Return the links that can stand in the graph, and what is wrong with the other rows.

    Each row is looked at by itself: whether it is the right item is for the audit.
    """
    links, findings = _read(corpus)
    faults = [tuple(evidence_findings(link)) for link in links]
    sound = tuple(link for link, found in zip(links, faults, strict=True) if not found)
    return sound, (*findings, *(fault for found in faults for fault in found))


def _read(corpus: Corpus) -> tuple[tuple[Link, ...], tuple[Finding, ...]]:
    rows, findings = read_mapping_tables(corpus.bundle)
    findings = (*findings, *check_rows(rows, corpus))
    faulty = {found.place[:2] for found in findings}
    return tuple(link_of(row) for row in rows if row.place[:2] not in faulty), findings


def shipped_index(bundle: Bundle) -> WikidataIndex | None:
    """Load the index of a bundle; None where it has none, so that nothing can be compared."""
    folder = index_folder(bundle)
    return WikidataIndex.load(folder) if folder.is_dir() else None
