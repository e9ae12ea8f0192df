"""Turn a clause into the content of a claim: which frame, which roles, which dates."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from allegiance.drafting.clauses import Clause
    from allegiance.drafting.dating import DatedWords
    from allegiance.drafting.stance import Stance
    from allegiance.frames import Field, Frame
    from allegiance.register import Entry
    from allegiance.vocabulary import Vocabulary

__all__ = ["Content", "Proposal", "Span", "Values", "contents_of", "date_value"]

Values: TypeAlias = dict[str, object]


@dataclass(frozen=True, slots=True)
class Span:
    """Hold a passage of the capture; offsets count its characters."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Content:
    """Hold the values of a frame, and who stands in them as subject and as object."""

    values: Values
    subjects: tuple[Entry, ...]
    objects: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """Hold a claim as it is proposed; `number` is that of its sentence, from 1."""

    id: str
    says: str
    stance: Stance
    attributed_to: tuple[str, ...]
    frame: str
    values: Values
    number: int
    spans: tuple[Span, ...] = field(default=())

    @property
    def status(self) -> str:
        """Return the status that the scheme knows."""
        if self.attributed_to and self.stance.status == "asserted":
            return "attributed"
        return self.stance.status


def contents_of(
    clause: Clause, frames: Mapping[str, Frame], vocabulary: Vocabulary
) -> Iterator[Content]:
    """Give one content for each pair that a clause names; none where a class does not fit.

    "Iran backs Hezbollah and Hamas" are two ties, since a tie of patronage has one client.
    """
    frame, trigger = frames[clause.trigger.frame], clause.trigger
    subjects = _distinct(mention.entry for mention in clause.subjects)
    objects = _distinct(mention.entry for mention in clause.objects)
    judged = [*objects, *(subjects if "both" in trigger.roles.values() else ())]
    if any(_is_any(entry, trigger.unless, vocabulary) for entry in judged) or (
        trigger.only and not all(_is_any(entry, trigger.only, vocabulary) for entry in objects)
    ):
        return
    groups = {"subject": subjects, "object": objects}
    one = {role for key, role in trigger.roles.items() if not frame.fields[key].many}
    one |= {"subject"} if trigger.apart else set()
    for some in product(
        *(
            [(entry,) for entry in groups[role]] if role in one else [groups[role]]
            for role in groups
        )
    ):
        chosen = dict(zip(groups, some, strict=True)) if objects else {"subject": some[0]}
        content = _content(clause, frame, chosen, vocabulary)
        if content is not None:
            yield content


def date_value(dated: DatedWords) -> Values:
    """Write a date with its words, and how a relative one was settled."""
    written: Values = {"edtf": dated.edtf, "words": dated.words}
    return written | ({"basis": dated.basis} if dated.basis is not None else {})


def _content(
    clause: Clause, frame: Frame, chosen: Mapping[str, Sequence[Entry]], vocabulary: Vocabulary
) -> Content | None:
    subjects, objects = chosen["subject"], chosen.get("object", ())
    if {entry.id for entry in subjects} & {entry.id for entry in objects}:
        return None
    values: Values = {}
    for key, role in clause.trigger.roles.items():
        entries = [*subjects, *objects] if role == "both" else chosen.get(role, ())
        if not all(_fits(frame.fields[key], entry, vocabulary) for entry in entries):
            return None
        names = [entry.id for entry in entries]
        if frame.fields[key].pair:
            # Two sentences name the same parties in either order, and mean one tie.
            values[key] = sorted(names)
        elif names:
            values[key] = names if len(names) > 1 else names[0]
    return Content(values | dict(clause.trigger.fixed), tuple(subjects), tuple(objects))


def _fits(field_: Field, entry: Entry, vocabulary: Vocabulary) -> bool:
    return field_.type != "actor" or vocabulary.is_a(entry.class_name, "Actor")


def _is_any(entry: Entry, classes: frozenset[str], vocabulary: Vocabulary) -> bool:
    return any(
        entry.class_name == name or vocabulary.is_a(entry.class_name, name) for name in classes
    )


def _distinct(entries: Iterator[Entry] | Sequence[Entry]) -> tuple[Entry, ...]:
    return tuple({entry.id: entry for entry in entries}.values())
