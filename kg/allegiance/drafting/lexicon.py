"""Hold the table of words that propose claims: kg/data/schema/drafting.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Lexicon", "Modal", "Trigger", "Verb", "load_lexicon"]

_ABSENT = "-"


@dataclass(frozen=True, slots=True)
class Verb:
    """Hold a verb's forms and its particle; a form that is a noun as well is None."""

    base: str | None
    present: str | None
    past: str | None
    participle: str | None
    particle: str

    @staticmethod
    def of(text: str) -> Verb:
        """Read `base/present/past[/participle] particle`.

        >>> Verb.of("break/breaks/broke/broken off").participle
        'broken'
        """
        forms, _, particle = text.partition(" ")
        given = [None if form == _ABSENT else form for form in forms.split("/")]
        base, present, past = given[:3]
        return Verb(base, present, past, given[3] if len(given) > 3 else past, particle)  # noqa: PLR2004


@dataclass(frozen=True, slots=True)
class Trigger:
    """Hold what proposes a claim (verbs, noun, adjective) and the claim that it proposes.

    The keys are those of drafting.yaml; `unless` stands there as `not`.
    """

    name: str
    verbs: tuple[Verb, ...]
    after: str
    adverb: str
    noun: str
    adjective: str
    frame: str
    fixed: Mapping[str, object]
    roles: Mapping[str, str]
    object: str
    several: bool
    unless: frozenset[str]
    only: frozenset[str]
    says: Verb
    towards: str
    contains: bool
    denies: bool
    begins: bool
    apart: bool


@dataclass(frozen=True, slots=True)
class Modal:
    """Hold words between subject and verb, and the status and certainty that they give."""

    words: str
    status: str
    certainty: str | None


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Hold the whole table; `saying` are the verbs that only attribute."""

    triggers: tuple[Trigger, ...]
    saying: Trigger
    modals: tuple[Modal, ...]
    condition: tuple[str, ...]
    doubt: tuple[str, ...]
    negation: frozenset[str]
    between: tuple[str, ...]
    before_object: tuple[str, ...]
    after_object: tuple[str, ...]
    not_before_subject: frozenset[str]
    singular: frozenset[str]


def load_lexicon(schema: Path) -> Lexicon:
    """Read drafting.yaml in the folder of the format."""
    table = yaml.safe_load((schema / "drafting.yaml").read_text(encoding="utf-8"))
    saying = table["saying"]
    return Lexicon(
        triggers=tuple(_trigger(part) for part in table["proposals"]),
        saying=_trigger(
            {
                "name": "speaks",
                "verbs": saying["verbs"],
                "frame": "statement",
                "fixed": {"modality": saying["modality"]},
                "roles": {"speaker": "subject"},
                "object": "none",
                "says": saying["says"],
                "contains": True,
            }
        ),
        modals=tuple(
            Modal(words, status, None if certainty == "none" else certainty)
            for status, levels in table["stance"].items()
            for certainty, listed in levels.items()
            for words in listed
        ),
        condition=tuple(table["condition"]),
        doubt=tuple(table["doubt"]),
        negation=frozenset(table["negation"]),
        between=tuple(table["between"]),
        before_object=tuple(table["before-object"]),
        after_object=tuple(table["after-object"]),
        not_before_subject=frozenset(table["not-before-subject"]),
        singular=frozenset(table["singular"]),
    )


def _trigger(part: Mapping[str, object]) -> Trigger:
    verbs, fixed, roles = part.get("verbs"), part.get("fixed"), part.get("roles")
    return Trigger(
        name=str(part["name"]),
        verbs=tuple(Verb.of(str(verb)) for verb in verbs) if isinstance(verbs, list) else (),
        after=str(part.get("after", "")),
        adverb=str(part.get("adverb", "")),
        noun=str(part.get("noun", "")),
        adjective=str(part.get("adjective", "")),
        frame=str(part["frame"]),
        fixed=fixed if isinstance(fixed, dict) else {},
        roles=roles if isinstance(roles, dict) else {},
        object=str(part.get("object", "required")),
        several=part.get("subjects") == "several",
        unless=_classes(part.get("not")),
        only=_classes(part.get("only")),
        says=Verb.of(str(part["says"])),
        towards=str(part.get("towards", "")),
        contains=bool(part.get("contains", False)),
        denies=bool(part.get("denies", False)),
        begins=bool(part.get("begins", False)),
        apart=bool(part.get("apart", False)),
    )


def _classes(value: object) -> frozenset[str]:
    return frozenset(str(name) for name in value) if isinstance(value, list) else frozenset()
