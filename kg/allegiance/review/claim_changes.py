"""Say which claims a change adds, removes and alters, and what of it has to be looked at first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from allegiance.review.change import Change, PartChange
from allegiance.review.wording import part_changes, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from allegiance.review.records import ClaimRecord, PassageRecord, Side
    from allegiance.review.renaming import Renaming
    from allegiance.review.wording import Wording

__all__ = ["claim_changes"]


@dataclass(frozen=True, slots=True)
class _Pair:
    """Hold a claim of both sides, with the words of both."""

    old: ClaimRecord
    new: ClaimRecord
    was: Wording
    now: Wording


def claim_changes(
    before: Side, after: Side, renaming: Renaming, was: Wording, now: Wording
) -> Iterator[Change]:
    """Give the changes of claims; what has to be looked at first is of kind `attention`."""
    added = after.claims.keys() - before.claims.keys() - {*renaming.claims.values()}
    gone = before.claims.keys() - after.claims.keys() - renaming.claims.keys()
    outside = [before.claims[name] for name in sorted(gone) if not before.claims[name].in_view]
    for name in sorted(added):
        yield _whole(after.claims[name], "added", now)
        yield from _replacing(after.claims[name], outside, was, now)
    for name in sorted(gone):
        yield _whole(before.claims[name], "removed", was)
    for name, old in sorted(before.claims.items()):
        new = after.claims.get(renaming.claim(name))
        if new is not None:
            yield from _altered(_Pair(old.with_names(renaming.nodes), new, was, now))


def _whole(claim: ClaimRecord, action: str, wording: Wording) -> Change:
    verb = "is new" if action == "added" else "is gone"
    told = f"{wording.claim(claim.name)} {verb} ({_standing(claim, wording)})"
    return Change("claim", action, claim.name, f"{_capital(told)}: {quoted(claim.says)}")


def _standing(claim: ClaimRecord, wording: Wording) -> str:
    """Write how a claim stands: its status, and what else decides whether the view takes it."""
    words = [claim.status]
    if claim.polarity != "affirmed":
        words.append(claim.polarity)
    if claim.review != "reviewed":
        words.append(claim.review)
    if claim.attribution:
        words.append(f"attributed to {wording.attribution(claim.attribution)}")
    return ", ".join(words)


def _replacing(
    new: ClaimRecord, outside: Iterable[ClaimRecord], was: Wording, now: Wording
) -> Iterator[Change]:
    """Tell of a new claim of the view that rests on the passage of one that stood outside it."""
    for old in outside if new.in_view else ():
        if old.passages & new.passages:
            told = f"{_capital(now.claim(new.name))} ({_standing(new, now)}) stands in place of"
            stood = f"{was.claim(old.name)} ({_standing(old, was)})"
            sentence = f"{told} {stood}: {quoted(new.says)}"
            yield Change("attention", "asserted", new.name, sentence)


def _altered(pair: _Pair) -> Iterator[Change]:
    old, new = pair.old, pair.new
    evidence = tuple(_evidence(old, new))
    parts = (
        *part_changes(old.stance, new.stance, pair.was, pair.now),
        *_attribution(pair),
        *part_changes(old.said, new.said, pair.was, pair.now),
        *(part for _, part in evidence),
    )
    yield from _promoted(pair)
    for trouble, part in evidence:
        if trouble:
            sentence = f"{_capital(pair.now.claim(new.name))} {trouble}: {_shown(part)}"
            yield Change("attention", "altered", new.name, sentence, (part,))
    called = f"{_capital(pair.now.claim(new.name))} ({quoted(new.says)})"
    clauses = "; ".join(map(str, parts))
    if old.name != new.name:
        sentence = f"{called} was {pair.was.claim(old.name)} before"
        told = f"{sentence}; {clauses}." if parts else f"{sentence}."
        renamed = PartChange("id", old.name, new.name)
        yield Change("claim", "renamed", new.name, told, (renamed, *parts))
    elif parts:
        yield Change("claim", "altered", new.name, f"{called}: {clauses}.", parts)


def _attribution(pair: _Pair) -> Iterator[PartChange]:
    if pair.old.attribution != pair.new.attribution:
        was = pair.was.attribution(pair.old.attribution)
        yield PartChange("attribution to", was, pair.now.attribution(pair.new.attribution))


def _promoted(pair: _Pair) -> Iterator[Change]:
    """Tell of a claim that is asserted now, or that the view takes now."""
    old, new = pair.old, pair.new
    if (new.in_view and not old.in_view) or (new.status == "asserted" != old.status):
        was, now = _standing(old, pair.was), _standing(new, pair.now)
        moved = f"moved from {was} to {now}" if was != now else "came into the asserted view"
        sentence = f"{_capital(pair.now.claim(new.name))} {moved}: {quoted(new.says)}"
        part = PartChange("standing", was, now)
        yield Change("attention", "asserted", new.name, sentence, (part,))


def _evidence(old: ClaimRecord, new: ClaimRecord) -> Iterator[tuple[str, PartChange]]:
    """Give the changes of passages, each with why it has to be looked at, or an empty text."""
    gone, come = sorted(old.passages - new.passages, key=_order), set(new.passages - old.passages)
    for passage in gone:
        other = min(
            (found for found in come if _same_place(passage, found)), key=_order, default=None
        )
        if other is None:
            yield "lost a passage", PartChange("passage", quoted(passage.words), "")
        else:
            come.remove(other)
            yield _moved(passage, other)
    for passage in sorted(come, key=_order):
        yield "", PartChange("passage", "", quoted(passage.words))


def _same_place(one: PassageRecord, other: PassageRecord) -> bool:
    return one.overlaps(other) or (one.page == other.page and one.words == other.words)


def _moved(old: PassageRecord, new: PassageRecord) -> tuple[str, PartChange]:
    if old.words != new.words:
        part = PartChange("quotation", quoted(old.words), quoted(new.words))
        return "quotes other words", part
    was, now = (f"{passage.start} to {passage.end}" for passage in (old, new))
    return "", PartChange(f"the place of {quoted(old.words)}", was, now)


def _shown(part: PartChange) -> str:
    return f"{part.was}." if not part.now else f"{part.was} became {part.now}."


def _order(passage: PassageRecord) -> tuple[str, int, str]:
    return str(passage.page), passage.start or 0, passage.words


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
