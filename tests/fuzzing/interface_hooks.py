"""What schemathesis is told beside the OpenAPI document: how SPARQL and Turtle look.

Loaded by schemathesis itself; see its manual on hooks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import schemathesis
from hypothesis import strategies as st
from wire_run import SPARQL

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

UPDATES: Final = (
    "INSERT DATA { <urn:a> <urn:b> 1 }",
    "DELETE WHERE { <urn:a> ?p ?o } ; CLEAR GRAPH <urn:none>",
    "INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:b> _:c } }",
    "LOAD <http://127.0.0.1:1/>",
    "WITH <urn:g> DELETE { ?s ?p ?o } INSERT { ?s ?p 2 } WHERE { ?s ?p ?o }",
)
DOCUMENTS: Final = ("<urn:a> <urn:b> 1 .", "[] a <urn:c> .", "{}", "<a", "\u0000", "")
# Half of what is sent as a query is what schemathesis would send: any text.
QUERIES: Final = st.sampled_from(SPARQL)
TEXTS: Final = QUERIES | st.sampled_from(UPDATES)


@schemathesis.hook
def before_generate_query(
    context: schemathesis.HookContext, strategy: SearchStrategy[Any]
) -> SearchStrategy[Any]:
    """Put SPARQL into the parameter `query` of every second request."""
    if context.operation is None or not context.operation.path.startswith("/sparql"):
        return strategy
    return strategy | st.tuples(strategy, QUERIES).map(lambda each: _filled(*each))


@schemathesis.hook
def before_generate_body(
    context: schemathesis.HookContext, strategy: SearchStrategy[Any]
) -> SearchStrategy[Any]:
    """Put SPARQL, or RDF, into every second body."""
    path = "" if context.operation is None else context.operation.path
    texts = TEXTS if path.startswith("/sparql") else st.sampled_from(DOCUMENTS)
    return strategy | st.tuples(strategy, texts).map(lambda each: _filled(*each))


def _filled(value: Any, text: str) -> Any:  # noqa: ANN401 - schemathesis makes what it likes
    if isinstance(value, dict):
        return {name: text if name in ("query", "update") else each for name, each in value.items()}
    return text if isinstance(value, str | bytes) else value
