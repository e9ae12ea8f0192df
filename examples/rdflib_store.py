"""What is claimed of the tie between two actors, and where each claim stands: with rdflib.

The graph stays at the server; rdflib asks it for what is looked at.
Run it against a server: python examples/rdflib_store.py http://127.0.0.1:8000
"""

from __future__ import annotations

import sys

from rdflib import RDFS, Graph, Namespace, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore

AL = Namespace("https://w3id.org/allegiance/ontology#")
ID = Namespace("https://w3id.org/allegiance/id/")
BACKS = """
SELECT DISTINCT ?claim ?publisher
WHERE {
  ?claim al:content ?tie ;
    al:inAssertedView true ;
    al:assertedIn/al:publication/al:outlet/rdfs:label ?publisher .
  ?tie al:patron ?patron ;
    al:client ?client .
}
ORDER BY ?claim ?publisher
"""


def main(address: str) -> None:
    """Ask by SPARQL which claims there are, then walk from each as in any graph of rdflib."""
    store = SPARQLStore(f"{address}/sparql")
    graph = Graph(store=store)
    for person in (ID.iran, ID.hezbollah):
        print(person.removeprefix(ID), "is", graph.value(person, RDFS.label))
    bindings = {"patron": ID.iran, "client": ID.hezbollah}
    for claim, publisher in graph.query(BACKS, initBindings=bindings):
        says = graph.value(URIRef(claim), AL.says)
        print(f"{publisher}: {says} <{claim}>")
    store.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
