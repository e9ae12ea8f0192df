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

from allegiance.wikidata.address import item_id
from allegiance_server.errors import RequestError, StorageFullError

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping
    from pathlib import Path

__all__ = ["Decision", "DecisionFile", "read_decision"]

COLUMNS: Final = (
    "subject_id",
    "predicate_id",
    "predicate_modifier",
    "object_id",
    "mapping_justification",
    "author_label",
    "mapping_date",
    "comment",
)
HEAD: Final = (
    "#curie_map:\n"
    "#  id: https://w3id.org/allegiance/id/\n"
    "#  semapv: https://w3id.org/semapv/vocab/\n"
    "#  skos: http://www.w3.org/2004/02/skos/core#\n"
    "#  sssom: https://w3id.org/sssom/\n"
    "#  wikidata: http://www.wikidata.org/entity/\n"
    "#mapping_set_id: https://w3id.org/allegiance/links/decisions\n"
    "#mapping_set_description: Decisions that users sent back. Nobody has reviewed them.\n"
    "#license: https://creativecommons.org/publicdomain/zero/1.0/\n" + "\t".join(COLUMNS) + "\n"
)
MAX_FILE_BYTES: Final = 16 * 1024 * 1024
LONGEST: Final = {"subject": 200, "object": 200, "by": 200, "reason": 2000}
DECIDED: Final = ("match", "not", "none")
MEMBERS: Final = frozenset({"subject", "object", "decision", "by", "reason"})
NO_TERM: Final = "sssom:NoTermFound"


@dataclass(frozen=True, slots=True)
class Decision:
    """Hold that an item is the one meant by an entry (match), is not (not), or that none is (none).

    `subject` is the id of an entry; `object` that of an item, empty where none was found.
    """

    subject: str
    object: str
    decision: Literal["match", "not", "none"]
    by: str
    reason: str

    def row(self, day: datetime.date) -> str:
        r"""Write it as a row of SSSOM.

        >>> row = Decision("iran", "Q794", "not", "Ana", "a test").row(datetime.date(2026, 1, 2))
        >>> row.split("\t")[:4]
        ['id:iran', 'skos:exactMatch', 'Not', 'wikidata:Q794']
        """
        cells = (
            f"id:{self.subject}",
            "skos:exactMatch",
            "Not" if self.decision == "not" else "",
            f"wikidata:{self.object}" if self.object else NO_TERM,
            "semapv:ManualMappingCuration",
            self.by,
            day.isoformat(),
            self.reason,
        )
        return "\t".join(cells) + "\n"

    def told(self) -> dict[str, str]:
        """Return its members as the API has them."""
        return asdict(self)


def read_decision(body: Mapping[str, Any], known: Container[str]) -> Decision:
    """Read a decision about an entry that is known; raises RequestError for anything else."""
    for name in body:
        if name not in MEMBERS:
            detail = f"{name[:40]!r} is no member of a decision."
            raise RequestError(detail, f"Known: {', '.join(sorted(MEMBERS))}.")
    decision = body.get("decision")
    if decision not in DECIDED:
        detail = f"The decision is {decision!r:.40}."
        raise RequestError(detail, f"Write one of {', '.join(DECIDED)}.")
    subject = _line(body, "subject").removeprefix("id:")
    if subject not in known:
        detail = f"The subject {subject[:60]!r} is not known."
        raise RequestError(detail, "Give an id that /reconcile gives.")
    by, reason = _line(body, "by"), _line(body, "reason")
    return Decision(subject, _item(body, decision), decision, by, reason)


class DecisionFile:
    """Append decisions to a file; what is told to be kept is on the disk."""

    def __init__(self, path: Path) -> None:
        """Keep where the file is, or is to be."""
        self._path = path

    def append(self, decision: Decision) -> None:
        """Write a row and have it reach the disk; whole, or not at all.

        Raises StorageFullError where the file would grow beyond its bound, or has no room.
        """
        row = decision.row(datetime.datetime.now(datetime.UTC).date()).encode()
        try:
            with self._locked() as handle:
                self._write(handle, row)
        except OSError as error:
            detail = f"The decision cannot be kept: {error.strerror}."
            raise StorageFullError(detail, "Whoever runs this server has to make room.") from None

    def rows(self) -> list[dict[str, str]]:
        """Return the rows by the names of their columns, the oldest first."""
        try:
            text = self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        lines = [line for line in text.split("\n") if line and not line.startswith("#")][1:]
        return [dict(zip(COLUMNS, line.split("\t"), strict=False)) for line in lines]

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
