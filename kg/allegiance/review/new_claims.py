"""Write the table of the claims that a change adds, for the page of a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from allegiance.document import read_date
from allegiance.fragment import passage_link
from allegiance.reports.escaping import counted
from allegiance.reports.summary import markdown
from allegiance.review.wording import joined, local_words, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from allegiance.corpus import Corpus
    from allegiance.document import Claim, Passage
    from allegiance.frames import Field
    from allegiance.located import Located

__all__ = ["MOST", "claims_table", "fitting", "new_claims_table"]

MOST = 200
# GitHub drops a summary of more than 1 MiB whole.
_MOST_BYTES = 400_000
_HEADER = (
    "| Claim | Sentence | Status | Attributed to | What it says | Passage |",
    "|---|---|---|---|---|---|",
)
# What stands in an address, but for the signs that end a link or a cell of a table.
_ADDRESS = ":/?#=&%~,.;!*'@$_-+"
_NAMED = frozenset({"actor", "place", "location", "thing", "event", "treaty", "content"})


def new_claims_table(before: Corpus | None, after: Corpus) -> str:
    """Write the claims that only `after` has as a table in Markdown; all, without a `before`."""
    known = before.claims if before is not None else {}
    return claims_table((name for name in after.claims if name not in known), after)


def claims_table(names: Iterable[str], corpus: Corpus) -> str:
    """Write the claims of these names (document/id) as a table in Markdown, at most 200 of them."""
    ordered = sorted(names)
    if not ordered:
        return "No new claims.\n"
    rows = [_row(name, corpus.claims[name], corpus) for name in ordered[:MOST]]
    shown = fitting(rows, _MOST_BYTES)
    lines = [*_HEADER, *shown]
    left = len(ordered) - len(shown)
    if left > 0:
        lines += ["", f"{counted(left, 'claim')} left out here. `allegiance diff` shows all."]
    return "\n".join(lines) + "\n"


def fitting(lines: Iterable[str], room: int) -> list[str]:
    """Return the lines from the first on that fit into a number of bytes, with their line ends.

    >>> fitting(["one", "two", "three"], 9)
    ['one', 'two']
    """
    found = []
    for line in lines:
        room -= len(line.encode()) + 1
        if room < 0:
            break
        found.append(line)
    return found


def _row(name: str, claim: Claim, corpus: Corpus) -> str:
    cells = (
        markdown(name),
        markdown(claim.says),
        markdown(_status(claim)),
        markdown(", citing ".join(_label(actor, corpus) for actor in claim.attributed_to)),
        markdown(f"{local_words(claim.frame.key)}: {'; '.join(_content(claim, corpus))}"),
        "<br>".join(_passage(passage, claim, corpus) for passage in claim.passages),
    )
    return f"| {' | '.join(cells)} |"


def _status(claim: Claim) -> str:
    words = [claim.status]
    words += [claim.polarity] if claim.polarity != "affirmed" else []
    words += [claim.review] if claim.review != "reviewed" else []
    words += [f"certainty {claim.certainty}"] if claim.certainty is not None else []
    return ", ".join(words)


def _content(claim: Claim, corpus: Corpus) -> Iterator[str]:
    """Give each key of the frame with its values in words."""
    for key, value in (claim.values.entries or {}).items():
        field = claim.frame.fields[key]
        words = joined([_value(part, field, claim, corpus) for part in value.each()])
        yield f"{local_words(key)} {words}"


def _value(part: Located, field: Field, claim: Claim, corpus: Corpus) -> str:
    if field.type == "date":
        date = read_date(part)
        return date.edtf if date.words is None else f"{date.edtf} ({quoted(date.words)})"
    text = part.text or ""
    if field.type == "text":
        return quoted(text)
    if field.scheme is not None or field.type.startswith("class:"):
        return local_words(text)
    if field.type == "claim" or "/" in text:
        found = corpus.resolve(claim.document, text)
        return text if found is None else quoted(found.says)
    return _label(text, corpus) if field.type in _NAMED else text


def _label(name: str, corpus: Corpus) -> str:
    """Write an entry's label, else the sentence of the claim that describes what is named."""
    entry = corpus.entries.get(name)
    if entry is not None:
        return entry.label
    claims = corpus.events.get(name)
    return quoted(claims[0].says) if claims else name


def _passage(passage: Passage, claim: Claim, corpus: Corpus) -> str:
    words = passage.quote or f"{passage.starts} … {passage.ends}"
    document = corpus.documents.get(claim.document)
    capture = None if document is None else corpus.captures.get(document.capture.page)
    if capture is None:
        return markdown(words)
    return f"[{markdown(words)}]({quote(passage_link(capture.url, passage), safe=_ADDRESS)})"
