"""What was answered so far, on disk: a run that was stopped or killed goes on where it was.

A line of JSON for each item, written and synced before the next request. The first line says
which endpoint was asked, and when the run began.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Literal

from allegiance.errors import UsageError
from allegiance.wikidata.item import Item

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

__all__ = ["FetchJournal", "Outcome", "alone", "open_journal"]

Status = Literal["found", "deleted", "redirected", "unanswered"]
# Answers that are older were perhaps true then; the tables would carry them as of one day.
OLDEST_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold what became of one question: the item if it was found, or where it redirects to."""

    asked: str
    status: Status
    item: Item | None = None
    target: str = ""


@dataclass(slots=True)
class FetchJournal:
    """Hold the outcomes of a run by item, and write each of them down."""

    file: Path
    begun: str
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Write outcomes down, and return when they are on the disk."""
        added = list(outcomes)
        _append(self.file, [asdict(outcome) for outcome in added])
        self.outcomes.update((outcome.asked, outcome) for outcome in added)

    def remove(self) -> None:
        """Forget the run, since its tables are written."""
        self.file.unlink(missing_ok=True)


def open_journal(file: Path, endpoint: str, today: date) -> FetchJournal:
    """Open the journal of a run, or begin one.

    A last line that a kill has cut off is taken away. Raises UsageError for the journal of another
    endpoint, for one that is too old to go on with, and for what is no journal.
    """
    lines = _whole_lines(file)
    if not lines:
        file.parent.mkdir(parents=True, exist_ok=True)
        _append(file, [{"endpoint": endpoint, "begun": today.isoformat()}])
        return FetchJournal(file, today.isoformat())
    try:
        head, *rest = (json.loads(line) for line in lines)
        begun, asked = head["begun"], head["endpoint"]
        age_days = (today - date.fromisoformat(begun)).days
        outcomes = {entry["asked"]: _outcome(entry) for entry in rest}
    except (ValueError, KeyError, TypeError) as error:
        message = f"{file} is no journal of a fetch. Give --restart to begin anew."
        raise UsageError(message) from error
    if asked != endpoint or age_days > OLDEST_DAYS:
        message = (
            f"{file} holds a run of {begun} that asked {asked} and was not finished. "
            "Finish it within a week at the same endpoint, or give --restart to begin anew."
        )
        raise UsageError(message)
    return FetchJournal(file, begun, outcomes)


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Be the only run that asks; the system lets go of the journal when a run is killed.

    Raises UsageError where another run is under way: two would ask more than one at a time.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_suffix(".lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = f"Another fetch or audit holds {file}. Wait until it has ended."
            raise UsageError(message) from error
        yield


def _whole_lines(file: Path) -> list[bytes]:
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return []
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        os.truncate(file, len(whole))
    return whole.splitlines()


def _append(file: Path, entries: Iterable[Mapping[str, object]]) -> None:
    with file.open("a", encoding="utf-8", newline="\n") as stream:
        stream.writelines(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)
        stream.flush()
        os.fsync(stream.fileno())


def _outcome(entry: Mapping[str, Any]) -> Outcome:
    item: Item | None = None
    if entry["item"] is not None:
        # JSON has no tuples.
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value
            for key, value in entry["item"].items()
        }
        item = Item(**values)
    return Outcome(entry["asked"], entry["status"], item, entry["target"])
