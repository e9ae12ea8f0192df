"""Decisions about links that users send back: rows of SSSOM in a file, for somebody to review.

They never touch the data. Specification: https://mapping-commons.github.io/sssom/spec-formats-tsv/
"""

from __future__ import annotations

import datetime
import errno
import fcntl
import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from allegiance.links.cells import cell_of, cell_text
from allegiance.links.columns import COLUMNS
from allegiance.links.tables import NO_TERM
from allegiance.wikidata.address import item_id
from allegiance_server.errors import FileDamagedError, RequestError, StorageFullError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from allegiance.reconciliation import Entity

__all__ = ["Decision", "DecisionFile", "read_decision"]

HEAD: Final = (
    "# mapping_set_id: https://w3id.org/allegiance/mapping/decisions\n"
    "# mapping_set_title: Decisions that users sent back, and nobody has reviewed\n"
    "# license: https://creativecommons.org/publicdomain/zero/1.0/\n"
    "# curie_map:\n"
    "#   id: https://w3id.org/allegiance/id/\n"
    "#   semapv: https://w3id.org/semapv/vocab/\n"
    "#   skos: http://www.w3.org/2004/02/skos/core#\n"
    "#   sssom: https://w3id.org/sssom/\n"
    "#   wikidata: http://www.wikidata.org/entity/\n"
    "# extension_definitions:\n"
    "#   - slot_name: names_differ\n"
    "#     property: https://w3id.org/allegiance/mapping/namesDiffer\n"
    "#     type_hint: http://www.w3.org/2001/XMLSchema#string\n" + "\t".join(COLUMNS) + "\n"
)
MEND: Final = "Whoever runs this server has to mend the file, or to put it elsewhere."
MAX_FILE_BYTES: Final = 16 * 1024 * 1024
LONGEST: Final = {"subject": 200, "object": 200, "by": 200, "reason": 2000}
DECIDED: Final = ("match", "not", "none")
MEMBERS: Final = frozenset({"subject", "object", "decision", "by", "reason"})


@dataclass(frozen=True, slots=True)
class Decision:
    """Hold that an item is the one meant by an entry (match), is not (not), or that none is (none).

    `subject` is the id of an entry; `object` that of an item, empty where none was found. The
    labels are those of the graph and of the offline index, empty where they have none.
    """

    subject: str
    object: str
    decision: Literal["match", "not", "none"]
    by: str
    reason: str
    subject_label: str = ""
    object_label: str = ""

    def row(self, day: datetime.date) -> str:
        r"""Write it as a row of SSSOM.

        >>> row = Decision("iran", "Q794", "not", "Ana", "a test").row(datetime.date(2026, 1, 2))
        >>> row.split("\t")[:5]
        ['id:iran', '', 'Not', 'skos:exactMatch', 'wikidata:Q794']
        """
        cells = {
            "subject_id": f"id:{self.subject}",
            "subject_label": " ".join(self.subject_label.split()),
            "predicate_modifier": "Not" if self.decision == "not" else "",
            "predicate_id": "skos:exactMatch",
            "object_id": f"wikidata:{self.object}" if self.object else NO_TERM,
            "object_label": " ".join(self.object_label.split()),
            "mapping_justification": "semapv:ManualMappingCuration",
            "author_label": self.by,
            "mapping_date": day.isoformat(),
            "comment": self.reason,
        }
        return "\t".join(cell_of(cells.get(name, "")) for name in COLUMNS) + "\n"

    def told(self) -> dict[str, str]:
        """Return its members as the API has them."""
        return asdict(self)


def read_decision(body: Mapping[str, Any], entries: Mapping[str, Entity]) -> Decision:
    """Read a decision about one of the entries; raises RequestError for anything else."""
    for name in body:
        if name not in MEMBERS:
            detail = f"{name[:40]!r} is no member of a decision."
            raise RequestError(detail, f"Known: {', '.join(sorted(MEMBERS))}.")
    decision = body.get("decision")
    if decision not in DECIDED:
        detail = f"The decision is {decision!r:.40}."
        raise RequestError(detail, f"Write one of {', '.join(DECIDED)}.")
    subject = _line(body, "subject").removeprefix("id:")
    if subject not in entries:
        detail = f"The subject {subject[:60]!r} is not known."
        raise RequestError(detail, "Give an id that /reconcile gives.")
    by, reason = _line(body, "by"), _line(body, "reason")
    return Decision(subject, _item(body, decision), decision, by, reason, entries[subject].label)


class DecisionFile:
    """Append decisions to a file; what is told to be kept is on the disk."""

    def __init__(self, path: Path) -> None:
        """Keep where the file is, or is to be."""
        self._path = path

    def append(self, decision: Decision) -> None:
        """Write a row and have it reach the disk; whole, or not at all.

        Raises StorageFullError where the file would grow beyond its bound, or has no room, and
        FileDamagedError where it does not begin and end as this server leaves it.
        """
        row = decision.row(datetime.datetime.now(datetime.UTC).date()).encode()
        try:
            with self._locked() as handle:
                self._write(handle, row)
        except OSError as error:
            detail = f"The decision cannot be kept: {error.strerror}."
            raise StorageFullError(detail, "Whoever runs this server has to make room.") from None

    def rows(self) -> list[dict[str, str]]:
        """Return the rows by the names of their columns, the oldest first.

        Raises FileDamagedError where the file cannot be read so.
        """
        try:
            text = self._path.read_bytes().decode()
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            detail = f"The file of decisions cannot be read: {error}."
            raise FileDamagedError(detail, MEND) from None
        if text and not (text.startswith(HEAD) and text.endswith("\n")):
            raise _damaged()
        lines = text.split("\n")
        first = HEAD.count("\n")
        return [_cells(number, line) for number, line in enumerate(lines, 1) if number > first][:-1]

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """Open the file for this process alone."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield handle
        finally:
            os.close(handle)

    def _write(self, handle: int, row: bytes) -> None:
        size = os.fstat(handle).st_size
        head = HEAD.encode()
        if size and (os.pread(handle, len(head), 0), os.pread(handle, 1, size - 1)) != (
            head,
            b"\n",
        ):
            raise _damaged()
        data = row if size else HEAD.encode() + row
        if size + len(data) > MAX_FILE_BYTES:
            detail = "The file of decisions is full."
            raise StorageFullError(detail, "Whoever runs this server has to review it first.")
        try:
            _write_whole(handle, data)
            os.fsync(handle)
        except OSError:
            os.ftruncate(handle, size)
            raise
        if not size:
            self._keep_name()

    def _keep_name(self) -> None:
        """Have the name of a new file reach the disk, too."""
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _damaged() -> FileDamagedError:
    detail = "The file of decisions does not begin with its head, or does not end with a whole row."
    return FileDamagedError(detail, MEND)


def _cells(number: int, line: str) -> dict[str, str]:
    cells = [cell_text(cell) for cell in line.split("\t")]
    if line and (len(cells) != len(COLUMNS) or None in cells):
        detail = f"Line {number} of the file of decisions is no row of {len(COLUMNS)} values."
        raise FileDamagedError(detail, MEND)
    return {name: cell or "" for name, cell in zip(COLUMNS, cells, strict=False)}


def _write_whole(handle: int, data: bytes) -> None:
    if os.write(handle, data) != len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _item(body: Mapping[str, Any], decision: str) -> str:
    if decision == "none":
        if body.get("object"):
            detail = "An object is given where none was found."
            raise RequestError(detail, "Leave object out, or decide match or not.")
        return ""
    given = _line(body, "object")
    item = item_id(given)
    if item is None:
        detail = f"The object {given[:60]!r} is no item of Wikidata."
        raise RequestError(detail, "Give an id such as Q794, or the address of its page.")
    return item


def _line(body: Mapping[str, Any], name: str) -> str:
    """Read a text of one line that fits into a cell."""
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        detail = f"The decision has no {name}."
        raise RequestError(detail, "Give subject, object, decision, by and reason.")
    if len(value) > LONGEST[name] or not value.isprintable():
        detail = f"The {name} is longer than {LONGEST[name]} characters, or more than a line."
        raise RequestError(detail, "Give one short line without tabs.")
    return value.strip() if name in ("by", "reason") else value
