"""Find who does what to whom: a subject, a verb of the table, an object.

Names are replaced by one sign each, so that the grammar is plain regular expressions. It is narrow
on purpose: where a word stands between them that it does not know, it proposes nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from allegiance.drafting.lexicon import Lexicon, Trigger, Verb
    from allegiance.drafting.mentions import Mention

__all__ = ["Clause", "Grammar", "Masked", "mask"]

_SIGN = 0xE000
_NAME = "[\ue000-\uf8ff]"
_GROUP = rf"(?:[Tt]he )?{_NAME}(?:(?:, (?:the )?{_NAME})*,? and (?:the )?{_NAME})?"
_DASH = r"[-\u2013\u2014]"
_ASIDE = (
    r"(?:, (?!and |but |or )[^,;:\u201c\u201d\"]{2,90},| \([^()]{1,60}\)"
    rf"| {_DASH} [^;\u2013\u2014\u201c\u201d\"]{{2,80}}? {_DASH})?"
)
_NOUN_FILLER = r"(?:(?:an?|the|one of the|its|another) )?(?P<adjectives>(?:[\w-]+ ){0,3})"
_COPULA = r"(?:is|are|was|were|been|remains?|remained|became|become)"
_PASSIVE = frozenset({"is", "are", "was", "were", "be", "been", "being"})
# An adjective that takes the noun back: a former ally is none.
_FORMER = frozenset({"former", "one-time", "onetime", "erstwhile", "potential", "possible"}) | {
    *("so-called", "would-be", "once", "formerly", "no", "not", "likely", "unlikely"),
}
_WEEKDAY = r"on (?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
)
_DATE = rf"{_WEEKDAY}|in {_MONTH}(?: \d{{4}})?|in \d{{4}}|last (?:year|month|week)|yesterday"
_HELPERS = frozenset({"could", "may", "might", "would", "will", "shall", "should", "must"}) | {
    *("cannot", "to", "do", "does", "did"),
    *("t", "don", "doesn", "didn", "couldn", "wouldn", "won", "shouldn"),
}
_FORMS = ("base", "present", "past", "participle")


@dataclass(frozen=True, slots=True)
class Masked:
    """Hold a sentence with one sign for each name; `origin` leads to its offsets."""

    text: str
    origin: tuple[int, ...]
    mentions: tuple[Mention, ...]

    def named(self, part: str) -> tuple[Mention, ...]:
        """Return the mentions whose signs stand in a part of the text."""
        return tuple(self.mentions[ord(sign) - _SIGN] for sign in re.findall(_NAME, part))


@dataclass(frozen=True, slots=True)
class Clause:
    """Hold one match; offsets are those of the masked text.

    `start` is where the subject begins, `verb` where the verb stands; `between` are the words that
    stand between the two. `form` is the verb's form: base, present, past or participle; bare where
    a passive has no verb that tells a time.
    """

    trigger: Trigger
    subjects: tuple[Mention, ...]
    objects: tuple[Mention, ...]
    start: int
    verb: range
    between: str
    form: str


def mask(sentence: str, mentions: Sequence[Mention]) -> Masked:
    """Replace each name by one sign of its own.

    >>> mask("They spoke.", ()).text
    'They spoke.'
    """
    pieces: list[str] = []
    origin: list[int] = []
    position = 0
    for number, mention in enumerate(mentions):
        pieces += [sentence[position : mention.start], chr(_SIGN + number)]
        origin += [*range(position, mention.start), mention.start]
        position = mention.end
    pieces.append(sentence[position:])
    origin += range(position, len(sentence) + 1)
    return Masked("".join(pieces), tuple(origin), tuple(mentions))


class Grammar:
    """Match the triggers of a table; patterns are made once for each trigger."""

    def __init__(self, lexicon: Lexicon) -> None:
        """Prepare the parts that all patterns share."""
        self._lexicon = lexicon
        listed = sorted({*lexicon.between, *(modal.words for modal in lexicon.modals)}, key=len)
        words = "|".join(re.escape(word) for word in [*reversed(listed), *lexicon.negation])
        doubt = "|".join(lexicon.doubt)
        self._between = (
            rf"(?P<between>(?:,? (?:{words}|{doubt}|\w+n['\u2019]t|{_DATE})(?![\w-]))*,?)"
        )
        before = "|".join(lexicon.before_object)
        self._object = rf"(?: (?:{before}))* (?P<object>{_GROUP}){self._ending}"
        self._patterns = {
            (trigger.name, trigger.after): self._trigger_patterns(trigger)
            for trigger in (*lexicon.triggers, lexicon.saying)
        }

    @property
    def _ending(self) -> str:
        """Return what has to follow a name, so that it is not the beginning of a longer one."""
        after = "|".join(self._lexicon.after_object)
        return rf"(?=$|[.,;:!?)\u201d\"]| {_DASH} | (?:{after})\b| \()"

    def clauses(self, masked: Masked, trigger: Trigger) -> Iterator[Clause]:
        """Find all matches of a trigger in a sentence."""
        seen: set[tuple[int, ...]] = set()
        for kind, pattern in self._patterns[trigger.name, trigger.after]:
            position = 0
            while (match := pattern.search(masked.text, position)) is not None:
                position = max(match.start("verb"), match.start() + 1)
                clause = self._clause(masked, trigger, kind, match)
                if clause is None:
                    continue
                # Where it all stands; two patterns can find one clause.
                names = (*clause.subjects, *clause.objects)
                key = (clause.verb.start, *(mention.start for mention in names))
                if key not in seen:
                    seen.add(key)
                    yield clause

    def verbs(self, masked: Masked, trigger: Trigger) -> Iterator[range]:
        """Find a trigger's verbs wherever they stand, with or without a subject."""
        for match in re.finditer(rf"(?<![\w-]){_verb(trigger.verbs)}(?![\w-])", masked.text):
            yield range(*match.span())

    def _clause(
        self, masked: Masked, trigger: Trigger, kind: str, match: re.Match[str]
    ) -> Clause | None:
        parts = match.groupdict()
        between, form = parts.get("between") or "", _form(parts)
        subjects = masked.named(parts["subject"])
        if not self._may_be_subject(masked.text, match.start()) or (
            trigger.several and len(subjects) < 2  # noqa: PLR2004 - a pair
        ):
            return None
        words = re.findall(r"[\w-]+", between.lower())
        # "..., said Russia": the comma closes what is said, and the subject comes after the verb.
        detached = between == ","
        if kind == "active" and (detached or _is_no_deed(words, form, subjects)):
            return None
        adjectives = (parts.get("adjectives") or "").lower().split()
        if kind == "noun" and not _FORMER.isdisjoint([*words, *adjectives]):
            return None
        return Clause(
            trigger=trigger,
            subjects=subjects,
            objects=masked.named(parts.get("object") or ""),
            start=match.start(),
            verb=range(*match.span("verb")),
            between=between,
            form=_passive_form(words) if kind == "passive" else form,
        )

    def _may_be_subject(self, text: str, start: int) -> bool:
        """Tell whether a group of names begins here, and not the end of a longer phrase."""
        before = text[:start]
        if before and (before[-1].isalnum() or before[-1] in "-'\u2019"):
            return False
        word = re.search(r"([\w-]+),? $", before)
        return word is None or word[1].lower() not in self._lexicon.not_before_subject

    def _trigger_patterns(self, trigger: Trigger) -> tuple[tuple[str, re.Pattern[str]], ...]:
        found: list[tuple[str, str]] = []
        if trigger.verbs:
            found += self._verb_patterns(trigger)
        if trigger.noun:
            found += self._noun_patterns(trigger)
        if trigger.adjective:
            found += self._adjective_patterns(trigger)
        return tuple((kind, re.compile(pattern)) for kind, pattern in found)

    def _verb_patterns(self, trigger: Trigger) -> Iterator[tuple[str, str]]:
        head = rf"(?P<subject>{_GROUP}){_ASIDE}{self._between} "
        after = f" {trigger.after}" if trigger.after else ""
        verb = rf"(?P<verb>{_verb(trigger.verbs)}){after}(?![\w-])(?! by\b)"
        adverb = f" {trigger.adverb}" if trigger.adverb else ""
        if trigger.object == "none":
            yield "active", head + verb
            return
        needed = "?" if trigger.object == "optional" else ""
        yield "active", rf"{head}{verb}(?:{self._object}{adverb}){needed}"
        if not trigger.after and not adverb:
            passive = rf"(?P<object>{_GROUP}){_ASIDE}{self._between} "
            doer = rf" by(?: the)? (?P<subject>{_GROUP}){self._ending}"
            yield "passive", rf"{passive}(?P<verb>{_participle(trigger.verbs)}){doer}"

    def _noun_patterns(self, trigger: Trigger) -> Iterator[tuple[str, str]]:
        acting = rf"(?:{self._ending}|(?= \w+ed\b))"
        noun = rf"{_NOUN_FILLER}(?P<verb>{trigger.noun})"
        subject, other = rf"(?P<subject>{_GROUP})", rf"(?P<object>{_GROUP})"
        towards = rf" (?:of|to) (?:the )?{other}{self._ending}"
        yield "noun", rf"{subject}{_ASIDE}{self._between} {_COPULA} {noun}{towards}"
        yield "noun", rf"{subject}{_ASIDE}(?P<between>) ?{_COPULA} {noun}{towards}"
        yield "noun", rf"{subject}, (?P<between>){noun}{towards}"
        yield (
            "noun",
            rf"(?P<object>{_NAME})['\u2019]s? (?P<between>){noun},? {subject}{acting}",
        )

    def _adjective_patterns(self, trigger: Trigger) -> Iterator[tuple[str, str]]:
        word = rf"(?P<verb>{trigger.adjective})"
        subject, other = rf"(?P<subject>{_GROUP})", rf"(?P<object>{_GROUP})"
        other += rf"(?:{self._ending}|(?= \w+ed\b))"
        if " " in trigger.adjective:
            yield "noun", rf"{subject}{_ASIDE}{self._between} {word} (?:the )?{other}"
        else:
            yield "noun", rf"{subject}(?P<between>)-{word} {other}"


def _verb(verbs: Sequence[Verb]) -> str:
    named = ((form, [_shaped(verb, form) for verb in verbs]) for form in _FORMS)
    return (
        "(?:"
        + "|".join(
            rf"(?P<{form}>{'|'.join(shape for shape in shapes if shape)})"
            for form, shapes in named
            if any(shapes)
        )
        + ")"
    )


def _participle(verbs: Sequence[Verb]) -> str:
    return "|".join(shape for verb in verbs if (shape := _shaped(verb, "participle")))


def _shaped(verb: Verb, form: str) -> str | None:
    forms = {"base": verb.base, "present": verb.present, "past": verb.past}
    word = forms.get(form, verb.participle)
    if word is None:
        return None
    return f"{word} {verb.particle}" if verb.particle else word


def _form(parts: dict[str, str | None]) -> str:
    return next((form for form in _FORMS if parts.get(form)), "present")


def _passive_form(words: Sequence[str]) -> str:
    if "been" in words:
        return "participle"
    if {"is", "are"}.intersection(words):
        return "present"
    return "past" if {"was", "were"}.intersection(words) else "bare"


def _is_no_deed(words: Sequence[str], form: str, subjects: Sequence[Mention]) -> bool:
    """Tell whether the verb is not what the subject does: "was attacked", "the Iran attack"."""
    if form in {"past", "participle"}:
        return bool(words) and words[-1] in _PASSIVE
    if form != "base":
        return False
    plural = len(subjects) > 1 or subjects[0].entry.label.endswith("s")
    return not plural and _HELPERS.isdisjoint(words)
