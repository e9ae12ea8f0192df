"""Tell which entries and events no row answers for: with an item, or with none that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allegiance.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from allegiance.corpus import Corpus
    from allegiance.links.link import Link

__all__ = ["unanswered"]


def unanswered(links: Iterable[Link], corpus: Corpus) -> Iterator[Finding]:
    """Give a hint for each entry, event, treaty and statement without an answer, at its place.

    A refusal is no answer: it says which item is not meant.
    """
    answered = {link.subject for link in links if not link.is_negated}
    places = {name: entry.place for name, entry in corpus.entries.items()}
    places |= {name: claims[0].place for name, claims in corpus.events.items()}
    for name, place in places.items():
        if name not in answered:
            message = f"No row of kg/data/links says which item of Wikidata {name} is."
            remedy = (
                f"See `allegiance links suggest {name}`, and add a row: with the item, or with "
                "sssom:NoTermFound where none is known."
            )
            yield Finding(place, "links/unanswered", message, remedy, Severity.INFO)
