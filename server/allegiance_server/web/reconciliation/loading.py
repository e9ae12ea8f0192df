"""Make the directories of the two services: our own things from the graph, items from the index."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace as changed
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from allegiance.namespaces import PREFIXES
from allegiance.reconciliation import Entity, Matcher, Name
from allegiance.reconciliation.actors import broader_classes, without_aside
from allegiance.reconciliation.folding import fold
from allegiance.reconciliation.items import item_matcher
from allegiance.reconciliation.metonyms import load_metonyms
from allegiance.vocabulary import load_vocabulary
from allegiance.wikidata.address import ENTITY
from allegiance.wikidata.index import WikidataIndex, index_folder
from allegiance_server.web.reconciliation.directory import Directory, Term, spelled
from allegiance_server.web.reconciliation.extension import ACTOR_PROPERTIES, ITEM_PROPERTIES

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from allegiance.bundle import Bundle
    from allegiance.reconciliation.metonyms import Metonyms
    from allegiance.vocabulary import Vocabulary

__all__ = ["ACTORS_QUERY", "MOST_ROWS", "actor_directory", "item_directory"]

# More would take gigabytes to match with.
MOST_ROWS: Final = 1_000_000
WIKIDATA: Final = "wikidata"
# Nobody means an actor without a name of its own by a name.
UNNAMED: Final = "UnnamedActor"
COUNTRY: Final = "al:governmentOf|al:organOf|al:locatedIn"
ACTORS_QUERY: Final = f"""
SELECT ?entity ?property ?value WHERE {{
  ?entity rdfs:label ?label FILTER(STRSTARTS(STR(?entity), "{PREFIXES["id"]}"))
  {{ ?entity rdfs:label ?value BIND("label" AS ?property) }}
  UNION {{ ?entity al:alias ?value BIND("alias" AS ?property) }}
  UNION {{ ?entity a ?value BIND("class" AS ?property) }}
  UNION {{ ?entity dcterms:description ?value BIND("description" AS ?property) }}
  UNION {{ ?entity al:isoCode ?value BIND("iso" AS ?property) }}
  UNION {{ ?entity al:date ?value BIND("date" AS ?property) }}
  UNION {{ ?entity {COUNTRY} ?value BIND("country" AS ?property) }}
  UNION {{ ?entity skos:exactMatch ?value BIND("wikidata" AS ?property) }}
}} LIMIT {MOST_ROWS}
"""
# Properties by which candidates can be compared, by the names that clients may give them.
COMPARED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "class": "class",
        "country": "country",
        "date": "date",
        "iso": "iso",
        "isoCode": "iso",
        "locatedIn": "country",
        "P17": "country",
        "P31": "class",
        "P297": "iso",
        "P298": "iso",
        "iso3": "iso",
        "P569": "date",
        "P571": "date",
    }
)

Values = dict[str, dict[str, list[str]]]


def actor_directory(body: bytes, bundle: Bundle) -> Directory:
    """Make the directory of our own things from the result of `ACTORS_QUERY`."""
    rows = _gathered(body)
    vocabulary = load_vocabulary(bundle.ontology)
    metonyms = load_metonyms(bundle.schema)
    actors = _with_names_of_items(list(_actors(rows, vocabulary, metonyms)), bundle)
    used = dict.fromkeys(name for each in actors for name in each.types)
    types = {name: _class_term(name, vocabulary) for name in sorted(used)}
    return Directory(Matcher(actors, metonyms), types, ACTOR_PROPERTIES, COMPARED)


def item_directory(bundle: Bundle) -> tuple[Directory, WikidataIndex]:
    """Make the directory of the items in the shipped index."""
    index = WikidataIndex.load(index_folder(bundle))
    metonyms = load_metonyms(bundle.schema)
    matcher = item_matcher(index, metonyms)
    types = {each.id: each for each in _item_types(matcher, index)}
    return Directory(matcher, types, ITEM_PROPERTIES, COMPARED), index


def _gathered(body: bytes) -> Values:
    """Gather the rows of a result by entity and property, in an order that does not vary."""
    found: Values = defaultdict(lambda: defaultdict(list))
    for row in json.loads(body)["results"]["bindings"]:
        if "value" in row:
            entity = row["entity"]["value"].removeprefix(PREFIXES["id"])
            found[entity][row["property"]["value"]].append(row["value"]["value"])
    return {
        entity: {name: sorted(set(values)) for name, values in found[entity].items()}
        for entity in sorted(found)
    }


def _actors(rows: Values, vocabulary: Vocabulary, metonyms: Metonyms) -> Iterator[Entity]:
    for entity, values in rows.items():
        classes = [_local(each) for each in values.get("class", ())]
        if UNNAMED in classes:
            continue
        labels = [Name(each, "en", "label") for each in values.get("label", ())]
        aliases = [Name(each) for each in values.get("alias", ())]
        aliases += [
            Name(bare, "en")
            for label in values.get("label", ())
            if (bare := without_aside(label)) != label
        ]
        yield Entity(
            id=entity,
            names=metonyms.naming(entity, [*labels, *aliases]),
            types=_with_broader(classes, vocabulary),
            description=" ".join(values.get("description", ())),
            properties=dict(_properties(values, rows)),
        )


def _with_names_of_items(actors: list[Entity], bundle: Bundle) -> list[Entity]:
    """Add the names of the item that is the same, which are in many scripts.

    The names of our own go before: what another of our things is called, is not added.
    """
    folder = index_folder(bundle)
    if not folder.is_dir() or not any(WIKIDATA in each.properties for each in actors):
        return actors
    index = WikidataIndex.load(folder)
    own = {fold(name.text) for each in actors for name in each.names}
    return [changed(each, names=(*each.names, *_borrowed(each, index, own))) for each in actors]


def _borrowed(entity: Entity, index: WikidataIndex, own: Container[str]) -> Iterator[Name]:
    items = entity.properties.get(WIKIDATA, ())
    item = index.get(items[0]) if len(items) == 1 else None
    if item is None:
        return
    named = [Name(text, language) for language, text in item.labels.items()]
    for name in (*named, *(Name(text) for text in item.aliases)):
        if fold(name.text) not in own:
            yield name


def _with_broader(classes: Iterable[str], vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return classes with all that is broader, those that were named first."""
    named = tuple(classes)
    broader = (each for name in named for each in broader_classes(name, vocabulary))
    return tuple(dict.fromkeys((*named, *broader)))


def _properties(
    values: Mapping[str, list[str]], rows: Values
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give what candidates are compared by; a country by its id, its names and its code."""
    countries = [_slug(each) for each in values.get("country", ())]
    named = [
        text
        for each in countries
        for key in ("label", "alias", "iso")
        for text in rows.get(each, {}).get(key, ())
    ]
    items = [each.removeprefix(ENTITY) for each in values.get("wikidata", ())]
    told = {
        "country": (*countries, *named),
        "iso": tuple(values.get("iso", ())),
        "date": tuple(each.rstrip("~?%") for each in values.get("date", ())),
        "label": tuple(values.get("label", ())),
        "alias": tuple(values.get("alias", ())),
        WIKIDATA: tuple(items),
    }
    yield from ((name, each) for name, each in told.items() if each)


def _class_term(name: str, vocabulary: Vocabulary) -> Term:
    definition = vocabulary.definitions.get(PREFIXES["al"] + name, "")
    return Term(name, spelled(name), definition, tuple(sorted(vocabulary.parents.get(name, ()))))


def _item_types(matcher: Matcher, index: WikidataIndex) -> Iterator[Term]:
    """Give the kinds and classes of all items; a class that is no item of the index by its id."""
    for name in dict.fromkeys(each for entity in matcher for each in entity.types):
        item = index.get(name)
        label = item.label if item else name.replace("-", " ")
        yield Term(name, label, item.description if item else "")


def _local(iri: str) -> str:
    return iri.removeprefix(PREFIXES["al"])


def _slug(iri: str) -> str:
    return iri.removeprefix(PREFIXES["id"])
