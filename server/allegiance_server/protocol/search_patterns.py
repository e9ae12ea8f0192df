"""Full-text search inside SPARQL: a pattern that is replaced by what it finds before evaluation.

    ?thing alf:search "words"
    (?thing ?score) alf:search "words"
    (?thing ?score ?text) alf:search "words"

The evaluator knows no such predicate: any other use of it would match nothing, in silence. So what
cannot be replaced is refused, with its place. The prefix `alf:` is known without a declaration.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final, NoReturn
from urllib.parse import urljoin

from allegiance_server.errors import QueryNotEvaluableError, QueryNotParsedError, RequestError
from allegiance_server.protocol.tokens import PlacedToken, placed_tokens

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FUNCTIONS", "MAX_MATCHES", "PREFIX", "Match", "Matches", "expand", "may_search"]

PREFIX: Final = "alf"
FUNCTIONS: Final = "https://w3id.org/allegiance/function#"
SEARCH: Final = FUNCTIONS + "search"
MAX_MATCHES: Final = 10_000

ROLES: Final = ("thing", "score", "text")
USAGE: Final = (
    f'Write ?thing {PREFIX}:search "words" or (?thing ?score ?text) {PREFIX}:search "words".'
)
TEMPLATE_WORDS: Final = frozenset(["CONSTRUCT", "DELETE", "INSERT"])
# Behind one of these a triple begins: `)` ends a FILTER or BIND.
BEGINNINGS: Final = frozenset("{}.)")
VERB_SIGNS: Final = frozenset("^!(")

UNICODE_ESCAPE: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
STRING_ESCAPE: Final = re.compile(UNICODE_ESCAPE.pattern + r"|\\(.)", re.DOTALL)
ESCAPES: Final = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
LITERAL_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"})


@dataclass(frozen=True, slots=True)
class Match:
    """Hold a thing that was found and the text that matched best; a higher score is better.

    `kind` is label, alias, title or summary. `language` is a language tag, empty for none.
    """

    thing: str
    kind: str
    text: str
    language: str
    score: float


@dataclass(frozen=True, slots=True)
class Matches:
    """Hold the best matches, best first, and how many things match altogether."""

    total: int
    items: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """Hold one search of a query: its variables, its words, and what of the query it replaces.

    `again` is the subject to write behind it, where a list of predicates goes on.
    """

    variables: tuple[str, ...]
    words: str
    token: PlacedToken
    start: int
    end: int
    again: str


def may_search(query: str) -> bool:
    """Tell whether a query could contain a search; cheap, and never False for one that does.

    The IRI stands in at most two pieces, so that one of its two words is whole in one of them.
    """
    return (
        "search" in query
        or "function" in query
        or f"{PREFIX}:" in query
        # In an IRI, these stand for a letter of any of the words.
        or "\\u" in query
        or "\\U" in query
    )


def expand(query: str, lookup: Callable[[str], Matches]) -> str:
    """Replace each search by the things that `lookup` finds for its words, as VALUES.

    `lookup` may leave out what goes beyond MAX_MATCHES, if only it counts. A query without a search
    comes back as it is. Raises QueryNotParsedError for a search in a place that has none, and
    QueryNotEvaluableError for words that name too much or nothing.

    >>> expand('SELECT * { ?x alf:search "iran" }', lambda words: Matches(0, ()))
    'SELECT * {  VALUES (?x) { } }'
    """
    if not may_search(query):
        return query
    tokens = _tokens(query)
    pieces: list[str] = []
    written, room = 0, MAX_MATCHES
    for search in _searches(query, tokens):
        found = _looked_up(query, search, lookup, room)
        room -= found.total
        # The space keeps VALUES from becoming a part of a name before it: ex:b.?x
        pieces += [query[written : search.start], " ", _values(search.variables, found)]
        pieces.append(search.again)
        written = search.end
    return "".join([*pieces, query[written:]])


def _tokens(query: str) -> list[PlacedToken]:
    """Cut a query into tokens, and add one that is its end."""
    end = PlacedToken("end", "", len(query))
    return [*placed_tokens(query), end, end]


def _searches(query: str, tokens: list[PlacedToken]) -> list[Search]:
    """Find every use of the predicate; raises QueryNotParsedError where one is no search."""
    uses = _uses(query, tokens)
    templates = _in_templates(tokens) if uses else frozenset()
    found = []
    for index in uses:
        token = tokens[index]
        if index in templates:
            detail = f"The search {token.text} stands among triples that are made, not looked for."
            remedy = "Search in the WHERE part; CONSTRUCT WHERE has to be written with both parts."
            _refuse(query, token, detail, remedy)
        found.append(_search(query, tokens, index))
    return found


def _uses(query: str, tokens: list[PlacedToken]) -> list[int]:
    """Return where the predicate stands, under whatever prefix or base."""
    prefixes, base = {PREFIX + ":": FUNCTIONS}, ""
    uses = []
    declared = PlacedToken("start", "", 0)
    for index, token in enumerate(tokens):
        before = tokens[index - 1] if index else declared
        if token.kind == "iri":
            iri = urljoin(base, UNICODE_ESCAPE.sub(_character, token.text[1:-1]))
            if before.text.upper() == "BASE":
                base = iri
                continue
            if before.kind == "name" and tokens[index - 2].text.upper() == "PREFIX":
                prefixes[before.text] = iri
                continue
        elif token.kind == "name":
            prefix, _, local = token.text.partition(":")
            iri = prefixes.get(prefix + ":", "") + re.sub(r"\\(.)", r"\1", local).rstrip(".")
        else:
            continue
        if iri.startswith(FUNCTIONS) and before.text.upper() != "PREFIX":
            if iri != SEARCH:
                _refuse(query, token, f"There is no function {token.text}.", USAGE)
            uses.append(index)
    return uses


def _in_templates(tokens: list[PlacedToken]) -> frozenset[int]:
    """Return which tokens are inside the first braces behind CONSTRUCT."""
    groups: list[bool] = []
    is_template = False
    inside = set()
    for index, token in enumerate(tokens):
        if token.kind == "word" and token.text.upper() in TEMPLATE_WORDS:
            is_template = True
        elif token.text == "{":
            groups.append(is_template or (bool(groups) and groups[-1]))
            is_template = False
        elif token.text == "}" and groups:
            groups.pop()
        if groups and groups[-1]:
            inside.add(index)
    return frozenset(inside)


def _search(query: str, tokens: list[PlacedToken], index: int) -> Search:
    """Read the search around its predicate."""
    token, words = tokens[index], tokens[index + 1]
    variables, first = _subject(query, tokens, index)
    before = tokens[first - 1]
    if before.text not in BEGINNINGS and not (
        before.kind in ("name", "word") and before.text.endswith(".")
    ):
        _refuse(query, token, f"The subject of {token.text} begins no triple here.", USAGE)
    if words.kind != "string":
        detail = f"Behind {token.text} stands {words.text or 'nothing'}, not words in quotes."
        _refuse(query, words, detail, USAGE + " The words cannot be computed.")
    _check_behind(query, tokens, index + 2)
    end, again = words.end, ""
    if tokens[index + 2].text == ";":
        end, again = _continued(query, tokens, index, variables)
    return Search(variables, _value(words.text), token, tokens[first].start, end, again)


def _continued(
    query: str, tokens: list[PlacedToken], index: int, variables: tuple[str, ...]
) -> tuple[int, str]:
    """Return where the list of predicates goes on behind a search, and its subject if it does."""
    following = next(each for each in islice(tokens, index + 2, None) if each.text != ";")
    if not _is_verb(following):
        return following.start, " "
    if len(variables) > 1:
        token = tokens[index]
        detail = f"A list of predicates goes on behind {token.text} with several variables."
        remedy = f"End it with a full stop and begin again: . {variables[0]} ..."
        _refuse(query, following, detail, remedy)
    return following.start, f" {variables[0]} "


def _subject(query: str, tokens: list[PlacedToken], index: int) -> tuple[tuple[str, ...], int]:
    """Return the variables before the predicate and where they begin."""
    token, before = tokens[index], tokens[index - 1]
    if before.is_variable:
        return (before.text,), index - 1
    first = index - 2
    while before.text == ")" and first > 0 and tokens[first].is_variable:
        first -= 1
    names = tuple(each.text for each in tokens[first + 1 : index - 1])
    is_list = before.text == ")" and tokens[first].text == "("
    if (
        is_list
        and 1 <= len(names) <= len(ROLES)
        and len({name[1:] for name in names}) == len(names)
    ):
        return names, first
    if before.text == ";":
        detail = f"{token.text} stands in the middle of a list of predicates."
        remedy = "Begin a triple of its own with it: end the one before with a full stop."
    elif before.text in ("/", "|", "||", "&&", "^", "!", "("):
        detail, remedy = f"{token.text} is part of a path or an expression.", USAGE
    elif is_list:
        detail = f"The list before {token.text} is not one to three different variables."
        remedy = USAGE
    else:
        detail, remedy = f"Before {token.text} stands no variable.", USAGE
    return _refuse(query, token, detail, remedy)


def _check_behind(query: str, tokens: list[PlacedToken], index: int) -> None:
    """Refuse what would make more of the words than a string, and of the pattern than a triple."""
    behind = tokens[index]
    if behind.kind == "language" or behind.text == "^^":
        detail = "The words have a language or a datatype, which a search does not look at."
        _refuse(query, behind, detail, "Leave it out, and compare LANG(?text) in a FILTER.")
    if behind.text == ",":
        detail = "A search has one string of words."
        _refuse(query, behind, detail, "Write the words into one string, or a second search.")
    is_annotation = behind.text == "{" and tokens[index + 1].text[:1] == "|"
    if behind.text == "~" or is_annotation:
        detail = "A search is no statement that could be annotated."
        _refuse(query, behind, detail, "End it with a full stop.")


def _is_verb(token: PlacedToken) -> bool:
    """Tell whether a predicate begins here, rather than the list of them ends."""
    return (
        token.kind in ("name", "iri")
        or token.is_variable
        or token.text == "a"
        or token.text in VERB_SIGNS
    )


def _looked_up(query: str, search: Search, lookup: Callable[[str], Matches], room: int) -> Matches:
    line, column = _place(query, search.token)
    try:
        found = lookup(search.words)
    except RequestError as error:
        detail = f"The search at line {line}, column {column}: {error.detail}"
        raise QueryNotEvaluableError(detail, error.remedy) from None
    if found.total <= room:
        return found
    before = MAX_MATCHES - room
    others = f", and the searches before it {before}" if before else ""
    detail = (
        f"The search at line {line}, column {column} matches {found.total} things{others}; "
        f"a query takes up {MAX_MATCHES} at most."
    )
    raise QueryNotEvaluableError(detail, "Look for more words, or longer ones, or use /search.")


def _values(variables: tuple[str, ...], found: Matches) -> str:
    rows = "".join(f"({' '.join(_row(match, len(variables)))}) " for match in found.items)
    return f"VALUES ({' '.join(variables)}) {{ {rows}}}"


def _row(match: Match, width: int) -> tuple[str, ...]:
    score = repr(match.score)
    tag = f"@{match.language}" if match.language else ""
    text = f'"{match.text.translate(LITERAL_ESCAPES)}"{tag}'
    return (f"<{match.thing}>", score if "e" in score else f"{score}e0", text)[:width]


def _value(string: str) -> str:
    """Return what a string literal of SPARQL stands for."""
    quotes = 3 if string.startswith(('"""', "'''")) else 1
    return STRING_ESCAPE.sub(_character, string[quotes:-quotes])


def _character(escape: re.Match[str]) -> str:
    if escape.group(0)[1] in "uU" and (code := escape.group(1) or escape.group(2)):
        return chr(int(code, 16)) if int(code, 16) <= sys.maxunicode else "\ufffd"
    return ESCAPES.get(escape.group(3), escape.group(3))


def _place(query: str, token: PlacedToken) -> tuple[int, int]:
    """Return line and column, which count from 1."""
    before = query[: token.start]
    return before.count("\n") + 1, token.start - before.rfind("\n")


def _refuse(query: str, token: PlacedToken, detail: str, remedy: str) -> NoReturn:
    line, column = _place(query, token)
    raise QueryNotParsedError(detail, remedy, line, column)
