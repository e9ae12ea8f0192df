"""Who backs which group, who says so, and in which words: with SPARQLWrapper.

Run it against a server: python examples/sparqlwrapper_client.py http://127.0.0.1:8000
"""

from __future__ import annotations

import sys

from SPARQLWrapper import JSON, SPARQLWrapper

# The prefixes of the graph need no declaration.
QUERY = """
SELECT ?patron ?group ?publisher (MIN(?exact) AS ?words)
WHERE {
  ?claim al:inAssertedView true ;
    al:content ?tie ;
    al:assertedIn/al:publication/al:outlet/rdfs:label ?publisher ;
    al:evidence/oa:exact ?exact .
  ?tie al:patron/rdfs:label ?patron ;
    al:client/rdfs:label ?group .
}
GROUP BY ?patron ?group ?publisher
ORDER BY ?patron ?group ?publisher
"""


def main(address: str) -> None:
    """Ask, and print a line for each answer."""
    endpoint = SPARQLWrapper(f"{address}/sparql")
    endpoint.setQuery(QUERY)
    endpoint.setReturnFormat(JSON)
    for row in endpoint.queryAndConvert()["results"]["bindings"]:
        patron, group, publisher, words = (
            row[name]["value"] for name in ("patron", "group", "publisher", "words")
        )
        print(f"{patron} backs {group}: {publisher}, “{words}”")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
