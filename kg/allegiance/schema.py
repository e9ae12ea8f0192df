"""Write the JSON Schemas and the JSON-LD context of the contribution format.

They follow from frames.yaml and the ontology, so that an editor completes exactly what the reader
accepts. `allegiance.generate` writes the files; a test compares them with what stands here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from allegiance.namespaces import EDTF, PREFIXES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from allegiance.frames import Field, Frame
    from allegiance.vocabulary import Vocabulary

__all__ = ["SLUG", "captures_schema", "document_schema", "json_ld_context", "register_schema"]

Json: TypeAlias = dict[str, object]

SLUG = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
_REFERENCE = r"^[a-z0-9]+(?:-[a-z0-9]+)*(?:/[a-z0-9]+(?:-[a-z0-9]+)*)?$"
_DIALECT = "http://json-schema.org/draft-07/schema#"
_DIGEST = r"^[0-9a-f]{64}$"
_LONGEST_CHAIN = 6  # the shapes of a chain count no further
_DRAFT_REASON = r"^draft: \S"
_ARTICLES = (
    "NewsArticle",
    "AnalysisNewsArticle",
    "BackgroundNewsArticle",
    "OpinionNewsArticle",
    "ReportageNewsArticle",
)


def document_schema(frames: Mapping[str, Frame], vocabulary: Vocabulary) -> Json:
    """Return the schema of kg/data/sources/*.yaml."""
    properties: Json = {
        "document": _slug("The document's id; the file bears the same name."),
        "type": {"enum": list(_ARTICLES), "description": "Its kind, by schema.org."},
        "title": _text("The title as published."),
        "language": {"type": "string", "pattern": "^[a-z]{2,3}(?:-[A-Za-z0-9]+)*$"},
        "recorded": {
            "type": "string",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
            "description": "The day on which the claims were entered: 2026-11-21.",
        },
        "author": _many(_slug("An actor's id; left out where the document names none.")),
        "publications": {"type": "array", "items": _publication(), "minItems": 1},
        "capture": _capture_span(),
        "claims": {"type": "array", "items": _claim(frames, vocabulary)},
        "unclaimed": {"type": "array", "items": _unclaimed(vocabulary)},
        "assessments": {"type": "array", "items": _assessment(vocabulary)},
        "note": _text("For readers of the file; it makes no triple."),
    }
    required = [
        *("document", "type", "title", "language", "recorded"),
        *("publications", "capture", "claims"),
    ]
    return _file("A document and its claims", properties, required)


def register_schema(vocabulary: Vocabulary) -> Json:
    """Return the schema of kg/data/actors/*.yaml."""
    common: Json = {
        "label": _text("The name that readers know."),
        "alias": _many(_text("Another name.")),
        "description": _text("One sentence, in our words."),
        "locatedIn": _slug("The state or place in which it lies."),
        "note": _text("What tells it from its namesakes."),
    }
    classes = [name for name in vocabulary.kinds_of("Actor") if name != "Actor"]
    actor: Json = {
        "class": {"enum": classes},
        **common,
        "iso": {"type": "string", "pattern": "^[A-Z]{2}$", "description": "ISO 3166-1 alpha-2."},
        "governmentOf": _slug("The state that a government governs."),
        "organOf": _slug("The actor that an organ or a force belongs to."),
        "affiliatedWith": _slug("The actor that an unnamed speaker belongs to."),
        "describedAs": _text("The document's own words, at most 12."),
        "approximateCount": {"type": "integer", "minimum": 1},
    }
    properties: Json = {
        "actors": _register_section(actor, ["class", "label"]),
        "places": _register_section(common, ["label"]),
        "topics": _register_section(common, ["label"]),
    }
    return _file("Actors, places and topics", properties, [])


def captures_schema() -> Json:
    """Return the schema of kg/data/captures.yaml."""
    capture: Json = {
        "url": {"type": "string", "pattern": '^https?://[^ <>"]+$'},
        "sha256": {"type": "string", "pattern": _DIGEST},
        "characters": {"type": "integer", "minimum": 1},
        "normalisation": _text("What was done to the text between page and file."),
        "note": _text("For readers of the file."),
    }
    section = _register_section(capture, ["url", "sha256", "characters", "normalisation"])
    return _file("Captured pages", {"captures": section}, ["captures"])


def json_ld_context(frames: Mapping[str, Frame]) -> Json:
    """Return a JSON-LD context in which the keys of a claim mean what the reader makes of them."""
    context: Json = {
        "@version": 1.1,
        "@base": PREFIXES["id"],
        **{name: space for name, space in PREFIXES.items() if name not in {"id", "source"}},
        "id": "dcterms:identifier",
        "claims": {"@reverse": "al:assertedIn", "@container": "@set"},
        "says": {"@id": "al:says", "@language": "en"},
        "status": _concept("al:epistemicStatus", "epistemic-status"),
        "polarity": _concept("al:polarity", "polarity"),
        "certainty": _concept("al:certainty", "certainty"),
        "attributedTo": {"@id": "al:attributedTo", "@type": "@id", "@container": "@list"},
        "hedge": "al:hedge",
        "at": {"@id": "al:evidence", "@context": _passage_context()},
        "edtf": {"@id": "rdf:value", "@type": EDTF.value},
        "words": "al:dateWords",
        "basis": "al:dateBasis",
        "title": "dcterms:title",
        "author": {"@id": "dcterms:creator", "@type": "@id"},
    }
    for frame in frames.values():
        context[frame.key] = {"@id": "al:content", "@context": _frame_context(frame)}
    return {"@context": context}


def _passage_context() -> Json:
    return {
        "start": {"@id": "oa:start", "@type": "xsd:integer"},
        "end": {"@id": "oa:end", "@type": "xsd:integer"},
        "quote": "oa:exact",
        "starts": "al:startsWith",
        "ends": "al:endsWith",
        "sha256": "al:passageDigest",
    }


def _frame_context(frame: Frame) -> Json:
    keys: Json = {"id": "@id"} if "id" in frame.fields else {}
    for field in frame.fields.values():
        if field.predicate is not None:
            keys[field.key] = _json_ld_term(field)
    if frame.kind == "event":
        keys["type"] = {
            "@id": "rdf:type",
            "@type": "@vocab",
            "@context": {"@vocab": PREFIXES["al"]},
        }
    return keys


def _json_ld_term(field: Field) -> object:
    name = "rdfs:label" if field.predicate == "label" else f"al:{field.predicate}"
    if field.scheme is not None:
        return _concept(name, field.scheme)
    if field.type == "date":
        return {"@id": name, "@type": EDTF.value}
    return name if field.type in _SCALARS else {"@id": name, "@type": "@id"}


def _concept(name: str, scheme: str) -> Json:
    return {"@id": name, "@type": "@id", "@context": {"@base": f"{PREFIXES['scheme']}{scheme}/"}}


_SCALARS: Mapping[str, Json] = {
    "text": {"type": "string", "minLength": 1},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
}


def _claim(frames: Mapping[str, Frame], vocabulary: Vocabulary) -> Json:
    place = {"anyOf": [{"type": "array", "items": _passage(), "minItems": 1}, _passage()]}
    properties: Json = {
        "id": _slug("A short name for the claim, unique in the document."),
        "says": _text("What the document says, in our own words: one full sentence."),
        "status": _scheme("epistemic-status", vocabulary),
        "polarity": _scheme("polarity", vocabulary),
        "certainty": _scheme("certainty", vocabulary),
        "hedge": _text("The source's own hedging words, at most 12."),
        "attributedTo": _many(
            _slug("Who is said to say so: outermost first, origin last."), _LONGEST_CHAIN
        ),
        "condition": _many(_reference("A claim that states the if.")),
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
        "review": _scheme("review-status", vocabulary),
        "at": place,
        "note": _text("For readers of the file; it makes no triple."),
        **{frame.key: _frame(frame, vocabulary) for frame in frames.values()},
    }
    return _object(properties, ["id", "says", "status", "at"]) | {
        "oneOf": [{"required": [key]} for key in frames]
    }


def _frame(frame: Frame, vocabulary: Vocabulary) -> Json:
    properties: Json = {field.key: _field(field, vocabulary) for field in frame.fields.values()}
    required = [field.key for field in frame.fields.values() if field.required]
    definition = vocabulary.definitions.get(PREFIXES["al"] + frame.class_name, "")
    return _object(properties, required) | {"description": definition}


def _field(field: Field, vocabulary: Vocabulary) -> Json:
    value = _value(field, vocabulary)
    if field.note is not None:
        value = value | {"description": field.note}
    if field.pair:
        return {"type": "array", "items": value, "minItems": 2, "uniqueItems": True}
    return _many(value) if field.many else value


def _value(field: Field, vocabulary: Vocabulary) -> Json:
    if field.type in _SCALARS:
        return dict(_SCALARS[field.type])
    if field.scheme is not None:
        return _scheme(field.scheme, vocabulary)
    if field.type.startswith("class:"):
        return {"enum": list(vocabulary.kinds_of(field.type.removeprefix("class:")))}
    if field.type == "date":
        return _date()
    return _reference("") if field.type in {"claim", "content", "thing"} else _slug("")


def _publication() -> Json:
    return _object(
        {
            "outlet": _slug("The actor that published it."),
            "published": _date(),
            "url": {"type": "string", "pattern": '^https?://[^ <>"]+$'},
        },
        ["outlet"],
    )


def _date() -> Json:
    edtf: Json = {"type": ["string", "integer"], "description": "EDTF: 2024-10-01, 2024-10, 2024~"}
    full = _object(
        {
            "edtf": edtf,
            "words": _text("The document's own words, at most 12."),
            "basis": _text("How a relative date was settled, in our words."),
        },
        ["edtf"],
    )
    return {"anyOf": [edtf, full]}


def _capture_span() -> Json:
    properties: Json = {"page": _slug("The capture's id."), "start": _offset(), "end": _offset()}
    return _object(properties, ["page", "start", "end"])


def _passage() -> Json:
    properties: Json = {
        "start": _offset(),
        "end": _offset(),
        "quote": _text("The whole passage, if it has at most 12 words."),
        "starts": _text("The first words of a longer passage."),
        "ends": _text("Its last words; with the first ones at most 12."),
        "sha256": {"type": "string", "pattern": _DIGEST},
    }
    return _object(properties, []) | {
        "anyOf": [{"required": ["quote"]}, {"required": ["starts", "ends"]}]
    }


def _unclaimed(vocabulary: Vocabulary) -> Json:
    passage = _passage()
    properties = passage["properties"]
    # A draft says in free words what is left to decide; it is no reason for good.
    reasons = [
        _scheme("unclaimed-reason", vocabulary),
        {"type": "string", "pattern": _DRAFT_REASON},
    ]
    reason: Json = {"reason": {"anyOf": reasons}}
    return passage | {"properties": {**_entries(properties), **reason}, "required": ["reason"]}


def _assessment(vocabulary: Vocabulary) -> Json:
    properties: Json = {
        "claim": _reference("The claim that is assessed."),
        "verdict": _scheme("verdict", vocabulary),
        "by": _text("Who assesses."),
        "date": _date(),
        "reason": _text("Why, in our words, with what it rests on."),
    }
    return _object(properties, ["claim", "verdict", "by", "date", "reason"])


def _entries(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _register_section(properties: Json, required: list[str]) -> Json:
    return {
        "type": "object",
        "propertyNames": {"pattern": SLUG},
        "additionalProperties": _object(properties, required),
    }


def _file(title: str, properties: Json, required: list[str]) -> Json:
    return {"$schema": _DIALECT, "title": title} | _object(properties, required)


def _object(properties: Json, required: list[str]) -> Json:
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _many(value: Json, most: int | None = None) -> Json:
    several: Json = {"type": "array", "items": value, "minItems": 1}
    return {"anyOf": [value, several if most is None else several | {"maxItems": most}]}


def _scheme(name: str, vocabulary: Vocabulary) -> Json:
    return {"enum": list(vocabulary.schemes.get(name, ()))}


def _slug(description: str) -> Json:
    return _described({"type": "string", "pattern": SLUG}, description)


def _reference(description: str) -> Json:
    return _described({"type": "string", "pattern": _REFERENCE}, description)


def _described(value: Json, description: str) -> Json:
    return value | {"description": description} if description else value


def _text(description: str) -> Json:
    return {"type": "string", "minLength": 1, "description": description}


def _offset() -> Json:
    return {"type": "integer", "minimum": 0}
