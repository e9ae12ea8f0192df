"""Find the actors, places and topics of the register in a sentence."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from allegiance.register import Entry

__all__ = ["Mention", "RegisterNames"]

_INITIALS = 2
_APOSTROPHES = str.maketrans("\u2019\u2018", "''")


@dataclass(frozen=True, slots=True)
class Mention:
    """Hold a name in a sentence, with its offsets there and the entry that it names."""

    start: int
    end: int
    entry: Entry


class RegisterNames:
    """Find labels and aliases, the longest first, as whole words.

    Case counts: "US" and "AS" are names, "us" and "as" are not. A name that two entries share is
    nobody's, since a guess between them would be wrong half the time.
    """

    def __init__(self, entries: Iterable[Entry], article: str = "") -> None:
        """Gather the names of the register; persons whom the article names go by surname, too."""
        owners: defaultdict[str, dict[str, Entry]] = defaultdict(dict)
        for entry in entries:
            surname = _surname(entry, article)
            for name in (entry.label, *entry.aliases, *([surname] if surname else ())):
                for form in _forms(name):
                    owners[form][entry.id] = entry
        self._entries: Mapping[str, Entry] = {
            name: next(iter(found.values())) for name, found in owners.items() if len(found) == 1
        }
        names = sorted(owners, key=lambda name: (-len(name), name))
        listed = "|".join(re.escape(name) for name in names) or r"(?!)"
        self._pattern = re.compile(rf"(?<!\w)(?:{listed})(?!\w)")

    def mentions(self, sentence: str) -> tuple[Mention, ...]:
        """Return the names in a sentence in their order; none lies inside another."""
        found = self._pattern.finditer(sentence.translate(_APOSTROPHES))
        return tuple(
            Mention(match.start(), match.end(), self._entries[match[0]])
            for match in found
            if match[0] in self._entries
        )


def _surname(entry: Entry, article: str) -> str | None:
    """Return the last word of a person's name, where the article gives the whole name somewhere."""
    if entry.class_name != "Person":
        return None
    called = any(name in article for name in (entry.label, *entry.aliases) if " " in name)
    last = entry.label.rpartition(" ")[2]
    return last if called and len(last) > _INITIALS and last[0].isupper() else None


def _forms(name: str) -> Iterable[str]:
    """Give a name as it stands within a sentence and at its head."""
    plain = name.translate(_APOSTROPHES)
    yield plain
    if plain.startswith(("the ", "The ")):
        yield ("T" if plain[0] == "t" else "t") + plain[1:]
