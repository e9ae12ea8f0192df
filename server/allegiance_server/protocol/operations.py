"""The operations of a SPARQL update, as far as the tokens tell.

The evaluator of the store has no parameter for the dataset that the protocol's `using-graph-uri`
and `using-named-graph-uri` name, so the update is given the clauses that say the same. And updates
of one sort, INSERT DATA or DELETE DATA throughout, can be told: what they change is what they say.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from allegiance_server.errors import RequestError
from allegiance_server.protocol.requests import absolute_iri
from allegiance_server.protocol.tokens import TOKEN, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "deleted_as_inserted",
    "only_inserts_data",
    "silenced",
    "with_dataset",
]

# What can make a blank node without a label: [], lists, and what stands for a reifier.
BLANK_SIGNS: Final = frozenset({"[", "(", "<<", "~", "|"})
PROLOGUE: Final = frozenset({"BASE", "PREFIX", "VERSION"})


class Mark(NamedTuple):
    """Hold a token outside of all braces, or the brace itself; `start` counts characters."""

    text: str
    start: int
    end: int


def with_dataset(
    update: str, using_graphs: tuple[str, ...], using_named_graphs: tuple[str, ...]
) -> str:
    """Have every pattern of an update matched against these graphs; none: it stays as it is.

    Raises RequestError where the update names graphs itself, or where one of these is no IRI.

    >>> with_dataset("INSERT { ?s a ?t } WHERE { ?s a ?t }", ("http://e.org/g",), ())
    'INSERT { ?s a ?t } USING <http://e.org/g> WHERE { ?s a ?t }'
    """
    if not using_graphs and not using_named_graphs:
        return update
    clauses = "".join(
        [f"USING <{absolute_iri(iri, 'using-graph-uri')}> " for iri in using_graphs]
        + [
            f"USING NAMED <{absolute_iri(iri, 'using-named-graph-uri')}> "
            for iri in using_named_graphs
        ]
    )
    parts, copied = [], 0
    for position, template in _patterns(list(_marks(update))):
        shown = update[template.start : template.end] + " " if template else ""
        parts.append(update[copied:position] + shown + clauses)
        copied = position
    return "".join(parts) + update[copied:]


def only_inserts_data(update: str) -> bool:
    """Tell whether every operation is INSERT DATA.

    >>> only_inserts_data("PREFIX e: <http://e.org/> INSERT DATA { e:a e:b e:c }")
    True
    """
    return _only(update, "INSERT") is not None


def deleted_as_inserted(update: str) -> str | None:
    """Return an update of DELETE DATA alone with INSERT in place of DELETE; None for others.

    Run on an empty store, it leaves there what the update means to delete. None, too, where it has
    what stands for a blank node: INSERT DATA would take that.

    >>> deleted_as_inserted("DELETE DATA { <a:a> <a:b> 'DELETE' }")
    "INSERT DATA { <a:a> <a:b> 'DELETE' }"
    """
    found = _only(update, "DELETE")
    if found is None or _has_blank_node(update):
        return None
    parts, copied = [], 0
    for verb in found:
        parts.append(update[copied : verb.start] + "INSERT")
        copied = verb.end
    return "".join(parts) + update[copied:]


def silenced(update: str) -> str:
    """Add SILENT to every DROP and CLEAR: what is not there need not be removed.

    >>> silenced("DROP GRAPH <a:a> ; CLEAR SILENT ALL")
    'DROP SILENT GRAPH <a:a> ; CLEAR SILENT ALL'
    """
    parts, copied = [], 0
    for mark, following in pairwise([*_marks(update), Mark("", len(update), len(update))]):
        if mark.text.upper() in ("CLEAR", "DROP") and following.text.upper() != "SILENT":
            parts.append(update[copied : mark.end] + " SILENT")
            copied = mark.end
    return "".join(parts) + update[copied:]


def _has_blank_node(update: str) -> bool:
    return any(
        text in BLANK_SIGNS if kind == "sign" else kind == "name" and text.startswith("_:")
        for kind, text in tokens(update)
    )


def _patterns(marks: list[Mark]) -> Iterator[tuple[int, Mark | None]]:
    """Give where each pattern begins; with its group where that is also what is to be deleted."""
    for index, mark in enumerate(marks):
        word = mark.text.upper()
        if word in ("USING", "WITH"):
            detail = "The update names its graphs itself (USING or WITH), and so does the request."
            remedy = "Leave out one of the two: USING and WITH, or the parameters of the request."
            raise RequestError(detail, remedy)
        if word == "WHERE":
            is_short = index > 0 and marks[index - 1].text.upper() == "DELETE"
            yield mark.start, marks[index + 1] if is_short and index + 1 < len(marks) else None


def _only(update: str, verb: str) -> list[Mark] | None:
    """Return the verbs if every operation has this one and DATA, None if there is another."""
    verbs: list[Mark] = []
    for operation in _operations(list(_marks(update))):
        words = [mark for mark in operation if mark.text[0].isalpha()]
        if [mark.text.upper() for mark in words] != [verb, "DATA"]:
            return None
        verbs.append(words[0])
    return verbs or None


def _operations(marks: list[Mark]) -> Iterator[list[Mark]]:
    """Part the operations at their semicolons, without their prologues."""
    operation: list[Mark] = []
    for mark in marks:
        if mark.text == ";":
            if operation:
                yield operation
            operation = []
        elif mark.text.upper() not in PROLOGUE:
            operation.append(mark)
    if operation:
        yield operation


def _marks(update: str) -> Iterator[Mark]:
    """Give the words and semicolons outside of braces, and each group in braces as one."""
    depth = opened = 0
    for match in TOKEN.finditer(update):
        kind, text = match.lastgroup, match.group()
        if text == "{" and kind == "sign":
            opened = opened if depth else match.start()
            depth += 1
        elif text == "}" and kind == "sign":
            depth -= 1
            if depth == 0:
                yield Mark("{}", opened, match.end())
        elif depth == 0 and (kind == "word" or text == ";"):
            yield Mark(text, match.start(), match.end())
