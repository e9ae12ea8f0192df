"""Write what the reconciliation API answers, in the shapes of versions 0.2 and 1.0-draft.

Specification: https://reconciliation-api.github.io/specs/
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Final

from allegiance_server.web.reconciliation.languages import ENGLISH, marked, unmarked
from allegiance_server.web.reconciliation.requests import BATCH_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from allegiance.reconciliation import Entity, Name
    from allegiance_server.web.reconciliation.directory import Directory, Found, Term
    from allegiance_server.web.reconciliation.extension import Values
    from allegiance_server.web.reconciliation.languages import Marks

__all__ = [
    "Profile",
    "candidates",
    "draft_candidates",
    "draft_extension",
    "draft_manifest",
    "extension",
    "manifest",
    "page",
    "proposal",
    "suggested_entities",
    "suggested_terms",
    "term_page",
]

PREVIEW: Final = {"width": 400, "height": 160}
MOST_NAMES: Final = 8
LIMIT_NAME: Final = "Limit"
LIMIT_HELP: Final = "How many values to give for each property; 0: all."


@dataclass(frozen=True, slots=True)
class Profile:
    """Hold what a service says of itself; `path` is where it answers, `view` ends in {id}.

    `key` is its name in metrics, `identifiers` the space of its entities, `schema` that of its
    types and properties.
    """

    key: str
    path: str
    name: str
    identifiers: str
    schema: str
    view: str
    default_types: tuple[str, ...]


def manifest(profile: Profile, directory: Directory, base: str, version: str) -> dict[str, Any]:
    """Describe a service as 0.2 does; `base` is the address of the server."""
    address = base + profile.path
    return {
        "versions": ["0.2"],
        "name": profile.name,
        "identifierSpace": profile.identifiers,
        "schemaSpace": profile.schema,
        "documentation": f"{base}/interface",
        "serviceVersion": version,
        "batchSize": BATCH_SIZE,
        "view": {"url": profile.view.replace("{id}", "{{id}}")},
        "defaultTypes": _default_types(profile, directory),
        "suggest": {kind: _suggestion(address, kind) for kind in ("entity", "property", "type")},
        "preview": {"url": f"{address}/preview?id={{{{id}}}}", **PREVIEW},
        "extend": {
            "propose_properties": {"service_url": address, "service_path": "/extend/propose"},
            "property_settings": [
                {
                    "type": "number",
                    "default": 0,
                    "label": LIMIT_NAME,
                    "name": "limit",
                    "help_text": LIMIT_HELP,
                }
            ],
        },
    }


def draft_manifest(
    profile: Profile, directory: Directory, base: str, version: str
) -> dict[str, Any]:
    """Describe a service as 1.0-draft does."""
    return {
        "versions": ["1.0-draft"],
        **_named(profile.name, marked),
        "documentation": f"{base}/interface",
        "serviceVersion": version,
        "batchSize": BATCH_SIZE,
        "view": {"url": profile.view},
        "defaultTypes": _default_types(profile, directory),
        "suggest": {"entity": True, "property": True, "type": True},
        "preview": PREVIEW,
        "extend": {
            "proposeProperties": True,
            "propertySettings": [
                {
                    "type": "number",
                    "default": 0,
                    "id": "limit",
                    "name": LIMIT_NAME,
                    "helpText": LIMIT_HELP,
                }
            ],
        },
        "standardizedScore": True,
    }


def candidates(found: Iterable[Found], directory: Directory) -> list[dict[str, Any]]:
    """Write candidates as 0.2 does; the reason stands behind the description, for people."""
    return [
        {
            **_candidate(each, directory, unmarked),
            "features": [{"id": name, "value": value} for name, value in each.features.items()],
        }
        for each in found
    ]


def draft_candidates(found: Iterable[Found], directory: Directory) -> list[dict[str, Any]]:
    """Write candidates as 1.0-draft does: features have names, and texts a language."""
    return [
        {
            **_candidate(each, directory, marked),
            "features": [
                {"id": key, **_named(key.replace("_", " "), marked), "value": value}
                for key, value in each.features.items()
            ],
        }
        for each in found
    ]


def suggested_entities(
    entities: Iterable[Entity], directory: Directory, marks: Marks
) -> dict[str, Any]:
    """Write suggestions of entities."""
    return {
        "result": [
            {
                "id": each.id,
                "name": each.label,
                "description": each.description,
                **marks(each.label, each.name.language),
                "notable": _types(each, directory, marks),
            }
            for each in entities
        ]
    }


def suggested_terms(
    terms: Iterable[Term], known: Mapping[str, Term], marks: Marks
) -> dict[str, Any]:
    """Write suggestions of types or properties."""
    return {"result": [_term(each, known, marks) for each in terms]}


def proposal(
    properties: Iterable[Term], type_id: str | None, limit: int, marks: Marks
) -> dict[str, Any]:
    """Write the properties that a type can be extended by."""
    told = {"properties": [{"id": each.id, **_named(each.name, marks)} for each in properties]}
    return {**told, "limit": limit, **({} if type_id is None else {"type": type_id})}


def extension(
    ids: Iterable[str], asked: Iterable[str], values: Values, directory: Directory
) -> dict[str, Any]:
    """Write values as 0.2 does: rows by id, in each of them values by property."""
    properties = tuple(asked)
    return {
        "meta": _meta(properties, directory, unmarked),
        "rows": {
            each: {name: _cells(values, each, name, unmarked) for name in properties}
            for each in ids
        },
    }


def draft_extension(
    ids: Iterable[str], asked: Iterable[str], values: Values, directory: Directory
) -> dict[str, Any]:
    """Write values as 1.0-draft does: rows and properties in the order in which they were asked."""
    properties = tuple(asked)
    return {
        "meta": _meta(properties, directory, marked),
        "rows": [
            {
                "id": each,
                "properties": [
                    {"id": name, "values": _cells(values, each, name, marked)}
                    for name in properties
                ],
            }
            for each in ids
        ],
    }


def page(entity: Entity, directory: Directory) -> str:
    """Write the page that is shown in a small frame: names, types, description."""
    shown = entity.name
    names = {each.text: each for each in entity.names if each.text != shown.text}
    kinds = [each["name"] for each in _types(entity, directory, unmarked)][:3]
    lines = [escape(line) for line in (", ".join(kinds), entity.description) if line]
    if names:
        lines.append(", ".join(_isolated(each) for each in [*names.values()][:MOST_NAMES]))
    body = "".join(f"<p>{line}</p>" for line in lines)
    return _page(escape(shown.text), _isolated(shown), body)


def term_page(term: Term) -> str:
    """Write the page of a type or a property."""
    title = escape(term.name)
    return _page(title, title, f"<p>{escape(term.description)}</p>")


def _page(title: str, heading: str, body: str) -> str:
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{title}</title></head><body><h1>{heading}</h1>{body}</body></html>"
    )


def _isolated(name: Name) -> str:
    """Write a name so that its direction does not turn what stands around it."""
    told = marked(name.text, name.language)
    if told == {"lang": ENGLISH, "dir": "ltr"}:
        return escape(name.text)
    attributes = "".join(f' {key}="{escape(value)}"' for key, value in told.items())
    return f"<bdi{attributes}>{escape(name.text)}</bdi>"


def _candidate(found: Found, directory: Directory, marks: Marks) -> dict[str, Any]:
    parts = (found.entity.description, found.reason)
    return {
        "id": found.entity.id,
        "name": found.entity.label,
        "description": " · ".join(part for part in parts if part),
        **marks(found.entity.label, found.entity.name.language),
        "type": _types(found.entity, directory, marks),
        "score": found.score,
        "match": found.is_match,
    }


def _named(name: str, marks: Marks) -> dict[str, str]:
    """Write an English name."""
    return {"name": name, **marks(name, ENGLISH)}


def _types(entity: Entity, directory: Directory, marks: Marks) -> list[dict[str, str]]:
    known = [directory.types[each] for each in entity.types if each in directory.types]
    return [{"id": each.id, **_named(each.name, marks)} for each in known]


def _term(term: Term, known: Mapping[str, Term], marks: Marks) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": term.id,
        "description": term.description,
        **_named(term.name, marks),
    }
    broader = [
        {"id": each, **_named(known[each].name, marks)} for each in term.broader if each in known
    ]
    return {**told, "broader": broader} if broader else told


def _meta(properties: Iterable[str], directory: Directory, marks: Marks) -> list[dict[str, Any]]:
    return [{"id": each, **_named(directory.properties[each].name, marks)} for each in properties]


def _cells(values: Values, entity_id: str, property_id: str, marks: Marks) -> list[dict[str, Any]]:
    """Write the values of a cell, each with what is told of its text."""
    cells = []
    for each in values.get((entity_id, property_id), []):
        language = str(each.get("lang", ""))
        text = each.get("str", each.get("name"))
        told = {} if text is None else marks(text, language)
        cell = {key: value for key, value in each.items() if key != "lang"} | told
        if cell not in cells:
            cells.append(cell)
    return cells


def _default_types(profile: Profile, directory: Directory) -> list[dict[str, str]]:
    known = [directory.types[each] for each in profile.default_types if each in directory.types]
    return [{"id": each.id, "name": each.name} for each in known]


def _suggestion(address: str, kind: str) -> dict[str, str]:
    return {
        "service_url": address,
        "service_path": f"/suggest/{kind}",
        "flyout_service_url": address,
        "flyout_service_path": f"/flyout/{kind}?id=${{id}}",
    }
