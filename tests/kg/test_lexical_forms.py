"""Lexical forms: what XML Schema 1.1 lets be written, and nothing that merely looks like it."""

from __future__ import annotations

import pytest

from allegiance.lexical_forms import XSD, is_lexical_form

GOOD = {
    "Name": ["a:b", "_x-1", "élan"],
    "NCName": ["a.b", "élan"],
    "NMTOKEN": ["1-a:b", "-"],
    "anyURI": ["", "not a uri", "https://e.org/"],
    "base64Binary": ["", "YQ==", "YWI=", "YWJj", "YW Jj"],
    "boolean": ["true", "false", "0", "1"],
    "byte": ["-128", "127", "+0127"],
    "date": [
        "2024-02-29",
        "2000-02-29",
        "0000-02-29",
        "-0004-02-29",
        "12024-12-31Z",
        "2024-01-01-14:00",
    ],
    "dateTime": ["2024-01-01T00:00:00", "2024-01-01T24:00:00.0", "2024-01-01T23:59:59.123+05:30"],
    "dateTimeStamp": ["2024-01-01T00:00:00Z"],
    "dayTimeDuration": ["P1D", "-PT0.5S", "P1DT2H3M4S"],
    "decimal": ["1", "-1.50", ".5", "5.", "+007"],
    "double": ["1e6", "-1.5E-3", "INF", "+INF", "-INF", "NaN", ".5"],
    "duration": ["P1Y", "P1M", "PT1M", "P1Y2M3DT4H5M6.7S", "-P0D"],
    "float": ["1.0"],
    "gDay": ["---31", "---01Z"],
    "gMonth": ["--12", "--01+01:00"],
    "gMonthDay": ["--02-29", "--12-31"],
    "gYear": ["2024", "-0044", "12024", "0000"],
    "gYearMonth": ["2024-12", "2024-01Z"],
    "hexBinary": ["", "0aFF"],
    "integer": ["0", "-5", "+5", "9" * 5000],
    "language": ["en", "de-CH-1996"],
    "negativeInteger": ["-1"],
    "nonNegativeInteger": ["0", "-0", "18446744073709551616"],
    "nonPositiveInteger": ["0", "-1"],
    "normalizedString": ["", "  a  b "],
    "positiveInteger": ["1"],
    "string": ["", " a\n\tb "],
    "time": ["00:00:00", "24:00:00", "12:30:00.5Z"],
    "token": ["", "a b"],
    "unsignedByte": ["255"],
    "unsignedLong": ["18446744073709551615"],
    "yearMonthDuration": ["P1Y2M", "-P14M"],
}
BAD = {
    "Name": ["", "1a", "a b"],
    "NCName": ["a:b", "-a"],
    "NMTOKEN": ["", "a b"],
    "base64Binary": ["YQ=", "YR==", "YWJ", " YWJj", "a"],
    "boolean": ["True", "yes", "", "true\n", "1 "],
    "byte": ["128", "-129", "1.0", "9" * 5000],
    "date": [
        "2024-13-40",
        "2024-02-30",
        "2023-02-29",
        "1900-02-29",
        "2024-04-31",
        "June 2024",
        "24-01-01",
        "02024-01-01",
        "2024-1-1",
        "2024-01-01\n",
        " 2024-01-01",
        "٢٠٢٤-٠١-٠١",
        "2024-01-01+14:01",
        "2024-01-00",
        "2024-00-01",
        "2024-01-01T00:00:00",
        "+2024-01-01",
        "",
    ],
    "dateTime": [
        "2024-01-01",
        "2024-13-01T00:00:00",
        "2024-01-01T24:00:01",
        "2024-01-01T25:00:00",
        "2024-01-01T00:60:00",
        "2024-01-01T00:00:60",
        "2024-01-01 00:00:00",
        "2024-01-01T00:00",
        "2024-02-30T00:00:00Z",
        "2024-01-01T00:00:00.",
        "2024-01-01T00:00:00z",
    ],
    "dateTimeStamp": ["2024-01-01T00:00:00"],
    "dayTimeDuration": ["P", "PT", "P1Y", "P1DT", "-P"],
    "decimal": ["", ".", "1e6", "1,5", "١", "+-1", "INF", "1\n"],
    "double": ["", "inf", "nan", "1e", "e6", "1e6.5", "Infinity", "+NaN", "0x1p3", "1_000"],
    "duration": [
        "P",
        "PT",
        "1Y",
        "P1Y2D3M",
        "P1S",
        "PT1D",
        "P-1Y",
        "P1.5Y",
        "P1YT",
        "PT1.S",
        "p1y",
    ],
    "float": ["1.0f"],
    "gDay": ["---32", "31", "---00"],
    "gMonth": ["--13", "12", "--1"],
    "gMonthDay": ["--02-30", "--04-31", "02-29"],
    "gYear": ["24", "02024", "2024-01", "+2024", "2024\n", "२०२४", "-24"],
    "gYearMonth": ["2024-13", "2024-00", "2024", "2024-1", "2024-01-01"],
    "hexBinary": ["0", "0g"],
    "integer": ["", "1.0", "1e3", "--1", "1 ", "1\n", "1_000", "१", "0x10"],
    "language": ["", "de_CH", "abcdefghi"],
    "negativeInteger": ["0", "1"],
    "nonNegativeInteger": ["-1"],
    "nonPositiveInteger": ["1"],
    "normalizedString": ["a\tb", "a\n", "a\rb"],
    "positiveInteger": ["0", "-1"],
    "string": ["a\0b", "\ufffe"],
    "time": ["24:00:01", "12:30", "12:60:00", "1:00:00"],
    "token": [" a", "a ", "a  b", "a\nb"],
    "unsignedByte": ["256", "-1"],
    "unsignedLong": ["18446744073709551616"],
    "yearMonthDuration": ["P", "P1D", "P2M1Y"],
}


@pytest.mark.parametrize(("name", "form"), [(n, form) for n in GOOD for form in GOOD[n]])
def test_a_form_of_the_recommendation_passes(name: str, form: str) -> None:
    """What the grammar of a datatype lets be written is a form of it."""
    assert is_lexical_form(form, XSD + name)


@pytest.mark.parametrize(("name", "form"), [(n, form) for n in BAD for form in BAD[n]])
def test_what_only_looks_like_a_form_is_refused(name: str, form: str) -> None:
    """Days that no calendar has, white space, other digits and other ways to write are refused."""
    assert not is_lexical_form(form, XSD + name)


def test_other_datatypes_are_not_judged() -> None:
    """Of a datatype that is not of XML Schema, or not known there, nothing is said."""
    assert is_lexical_form("\0", "http://e.org/date")
    assert is_lexical_form("anything", XSD + "QName")
