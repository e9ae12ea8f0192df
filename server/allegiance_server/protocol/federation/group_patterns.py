"""The groups of a query and what stands in them, with their places: as much as SERVICE needs.

It is no parser of SPARQL: triples, expressions and data are passed over, not checked. Whatever does
not look like a group is refused with its place, so that nothing is taken for what it is not.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import Final, Literal, NoReturn

from allegiance_server.errors import QueryNotParsedError, QueryTooDeepError
from allegiance_server.protocol.tokens import PlacedToken, placed_tokens

__all__ = ["Element", "Group", "Kind", "Query", "place", "read_query"]

Kind = Literal[
    "bind",
    "filter",
    "graph",
    "group",
    "minus",
    "optional",
    "select",
    "service",
    "triples",
    "values",
]

ELEMENT_WORDS: Final = frozenset(
    ["BIND", "FILTER", "GRAPH", "MINUS", "OPTIONAL", "SERVICE", "VALUES"]
)
FORMS: Final = frozenset(["ASK", "CONSTRUCT", "DESCRIBE", "SELECT"])
PROLOGUE_WORDS: Final = frozenset(["BASE", "PREFIX", "VERSION"])
TRIPLE_WORDS: Final = frozenset(["A", "FALSE", "TRUE"])
OPENING: Final = frozenset(["(", "[", "{", "<<"])
CLOSING: Final = frozenset([")", "]", "}", ">>"])
# Each level takes three calls of the reader; the interpreter bears about a thousand.
DEEPEST: Final = 100
REMEDY: Final = "Write the query as SPARQL 1.1 has it, each keyword apart from what is before it."


@dataclass(frozen=True, slots=True)
class Element:
    """Hold one element of a group: its text is that from `start` to `end`.

    `variables` are those that it can bind for what stands beside it. `groups` are the groups in it:
    the branches of a UNION, else one. `target` is the name behind GRAPH or SERVICE. `certain` are
    those of the variables that it binds in every solution.
    """

    kind: Kind
    start: int
    end: int
    variables: frozenset[str] = frozenset()
    groups: tuple[Group, ...] = ()
    target: PlacedToken | None = None
    is_silent: bool = False
    certain: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Group:
    """Hold a group, its braces included; a sub-select is a group of that one element."""

    start: int
    end: int
    elements: tuple[Element, ...]

    @property
    def variables(self) -> frozenset[str]:
        """Return what can be bound in it."""
        return frozenset().union(*(each.variables for each in self.elements))

    @property
    def certain(self) -> frozenset[str]:
        """Return what is bound in each of its solutions."""
        return frozenset().union(*(each.certain for each in self.elements))


@dataclass(frozen=True, slots=True)
class Query:
    """Hold a query; `where` is None for DESCRIBE without a pattern.

    `values` is the VALUES clause behind its group and its modifiers, None where there is none.
    `prologue` and `dataset` (FROM) are as they stand, without comments.
    """

    text: str
    tokens: tuple[PlacedToken, ...]
    prologue: tuple[PlacedToken, ...]
    dataset: str
    where: Group | None
    values: Element | None = None

    def within(self, start: int, end: int) -> tuple[PlacedToken, ...]:
        """Return the tokens of a part."""
        first = bisect_left(self.tokens, start, key=_start)
        return self.tokens[first : bisect_left(self.tokens, end, first, key=_start)]


def read_query(text: str) -> Query:
    """Read the groups of a query; raises QueryNotParsedError with the place for what has none.

    >>> read_query("ASK { ?s ?p ?o OPTIONAL { ?o a ?c } }").where.elements[1].kind
    'optional'
    """
    return _Reader(text).query()


def place(text: str, start: int) -> tuple[int, int]:
    r"""Return line and column, which count from 1.

    >>> place("ASK\n { }", 5)
    (2, 2)
    """
    return text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)


class _Reader:
    """Read one token after another."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tuple(placed_tokens(text))
        self._end = PlacedToken("end", "", len(text))
        self._at = 0
        self._depth = 0

    def query(self) -> Query:
        prologue = self._prologue()
        form = self._take()
        if form.word not in FORMS:
            self._refuse(form, "no form of a query")
        if form.word == "CONSTRUCT" and self._now.text == "{":
            self._skip()
        dataset = self._head()
        if self._now.text != "{":
            return Query(self._text, self._tokens, prologue, dataset, None)
        return Query(self._text, self._tokens, prologue, dataset, self._group(), self._last())

    def _last(self) -> Element | None:
        """Pass over what stands behind the group of the query; return its VALUES."""
        found = None
        while self._now.kind != "end":
            if self._now.word == "VALUES":
                found = self._values()
            elif self._now.text in OPENING:
                self._skip()
            else:
                self._take()
        return found

    @property
    def _now(self) -> PlacedToken:
        return self._tokens[self._at] if self._at < len(self._tokens) else self._end

    @property
    def _next(self) -> PlacedToken:
        following = self._at + 1
        return self._tokens[following] if following < len(self._tokens) else self._end

    def _take(self) -> PlacedToken:
        token = self._now
        self._at += 1
        return token

    def _before(self) -> int:
        """Return where the last token that was taken ends."""
        return self._tokens[min(self._at, len(self._tokens)) - 1].end

    def _prologue(self) -> tuple[PlacedToken, ...]:
        while self._now.word in PROLOGUE_WORDS:
            is_prefix = self._take().word == "PREFIX"
            self._at += 2 if is_prefix else 1
        return self._tokens[: self._at]

    def _head(self) -> str:
        """Pass over what stands before the group of the query; return its FROM clauses."""
        dataset: list[str] = []
        while self._now.text != "{" and self._now.kind != "end":
            if self._now.text in OPENING:
                self._skip()
                continue
            token = self._take()
            if token.word == "FROM":
                dataset.append("FROM")
                if self._now.word == "NAMED":
                    dataset.append(self._take().text)
                dataset.append(self._take().text)
        return " ".join(dataset)

    def _group(self) -> Group:
        start = self._take()
        if start.text != "{":
            self._refuse(start, "no group")
        self._depth += 1
        if self._depth > DEEPEST:
            detail = f"The groups of a query with SERVICE are nested more than {DEEPEST} deep."
            raise QueryTooDeepError(detail, "Write it with fewer braces.")
        elements: list[Element] = []
        if self._now.word == "SELECT":
            elements.append(self._select())
        while self._now.text != "}":
            if self._now.text == ".":
                self._take()
            else:
                elements.append(self._element())
        self._depth -= 1
        return Group(start.start, self._take().end, tuple(elements))

    def _element(self) -> Element:
        read = {
            "BIND": self._bind,
            "FILTER": self._filter,
            "GRAPH": self._named,
            "MINUS": self._apart,
            "OPTIONAL": self._apart,
            "SERVICE": self._named,
            "VALUES": self._values,
        }.get(self._now.word)
        if read is not None:
            return read()
        is_group = self._now.text == "{" and self._next.text != "|"
        return self._union() if is_group else self._triples()

    def _apart(self) -> Element:
        """Take OPTIONAL or MINUS, which binds nothing."""
        token = self._take()
        group = self._group()
        if token.word == "MINUS":
            return Element("minus", token.start, group.end, frozenset(), (group,))
        return Element("optional", token.start, group.end, group.variables, (group,))

    def _union(self) -> Element:
        groups = [self._group()]
        while self._now.word == "UNION":
            self._take()
            groups.append(self._group())
        variables = frozenset().union(*(each.variables for each in groups))
        certain = groups[0].certain.intersection(*(each.certain for each in groups[1:]))
        start, end = groups[0].start, groups[-1].end
        return Element("group", start, end, variables, tuple(groups), certain=certain)

    def _named(self) -> Element:
        token = self._take()
        is_silent = token.word == "SERVICE" and self._now.word == "SILENT"
        if is_silent:
            self._take()
        target = self._take()
        if target.kind not in ("iri", "name", "variable"):
            self._refuse(target, f"no name behind {token.text}")
        group = self._group()
        own = frozenset([target.text[1:]] if target.kind == "variable" else [])
        has_triples = any(each.kind == "triples" for each in group.elements)
        return Element(
            "graph" if token.word == "GRAPH" else "service",
            token.start,
            group.end,
            group.variables | own,
            (group,),
            target,
            is_silent,
            group.certain | own if has_triples else group.certain,
        )

    def _filter(self) -> Element:
        start = self._take().start
        while self._now.kind in ("word", "name", "iri"):
            self._take()
        self._skip()
        return Element("filter", start, self._before())

    def _bind(self) -> Element:
        start = self._take().start
        first = self._at
        self._skip()
        inside = self._tokens[first : self._at]
        variable = inside[-2] if len(inside) > 2 and inside[-3].word == "AS" else self._now  # noqa: PLR2004 - the three last tokens: AS ?x )
        if variable.kind != "variable":
            self._refuse(variable, "no variable that BIND makes")
        return Element("bind", start, self._before(), frozenset({variable.text[1:]}))

    def _values(self) -> Element:
        start = self._take().start
        first = self._at
        while self._now.text != "{" and self._now.kind != "end":
            self._take()
        variables = _variables(self._tokens[first : self._at])
        first = self._at
        self._skip()
        has_gaps = any(each.word == "UNDEF" for each in self._tokens[first : self._at])
        certain = frozenset[str]() if has_gaps else variables
        return Element("values", start, self._before(), variables, certain=certain)

    def _select(self) -> Element:
        start = self._take().start
        named: set[str] = set()
        is_star = False
        while self._now.text != "{" and self._now.kind != "end":
            first = self._at
            if self._now.text in OPENING:
                self._skip()
                # The last variable of `(... AS ?x)`.
                named |= _variables(self._tokens[self._at - 2 : self._at])
                continue
            token = self._take()
            is_star = is_star or token.text == "*"
            named |= _variables(self._tokens[first : self._at])
        body = self._group()
        after = self._modifiers()
        variables = body.variables | after if is_star else frozenset(named)
        certain = body.certain & variables
        return Element("select", start, self._before(), variables, (body,), certain=certain)

    def _modifiers(self) -> frozenset[str]:
        """Pass over what stands behind the group of a sub-select; return what VALUES binds."""
        found: frozenset[str] = frozenset()
        while self._now.text != "}":
            if self._now.word == "VALUES":
                found |= self._values().variables
            elif self._now.text in OPENING:
                self._skip()
            elif self._take().kind == "end":
                self._refuse(self._end, "no end of the group")
        return found

    def _triples(self) -> Element:
        """Take triples up to what is none; annotations, `{| ... |}`, are among them."""
        first, depth = self._at, 0
        while True:
            token = self._now
            is_annotation = token.text == "{" and self._next.text == "|"
            if depth == 0 and (
                token.text == "}"
                or token.word in ELEMENT_WORDS
                or (token.text == "{" and not is_annotation)
            ):
                break
            is_strange = token.kind == "word" and token.word not in TRIPLE_WORDS
            if token.kind in ("end", "escape") or is_strange:
                self._refuse(token, "no part of a group")
            depth += (token.text in OPENING) - (token.text in CLOSING)
            self._take()
        taken = self._tokens[first : self._at]
        if not taken:
            self._refuse(self._now, "no part of a group")
        variables = _variables(taken)
        return Element("triples", taken[0].start, self._before(), variables, certain=variables)

    def _skip(self) -> None:
        """Pass over a bracket with all that is in it."""
        if self._now.text not in OPENING:
            self._refuse(self._now, "no bracket that opens")
        depth = 0
        while True:
            token = self._take()
            if token.kind == "end":
                self._refuse(token, "no bracket that closes")
            depth += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}"))
            if depth <= 0:
                return

    def _refuse(self, token: PlacedToken, wanted: str) -> NoReturn:
        line, column = place(self._text, token.start)
        stands = token.text or "the end of the query"
        detail = f"At line {line}, column {column} stands {stands[:40]}, which is {wanted}."
        raise QueryNotParsedError(detail, REMEDY, line, column)


def _start(token: PlacedToken) -> int:
    return token.start


def _variables(tokens: tuple[PlacedToken, ...]) -> frozenset[str]:
    return frozenset(each.text[1:] for each in tokens if each.kind == "variable")
