"""Tell which links were decided so long ago that somebody should look again."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from allegiance.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from allegiance.links.link import Link

__all__ = ["old_links"]


def old_links(links: Iterable[Link], today: datetime.date, days: int) -> Iterator[Finding]:
    """Give a hint for each row that is older than a number of days, and a fault for the future.

    Rows without a day are a matter of the audit.
    """
    for link in links:
        try:
            decided = datetime.date.fromisoformat(link.date)
        except ValueError:
            continue
        age = (today - decided).days
        if age < 0:
            message = f"{link.date} lies ahead of {today.isoformat()}."
            remedy = "Write the day on which it was decided."
            yield _finding(link, message, remedy, Severity.VIOLATION)
        elif age > days:
            message = f"It was decided {age} days ago."
            what = "an item is there by now" if link.item is None else "the item is still the same"
            yield _finding(link, message, f"Look whether {what}, and date it anew.", Severity.INFO)


def _finding(link: Link, message: str, remedy: str, severity: Severity) -> Finding:
    return Finding(link.place_of("mapping_date"), "links/age", message, remedy, severity)
