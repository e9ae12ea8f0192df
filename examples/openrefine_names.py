"""Reconcile a table and extend it, request by request as OpenRefine does; print it as CSV.

The steps are those of its menus: add the service, reconcile the column by the types in another
one, and add columns from reconciled values.

Run it against a server: python examples/openrefine_names.py http://127.0.0.1:8000
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from urllib.request import urlopen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NAMES = Path(__file__).with_name("names.csv")
# OpenRefine asks for so many names at a time.
BATCH = 10
COLUMNS = ("wikidata", "documents", "alliedWith")


def main(address: str) -> None:
    """Reconcile the names and print them with the columns that the service knows more of."""
    service = f"{address}/reconcile"
    print(f"# {ask(service)['name']}", file=sys.stderr)
    with NAMES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    matches = reconciled(service, rows)
    ids = sorted({each["id"] for each in matches if each})
    values = extended(service, ids)
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(["name", "id", *COLUMNS])
    for row, match in zip(rows, matches, strict=True):
        cells = [cell(values[match["id"]][column]) for column in COLUMNS] if match else []
        table.writerow([row["name"], match["id"] if match else "", *cells])


def ask(service: str, **parameters: object) -> Any:  # noqa: ANN401 - JSON
    """Post parameters as a form, each as JSON; without any, get the description of the service."""
    form = {name: json.dumps(value) for name, value in parameters.items()}
    body = urlencode(form).encode() if form else None
    with urlopen(service, body, timeout=60) as response:  # noqa: S310 - the user's own address
        return json.load(response)


def reconciled(service: str, rows: Sequence[Mapping[str, str]]) -> list[Mapping[str, Any] | None]:
    """Return for each row the candidate that the service calls a match; None where it has none."""
    found: list[Mapping[str, Any] | None] = []
    for start in range(0, len(rows), BATCH):
        queries = {
            f"q{number}": {"query": row["name"], "type": row["class"], "type_strict": "should"}
            for number, row in enumerate(rows[start : start + BATCH])
        }
        answers = ask(service, queries=queries)
        for key in queries:
            candidates = answers[key]["result"]
            found.append(next((each for each in candidates if each["match"]), None))
    return found


def extended(service: str, ids: Sequence[str]) -> Mapping[str, Mapping[str, list[dict[str, Any]]]]:
    """Return for each id the values of the columns."""
    wanted = {"ids": ids, "properties": [{"id": column} for column in COLUMNS]}
    rows: Mapping[str, Mapping[str, list[dict[str, Any]]]] = ask(service, extend=wanted)["rows"]
    return rows


def cell(values: Sequence[Mapping[str, Any]]) -> str:
    """Write values into one cell: the name of a thing, else the text or number."""
    texts = (each.get("name") or each.get("str") or each.get("int", "") for each in values)
    return "; ".join(str(text) for text in texts)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
