"""Measure what names lead to in the offline index, beside plain methods of comparing names.

    python benchmarks/linking.py NAMES.csv --write

NAMES.csv has the columns label, kind, aliases (separated by |), qid and status; rows `verified` are
the gold. The first part asks for each name as the matcher is asked, with the type that the row's
kind stands for, and without. The second asks the plain methods as well. Then come names that nobody
looked at while the matcher was made, and speed and memory with 10^5 names. rapidfuzz and Babel are
no dependencies: what needs them is left out where they are not installed. Why a first candidate is
wrong was judged by hand: linking_reasons.yaml; --wrong lists them. With --write the tables replace
benchmarks/results/linking.md.
"""

from __future__ import annotations

import argparse
import csv
import random
import re
import statistics
import time
import tracemalloc
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

import yaml
from linking_held_out import held_out
from linking_methods import QUOTED, methods
from linking_outcomes import Mention, Outcome, asked, matched, shares
from reports import RESULTS, heading, markdown_table, publish

from allegiance.bundle import default_bundle
from allegiance.reconciliation import Entity, Matcher, Name, Query
from allegiance.reconciliation.folding import fold
from allegiance.reconciliation.items import item_matcher, items_of
from allegiance.reconciliation.metonyms import load_metonyms
from allegiance.wikidata.index import WikidataIndex, index_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

SCRIPT: Final = "linking.py"
TYPES: Final = {
    "state": "State",
    "state (disputed)": "State",
    "armed group": "ArmedGroup",
    "person": "Person",
    "person (byline/credit)": "Person",
    "organisation": "organisation",
    "intergovernmental organisation": "InternationalOrganisation",
    "political party": "PoliticalOrganisation",
    "publisher/news agency": "MediaOrganisation",
    "place": "Place",
    "place (facility)": "Place",
    "event": "Event",
    "treaty/agreement": "Treaty",
}
INVENTED: Final = (
    "The names are made of two or three words of the index's. Times are of the processor, one core."
)
STUDY: Final = (
    "Not measured here: what the study of these methods found, before this matcher was written, "
    "for 181 mentions of the same entities, without types, against 74,263 names of all source "
    "tables, of which the index has a part. There was more to be mixed up, and fewer aliases."
)
METONYM: Final = " (metonym)"
# The governments of states whose capitals speak; the other ones are not in the index.
GOVERNMENTS: Final = {"Q159": "Q1140115", "Q794": "Q16052369"}
REASONS: Final = Path(__file__).parent / "linking_reasons.yaml"
NAMES: Final = 100_000
BATCH: Final = 50
ROUNDS: Final = 20


def main() -> None:
    """Measure, print, and keep the tables if that is wanted."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", type=Path, help="the names with their items, as CSV")
    parser.add_argument("--labels", type=Path, help="a table with labels of any items: qid, label")
    parser.add_argument("--wrong", action="store_true", help="list what came out wrong")
    parser.add_argument("--write", action="store_true", help="keep the result in the repository")
    options = parser.parse_args()
    bundle = default_bundle()
    index, metonyms = WikidataIndex.load(index_folder(bundle)), load_metonyms(bundle.schema)
    entities = tuple(items_of(index, metonyms))
    mentions = tuple(read_mentions(options.names))
    matcher = item_matcher(index, metonyms)
    typed = [asked(matcher, mention, mention.type) for mention in mentions]
    untyped = [asked(matcher, mention, None) for mention in mentions]
    if options.wrong:
        print("\n".join(wrong_ones(typed, matcher)))
    parts = [
        heading("Names and the items they lead to", SCRIPT),
        described(mentions, matcher),
        "## The matcher, by what is asked\n\n" + own_table(typed, untyped, matcher),
        "## By what is asked for, with types\n\n" + by_kind(typed, matcher),
        "## Beside plain methods, without types\n\n"
        + compared(mentions, entities, untyped, typed=False),
        "## Beside plain methods, with types\n\n" + compared(mentions, entities, typed, typed=True),
        "## The same methods in the study, quoted\n\n" + quoted(),
        "## First candidates that are wrong, with types\n\n" + judged(typed, matcher),
        "## Names whose item nobody has found\n\n" + unsettled(typed),
        "## Names that nobody looked at before\n\n" + held_out(matcher, index, options.labels),
        "## Speed and memory\n\n" + speed(entities),
    ]
    publish("\n\n".join(parts), RESULTS / "linking.md" if options.write else None)


def read_mentions(file: Path) -> Iterator[Mention]:
    """Read the labels and aliases of the table; notes in brackets are not part of an alias."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    metonyms: dict[str, set[str]] = {}
    for row in rows:
        for alias in row["aliases"].split("|"):
            if alias.endswith(METONYM) and row["status"] == "verified":
                state = GOVERNMENTS.get(row["qid"])
                metonyms.setdefault(alias, set()).update(filter(None, (row["qid"], state)))
    for row in rows:
        gold = frozenset({row["qid"]} if row["status"] == "verified" else ())
        kind = TYPES.get(row["kind"])
        yield Mention(row["label"], kind, gold, "label")
        for alias in filter(None, row["aliases"].split("|")):
            text = re.sub(r"\s*\([^()]*\)\s*", " ", alias).strip()
            if alias in metonyms:
                yield Mention(text, "Government", frozenset(metonyms[alias]), "metonym")
            elif not alias.startswith("("):
                yield Mention(text, kind, gold, "alias")


def described(mentions: Sequence[Mention], matcher: Matcher) -> str:
    """Tell what is asked, and what the numbers cannot show."""
    sorts = Counter(mention.sort for mention in mentions if in_index(mention, matcher))
    labels = sum(mention.sort == "label" for mention in mentions)
    counts = ", ".join(f"{sorts[sort]} {sort}s" for sort in ("label", "alias", "metonym"))
    counts = counts.replace("aliass", "aliases")
    names = sum(len(entity.names) for entity in matcher)
    return (
        f"{labels} entities of the news; of their names those count whose item is known and in the "
        f"index: {counts}. The index has {len(matcher)} items with {names} names. It was made with "
        "the help of the same list of verified items, so that a label is easily found: the aliases "
        "are the harder test. They hold phrases that no matcher of names can solve (“its war”, "
        "“the region”). Thresholds, and the table of doubtful names, were settled with these "
        "names in view: other names will do worse, and some stand below. Shares are of the "
        "mentions of each row: hit@1 + wrong@1 + none = 1."
    )


def in_index(mention: Mention, matcher: Matcher) -> bool:
    """Tell whether the gold item of a mention can be found at all."""
    return any(matcher.get(item) is not None for item in mention.gold)


def own_table(typed: Sequence[Outcome], untyped: Sequence[Outcome], matcher: Matcher) -> str:
    """Write hits and matches by the sort of name and by whether a type was asked for."""
    rows = []
    for title, outcomes in (("with type", typed), ("without type", untyped)):
        for sort in ("label", "alias", "metonym", "all"):
            chosen = [
                each
                for each in outcomes
                if in_index(each.mention, matcher) and sort in {each.mention.sort, "all"}
            ]
            rows.append({"asked": title, "names": sort} | shares(chosen) | matched(chosen))
    return markdown_table(rows)


def compared(
    mentions: Sequence[Mention], entities: Sequence[Entity], own: Sequence[Outcome], *, typed: bool
) -> str:
    """Run each plain method over all mentions whose item is in the index."""
    known = {entity.id for entity in entities}
    chosen = [mention for mention in mentions if mention.gold & known]
    own = [outcome for outcome in own if outcome.mention.gold & known]
    rows = [{"method": "this matcher, first candidate"} | shares(own) | {"ms per mention": ""}]
    for title, method in methods(entities):
        begun = time.process_time()
        outcomes = [
            Outcome(each, tuple(method(each.text, each.type if typed else None)), match=False)
            for each in chosen
        ]
        taken = (time.process_time() - begun) * 1000 / len(chosen)
        rows.append({"method": title} | shares(outcomes) | {"ms per mention": f"{taken:.2f}"})
    rows[0]["ms per mention"] = f"{own_milliseconds(entities, chosen):.2f}"
    return markdown_table(rows)


def own_milliseconds(entities: Sequence[Entity], chosen: Sequence[Mention]) -> float:
    """Return what the matcher takes for one mention."""
    matcher = Matcher(entities)
    begun = time.process_time()
    for mention in chosen:
        matcher.candidates(Query(mention.text, limit=5))
    return (time.process_time() - begun) * 1000 / len(chosen)


def quoted() -> str:
    """Write what the study found before, which is not measured here."""
    rows = [dict(zip(("method", "hit@1", "wrong@1", "none"), row, strict=True)) for row in QUOTED]
    return f"{STUDY}\n\n{markdown_table(rows)}"


def by_kind(typed: Sequence[Outcome], matcher: Matcher) -> str:
    """Write hits and matches by the type that is asked for; metonyms ask for a government."""
    groups: dict[str, list[Outcome]] = {}
    for each in typed:
        if in_index(each.mention, matcher):
            groups.setdefault(each.mention.type or "no type", []).append(each)
    rows = [
        {"type": kind} | shares(groups[kind]) | matched(groups[kind]) for kind in sorted(groups)
    ]
    return markdown_table(rows)


def wrong_ones(outcomes: Iterable[Outcome], matcher: Matcher) -> Iterator[str]:
    """Describe each mention whose first candidate is not the gold item, to be judged by hand."""
    for outcome in outcomes:
        mention, found = outcome.mention, outcome.found
        if in_index(mention, matcher) and mention.gold.isdisjoint(found[:1]):
            place = next((n for n, item in enumerate(found, 1) if item in mention.gold), "-")
            first = matcher.get(found[0]) if found else None
            shown = f"{first.id} {first.label} {first.types}" if first else "nothing"
            sure = "MATCH " if outcome.match else ""
            line = (
                f"{mention.sort:8}{mention.text!r} is {min(mention.gold)} at {place}; first {shown}"
            )
            yield f"{sure}{line}: {outcome.reason}"


def judged(typed: Sequence[Outcome], matcher: Matcher) -> str:
    """Count what came out wrong, and what was found missing, by the reasons judged by hand."""
    reasons = yaml.safe_load(REASONS.read_text(encoding="utf-8"))
    reason_of = {text: reason for reason, texts in reasons.items() for text in texts}
    found: dict[str, list[str]] = {}
    for each in typed:
        if in_index(each.mention, matcher) and each.mention.gold.isdisjoint(each.found[:1]):
            reason = reason_of.get(each.mention.text, "not judged yet")
            found.setdefault(reason, []).append(each.mention.text)
    rows = [
        {"why": reason, "mentions": str(len(texts)), "which": "; ".join(texts)}
        for reason, texts in sorted(found.items(), key=lambda item: -len(item[1]))
    ]
    return markdown_table(rows) if rows else "None."


def unsettled(typed: Iterable[Outcome]) -> str:
    """List the matches for names whose item nobody has verified: none should be one."""
    rows = [
        {"name": each.mention.text, "asked": each.mention.type or "", "match": each.found[0]}
        for each in typed
        if each.match and not each.mention.gold
    ]
    asked_for = sum(not each.mention.gold for each in typed)
    told = f"{len(rows)} of {asked_for} mentions came out as a match, which would be wrong."
    return f"{told}\n\n{markdown_table(rows)}" if rows else told


def speed(entities: Sequence[Entity]) -> str:
    """Measure batches of 50 names, half of them misspelt, against 10^5 names."""
    many = invented(entities, NAMES)
    begun = time.process_time()
    matcher = Matcher(many)
    built = time.process_time() - begun
    chance = random.Random(5)
    batches = []
    for _ in range(ROUNDS):
        texts = [chance.choice(many).label for _ in range(BATCH)]
        texts[::2] = [misspelt(text, chance) for text in texts[::2]]
        begun = time.process_time()
        for text in texts:
            matcher.candidates(Query(text, type="Person"))
        batches.append((time.process_time() - begun) * 1000)
    del matcher
    tracemalloc.start()
    kept = Matcher(many)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    row = {
        "names": f"{sum(len(each.names) for each in kept)}",
        "built in": f"{built:.1f} s",
        "index": f"{held / 2**20:.0f} MiB",
        f"batch of {BATCH}, median": f"{statistics.median(batches):.0f} ms",
        "slowest of 20": f"{max(batches):.0f} ms",
        "names a second": f"{BATCH * 1000 / statistics.median(batches):.0f}",
    }
    return markdown_table([row]) + f"\n\n{INVENTED}"


def invented(entities: Iterable[Entity], count: int) -> Sequence[Entity]:
    """Make different names of words that the index has, so that their trigrams are usual ones."""
    chance = random.Random(7)
    words = sorted({word for each in entities for word in fold(each.label).split()})
    texts: dict[str, None] = {}
    while len(texts) < count:
        texts[" ".join(chance.choice(words) for _ in range(chance.choice((2, 3))))] = None
    return [Entity(f"Q{i}", (Name(t, "en", "label"),), ("person",)) for i, t in enumerate(texts, 1)]


def misspelt(text: str, chance: random.Random) -> str:
    """Replace one letter."""
    place = chance.randrange(len(text))
    return text[:place] + chance.choice("aeiou") + text[place + 1 :]


if __name__ == "__main__":
    main()
