"""Measure what names lead to in the offline index, beside plain methods of comparing names.

    python benchmarks/linking.py NAMES.csv --write

NAMES.csv has the columns label, kind, aliases (separated by |), qid and status; rows `verified` are
the gold. The first part asks for each name as the matcher is asked, with the type that the row's
kind stands for, and without. The second asks the matcher and the plain methods for every alias as
well. rapidfuzz is no dependency: methods that need it are left out where it is not installed. Last
come speed and memory with 10^5 names. Why a first candidate is wrong was judged by
hand: linking_reasons.yaml. --wrong lists them. With --write the
tables replace benchmarks/results/linking.md.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import random
import re
import sqlite3
import statistics
import time
import tracemalloc
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import yaml
from reports import RESULTS, heading, markdown_table, publish

from allegiance.bundle import default_bundle
from allegiance.reconciliation import Entity, Matcher, Name, Query
from allegiance.reconciliation.folding import fold
from allegiance.reconciliation.items import items_of
from allegiance.reconciliation.metonyms import load_metonyms
from allegiance.wikidata.index import WikidataIndex, index_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

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
METONYM: Final = " (metonym)"
# The governments of states whose capitals speak; the other ones are not in the index.
GOVERNMENTS: Final = {"Q159": "Q1140115", "Q794": "Q16052369"}
REASONS: Final = Path(__file__).parent / "linking_reasons.yaml"
NAMES: Final = 100_000
BATCH: Final = 50
ROUNDS: Final = 20


@dataclass(frozen=True, slots=True)
class Mention:
    """Hold a name as a text writes it, what it should lead to, and from what it was taken.

    `gold` is empty where nobody has found the item; of a metonym, what it stands for in any row
    (the Kremlin: Russia, and its government). `sort` is label, alias or metonym.
    """

    text: str
    type: str | None
    gold: frozenset[str]
    sort: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold what one method gave for a mention: ids, best first, and whether it was sure."""

    mention: Mention
    found: tuple[str, ...]
    match: bool
    reason: str = ""


def main() -> None:
    """Measure, print, and keep the tables if that is wanted."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", type=Path, help="the names with their items, as CSV")
    parser.add_argument("--wrong", action="store_true", help="list what came out wrong")
    parser.add_argument("--write", action="store_true", help="keep the result in the repository")
    options = parser.parse_args()
    bundle = default_bundle()
    index, metonyms = WikidataIndex.load(index_folder(bundle)), load_metonyms(bundle.schema)
    entities = tuple(items_of(index, metonyms))
    mentions = tuple(read_mentions(options.names))
    matcher = Matcher(entities, metonyms)
    typed = [asked(matcher, mention, mention.type) for mention in mentions]
    untyped = [asked(matcher, mention, None) for mention in mentions]
    if options.wrong:
        print("\n".join(wrong_ones(typed, matcher)))
    parts = [
        heading("Names and the items they lead to", SCRIPT),
        described(mentions, matcher),
        "## The matcher, by what is asked\n\n" + own_table(typed, untyped, matcher),
        "## Beside plain methods, without types\n\n" + compared(mentions, entities, untyped),
        "## First candidates that are wrong, with types\n\n" + judged(typed, matcher),
        "## Names whose item nobody has found\n\n" + unsettled(typed),
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


def asked(matcher: Matcher, mention: Mention, type_name: str | None) -> Outcome:
    """Ask the matcher for one mention."""
    candidates = matcher.candidates(Query(mention.text, type=type_name, limit=5))
    first = candidates[0] if candidates else None
    ids = tuple(each.entity.id for each in candidates)
    return Outcome(mention, ids, first is not None and first.match, first.reason if first else "")


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
        "names in view: other names will do worse. Shares are of the mentions of each row: hit@1 + "
        "wrong@1 + none = 1."
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
            matches = [each for each in chosen if each.match]
            wrong = [each for each in matches if each.found[0] not in each.mention.gold]
            share = f"{len(wrong) / len(matches):.1%}" if matches else "no match"
            rows.append(
                {"asked": title, "names": sort}
                | shares(chosen)
                | {"match: true": str(len(matches)), "of these wrong": f"{len(wrong)} ({share})"}
            )
    return markdown_table(rows)


def shares(outcomes: Sequence[Outcome]) -> dict[str, str]:
    """Count hits among the first and the first five, wrong firsts, and empty answers."""
    total = len(outcomes) or 1
    first = sum(not each.mention.gold.isdisjoint(each.found[:1]) for each in outcomes)
    five = sum(not each.mention.gold.isdisjoint(each.found[:5]) for each in outcomes)
    none = sum(not each.found for each in outcomes)
    return {
        "mentions": str(len(outcomes)),
        "hit@1": f"{first / total:.2f}",
        "hit@5": f"{five / total:.2f}",
        "wrong@1": f"{(len(outcomes) - first - none) / total:.2f}",
        "none": f"{none / total:.2f}",
    }


def compared(
    mentions: Sequence[Mention], entities: Sequence[Entity], untyped: Sequence[Outcome]
) -> str:
    """Run each plain method over all mentions whose item is in the index."""
    known = {entity.id for entity in entities}
    chosen = [mention for mention in mentions if mention.gold & known]
    own = [outcome for outcome in untyped if outcome.mention.gold & known]
    rows = [{"method": "this matcher, first candidate"} | shares(own) | {"ms per mention": ""}]
    for title, method in methods(entities):
        begun = time.process_time()
        outcomes = [Outcome(each, tuple(method(each.text)), match=False) for each in chosen]
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


def methods(entities: Iterable[Entity]) -> Iterator[tuple[str, Callable[[str], Sequence[str]]]]:
    """Give the plain methods that can run here."""
    owners: dict[str, list[str]] = {}
    for entity in entities:
        for name in entity.names:
            owned = owners.setdefault(fold(name.text), [])
            if name.kind != "metonym" and entity.id not in owned:
                owned.append(entity.id)
    owners.pop("", None)
    yield "exact after folding", lambda text: owners.get(fold(text), [])
    trigrams = fts_table(owners)
    yield (
        "exact, else FTS5 trigrams",
        lambda text: owners.get(fold(text)) or by_trigrams(trigrams, owners, fold(text)),
    )
    try:
        process = importlib.import_module("rapidfuzz.process")
        fuzz = importlib.import_module("rapidfuzz.fuzz")
    except ImportError:
        return
    names = list(owners)

    def best(text: str, scorer: object, least: float) -> Sequence[str]:
        found = process.extract(fold(text), names, scorer=scorer, score_cutoff=least, limit=5)
        return list(dict.fromkeys(item for name, _, _ in found for item in owners[name]))

    for scorer in ("ratio", "token_sort_ratio", "WRatio", "token_set_ratio"):
        chosen = getattr(fuzz, scorer)
        yield f"rapidfuzz {scorer} >= 90", lambda text, chosen=chosen: best(text, chosen, 90)


def fts_table(names: Iterable[str]) -> sqlite3.Connection:
    """Index names by their trigrams in SQLite."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE names USING fts5(name, tokenize='trigram')")
    connection.executemany("INSERT INTO names VALUES (?)", ((name,) for name in names))
    return connection


def by_trigrams(
    connection: sqlite3.Connection, owners: Mapping[str, Sequence[str]], folded: str
) -> Sequence[str]:
    """Return the owners of the five names with the rarest trigrams in common."""
    trigrams = {folded[start : start + 3] for start in range(len(folded) - 2)}
    if not trigrams:
        return []
    words = " OR ".join(f'"{trigram}"' for trigram in sorted(trigrams))
    query = "SELECT name FROM names WHERE names MATCH ? ORDER BY rank LIMIT 5"
    rows = connection.execute(query, (words,)).fetchall()
    return list(dict.fromkeys(item for (name,) in rows for item in owners[name]))


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
