"""The values that a column of reconciled things can be extended by, and where they stand."""

from __future__ import annotations

import json
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from allegiance.namespaces import PREFIXES
from allegiance.wikidata.address import ENTITY
from allegiance_server.errors import RequestError
from allegiance_server.web.reconciliation.directory import Term, spelled
from allegiance_server.web.reconciliation.languages import ENGLISH

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from allegiance.wikidata.index import WikidataIndex
    from allegiance.wikidata.item import Item
    from allegiance_server.web.reconciliation.directory import Directory
    from allegiance_server.web.reconciliation.requests import Extension

__all__ = ["ACTOR_PROPERTIES", "ITEM_PROPERTIES", "Values", "actor_values", "item_values", "query"]

# The values by entity and property, each in the shape of the API; "lang" is the language, if known.
Values = dict[tuple[str, str], list[dict[str, Any]]]

ITEMS_HERE: Final = f'FILTER(STRSTARTS(STR(?value), "{ENTITY}"))'


@dataclass(frozen=True, slots=True)
class Column:
    """Hold a property: where its values stand in the graph, and what it means."""

    pattern: str
    name: str
    description: str


COLUMNS: Final[Mapping[str, Column]] = MappingProxyType(
    {
        "label": Column("?entity rdfs:label ?value", "label", "The name in the graph."),
        "alias": Column("?entity al:alias ?value", "alias", "Another name."),
        "class": Column("?entity a ?value", "class", "What it is, by the ontology."),
        "description": Column(
            "?entity dcterms:description ?value", "description", "What tells it from others."
        ),
        "isoCode": Column("?entity al:isoCode ?value", "ISO code", "ISO 3166-1, two letters."),
        "wikidata": Column(
            f"?entity skos:exactMatch ?value {ITEMS_HERE}", "Wikidata item", "The item of the same."
        ),
        "locatedIn": Column("?entity al:locatedIn ?value", "located in", "The place around it."),
        "governmentOf": Column(
            "?entity al:governmentOf ?value", "government of", "The state that it governs."
        ),
        "organOf": Column("?entity al:organOf ?value", "organ of", "Whose organ it is."),
        "affiliatedWith": Column(
            "?entity al:affiliatedWith ?value", "affiliated with", "Whom it belongs to."
        ),
        "memberOf": Column("?entity al:memberOf ?value", "member of", "Groups that it belongs to."),
        "alliedWith": Column("?entity al:alliedWith ?value", "allied with", "Its allies."),
        "backs": Column("?entity al:backs ?value", "backs", "Whom it supports."),
        "backedBy": Column("?entity al:backedBy ?value", "backed by", "Who supports it."),
        "adversaryOf": Column("?entity al:adversaryOf ?value", "adversary of", "Its adversaries."),
        "namedIn": Column("?entity al:namedIn ?value", "named in", "Documents that name it."),
    }
)
# What is counted over all that is asked for at once.
COUNTED: Final[Mapping[str, Column]] = MappingProxyType(
    {
        "edges": Column(
            "?edge al:inferredSubject|al:inferredObject ?entity",
            "number of edges",
            "How many derived edges lead from it or to it.",
        ),
        "documents": Column(
            "?entity al:namedIn ?edge", "number of documents", "How many documents name it."
        ),
    }
)
ACTOR_PROPERTIES: Final[Mapping[str, Term]] = MappingProxyType(
    {name: Term(name, each.name, each.description) for name, each in {**COLUMNS, **COUNTED}.items()}
)
# The letters of labels, aliases and descriptions are those that the Wikidata service uses.
ITEM_PROPERTIES: Final[Mapping[str, Term]] = MappingProxyType(
    {
        each.id: each
        for each in (
            Term("Len", "label (en)", "The English label."),
            Term("Den", "description (en)", "The English description."),
            Term("Aen", "aliases", "Other names."),
            Term("P31", "instance of", "The classes of the item, as far as the index has them."),
            Term("P17", "country", "The country of the item."),
            Term("P569", "date of birth", "As far as the index has it."),
            Term("P571", "inception", "As far as the index has it."),
            Term("iso3", "ISO 3166-1, three letters", "As far as the index has it."),
            Term("kind", "kind", "State, person, organisation ... as the index sorts items."),
            Term("P1889", "different from", "Items that are easily taken for this one."),
            Term("retrieved", "retrieved", "The day on which the index read its source."),
        )
    }
)


def query(asked: Extension, directory: Directory) -> str:
    """Write the SPARQL query for values of actors; raises RequestError for unknown properties.

    Only ids that the directory knows get into it.
    """
    check_properties(asked, directory)
    space = PREFIXES["id"]
    known = (f"<{space}{each}>" for each in asked.ids if each in directory.entities)
    entities = f"VALUES ?entity {{ {' '.join(known)} }}"
    branches = [
        *(_branch(name, entities) for name in asked.properties if name in COLUMNS),
        *(_counting(name, entities) for name in asked.properties if name in COUNTED),
    ]
    return (
        "SELECT DISTINCT ?entity ?property ?value ?name WHERE { "
        f"{' UNION '.join(branches) or '{}'} "
        "OPTIONAL { ?value rdfs:label|dcterms:title ?name } }"
    )


def check_properties(asked: Extension, directory: Directory) -> None:
    """Refuse properties that the service does not have: RequestError."""
    unknown = [name for name in asked.properties if name not in directory.properties]
    if unknown:
        detail = f"The property {unknown[0][:40]!r} is unknown here."
        raise RequestError(detail, f"Known: {', '.join(directory.properties)}.")


def actor_values(body: bytes, asked: Extension) -> Values:
    """Read the result of the query, each property cut to its limit."""
    found: Values = {}
    for row in json.loads(body)["results"]["bindings"]:
        if "entity" not in row or "value" not in row:
            continue
        entity = row["entity"]["value"].removeprefix(PREFIXES["id"])
        found.setdefault((entity, row["property"]["value"]), []).append(_cell(row))
    return {key: _cut(values, asked.properties[key[1]]) for key, values in found.items()}


def item_values(index: WikidataIndex, asked: Extension) -> Values:
    """Read the values of items from the offline index."""
    found: Values = {}
    for each in asked.ids:
        item = index.get(each)
        for name, limit in asked.properties.items() if item is not None else ():
            found[each, name] = _cut(_item_cells(item, name, index), limit)
    return found


def _branch(name: str, entities: str) -> str:
    return f'{{ {entities} {COLUMNS[name].pattern} BIND("{name}" AS ?property) }}'


def _counting(name: str, entities: str) -> str:
    pattern = COUNTED[name].pattern
    counted = f"SELECT ?entity (COUNT(DISTINCT ?edge) AS ?value) WHERE {{ {entities} {pattern} }}"
    return f'{{ {{ {counted} GROUP BY ?entity }} BIND("{name}" AS ?property) }}'


def _cell(row: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Write a value: things of this graph and items as entities, all else as text or number."""
    value = row["value"]["value"]
    if row["property"]["value"] in COUNTED:
        return {"int": int(value)}
    if row["value"]["type"] != "uri":
        return {"str": value, **_language(row["value"])}
    name = row.get("name", {})
    for space in (PREFIXES["id"], ENTITY):
        if value.startswith(space):
            local = value.removeprefix(space)
            return {"id": local, "name": name.get("value") or local, **_language(name)}
    if value.startswith(PREFIXES["al"]):
        local = value.removeprefix(PREFIXES["al"])
        return {"id": local, "name": spelled(local), "lang": ENGLISH}
    return {"str": value}


def _language(term: Mapping[str, str]) -> dict[str, str]:
    return {"lang": term["xml:lang"]} if "xml:lang" in term else {}


def _item_cells(item: Item | None, name: str, index: WikidataIndex) -> list[dict[str, Any]]:
    if item is None:
        return []
    items = {"P31": item.classes, "P17": (item.country or "",), "P1889": item.twins}
    if name in items:
        return _items(items[name], index)
    in_english = {"Len": item.labels.get("en", ""), "Den": item.description}
    if name in in_english:
        return [{**each, "lang": ENGLISH} for each in _texts((in_english[name],))]
    texts = {
        "Aen": item.aliases,
        "kind": (item.kind,),
        "retrieved": (item.retrieved,),
    }
    return _texts(texts.get(name, (item.dates.get(name, ""), item.codes.get(name, ""))))


def _texts(texts: Iterable[str]) -> list[dict[str, Any]]:
    return [{"str": each} for each in texts if each]


def _items(ids: Iterable[str], index: WikidataIndex) -> list[dict[str, Any]]:
    known = ((each, index.get(each)) for each in ids if each)
    return [
        {"id": each, "name": item.label, **({"lang": ENGLISH} if "en" in item.labels else {})}
        if item
        else {"id": each, "name": each}
        for each, item in known
    ]


def _cut(values: list[dict[str, Any]], limit: int) -> list[dict[str, Any]]:
    """Order the values, and leave out what is beyond the limit; 0 stands for no limit."""
    ordered = sorted(
        {json.dumps(each, sort_keys=True): each for each in values}.values(),
        key=lambda each: str(each.get("name", each.get("str", ""))),
    )
    return ordered[:limit] if limit else ordered
