"""The forms in which XML Schema 1.1 lets the values of its datatypes be written.

pySHACL leaves this to rdflib, which lets several forms pass that are none: "2024-01-01" as a
dateTime, "2024-13" as a gYearMonth, digits of other scripts. Here the grammar of the recommendation
is taken literally, with its calendar: no white space around, digits 0 to 9 only, no 30 February.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["XSD", "is_lexical_form"]

XSD: Final = "http://www.w3.org/2001/XMLSchema#"

_YEAR = r"-?(?:[1-9][0-9]{3,}|0[0-9]{3})"
_MONTH = r"(?:0[1-9]|1[0-2])"
_DAY = r"(?:0[1-9]|[12][0-9]|3[01])"
_ZONE = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_TIME = r"(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?|24:00:00(?:\.0+)?)"
_DATE = f"(?P<year>{_YEAR})-(?P<month>{_MONTH})-(?P<day>{_DAY})"
_DECIMAL = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_DOUBLE = rf"{_DECIMAL}(?:[Ee][+-]?[0-9]+)?|[+-]?INF|NaN"
_INTEGER = r"[+-]?[0-9]+"
_HOURS = r"T(?=[0-9])(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:\.[0-9]+)?S)?"
_BASE64 = (
    r"(?:(?:[A-Za-z0-9+/] ?){4})*(?:(?:[A-Za-z0-9+/] ?){3}[A-Za-z0-9+/]"
    r"|(?:[A-Za-z0-9+/] ?){2}[AEIMQUYcgkosw048] ?=|[A-Za-z0-9+/] ?[AQgw] ?= ?=)?"
)
_TOKEN = r"(?:[^\t\n\r ]+(?: [^\t\n\r ]+)*)?"  # noqa: S105 - a datatype, no secret
_INITIAL = (
    r"A-Z_a-z\xC0-\xD6\xD8-\xF6\xF8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C\u200D\u2070-\u218F"
    r"\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF"
)
_FURTHER = _INITIAL + r"0-9.\-\xB7\u0300-\u036F\u203F\u2040"

_PATTERNS: Final[Mapping[str, re.Pattern[str]]] = MappingProxyType(
    {
        name: re.compile(pattern)
        for name, pattern in {
            "Name": f"[:{_INITIAL}][:{_FURTHER}]*",
            "NCName": f"[{_INITIAL}][{_FURTHER}]*",
            "NMTOKEN": f"[:{_FURTHER}]+",
            "base64Binary": _BASE64,
            "boolean": "true|false|0|1",
            "date": f"{_DATE}{_ZONE}?",
            "dateTime": f"{_DATE}T{_TIME}{_ZONE}?",
            "dateTimeStamp": f"{_DATE}T{_TIME}{_ZONE}",
            "dayTimeDuration": f"-?P(?=[0-9T])(?:[0-9]+D)?(?:{_HOURS})?",
            "decimal": _DECIMAL,
            "double": _DOUBLE,
            "duration": f"-?P(?=[0-9T])(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+D)?(?:{_HOURS})?",
            "float": _DOUBLE,
            "gDay": f"---{_DAY}{_ZONE}?",
            "gMonth": f"--{_MONTH}{_ZONE}?",
            "gMonthDay": f"--(?P<month>{_MONTH})-(?P<day>{_DAY}){_ZONE}?",
            "gYear": f"{_YEAR}{_ZONE}?",
            "gYearMonth": f"{_YEAR}-{_MONTH}{_ZONE}?",
            "hexBinary": "(?:[0-9A-Fa-f]{2})*",
            "language": "[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*",
            "normalizedString": r"[^\t\n\r]*",
            "time": f"{_TIME}{_ZONE}?",
            "token": _TOKEN,
            "yearMonthDuration": "-?P(?=[0-9])(?:[0-9]+Y)?(?:[0-9]+M)?",
        }.items()
    }
)
# The least and the greatest value; None: there is none.
_RANGES: Final[Mapping[str, tuple[int | None, int | None]]] = MappingProxyType(
    {
        "byte": (-(2**7), 2**7 - 1),
        "int": (-(2**31), 2**31 - 1),
        "integer": (None, None),
        "long": (-(2**63), 2**63 - 1),
        "negativeInteger": (None, -1),
        "nonNegativeInteger": (0, None),
        "nonPositiveInteger": (None, 0),
        "positiveInteger": (1, None),
        "short": (-(2**15), 2**15 - 1),
        "unsignedByte": (0, 2**8 - 1),
        "unsignedInt": (0, 2**32 - 1),
        "unsignedLong": (0, 2**64 - 1),
        "unsignedShort": (0, 2**16 - 1),
    }
)
_DAYS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_INTEGER_FORM: Final = re.compile(_INTEGER)
# More digits than any bound has: the value lies beyond it, and Python need not compute it.
_DIGITS: Final = 20
# No document in XML can hold these, by escapes neither.
_NO_CHARACTERS: Final = re.compile("[\\x00\\uD800-\\uDFFF\\uFFFE\\uFFFF]")


def is_lexical_form(form: str, datatype: str) -> bool:
    """Tell whether a text is a form of an XML Schema datatype, named by its IRI.

    Texts of other datatypes, and of those that RDF 1.1 does not take from XML Schema, are not
    judged: they pass. Of a text that is any string, only characters that XML lacks are refused.

    >>> is_lexical_form("2024-02-29", XSD + "date"), is_lexical_form("2023-02-29", XSD + "date")
    (True, False)
    """
    name = datatype.removeprefix(XSD)
    if name == datatype:
        return True
    if _NO_CHARACTERS.search(form):
        return False
    if name in _RANGES:
        return _INTEGER_FORM.fullmatch(form) is not None and _lies_in_range(form, *_RANGES[name])
    pattern = _PATTERNS.get(name)
    if pattern is None:
        return True
    match = pattern.fullmatch(form)
    return match is not None and _is_in_calendar(match.groupdict())


def _lies_in_range(form: str, least: int | None, greatest: int | None) -> bool:
    digits = form.lstrip("+-").lstrip("0")[: _DIGITS + 1] or "0"
    value = -int(digits) if form.startswith("-") else int(digits)
    return (least is None or least <= value) and (greatest is None or value <= greatest)


def _is_in_calendar(parts: Mapping[str, str]) -> bool:
    """Tell whether a month has a day; in a leap year, and without any year, February has 29."""
    if "day" not in parts:
        return True
    month, day = int(parts["month"]), int(parts["day"])
    february = 2
    is_longer = month == february and ("year" not in parts or _is_leap(parts["year"]))
    return day <= _DAYS[month - 1] + is_longer


def _is_leap(year: str) -> bool:
    """Tell it by the last four digits, which repeat after 400 years; a year may have any number."""
    last = int(year[-4:])
    return last % 4 == 0 and (last % 100 != 0 or last % 400 == 0)
