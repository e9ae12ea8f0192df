"""Write what a proposed claim says, in plain words of the project's own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allegiance.drafting.clauses import Clause
    from allegiance.drafting.lexicon import Lexicon, Verb
    from allegiance.drafting.stance import Stance
    from allegiance.register import Entry

__all__ = ["named", "sentence_of"]

_WITH_ARTICLE = frozenset(
    {
        *("Government", "StateOrgan", "ArmedForce", "InternationalOrganisation", "Bloc"),
        *("PoliticalOrganisation", "ResearchOrganisation"),
    }
)
_GROUP_NOUNS = frozenset({"Army", "Brigade", "Front", "Group", "Guard", "Militia", "Movement"})
_AUXILIARY = {"hypothetical": "could", "prediction": "will", "normative": "should"}


def sentence_of(
    clause: Clause,
    people: tuple[Sequence[Entry], Sequence[Entry]],
    stance: Stance,
    speakers: Sequence[Entry],
    lexicon: Lexicon,
) -> str:
    """Write one full sentence: who, what, and by whom it is said."""
    subjects, objects = people
    trigger = clause.trigger
    plural = len(subjects) > 1 or _is_plural(subjects[0], lexicon)
    verb = _verb(trigger.says, clause, stance, plural=plural)
    rest = trigger.says.particle
    if objects and trigger.towards:
        rest = f"{rest} {trigger.towards}"
    rest = rest.format(object=named(objects, lexicon)) if objects else rest
    words = f"{named(subjects, lexicon)} {verb} {rest}".strip()
    if speakers:
        words = f"according to {named(speakers, lexicon)}, {words}"
    return f"{words[0].upper()}{words[1:]}."


def named(entries: Sequence[Entry], lexicon: Lexicon) -> str:
    """Write names as they stand within a sentence: the United States, Iran and Russia."""
    names = [_name(entry, lexicon) for entry in entries]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _verb(says: Verb, clause: Clause, stance: Stance, *, plural: bool) -> str:
    not_ = "not " if stance.negated else ""
    auxiliary = _AUXILIARY.get(stance.status)
    if auxiliary is not None:
        return f"{auxiliary} {not_}{says.base}"
    perfect = re.search(r"\b(?:has|have)\b|\b(?:has|have)n['\u2019]t", clause.between) is not None
    if perfect and clause.form in {"past", "participle"}:
        return f"{'have' if plural else 'has'} {not_}{says.participle}"
    bare_tie = clause.form == "bare" and clause.trigger.frame not in {"event", "statement"}
    if (clause.form in {"present", "base"} and " did" not in clause.between) or bare_tie:
        if stance.negated:
            return f"{'do' if plural else 'does'} not {says.base}"
        return (says.base if plural else says.present) or ""
    return f"did not {says.base}" if stance.negated else says.past or ""


def _name(entry: Entry, lexicon: Lexicon) -> str:
    label = re.sub(r" \(unnamed\)$", "", entry.label)
    if label.startswith("The ") and entry.class_name != "MediaOrganisation":
        return "t" + label[1:]
    if re.match(r"\S+['\u2019]s ", label):
        return label
    last = label.rpartition(" ")[2]
    article = (
        entry.class_name in _WITH_ARTICLE
        or label.startswith("United ")
        or (entry.class_name == "ArmedGroup" and _is_group(label, last, lexicon))
        or (entry.class_name == "UnnamedActor" and entry.approximate_count == 1)
    )
    return f"the {label}" if article else label


def _is_group(label: str, last: str, lexicon: Lexicon) -> bool:
    return label not in lexicon.singular and (last.endswith("s") or last in _GROUP_NOUNS)


def _is_plural(entry: Entry, lexicon: Lexicon) -> bool:
    if entry.class_name not in {"ArmedGroup", "ArmedForce", "Bloc", "UnnamedActor", "Community"}:
        return False
    return entry.label not in lexicon.singular and entry.label.endswith("s")
