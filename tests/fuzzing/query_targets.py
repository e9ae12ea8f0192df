"""What reads the text of queries, updates and searches; the store's own parser is the judge."""

from __future__ import annotations

import re
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Final

from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions, QueryTriples, Store
from target import Target, require

from allegiance_server.errors import (
    QueryNotEvaluableError,
    QueryNotParsedError,
    QueryRefusedError,
    RequestError,
)
from allegiance_server.protocol.admission import admit, admit_update, is_volatile, names_dataset
from allegiance_server.protocol.operations import (
    deleted_as_inserted,
    only_inserts_data,
    silenced,
    with_dataset,
)
from allegiance_server.protocol.search_patterns import FUNCTIONS, Match, Matches, expand
from allegiance_server.protocol.search_words import marks, parse, words
from allegiance_server.protocol.tokens import TOKEN, tokens

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MAX_DEPTH", "MAX_PATTERNS", "PREFIXES", "QUERY_TARGETS", "WORDS"]

MAX_DEPTH: Final = 12
MAX_PATTERNS: Final = 12
KINDS: Final = frozenset(
    ["iri", "string", "name", "word", "variable", "language", "number", "escape", "sign"]
)
SILENT: Final = re.compile("silent", re.IGNORECASE)
# To port 1 the store itself refuses to connect, and says so: nothing is called.
PREFIXES: Final = {
    "": "http://127.0.0.1:1/",
    "u": "urn:x",
    "service": "urn:y",
    "load": "urn:z",
    "alf": FUNCTIONS,
}
GRAPH: Final = "http://example.org/g"
FOUND: Final = Match("urn:s", "label", 'a "\\u0022"\n', "en", 2.5)

WORDS: Final = (
    *("SELECT * {", "ASK {", "CONSTRUCT WHERE {", "SERVICE", "SERVICE:x{", "SERVICE ?v {}"),
    *("SERVICE SILENT :x {}", "LOAD", "LOAD:x", "INTO GRAPH", "INSERT DATA {", "DELETE WHERE {"),
    *("USING", "WITH", "GRAPH", "GRAPH ?g {", "OPTIONAL {", "MINUS {", "UNION", "VALUES ?v {"),
    *("FILTER(", "BIND(", "1 AS ?y)", "PREFIX a:<", "BASE <", "<http://127.0.0.1:1/>", "{}"),
    *("'''", '"""', "'a'@en", "\\'", "\\u0027", "\\U00000027", "<<(", ")>>", "<<", ">>", "{|"),
    *("|}", "<http://x/\\u0023A>", "<?b)#>", "u:a.b.", "_:a.b", "true.", "1e5", "1.5", "^^"),
    *("?s ?p ?o", "?x alf:search", '"iran"', "(?x ?s ?t)", "DROP", "CLEAR", "SILENT", "DATA"),
)
QUERIES: Final = (
    "SELECT * { SERVICE :x { ?s ?p ?o } }",
    "SELECT * { ?s ?p u:a.b.SERVICE:x { ?s ?p ?o } }",
    "SELECT * { SERVICESILENT:x {} }",
    "SELECT * { GRAPH service:g { ?s ?p 'SERVICE' } } # SERVICE",
    "SELECT * { ?s ?p '' SERVICE ?v { ?s ?p ?o } }",
    r"SELECT * { ?s <http://x/\u0041#> ?o . SERVICE :x { ?s ?p ?o } }",
    "SELECT * { FILTER(?x<?y)SERVICE ?v#>\n{ ?s ?p ?o } }",
    "SELECT * { << ?a ?b 'SERVICE'@en--ltr >> ?p ?o {| ?service 'SERVICE' |} }",
    "ASK { VALUES (?a ?b) { (1 -2) (3 <<( <a:> <b:> 4.5 )>>) } . }",
    "SELECT (NOW() AS ?n) { ?s (<p:>/^<q:>)* ?o }",
)
UPDATES: Final = (
    "LOAD <http://127.0.0.1:1/>",
    "CLEAR GRAPH load:x ; LOAD SILENT :x INTO GRAPH load:x",
    "INSERT DATA { <a:> <b:> 'LOAD' } ;# here\nLOAD:x",
    "WITH <urn:g> DELETE { ?s ?p ?o } INSERT { ?s ?p 1 } USING u:y WHERE { ?s ?p ?o }",
    "DELETE WHERE { ?s ?p ?o } ; DROP GRAPH <a:> ; DELETE DATA { <a:> <b:> _:c }",
    "PREFIX e: <http://e.org/> INSERT DATA { GRAPH e:g { e:a e:b (1 2) } }",
    "INSERT { ?s ?p ?o } WHERE { SERVICE :x { ?s ?p ?o } }",
)
SEARCHES: Final = (
    'SELECT * { ?x alf:search "iran" ; <urn:p> ?o . }',
    "SELECT * { (?x ?s ?t) alf:search '''w''' . ?x a ?c }",
    'BASE <http://x/> PREFIX f: <#sea> SELECT ?x { ?x f:rch "w" FILTER(?x<1) }',
    'SELECT ?x { ?x <https://w3id.org/allegiance/function#se\\u0061rch> "w" }',
    'CONSTRUCT { ?x a <urn:b> } WHERE { { ?x alf:search "a" } UNION { ?x alf:search "b". } }',
    'SELECT * { ?a a u:b.?x alf:search "w" ;; ^<urn:p> ?o OPTIONAL { ?x alf:search "\\u0041" } }',
    "ASK { ?s ?p alf:search }",
)
TYPED: Final = ('"armed group" hezb*', "Kata'ib \u1e24izball\u0101h", "\u4f0a\u6717 O'Brien*", '"')


def run_tokens(data: bytes) -> None:
    """Have a text cut into tokens: all of it, once."""
    text = _text(data)
    require("".join(match.group() for match in TOKEN.finditer(text)) == text, "left out", text)
    for kind, token in tokens(text):
        require(kind in KINDS and token != "", "no token", kind, token)


def run_admission(data: bytes) -> None:
    """Have a query looked at before it is let in: what is, must not call another server."""
    for query in _with_and_without_silent(_text(data)):
        try:
            admit(query, MAX_DEPTH, MAX_PATTERNS)
        except QueryRefusedError:
            continue
        is_volatile(query)
        if "service" in query.lower():
            require(not _calls(_evaluate, query), "a call is let in", query)


def run_updates(data: bytes) -> None:
    """Have an update admitted and rewritten: it calls nobody, and stays an update."""
    for update in _with_and_without_silent(_text(data)):
        try:
            admit_update(update, MAX_DEPTH, MAX_PATTERNS)
        except QueryRefusedError:
            continue
        if "service" in update.lower() or "load" in update.lower():
            require(not _calls(_change, update), "a call is let in", update)
        _rewrite(update)


def run_search_patterns(data: bytes) -> None:
    """Have the searches of a query replaced: what was a query stays one, or is refused."""
    query = _text(data)
    try:
        expanded = expand(query, _lookup)
    except (QueryNotParsedError, QueryNotEvaluableError):
        return
    if expanded != query and _parses(query):
        require(_parses(expanded), "no query any more", query, expanded)


def run_search_words(data: bytes) -> None:
    """Have words to look for read, and marked in a text: in order, apart, inside of it."""
    text = _text(data)
    looked_for, _, shown = text.partition("\n")
    try:
        terms = parse(looked_for)
    except RequestError:
        return
    ends = [0]
    for start, end in marks(shown, terms):
        require(ends[-1] <= start < end <= len(shown), "marks overlap", text)
        ends.append(end)
    require(all(shown[word.start : word.end] for word in words(shown)), "an empty word", text)


def _text(data: bytes) -> str:
    """Read bytes as the server would, but for what is no UTF-8, which it refuses."""
    return data.decode("utf-8", errors="ignore")


def _with_and_without_silent(text: str) -> tuple[str, ...]:
    """Give a text also without the word that keeps the store from telling that it called."""
    loud = SILENT.sub("", text)
    return (text,) if loud == text else (text, loud)


def _rewrite(update: str) -> None:
    names_dataset(update)
    is_update = _changes(update)
    for name, rewritten in (
        ("silenced", silenced(update)),
        ("deleted as inserted", deleted_as_inserted(update)),
        ("with dataset", _with_dataset(update)),
    ):
        if rewritten is not None and rewritten != update and is_update:
            require(_changes(rewritten), name, update, rewritten)
    if only_inserts_data(update):
        require(not deleted_as_inserted(update), "inserts and deletes", update)


def _with_dataset(update: str) -> str | None:
    try:
        return with_dataset(update, (GRAPH,), (GRAPH,))
    except RequestError:
        return None


def _lookup(text: str) -> Matches:
    return Matches(len(text), (FOUND,))


@cache
def _store() -> Store:
    """Make a store of one quad: whatever is joined, there is at most one solution."""
    store = Store()
    store.add(Quad(NamedNode("urn:s"), NamedNode("http://x/#A"), Literal(1), NamedNode("urn:xg")))
    return store


def _evaluate(query: str) -> None:
    found = _store().query(query, prefixes=PREFIXES, use_default_graph_as_union=True)
    if isinstance(found, QuerySolutions | QueryTriples):
        list(islice(found, 100))


def _change(update: str) -> None:
    store = Store()
    store.extend(list(_store()))
    store.update(update, prefixes=PREFIXES)


def _calls(evaluate: Callable[[str], None], text: str) -> bool:
    """Tell whether the store tried to call a server: only then has it an error of input."""
    try:
        evaluate(text)
    except OSError:
        return True
    except RuntimeError as error:
        return "service name" in str(error)
    except (SyntaxError, ValueError, TypeError):
        pass
    return False


def _changes(update: str) -> bool:
    """Tell whether the store takes an update, whatever comes of it."""
    try:
        _change(update)
    except SyntaxError:
        return False
    except (OSError, RuntimeError, ValueError):
        pass
    return True


def _parses(query: str) -> bool:
    try:
        Store().query(query, prefixes=PREFIXES)
    except SyntaxError:
        return False
    except (OSError, RuntimeError, ValueError):
        pass
    return True


def _encoded(texts: tuple[str, ...], prologue: str = "") -> tuple[bytes, ...]:
    return tuple(f"{prologue}{text}".encode() for text in texts)


ALL: Final = _encoded(QUERIES + UPDATES + SEARCHES)
QUERY_TARGETS: Final = (
    Target("tokens", run_tokens, ALL, WORDS),
    Target("admission of queries", run_admission, _encoded(QUERIES), WORDS, 256),
    Target("admission of updates", run_updates, _encoded(UPDATES), WORDS, 256),
    Target("search patterns", run_search_patterns, _encoded(SEARCHES), WORDS, 512),
    Target("search words", run_search_words, _encoded(tuple(f"{w}\n{w}" for w in TYPED)), TYPED),
)
