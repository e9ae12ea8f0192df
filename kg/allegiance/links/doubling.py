"""Find what is linked twice as the same thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allegiance.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from allegiance.finding import Place
    from allegiance.links.link import Link

__all__ = ["doubled_links"]


def doubled_links(exact: Iterable[Link]) -> Mapping[Place, Finding]:
    """Lead from the place of a row to what it doubles: the entry or the item of another row.

    Takes the exact links that have no fault of their own. Of two rows, the one whose names differ
    is suspected, else the later one.
    """
    linked: dict[str, Link] = {}
    doubled: dict[Place, Finding] = {}
    for link in sorted(exact, key=lambda each: bool(each.names_differ)):
        for key, column in ((f"id:{link.subject}", "subject_id"), (link.item or "", "object_id")):
            earlier = linked.setdefault(key, link)
            if earlier is not link and link.row.place not in doubled:
                message = f"{key} is linked already, at {earlier.row.place}."
                remedy = "Keep the right one of the two rows, or make one of them a closeMatch."
                found = Finding(link.place_of(column), "links/doubled", message, remedy)
                doubled[link.row.place] = found
    return doubled
