"""Words as full-text search compares them: in a text of the graph, and in what somebody looks for.

SQLite's own tokenizers fall short of the names in this graph. `unicode61` takes a run of Chinese
for one word and the half ring that some put into Kataib for a letter, tears vocalised Arabic apart
and knows nothing of its two kinds of kaf and yeh; `trigram` finds no name of two characters, as
that of Iran in Chinese is. So texts are cut and folded here; the index sees plain words.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from allegiance_server.errors import RequestError

__all__ = ["MAX_CHARACTERS", "MAX_TERMS", "Term", "Word", "marks", "parse", "words"]

MAX_CHARACTERS: Final = 1000
MAX_TERMS: Final = 32

APOSTROPHES: Final = frozenset("'\u2018\u2019\u02bc`\u00b4")
# Half rings, tatweel, joiners and the soft hyphen are written or left out as the writer likes.
OMISSIBLE: Final = frozenset("\u02bb\u02be\u02bf\u02b9\u0640\u200d\u00ad\u2060")
# Scripts that put no space between words: each character is a word, each run of them a phrase.
# Korean is among them for the particles that it writes behind a name without a space.
UNSPACED: Final = (
    range(0x0E00, 0x0F00),  # Thai, Lao
    range(0x1000, 0x10A0),  # Burmese
    range(0x1100, 0x1200),  # Korean letters
    range(0x1780, 0x1800),  # Khmer
    range(0x2E80, 0x2FE0),  # Chinese radicals
    range(0x3005, 0x3008),  # Chinese signs
    range(0x3040, 0x3100),  # Japanese kana
    range(0x31F0, 0x3200),
    range(0x3400, 0xA000),  # Chinese
    range(0xAC00, 0xD7B0),  # Korean syllables
    range(0xF900, 0xFB00),
    range(0xFF66, 0xFFA0),
    range(0x20000, 0x40000),
)
# Letters that no decomposition leads to what people type for them.
LETTERS: Final = str.maketrans(
    {
        "\u00e6": "ae",
        "\u00f0": "d",
        "\u00f8": "o",
        "\u00fe": "th",
        "\u0111": "d",
        "\u0127": "h",
        "\u0131": "i",
        "\u0142": "l",
        "\u0153": "oe",
        "\u0259": "e",
        "\u0629": "\u0647",  # Arabic: teh marbuta as heh
        "\u0643": "\u06a9",  # Arabic kaf as the Persian one
        "\u0649": "\u06cc",  # Arabic alef maksura and yeh as the Persian yeh
        "\u064a": "\u06cc",
        "\u06d5": "\u0647",
    }
)

# A word in the alphabet of Shapes. One letter before an apostrophe is a word: d'Ivoire, O'Brien.
SHAPE: Final = re.compile(r"cm*+|[wm]{2,}+(?:'[wm]++)*+|[wm]++")
CHUNK: Final = re.compile(r'"([^"]*+)"(\*?)|([^\s"]++)|"')


class Shapes(dict[int, str]):
    """Say of each character what it is to a word.

    w: part of one; m: part of one, but not seen; c: one by itself; an apostrophe; a space: none.
    """

    def __missing__(self, code: int) -> str:
        """Look a character up the first time that it is met."""
        character = chr(code)
        category = unicodedata.category(character)[0]
        if character in APOSTROPHES:
            shape = "'"
        elif category == "M" or character in OMISSIBLE:
            shape = "m"
        elif category not in "LN":
            shape = " "
        else:
            shape = "c" if any(code in each for each in UNSPACED) else "w"
        self[code] = shape
        return shape


SHAPES: Final = Shapes()


@dataclass(frozen=True, slots=True)
class Word:
    """Hold a word as it is compared, and where it stands in its text, in characters."""

    folded: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Term:
    """Hold words that have to follow each other; of the last one, maybe only the beginning."""

    folded: tuple[str, ...]
    is_prefix: bool = False


def words(text: str) -> list[Word]:
    """Cut a text into its words, folded.

    >>> [word.folded for word in words("Kata'ib Ḥizballāh, Iran's ally")]
    ['kataib', 'hizballah', 'iran', 'ally']
    """
    found = (
        Word(_folded(text[match.start() : match.end()]), *match.span())
        for match in SHAPE.finditer(text.translate(SHAPES))
    )
    return [word for word in found if word.folded]


@lru_cache(maxsize=16_384)
def _folded(word: str) -> str:
    """Leave out case, diacritics, vowel points, apostrophes and the English possessive."""
    owner, owns = word[:-2], word[-2:-1] in APOSTROPHES and word[-1] in "sS"
    word = owner if owns else word
    bare = unicodedata.normalize("NFKD", word.casefold()).translate(LETTERS)
    kept = "".join(each for each in bare if SHAPES[ord(each)] in "wc")
    return unicodedata.normalize("NFC", kept.casefold())


def parse(text: str) -> tuple[Term, ...]:
    """Read what somebody looks for: words, "phrases in quotes", beginnings*.

    No sign has another meaning, so nothing that is typed can be a wrong expression. Raises
    RequestError where there is no word in it, or too much.

    >>> parse('"armed group" hezb*')
    (Term(folded=('armed', 'group'), is_prefix=False), Term(folded=('hezb',), is_prefix=True))
    """
    if len(text) > MAX_CHARACTERS:
        detail = f"The words to look for are {len(text)} characters long."
        raise RequestError(detail, f"Look for at most {MAX_CHARACTERS} characters.")
    terms = tuple(dict.fromkeys(filter(None, map(_term, CHUNK.finditer(text)))))
    if not terms:
        detail = "There is no word to look for, only signs or nothing."
        raise RequestError(detail, 'Give at least one word, such as iran, hezb* or "armed group".')
    if len(terms) > MAX_TERMS:
        detail = f"There are {len(terms)} words to look for."
        raise RequestError(detail, f"Look for at most {MAX_TERMS} words at once.")
    return terms


def _term(chunk: re.Match[str]) -> Term | None:
    phrase, star, bare = chunk.groups()
    folded = tuple(word.folded for word in words(phrase or bare or ""))
    return Term(folded, bool(star) or (bare or "").endswith("*")) if folded else None


def marks(text: str, terms: tuple[Term, ...]) -> tuple[tuple[int, int], ...]:
    """Return where in a text the terms stand: start and end in characters, in order, apart.

    >>> marks("Iran backs Hezbollah", parse("hezb* iran"))
    ((0, 4), (11, 20))
    """
    found = words(text)
    hit = sorted(
        {
            place
            for term in terms
            for start in range(len(found) - len(term.folded) + 1)
            if _stands(term, found, start)
            for place in range(start, start + len(term.folded))
        }
    )
    spans: list[tuple[int, int]] = []
    for place in hit:
        word = found[place]
        if spans and spans[-1][1] == word.start:
            spans[-1] = (spans[-1][0], word.end)
        else:
            spans.append((word.start, word.end))
    return tuple(spans)


def _stands(term: Term, found: list[Word], start: int) -> bool:
    *before, last = term.folded
    here = found[start + len(before)].folded
    if here != last and not (term.is_prefix and here.startswith(last)):
        return False
    return all(found[start + index].folded == each for index, each in enumerate(before))
