"""Ask for names that nobody looked at while the matcher and the index were made.

Names of states in other languages come from the Common Locale Data Repository, as Babel has it, of
which nothing but the English names went into the index. Misspellings are made by rule. Names of
items that the index lacks must not be matches at all. Draws are the same in each run.
"""

from __future__ import annotations

import csv
import importlib
import random
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, Final

from linking_outcomes import Mention, asked, matched, shares
from reports import markdown_table

from allegiance.reconciliation.folding import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from allegiance.reconciliation import Matcher
    from allegiance.wikidata.index import WikidataIndex

__all__ = ["held_out"]

DRAWN: Final = 500
SCRIPTS: Final = ("LATIN", "ARABIC", "HEBREW", "CYRILLIC", "CJK")
LANGUAGES: Final = {
    "ar": "Arabic",
    "fa": "Persian",
    "he": "Hebrew",
    "ru": "Russian",
    "zh": "Chinese",
}
KINDS: Final = ("state", "person", "organisation", "place")
SHORTEST: Final = 5
OTHERS: Final = (
    "States, asked for with their type, by their names in the Common Locale Data "
    "Repository: in five languages whole, and drawn from all languages in letters of the index. "
    "It has many of these spellings from sources of its own, most of them as weak names, which are "
    "never a match; the last row is of those that it has not."
)
MISSPELT: Final = (
    "Labels that one item alone has, with a letter dropped, doubled, replaced or swapped with the "
    "next; asked with the right kind. A similar name is never a match."
)
ABSENT: Final = "{} labels of items that the index lacks, each asked as four kinds in turn."


def held_out(matcher: Matcher, index: WikidataIndex, labels: Path | None) -> str:
    """Measure the three sorts of names; those are left out whose source is not at hand."""
    parts = []
    names = tuple(locale_names(index))
    if names:
        parts += [OTHERS, markdown_table(list(other_languages(matcher, names)))]
    parts += [MISSPELT, markdown_table(list(misspellings(matcher, index)))]
    if labels is not None:
        drawn = absent(matcher, labels)
        told = ABSENT.format(len(drawn))
        parts += [told, markdown_table(list(of_absent(matcher, drawn)))]
    return "\n\n".join(parts)


def locale_names(index: WikidataIndex) -> Iterator[tuple[str, Mention]]:
    """Give the names of all states in all languages whose letters the index has."""
    try:
        core = importlib.import_module("babel.core")
        data = importlib.import_module("babel.localedata")
    except ImportError:
        return
    states = {
        item.codes["iso2"]: item
        for item in index.items()
        if item.kind == "state" and "iso2" in item.codes
    }
    for language in sorted(data.locale_identifiers()):
        if "_" not in language:
            names = core.Locale.parse(language).territories
            for code, item in sorted(states.items()):
                text = names.get(code, code)
                if text not in {code, item.label} and all(map(is_readable, text)):
                    yield language, Mention(text, "State", frozenset({item.id}), "label")


def is_readable(char: str) -> bool:
    """Tell whether the index takes names with this letter."""
    return not char.isalpha() or unicodedata.name(char, "").startswith(SCRIPTS)


def other_languages(
    matcher: Matcher, names: Iterable[tuple[str, Mention]]
) -> Iterator[dict[str, str]]:
    """Measure five languages whole, then names drawn from all, apart by whether they are known."""
    names = list(names)
    for code, language in LANGUAGES.items():
        yield row_of(matcher, language, [name for each, name in names if each == code])
    unlike = {(fold(name.text), name.gold): name for _, name in names}
    known = {fold(name.text) for entity in matcher for name in entity.names}
    for title, is_known in (("any, spelling in the index", True), ("any, spelling new", False)):
        pool = [name for (text, _), name in unlike.items() if (text in known) is is_known]
        chance = random.Random(11)
        yield row_of(matcher, title, chance.sample(pool, min(DRAWN, len(pool))))


def row_of(matcher: Matcher, title: str, mentions: Iterable[Mention]) -> dict[str, str]:
    """Ask for mentions with their types, and count."""
    outcomes = [asked(matcher, each, each.type) for each in mentions]
    return {"names": title} | shares(outcomes) | matched(outcomes)


def misspellings(matcher: Matcher, index: WikidataIndex) -> Iterator[dict[str, str]]:
    """Measure misspelt labels, kind by kind."""
    bearers = Counter(fold(name.text) for entity in matcher for name in entity.names)
    for kind in KINDS:
        pool = [
            item
            for item in index.items()
            if item.kind == kind and len(item.label) >= SHORTEST and bearers[fold(item.label)] == 1
        ]
        chance = random.Random(13)
        drawn = chance.sample(pool, min(DRAWN, len(pool)))
        gold = [Mention(slipped(i.label, chance), kind, frozenset({i.id}), "label") for i in drawn]
        yield row_of(matcher, kind, gold)


def slipped(text: str, chance: random.Random) -> str:
    """Make one slip inside a name that is not folded away; the first letter stays."""
    while True:
        place = chance.randrange(1, len(text) - 1)
        before, char, after = text[:place], text[place], text[place + 1 :]
        vowel = chance.choice("aeiou")
        slips = (after, char + char + after, vowel + after, after[0] + char + after[1:])
        slip = before + chance.choice(slips)
        if fold(slip) != fold(text):
            return slip


def absent(matcher: Matcher, labels: Path) -> list[str]:
    """Draw labels of items that are not in the index."""
    with labels.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t")
        pool = sorted({row["label"] for row in rows if matcher.get(row["qid"]) is None})
    return random.Random(17).sample(pool, min(DRAWN, len(pool)))


def of_absent(matcher: Matcher, drawn: Iterable[str]) -> Iterator[dict[str, str]]:
    """Count candidates and matches of names that should lead to nothing."""
    drawn = list(drawn)
    for kind in KINDS:
        outcomes = [
            asked(matcher, Mention(text, kind, frozenset(), "label"), kind) for text in drawn
        ]
        wrong = [each.mention.text for each in outcomes if each.match]
        yield {
            "asked as": kind,
            "names": str(len(outcomes)),
            "no candidate": str(sum(not each.found for each in outcomes)),
            "match: true": str(len(wrong)),
            "which": "; ".join(wrong),
        }
