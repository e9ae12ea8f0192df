"""What reads the queries of the reconciliation API, in both versions, and what extends them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from target import Target, require

from allegiance_server.errors import (
    QueryTooLongError,
    RequestError,
    UnsupportedMediaTypeError,
)
from allegiance_server.web.reconciliation.requests import (
    BATCH_SIZE,
    MAX_LIMIT,
    callback_of,
    check_qualifiers,
    read_batch,
    read_draft_batch,
    read_extension,
    read_form,
    read_json,
    read_number,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from allegiance_server.web.reconciliation.directory import Wanted

__all__ = ["BATCHES", "DRAFT_BATCHES", "EXTENSIONS", "RECONCILIATION_TARGET"]

REFUSALS: Final = (QueryTooLongError, RequestError, UnsupportedMediaTypeError)
BATCHES: Final[tuple[dict[str, Any], ...]] = (
    {"q0": {"query": "Iran", "type": "State", "limit": 3, "type_strict": "should"}},
    {"q0": {"query": "Iran", "type": [{"id": "State"}, "Q6256"]}, "q1": {"query": "the Kremlin"}},
    {"a": {"query": "", "properties": [{"pid": "P31", "v": {"id": "Q6256"}}]}},
    {"a": {"query": "\u0625\u064a\u0631\u0627\u0646", "properties": [{"pid": "x", "v": [1, 2.5]}]}},
    {"a": {"query": "\ud800", "limit": 1e308}, "b": {"query": "x" * 400, "type": None}},
    {},
)
DRAFT_BATCHES: Final[tuple[dict[str, Any], ...]] = (
    {"queries": [{"conditions": [{"matchType": "name", "propertyValue": "Iran"}], "lang": "fa"}]},
    {"queries": [{"conditions": [{"matchType": "id", "propertyValue": ["iran", "Q794"]}]}]},
    {
        "queries": [
            {
                "type": "State",
                "dir": "rtl",
                "conditions": [
                    {"matchType": "name", "propertyValue": "\u0130ran"},
                    {
                        "matchType": "property",
                        "propertyId": "P31",
                        "propertyValue": True,
                        "required": True,
                        "matchQuantifier": "none",
                        "matchQualifier": "ExactMatch",
                    },
                ],
            }
        ]
    },
    {"queries": []},
)
EXTENSIONS: Final[tuple[dict[str, Any], ...]] = (
    {"ids": ["iran", "Q794"], "properties": [{"id": "label", "settings": {"limit": "2"}}]},
    {"ids": ["Q794"], "properties": [{"id": "Len"}, {"id": "P31", "settings": {"limit": 1}}]},
    {"ids": [], "properties": []},
    {"ids": ["nobody", "\ud800"], "properties": [{"id": "P31"}, {"id": "P31"}]},
)
WORDS: Final = (
    *('{"q":{"query":"a"}}', '"query":', '"type":', '"type_strict":"all"', '"limit":', '"pid":'),
    *('"properties":[', '"v":', '"conditions":[', '"matchType":"name"', '"propertyValue":'),
    *('"matchQualifier":', '"required":', '"ids":[', '"settings":{', '"id":', "1e999", "NaN"),
    *("-0.0", "null", "true", '"\\ud800"', "[[", "{}", "queries=", "extend=", "&", "callback="),
)
FORM: Final = "application/x-www-form-urlencoded"


def run_reconciliation(data: bytes) -> None:
    """Have bytes read as each thing that clients send: it is read, or refused by an error."""
    asked = _form(data)
    for name in ("limit", "callback"):
        value = {name: asked.get(name, data[:40].decode("latin-1"))}
        _number_or_name(name, value)
    try:
        body = read_json(asked.get("queries", data), "The body")
    except REFUSALS:
        return
    for read in (_batch, _draft_batch, read_extension):
        try:
            read(body)
        except REFUSALS as error:
            require(bool(error.detail and error.remedy), "a refusal without a word", data)


def _form(data: bytes) -> dict[str, str]:
    try:
        return read_form(data, FORM)
    except REFUSALS:
        return {}


def _number_or_name(name: str, asked: dict[str, str]) -> None:
    try:
        if name == "limit":
            require(0 <= read_number(asked, name, 10, MAX_LIMIT) <= MAX_LIMIT, "no limit", asked)
        else:
            require("(" not in (callback_of(asked) or ""), "no name", asked)
    except RequestError:
        return


def _batch(body: dict[str, Any]) -> None:
    read = read_batch(body)
    require(list(read) == list(body), "keys are lost", body)
    _look_at(read.values())


def _draft_batch(body: dict[str, Any]) -> None:
    read = read_draft_batch(body)
    require(len(read) == len(body["queries"]), "queries are lost", body)
    _look_at(read)


def _look_at(read: Iterable[Wanted]) -> None:
    wanted = list(read)
    require(len(wanted) <= BATCH_SIZE, "too many", wanted)
    for each in wanted:
        require(1 <= each.limit <= MAX_LIMIT, "no limit", each)
        texts = (each.text, *each.ids, *each.types, *(v for c in each.conditions for v in c.values))
        require(all(isinstance(text, str) for text in texts), "no text", each)
    check_qualifiers(wanted)


RECONCILIATION_TARGET: Final = Target(
    "reconciliation",
    run_reconciliation,
    tuple(json.dumps(each).encode() for each in (*BATCHES, *DRAFT_BATCHES, *EXTENSIONS)),
    WORDS,
    2048,
)
