"""What kind of thing the classes of an item make it, for the few classes that settle it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["CLASS_LABELS", "kind_of"]

# Label and kind of each class. The labels are checked against the source tables by a test, for an
# id that was written down wrongly is still the id of something.
CLASS_LABELS: Final[Mapping[str, tuple[str, str]]] = {
    "Q5": ("human", "person"),
    "Q515": ("city", "place"),
    "Q532": ("village", "place"),
    "Q3918": ("university", "organisation"),
    "Q3957": ("town", "place"),
    "Q4508": ("navy", "armed-force"),
    "Q5084": ("hamlet", "place"),
    "Q6256": ("country", "state"),
    "Q7366": ("song", "other"),
    "Q11424": ("film", "other"),
    "Q11446": ("ship", "other"),
    "Q31855": ("research institute", "organisation"),
    "Q37726": ("army", "armed-force"),
    "Q43229": ("organization", "organisation"),
    "Q55488": ("railway station", "place"),
    "Q55818": ("impact crater", "place"),
    "Q61883": ("air force", "armed-force"),
    "Q93184": ("drawing", "other"),
    "Q101352": ("family name", "other"),
    "Q105999": ("cargo ship", "other"),
    "Q134556": ("single", "other"),
    "Q169930": ("extended play", "other"),
    "Q188913": ("plantation", "place"),
    "Q190107": ("weather station", "place"),
    "Q207628": ("musical composition", "other"),
    "Q209939": ("live album", "other"),
    "Q215380": ("musical group", "organisation"),
    "Q222910": ("compilation album", "other"),
    "Q325261": ("satellite state", "state"),
    "Q482994": ("album", "other"),
    "Q484652": ("international organization", "organisation"),
    "Q486972": ("human settlement", "place"),
    "Q498162": ("census-designated place", "place"),
    "Q751708": ("village in the United States", "place"),
    "Q852190": ("shipwreck", "other"),
    "Q1093829": ("city of the United States", "place"),
    "Q1475691": ("Mars crater", "place"),
    "Q1549591": ("big city", "place"),
    "Q2039348": ("municipality of the Netherlands", "place"),
    "Q2631496": ("constituency of the European Parliament", "place"),
    "Q3024240": ("historical country", "state"),
    "Q3305213": ("painting", "other"),
    "Q3624078": ("sovereign state", "state"),
    "Q4167410": ("Wikimedia disambiguation page", "other"),
    "Q5398426": ("television series", "other"),
    "Q13442814": ("scholarly article", "other"),
    "Q15127012": ("town of the United States", "place"),
    "Q17343829": ("unincorporated community", "place"),
    "Q18593264": ("item of collection or exhibition", "other"),
    "Q47461344": ("written work", "other"),
    "Q55850593": ("music track with vocals", "other"),
    "Q63141557": ("translated song", "other"),
}


def kind_of(classes: Iterable[str]) -> str:
    """Return the kind that the known ones among the classes agree on, or the empty string.

    >>> kind_of(("Q5",)), kind_of(("Q5", "Q515")), kind_of(("Q1",))
    ('person', '', '')
    """
    kinds = {CLASS_LABELS[item][1] for item in classes if item in CLASS_LABELS}
    return kinds.pop() if len(kinds) == 1 else ""
