"""Rows grow old: after a number of days somebody should look again."""

from __future__ import annotations

import datetime

from allegiance.finding import Place, Severity
from allegiance.links.ageing import old_links
from allegiance.links.link import Link, link_of
from allegiance.links.tables import MappingRow


def _link(day: str) -> Link:
    values = {
        "subject_id": "id:arcadia",
        "predicate_id": "skos:exactMatch",
        "object_id": "wikidata:Q101",
        "mapping_justification": "semapv:ManualMappingCuration",
        "mapping_date": day,
    }
    return link_of(MappingRow(values, {key: Place("t.sssom.tsv", 2) for key in values}))


def _severities(day: str, today: str, days: int) -> list[Severity]:
    found = old_links([_link(day)], datetime.date.fromisoformat(today), days)
    return [each.severity for each in found]


def test_a_row_is_old_after_its_days() -> None:
    """With 365 days, a row of 1 January 2025 is in order on 1 January 2026, and old a day later."""
    assert _severities("2025-01-01", "2026-01-01", 365) == []
    assert _severities("2025-01-01", "2026-01-02", 365) == [Severity.INFO]


def test_a_day_to_come_is_a_fault() -> None:
    """Nobody has decided anything tomorrow."""
    assert _severities("2026-01-02", "2026-01-01", 365) == [Severity.VIOLATION]


def test_a_row_without_a_day_is_left_to_the_audit() -> None:
    """What is no day has no age."""
    assert _severities("soon", "2026-01-01", 365) == []
