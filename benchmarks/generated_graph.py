"""Generate a graph whose counts are known by hand, the same every time, large enough to hurt.

Every person has a type, a label, a number and knows two others; beside them stands one chain of
nodes, each followed by the `next`. In a chain of 400 links, three unrelated links can be chosen in
400 ** 3 ways, and one node leads to another in 400 * 401 / 2 ways.
"""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = [
    "BASE",
    "CHAIN_LINKS",
    "PREFIXES",
    "TRIPLES_PER_PERSON",
    "lines",
    "person_label",
    "write_graph",
]

BASE: Final = "https://example.org/"
TYPE: Final = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
LABEL: Final = "<http://www.w3.org/2000/01/rdf-schema#label>"
INTEGER: Final = "<http://www.w3.org/2001/XMLSchema#integer>"
CHAIN_LINKS: Final = 400
TRIPLES_PER_PERSON: Final = 5
SEED: Final = 20261122

PREFIXES: Final = (
    f"PREFIX ex: <{BASE}> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
    "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> "
)


def write_graph(folder: Path, triples: int) -> Path:
    """Write a snapshot of about so many triples into a folder; return its N-Quads file.

    The manifest is what `allegiance serve --snapshot` wants beside the file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    graph = folder / "graph.nq"
    written = list(lines(triples))
    graph.write_text("\n".join(written) + "\n", encoding="ascii")
    manifest = {"snapshot": f"generated{triples}", "format": 1, "quads": len(written)}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="ascii")
    return graph


def lines(triples: int) -> Iterator[str]:
    """Yield the lines of the N-Quads file; each triple is there once."""
    people = triples // TRIPLES_PER_PERSON
    chance = random.Random(SEED)
    for number in range(people):
        person = _person(number)
        one, other = chance.sample(range(people), 2)
        yield f"{person} {TYPE} <{BASE}Person> ."
        yield f'{person} {LABEL} "{person_label(number)}" .'
        yield f'{person} <{BASE}number> "{number}"^^{INTEGER} .'
        yield f"{person} <{BASE}knows> {_person(one)} ."
        yield f"{person} <{BASE}knows> {_person(other)} ."
    for number in range(CHAIN_LINKS):
        yield f"<{BASE}node/{number}> <{BASE}next> <{BASE}node/{number + 1}> ."


def person_label(number: int) -> str:
    """Return the label of a person.

    >>> person_label(7)
    'Person 7'
    """
    return f"Person {number}"


def _person(number: int) -> str:
    return f"<{BASE}person/{number}>"
