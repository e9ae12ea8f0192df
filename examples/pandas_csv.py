"""On how many claims and documents does each ally of a state rest: with pandas, over CSV.

Run it against a server: python examples/pandas_csv.py http://127.0.0.1:8000
"""

from __future__ import annotations

import sys
from urllib.parse import urlencode

import pandas as pd

QUERY = """
SELECT ?ally ?claim ?document ?publisher
WHERE {
  ?inference al:inferredSubject id:iran ;
    al:inferredPredicate al:alliedWith ;
    al:inferredObject/rdfs:label ?ally ;
    prov:wasDerivedFrom ?claim .
  ?claim al:assertedIn ?document .
  ?document al:publication ?publication .
  ?publication al:outlet/rdfs:label ?publisher .
  FILTER NOT EXISTS { ?publication al:republishes ?earlier }
}
"""


def main(address: str) -> None:
    """Read the answer as a table, and count in it."""
    parameters = urlencode({"query": QUERY, "format": "csv"})
    table = pd.read_csv(f"{address}/sparql?{parameters}")
    counts = table.groupby("ally").agg(
        claims=("claim", "nunique"),
        documents=("document", "nunique"),
        publishers=("publisher", lambda names: ", ".join(sorted(set(names)))),
    )
    print(counts.sort_values(["documents", "claims", "ally"], ascending=[False, False, True]))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
