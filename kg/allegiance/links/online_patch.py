"""Make a patch of proposals; it holds none to which the offline audit would object."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from allegiance.links.audit import Audit
from allegiance.links.cells import cell_of, cell_text, is_metadata
from allegiance.links.link import link_of
from allegiance.links.online_audit import item_now
from allegiance.links.tables import check_rows, columns_of, read_mapping_table
from allegiance.wikidata.index import WikidataIndex, index_folder
from allegiance.wikidata.item_tables import items_text, names_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from allegiance.bundle import Bundle
    from allegiance.corpus import Corpus
    from allegiance.finding import Finding
    from allegiance.links.link import Link
    from allegiance.links.online_proposals import Proposal

__all__ = ["Patch", "patch_of", "read_table_texts"]

_MODIFIER = "predicate_modifier"


@dataclass(frozen=True, slots=True)
class Patch:
    """Hold a unified diff, empty where nothing can be proposed, and what stands in it.

    `held` are the proposals that the offline audit would object to, each with the objection.
    """

    text: str
    proposals: tuple[Proposal, ...]
    held: tuple[tuple[Proposal, str], ...]


def read_table_texts(bundle: Bundle, links: Iterable[Link]) -> dict[str, str]:
    """Read the tables in which links stand, by name, with their line ends as they are."""
    names = {link.row.place.file for link in links}
    files = {bundle.relative(file): file for file in (bundle.data / "links").glob("*.tsv")}
    return {name: files[name].read_bytes().decode("utf-8") for name in sorted(names)}


def patch_of(
    proposals: Sequence[Proposal],
    texts: Mapping[str, str],
    corpus: Corpus,
    index: WikidataIndex | None,
) -> Patch:
    """Put as many proposals into a patch as leave the offline audit with nothing new to find."""
    judge = _Judge(texts, corpus, index)
    held: list[tuple[Proposal, str]] = []
    kept = judge.kept((), tuple(proposals), held)
    changed = _applied(texts, kept)
    diffs = [_diff(name, texts[name], changed[name]) for name in texts]
    if any(proposal.followed for proposal in kept):
        diffs += _snapshot_diffs(corpus.bundle, _moved(index, kept))
    return Patch("".join(diffs), kept, tuple(held))


class _Judge:
    """Hold changed tables against the audit as it judges those that stand."""

    def __init__(
        self, texts: Mapping[str, str], corpus: Corpus, index: WikidataIndex | None
    ) -> None:
        self.texts, self.corpus, self.index = texts, corpus, index
        self.before = frozenset(self._findings(texts, index))

    def kept(
        self,
        accepted: tuple[Proposal, ...],
        proposals: tuple[Proposal, ...],
        held: list[tuple[Proposal, str]],
    ) -> tuple[Proposal, ...]:
        """Return what was accepted and what can stand beside it: halve until a culprit is alone."""
        objection = self._objection((*accepted, *proposals)) if proposals else ""
        if not objection:
            return (*accepted, *proposals)
        if len(proposals) == 1:
            held.append((proposals[0], objection))
            return accepted
        middle = len(proposals) // 2
        accepted = self.kept(accepted, proposals[:middle], held)
        return self.kept(accepted, proposals[middle:], held)

    def _objection(self, proposals: tuple[Proposal, ...]) -> str:
        for proposal in proposals:
            columns = _columns(_lines(self.texts[proposal.link.row.place.file]))
            if proposal.action == "add" and _MODIFIER not in columns:
                return f"The table has no column {_MODIFIER!r}. Add it first."
        after = self._findings(_applied(self.texts, proposals), _moved(self.index, proposals))
        new = next((key for key in after if key not in self.before), None)
        return "" if new is None else f"{after[new].message} {after[new].remedy}"

    def _findings(
        self, texts: Mapping[str, str], index: WikidataIndex | None
    ) -> dict[tuple[str, ...], Finding]:
        """Return findings by rule and row: once rows are added, lines say nothing."""
        tables = [
            read_mapping_table(name, text.removeprefix("\ufeff")) for name, text in texts.items()
        ]
        rows = [row for found, faults in tables for row in found if not faults]
        findings = [fault for _, faults in tables for fault in faults]
        findings += check_rows(rows, self.corpus)
        faulty = {found.place[:2] for found in findings}
        links = tuple(link_of(row) for row in rows if row.place[:2] not in faulty)
        findings += Audit(links, self.corpus, index).findings()
        said = {
            row.place[:2]: tuple(
                row.values.get(column, "") for column in ("subject_id", _MODIFIER, "object_id")
            )
            for row in rows
        }
        return {
            (found.rule, found.place.file, *said.get(found.place[:2], (str(found.place.line),))): (
                found
            )
            for found in findings
        }


def _moved(index: WikidataIndex | None, proposals: Iterable[Proposal]) -> WikidataIndex | None:
    """Put items that others redirect to in the place of those in the snapshot, as countries, too.

    Both beside each other would be two namesakes, of which each link would have to refuse one.
    """
    if index is None:
        return None
    items = dict(index.by_id)
    for proposal in proposals:
        if proposal.followed is not None:
            old = items.pop(proposal.link.item or "", None)
            items.setdefault(proposal.followed.id, item_now(old, proposal.followed))
            for qid, item in items.items():
                if item.country == proposal.link.item:
                    items[qid] = replace(item, country=proposal.followed.id)
    return WikidataIndex({qid: items[qid] for qid in sorted(items, key=lambda qid: int(qid[1:]))})


def _snapshot_diffs(bundle: Bundle, index: WikidataIndex | None) -> Iterator[str]:
    if index is None:
        return
    items = list(index.items())
    for name, text in (("items.tsv", items_text(items)), ("names.tsv", names_text(items))):
        file = index_folder(bundle) / name
        yield _diff(bundle.relative(file), file.read_bytes().decode("utf-8"), text)


def _applied(texts: Mapping[str, str], proposals: Iterable[Proposal]) -> dict[str, str]:
    by_table: dict[str, list[Proposal]] = {}
    for proposal in proposals:
        by_table.setdefault(proposal.link.row.place.file, []).append(proposal)
    changed = dict(texts)
    for name, chosen in by_table.items():
        changed[name] = _changed(texts[name], chosen)
    return changed


def _changed(text: str, proposals: Iterable[Proposal]) -> str:
    lines: list[str] = _lines(text)
    columns = _columns(lines)
    added = []
    for proposal in proposals:
        at = proposal.link.row.place.line - 1
        if proposal.action == "add":
            added.append(proposal.values)
        elif proposal.action == "remove":
            lines[at] = ""
        else:
            # Cells that stay are left as they are, with their quotes and what stands behind them.
            cells = _cells(lines[at])
            for column in proposal.values.keys() & set(columns):
                cells[columns.index(column)] = cell_of(proposal.values[column])
            lines[at] = "\t".join(cells) + _ending(lines[at])
    kept = [line for line in lines if line]
    for values in sorted(added, key=lambda each: each["object_id"]):
        _insert(kept, columns, values)
    return "".join(kept)


def _insert(lines: list[str], columns: Sequence[str], values: Mapping[str, str]) -> None:
    """Put a row among those of the same entry: its refusals stand last, by the item's id."""
    subject, modifier, target = (
        columns.index(column) for column in ("subject_id", _MODIFIER, "object_id")
    )
    at = 0
    for number, line in enumerate(lines):
        cells = [cell_text(cell) for cell in _cells(line)]
        if len(cells) >= len(columns) and cells[subject] == values["subject_id"]:
            at = number + 1
            if cells[modifier] == "Not" and (cells[target] or "") > values["object_id"]:
                at = number
                break
    ending = _ending(lines[at - 1])
    if not ending:
        ending = _ending(lines[0]) or "\n"
        lines[at - 1] += ending
    lines.insert(at, _row(columns, values) + ending)


def _columns(lines: Sequence[str]) -> tuple[str, ...]:
    shown = (line.removeprefix("\ufeff").rstrip("\r\n") for line in lines)
    return next(columns_of(line) for line in shown if line.strip() and not is_metadata(line))


def _row(columns: Sequence[str], cells: Mapping[str, str]) -> str:
    return "\t".join(cell_of(cells.get(column, "")) for column in columns)


def _cells(line: str) -> list[str]:
    return line.removesuffix(_ending(line)).split("\t")


def _ending(line: str) -> str:
    return next((ending for ending in ("\r\n", "\n") if line.endswith(ending)), "")


def _lines(text: str) -> list[str]:
    """Cut a text at its line feeds alone, as git does: other separators may stand in a cell."""
    *whole, last = text.split("\n")
    return [f"{line}\n" for line in whole] + ([last] if last else [])


def _diff(name: str, old: str, new: str) -> str:
    # A tab ends a name that has blanks in it; git reads it so.
    shown = f"{name}\t" if " " in name else name
    lines = difflib.unified_diff(_lines(old), _lines(new), f"a/{shown}", f"b/{shown}")
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
