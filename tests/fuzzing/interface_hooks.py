"""What schemathesis is told beside the OpenAPI document: how SPARQL, Turtle and queries look.

Loaded by schemathesis itself; see its manual on hooks.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import schemathesis
from hypothesis import strategies as st
from reconciliation_target import BATCHES, DRAFT_BATCHES, EXTENSIONS
from wire_run import SPARQL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hypothesis.strategies import SearchStrategy

UPDATES: Final = (
    "INSERT DATA { <urn:a> <urn:b> 1 }",
    "DELETE WHERE { <urn:a> ?p ?o } ; CLEAR GRAPH <urn:none>",
    "INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:b> _:c } }",
    "LOAD <http://127.0.0.1:1/>",
    "WITH <urn:g> DELETE { ?s ?p ?o } INSERT { ?s ?p 2 } WHERE { ?s ?p ?o }",
)
DOCUMENTS: Final = ("<urn:a> <urn:b> 1 .", "[] a <urn:c> .", "{}", "<a", "\u0000", "")
QUERIES: Final = st.sampled_from(SPARQL)
TEXTS: Final = QUERIES | st.sampled_from(UPDATES)
FORMS: Final = st.builds(lambda text: {"query": text}, QUERIES) | st.builds(
    lambda text: {"update": text}, st.sampled_from(UPDATES)
)
RECONCILED: Final = st.sampled_from([{"queries": json.dumps(each)} for each in BATCHES]) | (
    st.sampled_from([{"extend": json.dumps(each)} for each in EXTENSIONS])
)
DECISION: Final = st.fixed_dictionaries(
    {
        "subject": st.sampled_from(("iran", "https://w3id.org/allegiance/id/iran", "nobody", "")),
        "decision": st.sampled_from(("match", "not", "none", "perhaps")),
        "by": st.sampled_from(("A. Reviewer", "", "\t", "\ud800")),
        "reason": st.sampled_from(("the same state", "", "a\tb\nc", "=1+1")),
    },
    optional={"object": st.sampled_from(("Q794", "Q0", "http://www.wikidata.org/entity/Q794"))},
)
# What the parameters of an address may well be, by how the path begins.
PARAMETERS: Final[Mapping[str, SearchStrategy[dict[str, str]]]] = {
    "/reconcile": RECONCILED
    | st.fixed_dictionaries(
        {},
        optional={
            "prefix": st.sampled_from(("i", "Ir", "\u0627", "\ufb20", "%", '"*')),
            "id": st.sampled_from(("iran", "Q794", "State", "nobody", "")),
            "type": st.sampled_from(("State", "Q6256", "nothing")),
            "limit": st.sampled_from(("1", "0", "999999999999", "-1", "x")),
            "cursor": st.sampled_from(("0", "49", "x")),
            "offset": st.sampled_from(("0", "49", "x")),
            "callback": st.sampled_from(("f", "a.b", "alert(1)")),
        },
    ),
    "/sparql": st.fixed_dictionaries(
        {"query": QUERIES},
        optional={
            "format": st.sampled_from(("csv", "json", "xml", "turtle", "nq", "text/csv", "none")),
            "timeout": st.sampled_from(("1", "0.001", "1e9")),
            "default-graph-uri": st.sampled_from(("urn:g", "http://example.org/\u00e9")),
        },
    ),
    "/graph-store": st.sampled_from(({"default": ""}, {"graph": "urn:g"}, {"graph": "urn:h"}, {})),
}
# What a body that is an object may well be, by how the path ends.
OBJECTS: Final[Mapping[str, SearchStrategy[dict[str, Any]]]] = {
    "/reconcile": RECONCILED,
    "/reconcile/wikidata": RECONCILED,
    "/match": st.sampled_from(DRAFT_BATCHES),
    "/1.0/extend": st.sampled_from(EXTENSIONS),
    "/decisions": DECISION,
}


@schemathesis.hook
def before_generate_query(
    context: schemathesis.HookContext, strategy: SearchStrategy[Any]
) -> SearchStrategy[Any]:
    """Have every second request say in its address what a client may well say."""
    path = "" if context.operation is None else context.operation.path
    likely = next((made for start, made in PARAMETERS.items() if path.startswith(start)), None)
    return strategy if likely is None else strategy | likely


@schemathesis.hook
def before_generate_body(
    context: schemathesis.HookContext, strategy: SearchStrategy[Any]
) -> SearchStrategy[Any]:
    """Put SPARQL, RDF, or queries for a name, into every second body."""
    path = "" if context.operation is None else context.operation.path
    texts = TEXTS if path.startswith("/sparql") else st.sampled_from(DOCUMENTS)
    objects = next((made for end, made in OBJECTS.items() if path.endswith(end)), FORMS)
    return strategy | st.tuples(strategy, texts, objects).map(lambda each: _filled(*each))


def _filled(value: Any, text: str, form: dict[str, Any]) -> Any:  # noqa: ANN401 - of any kind
    if isinstance(value, dict):
        return form
    return text if isinstance(value, str | bytes) else value
