"""Read what clients of the reconciliation API send, in versions 0.2 and 1.0-draft.

Specification: https://reconciliation-api.github.io/specs/
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import parse_qsl

from allegiance_server.errors import (
    BodyTooLargeError,
    QueryTooLongError,
    RequestError,
    UnsupportedMediaTypeError,
)
from allegiance_server.web.reconciliation.directory import EXACT, Condition, Wanted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "BATCH_SIZE",
    "MAX_BODY_BYTES",
    "Extension",
    "body_too_large",
    "callback_of",
    "check_qualifiers",
    "read_batch",
    "read_draft_batch",
    "read_extension",
    "read_form",
    "read_json",
    "read_number",
]

# OpenRefine sends ten queries at a time, other clients hundreds.
BATCH_SIZE: Final = 50
MAX_IDS: Final = 500
MAX_PROPERTIES: Final = 30
MAX_CONDITIONS: Final = 30
MAX_VALUES: Final = 50
MAX_TYPES: Final = 10
MAX_LIMIT: Final = 50
DEFAULT_LIMIT: Final = 10
MAX_BODY_BYTES: Final = 1024 * 1024
MAX_FIELDS: Final = 20
# No name is as long; to compare such a text with all of them would take long, and find none.
LONGEST_TEXT: Final = 1000

CALLBACK: Final = re.compile(r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*", re.ASCII)
LONGEST_CALLBACK: Final = 100
MOST_DIGITS: Final = 12

QUERY_MEMBERS: Final = frozenset({"query", "type", "limit", "properties", "type_strict"})
DRAFT_MEMBERS: Final = frozenset({"type", "limit", "lang", "dir", "conditions"})
KINDS: Final = ("name", "id", "property")
DIRECTIONS: Final = ("ltr", "rtl", "auto")


@dataclass(frozen=True, slots=True)
class Extension:
    """Hold which values are asked of which entries; a limit of 0 stands for all values."""

    ids: tuple[str, ...]
    properties: Mapping[str, int]


def read_form(body: bytes, media_type: str) -> dict[str, str]:
    """Read a form; raises UnsupportedMediaTypeError, or RequestError for what is none."""
    if media_type.partition(";")[0].strip().lower() not in (
        "",
        "application/x-www-form-urlencoded",
    ):
        detail = f"The body is {media_type[:60]!r}."
        raise UnsupportedMediaTypeError(detail, "Send application/x-www-form-urlencoded.")
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except (UnicodeDecodeError, ValueError) as error:
        detail = f"The body is no form: {error}."
        raise RequestError(detail, "Send queries=... or extend=..., URL-encoded UTF-8.") from None


def read_json(text: str | bytes, name: str) -> dict[str, Any]:
    """Read an object of JSON; raises RequestError for another thing."""
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        detail = f"{name} is no JSON: {error}."[:300]
        raise RequestError(detail, "Send a JSON object in UTF-8.") from None
    if not isinstance(value, dict):
        detail = f"{name} is no JSON object."
        raise RequestError(detail, "Send a JSON object in UTF-8.")
    return value


def read_batch(batch: Mapping[str, Any]) -> dict[str, Wanted]:
    """Read a batch of 0.2; raises RequestError, or QueryTooLongError for too many queries."""
    _check_size(len(batch))
    return {key: _query(value, f"the query {key[:40]!r}") for key, value in batch.items()}


def read_draft_batch(body: Mapping[str, Any]) -> list[Wanted]:
    """Read a batch of 1.0-draft; raises RequestError, or QueryTooLongError for too many queries."""
    queries = _list(body.get("queries"), "queries", None)
    _check_size(len(queries))
    return [_draft_query(each, f"the query {place}") for place, each in enumerate(queries)]


def check_qualifiers(wanted: Iterable[Wanted]) -> None:
    """Refuse ways to compare values that are not offered here: RequestError."""
    asked = {condition.qualifier for each in wanted for condition in each.conditions}
    for name in sorted(asked - {EXACT}):
        _refuse(f"The matchQualifier {name[:40]!r} is not offered", f"Only {EXACT} is.")


def read_extension(body: Mapping[str, Any]) -> Extension:
    """Read a data extension query, which both versions write alike; raises RequestError."""
    ids = _list(body.get("ids"), "ids", MAX_IDS)
    properties = _list(body.get("properties"), "properties", MAX_PROPERTIES)
    return Extension(
        tuple(dict.fromkeys(_text(each, "an id") for each in ids)),
        dict(_property(each) for each in properties),
    )


def callback_of(asked: Mapping[str, str]) -> str | None:
    """Return the function that a page wants called; raises RequestError for no name of one."""
    name = asked.get("callback")
    if name is None or (len(name) <= LONGEST_CALLBACK and CALLBACK.fullmatch(name)):
        return name
    detail = "The parameter callback is no name of a function."
    raise RequestError(detail, "Ask without it: every page may read the answers (CORS).")


def read_number(asked: Mapping[str, str], name: str, default: int, most: int) -> int:
    """Read a whole number that is not negative; what is beyond `most` is taken as `most`."""
    text = asked.get(name, "") or str(default)
    if not text.isascii() or not text.isdecimal() or len(text) > MOST_DIGITS:
        _refuse(f"The parameter {name} is {text[:40]!r}", "Give a whole number.")
    return min(int(text), most)


def body_too_large() -> BodyTooLargeError:
    """Make the error of a body that is too large."""
    detail = f"The body has more than {MAX_BODY_BYTES} bytes."
    return BodyTooLargeError(detail, f"Send at most {BATCH_SIZE} queries at a time.")


def _query(value: object, place: str) -> Wanted:
    query = _object(value, place)
    _check_members(query, QUERY_MEMBERS, place)
    properties = _list(query.get("properties", []), f"properties of {place}", MAX_CONDITIONS)
    if "query" not in query and not properties:
        _refuse(f"Neither query nor properties stand in {place}", "Say what is looked for.")
    strict = query.get("type_strict", "any")
    if strict not in ("any", "should", "all"):
        _refuse(f"type_strict of {place} is {strict!r:.40}", "Write any, should or all.")
    return Wanted(
        text=_searched(_text(query.get("query", ""), f"query of {place}")),
        # "any" and "should", which OpenRefine sends, are one: another type lowers the score.
        types=_types(query.get("type"), place),
        has_every_type=strict == "all",
        limit=_limit(query, place),
        conditions=tuple(_condition(each, place) for each in properties),
    )


def _condition(value: object, place: str) -> Condition:
    condition = _object(value, f"a property of {place}")
    for name in ("pid", "v"):
        if name not in condition:
            _refuse(f"A property of {place} has no {name}", "Give both pid and v.")
    pid = _text(condition["pid"], f"pid of {place}")
    return Condition(pid, _values(condition["v"], place))


def _draft_query(value: object, place: str) -> Wanted:
    query = _object(value, place)
    _check_members(query, DRAFT_MEMBERS, place)
    conditions = _list(query.get("conditions"), f"conditions of {place}", MAX_CONDITIONS)
    if not conditions:
        _refuse(f"{place} has no conditions", "Say what is looked for.")
    if query.get("dir", "auto") not in DIRECTIONS:
        _refuse(f"dir of {place} is {query['dir']!r:.40}", f"Write {', '.join(DIRECTIONS)}.")
    _text(query.get("lang", ""), f"lang of {place}")
    read = [_object(each, f"a condition of {place}") for each in conditions]
    by_kind = {kind: [c for c in read if _kind(c, place) == kind] for kind in KINDS}
    return Wanted(
        text=_searched(" ".join(_all_values(by_kind["name"], place))),
        ids=_all_values(by_kind["id"], place),
        types=_draft_type(query, place),
        limit=_limit(query, place),
        conditions=tuple(_draft_condition(each, place) for each in by_kind["property"]),
    )


def _kind(condition: Mapping[str, Any], place: str) -> str:
    kind = condition.get("matchType")
    if kind not in KINDS:
        _refuse(f"matchType of a condition of {place} is {kind!r:.40}", "Write name, id, property.")
    if "propertyValue" not in condition:
        _refuse(f"A condition of {place} has no propertyValue", "Say what is looked for.")
    return str(kind)


def _all_values(conditions: list[dict[str, Any]], place: str) -> tuple[str, ...]:
    return tuple(v for each in conditions for v in _values(each["propertyValue"], place))


def _draft_type(query: Mapping[str, Any], place: str) -> tuple[str, ...]:
    return (_text(query["type"], f"type of {place}"),) if "type" in query else ()


def _draft_condition(condition: Mapping[str, Any], place: str) -> Condition:
    quantifier = condition.get("matchQuantifier", "any")
    if quantifier not in ("any", "all", "none"):
        _refuse(f"matchQuantifier of {place} is {quantifier!r:.40}", "Write any, all or none.")
    qualifier = _text(condition.get("matchQualifier", EXACT), f"matchQualifier of {place}")
    is_required = condition.get("required", False)
    if not isinstance(is_required, bool):
        _refuse(f"required of a condition of {place} is no boolean", "Write true or false.")
    property_id = _text(condition.get("propertyId"), f"propertyId of a condition of {place}")
    values = _values(condition["propertyValue"], place)
    return Condition(property_id, values, is_required, quantifier, qualifier)


def _property(value: object) -> tuple[str, int]:
    asked = _object(value, "a property")
    settings = _object(asked.get("settings", {}), "settings of a property")
    limit = settings.get("limit", 0)
    # OpenRefine sends numbers of its settings as text.
    if isinstance(limit, str) and limit.isascii() and limit.isdecimal():
        limit = int(limit[:9])
    if isinstance(limit, bool) or not isinstance(limit, int | float) or limit < 0:
        _refuse(f"limit of a property is {limit!r:.40}", "Give a number; 0 stands for all values.")
    return _text(asked.get("id"), "id of a property"), int(min(limit, 1_000_000))


def _types(value: object, place: str) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    given = _list(value, f"type of {place}", MAX_TYPES) if isinstance(value, list) else [value]
    # Clients before OpenRefine 3 name a type by an object, as results do.
    ids = (each.get("id") if isinstance(each, dict) else each for each in given)
    return tuple(dict.fromkeys(_text(each, f"type of {place}") for each in ids))


def _limit(query: Mapping[str, Any], place: str) -> int:
    limit = query.get("limit", DEFAULT_LIMIT)
    if isinstance(limit, bool) or not isinstance(limit, int | float) or limit < 1:
        _refuse(f"limit of {place} is {limit!r:.40}", "Give a number that is at least 1.")
    return int(min(limit, MAX_LIMIT))


def _values(value: object, place: str) -> tuple[str, ...]:
    given = _list(value, f"values of {place}", MAX_VALUES) if isinstance(value, list) else [value]
    return tuple(_value(each, place) for each in given)


def _value(value: object, place: str) -> str:
    """Read a value: another entity counts by its id, a number as it is written."""
    if isinstance(value, dict):
        value = value.get("id")
    elif isinstance(value, bool):
        value = str(value).lower()
    elif isinstance(value, int | float):
        value = f"{value:.15g}" if isinstance(value, float) else str(value)
    if not isinstance(value, str):
        _refuse(f"A value of {place} is {value!r:.40}", 'Write text, a number or {"id": "..."}.')
    return value


def _searched(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else ""


def _check_size(count: int) -> None:
    if count > BATCH_SIZE:
        detail = f"The batch has {count} queries."
        raise QueryTooLongError(detail, f"Send at most {BATCH_SIZE} at a time (batchSize).")


def _check_members(value: Mapping[str, Any], known: frozenset[str], place: str) -> None:
    for name in value:
        if name not in known:
            _refuse(f"{name[:40]!r} is unknown in {place}", f"Known: {', '.join(sorted(known))}.")


def _object(value: object, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        _refuse(f"There is no object where {place} should be", "Send a JSON object.")
    return value


def _list(value: object, place: str, most: int | None) -> list[Any]:
    if not isinstance(value, list):
        _refuse(f"There is no array where {place} should be", "Send a JSON array.")
    if most is not None and len(value) > most:
        detail = f"There are {len(value)} {place}."
        raise QueryTooLongError(detail, f"Send at most {most} at a time.")
    return value


def _text(value: object, place: str) -> str:
    if not isinstance(value, str):
        _refuse(f"There is no text where {place} should be", "Send a JSON string.")
    return value


def _no_constant(name: str) -> NoReturn:
    message = f"{name} is no number of JSON"
    raise ValueError(message)


def _refuse(detail: str, remedy: str) -> NoReturn:
    sentence = f"{detail}."
    raise RequestError(sentence, remedy)
