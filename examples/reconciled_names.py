"""Join a table of one's own with the graph: find who is meant by each name, then count in pandas.

The names are asked for as OpenRefine does it, with the reconciliation API. Only what the service
calls a match is joined; the rest is listed with its best candidate and why, for a person to decide.

Run it against a server: python examples/reconciled_names.py http://127.0.0.1:8000
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pandas as pd

NAMES = Path(__file__).with_name("names.csv")
BATCH = 10
TIES = """
SELECT ?actor ?tie ?other ?claim
WHERE {
  ?inference al:inferredSubject ?actor ;
    al:inferredPredicate/rdfs:label ?tie ;
    al:inferredObject/rdfs:label ?other ;
    prov:wasDerivedFrom ?claim .
}
"""


def main(address: str) -> None:
    """Reconcile the names, list the open ones, and print the joined table and its sums."""
    names = pd.read_csv(NAMES)
    found = pd.DataFrame(reconciled(address, names))
    table = names.join(found)
    print(f"{int(table['match'].sum())} of {len(table)} names are matched. To decide:")
    for row in table[~table["match"]].itertuples():
        print(f"  {row.name}: {row.label or 'nobody'} ({row.reason or 'no candidate'})")
    joined = table[table["match"]].merge(ties(address), on="id", how="left")
    print_sums(joined, "name")
    print_sums(joined, "desk")


def reconciled(address: str, names: pd.DataFrame) -> list[dict[str, object]]:
    """Ask for the names in batches; return the best candidate of each, in the same order."""
    rows = []
    for start in range(0, len(names), BATCH):
        batch = names.iloc[start : start + BATCH]
        queries = {
            f"q{number}": {"query": name, "type": kind, "limit": 3}
            for number, (name, kind) in enumerate(zip(batch["name"], batch["class"], strict=True))
        }
        form = urlencode({"queries": json.dumps(queries)}).encode()
        with urlopen(f"{address}/reconcile", form, timeout=60) as response:  # noqa: S310
            answers = json.load(response)
        rows += [best(answers[key]["result"]) for key in queries]
    return rows


def best(candidates: list[dict[str, object]]) -> dict[str, object]:
    """Take the first candidate, which is the best, as columns of the table."""
    if not candidates:
        return {"id": "", "label": "", "match": False, "score": 0.0, "reason": ""}
    first = candidates[0]
    return {
        "id": first["id"],
        "label": first["name"],
        "match": first["match"],
        "score": first["score"],
        "reason": str(first["description"]).rstrip("."),
    }


def ties(address: str) -> pd.DataFrame:
    """Return every derived tie with the claims that it rests on, by the actor's id."""
    table = pd.read_csv(f"{address}/sparql?{urlencode({'query': TIES, 'format': 'csv'})}")
    table["id"] = table["actor"].str.rsplit("/", n=1).str[-1]
    return table


def print_sums(joined: pd.DataFrame, column: str) -> None:
    """Print on how many claims the ties of each name, or of each desk, rest."""
    sums = joined.groupby(column).agg(
        actors=("id", "nunique"), others=("other", "nunique"), claims=("claim", "nunique")
    )
    print(sums.sort_values(["claims", column], ascending=[False, True]).to_string())


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
