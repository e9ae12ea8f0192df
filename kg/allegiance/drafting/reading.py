"""Read one sentence: the claims that it proposes, or why it proposes none."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from allegiance.drafting.attribution import quoted_spans, speeches
from allegiance.drafting.clauses import Clause, Grammar, mask
from allegiance.drafting.dating import dates_in
from allegiance.drafting.lexicon import Lexicon, load_lexicon
from allegiance.drafting.mentions import RegisterNames
from allegiance.drafting.proposal import Proposal, Span, contents_of, date_value
from allegiance.drafting.stance import Stance, stance_of
from allegiance.drafting.wording import named, sentence_of

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Sequence

    from allegiance.corpus import Corpus
    from allegiance.drafting.attribution import Speech
    from allegiance.drafting.clauses import Masked
    from allegiance.drafting.dating import DatedWords
    from allegiance.drafting.mentions import Mention
    from allegiance.sentences import Sentence

__all__ = ["Reader", "Reading"]

_LONGEST = 1500
_ENDS = (".", "!", "…", ".”", ".\u2019", '."', ".'", "!”", '!"', "”", '"', ".)", ":")
_LISTED = 4


@dataclass(frozen=True, slots=True)
class Reading:
    """Hold what a sentence proposes; where that is nothing, `reason` says why.

    `speakers` are those to whom it attributes something, for the quotation that may go on.
    """

    proposals: tuple[Proposal, ...] = ()
    reason: str = ""
    speakers: tuple[Mention, ...] = ()


@dataclass(frozen=True, slots=True)
class _Said:
    """Hold a clause with its stance and the one who is said to say so."""

    clause: Clause
    stance: Stance
    speaker: Mention | None


class Reader:
    """Read sentences with the names of a register and the table of words; it keeps no state."""

    def __init__(
        self,
        corpus: Corpus,
        published: datetime.date | None,
        article: str = "",
        language: str = "en",
    ) -> None:
        """Prepare names and grammar; of other languages than English it knows only the names."""
        self._english = language.partition("-")[0] == "en"
        self._corpus = corpus
        self._published = published
        self._lexicon: Lexicon = load_lexicon(corpus.bundle.schema)
        self._grammar = Grammar(self._lexicon)
        self._names = RegisterNames(corpus.entries.values(), article)

    def read(self, sentence: Sentence, number: int, *, quoted: bool) -> Reading:
        """Read the sentence with this number; `quoted`: it begins within a quotation."""
        mentions = self._names.mentions(sentence.text)
        if (reason := _unreadable(sentence.text)) is not None:
            return Reading((), reason)
        if not mentions:
            return Reading((), "draft: names nobody of the register; no claim proposed")
        if not self._english:
            return Reading((), self._listed(mentions))
        masked = mask(sentence.text, mentions)
        acts = [self._spoken(act) for act in speeches(masked, self._grammar, self._lexicon)]
        speakers = tuple(speaker for act in acts for speaker in act.speakers)
        said, reasons = self._said(masked, acts, sentence.text, quoted=quoted)
        proposals = self._proposals(said, acts, masked, sentence, number)
        if proposals:
            return Reading(tuple(proposals), "", speakers)
        return Reading((), reasons[0] if reasons else self._listed(mentions), speakers)

    def _spoken(self, act: Speech) -> Speech:
        """Let nobody speak where the register has a place or a topic for the speaker's name."""
        is_a = self._corpus.vocabulary.is_a
        actors = all(is_a(speaker.entry.class_name, "Actor") for speaker in act.speakers)
        return act if actors else replace(act, speakers=())

    def _said(
        self, masked: Masked, acts: Sequence[Speech], sentence: str, *, quoted: bool
    ) -> tuple[list[_Said], list[str]]:
        """Find the clauses that may be proposed, and the reasons why others may not."""
        said, reasons = [], []
        quotations = _quotations(masked.text, quoted=quoted)
        clauses = [c for t in self._lexicon.triggers for c in self._grammar.clauses(masked, t)]
        for clause in sorted(clauses, key=lambda found: found.verb.start):
            stance = stance_of(clause, sentence, self._lexicon)
            over = [a for a in acts if clause.verb.start in a.scope and clause.verb != a.verb]
            speakers = {m.entry.id: m for act in over for m in act.speakers}
            if stance.doubted:
                reasons.append("draft: hearsay whose origin is not named; no claim proposed")
            elif over and (len(speakers) != 1 or not all(act.speakers for act in over)):
                reasons.append("draft: said by somebody whom no entry names; no claim proposed")
            elif not over and any(clause.verb.start in span for span in quotations):
                reasons.append("draft: within a quotation; no claim proposed")
            else:
                speaker = next(iter(speakers.values()), None)
                said.append(_Said(clause, _as_said(stance, over), speaker))
        return said, reasons

    def _proposals(
        self,
        said: Sequence[_Said],
        acts: Sequence[Speech],
        masked: Masked,
        sentence: Sentence,
        number: int,
    ) -> list[Proposal]:
        dates = dates_in(sentence.text, self._published)
        span = Span(sentence.start, sentence.end, sentence.text)
        found: list[tuple[_Said, Proposal]] = []
        for one in said:
            written = self._dated(one, said, dates, masked)
            proposals = self._contents(one, written, number)
            found += [(one, replace(proposal, spans=(span,))) for proposal in proposals]
        linked = [self._linked(one, proposal, acts, found) for one, proposal in found]
        spoken = [
            replace(statement, spans=(span,))
            for act in acts
            if act.trigger is self._lexicon.saying and act.speakers
            for statement in self._statement(act, found, masked.text, number)
        ]
        return [*spoken, *linked]

    def _contents(self, one: _Said, written: dict[str, object], number: int) -> Iterator[Proposal]:
        clause, corpus = one.clause, self._corpus
        said_by = () if one.speaker is None else (one.speaker.entry,)
        for content in contents_of(clause, corpus.frames, corpus.vocabulary):
            people = (content.subjects, content.objects)
            last = (content.objects or content.subjects)[0].id
            yield Proposal(
                id=f"s{number}-{content.subjects[0].id}-{clause.trigger.name}"
                + (f"-{last}" if content.objects else ""),
                says=sentence_of(clause, people, one.stance, said_by, self._lexicon),
                stance=one.stance,
                attributed_to=tuple(entry.id for entry in said_by),
                frame=clause.trigger.frame,
                values=content.values | written,
                number=number,
            )

    def _dated(
        self, one: _Said, said: Sequence[_Said], dates: Sequence[DatedWords], masked: Masked
    ) -> dict[str, object]:
        """Give the date that belongs to a clause beyond doubt: it stands at the verb, or alone."""
        fields = self._corpus.frames[one.clause.trigger.frame].fields
        key = "date" if "date" in fields else "since"
        fitting = [
            dated for dated in dates if dated.since == (key == "since") or one.clause.trigger.begins
        ]
        if one.stance.status != "asserted":
            # Counted back from the publication, what is yet to come would lie in the past.
            fitting = [dated for dated in fitting if not dated.relative]
        verb = one.clause.verb
        near = [
            dated
            for dated in fitting
            if dated.words in one.clause.between or dated.start == masked.origin[verb.stop] + 1
        ]
        alone = len(dates) == 1 and len(said) == 1
        chosen = near if len(near) == 1 else fitting if alone else []
        return {key: date_value(chosen[0])} if chosen else {}

    def _linked(
        self,
        one: _Said,
        proposal: Proposal,
        acts: Sequence[Speech],
        found: Sequence[tuple[_Said, Proposal]],
    ) -> Proposal:
        """Let a statement name the claims that give what was said."""
        act = next((act for act in acts if act.verb == one.clause.verb), None)
        inside = [] if act is None else _inside(act, found)
        if not inside or proposal.frame != "statement":
            return proposal
        return replace(proposal, values=proposal.values | {"proposes": inside})

    def _statement(
        self, act: Speech, found: Sequence[tuple[_Said, Proposal]], text: str, number: int
    ) -> Iterator[Proposal]:
        """Propose that somebody spoke, where their words or something they said is known."""
        speakers = tuple(mention.entry for mention in act.speakers)
        inside = _inside(act, found)
        direct = any(span.start in act.scope for span in quoted_spans(text))
        if not inside and not direct:
            return
        names = [entry.id for entry in speakers]
        who = named(speakers, self._lexicon)
        said = next((p.says.partition(", ")[2] for _, p in found if p.id in inside), None)
        says = f"{who} said that {said}" if said else f"{who} is quoted in sentence {number}."
        values: dict[str, object] = {"speaker": names if len(names) > 1 else names[0]}
        values |= self._lexicon.saying.fixed
        values |= {"direct": True} if direct else {}
        values |= {"proposes": inside} if inside else {}
        yield Proposal(
            id=f"s{number}-{names[0]}-speaks",
            says=says[0].upper() + says[1:],
            stance=Stance(),
            attributed_to=(),
            frame="statement",
            values=values,
            number=number,
        )

    def _listed(self, mentions: Sequence[Mention]) -> str:
        labels = list(dict.fromkeys(mention.entry.label for mention in mentions))
        shown = [*labels[:_LISTED], *(["others"] if len(labels) > _LISTED else [])]
        names = shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
        return f"draft: mentions {names}; no claim proposed"


def _unreadable(sentence: str) -> str | None:
    """Say why a sentence is not read at all, or return None."""
    if len(sentence) > _LONGEST:
        return "draft: too long for one sentence; no claim proposed"
    if re.search(r"\?[”\"')]*$", sentence):
        return "draft: a question; no claim proposed"
    if not sentence.endswith(_ENDS):
        return "draft: a heading, a caption or a part of the page; no claim proposed"
    return None


def _quotations(text: str, *, quoted: bool) -> Sequence[range]:
    if quoted and not re.search(r"[“”\"]", text):
        return [range(len(text))]
    return quoted_spans(text)


def _as_said(stance: Stance, over: Sequence[Speech]) -> Stance:
    """Carry what a verb of saying does to what is said: a denial, a demand."""
    for act in over:
        if act.trigger is not None and act.trigger.denies:
            stance = replace(stance, negated=not stance.negated)
        if act.trigger is not None and act.trigger.name == "demands":
            stance = replace(stance, status="normative")
    return stance


def _inside(act: Speech, found: Sequence[tuple[_Said, Proposal]]) -> list[str]:
    speakers = [mention.entry.id for mention in act.speakers]
    return [
        proposal.id
        for one, proposal in found
        if one.clause.verb.start in act.scope
        and one.clause.verb != act.verb
        and list(proposal.attributed_to) == speakers
    ]
