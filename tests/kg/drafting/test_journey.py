"""From a text file to merged claims, as a newcomer goes: new, edits, evidence, fmt, build.

Each stage tells its typical mistake.

What the newcomer decides about each proposal is written down below, by hand, claim by claim.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from allegiance.build import build_store
from allegiance.corpus import read_corpus
from allegiance_server.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Checkout

    from allegiance.drafting.filing import Filed

    Start = Callable[..., Filed]

DOCUMENT = "kg/data/sources/test-week.yaml"
REVIEW = "    review: draft\n"

# Nothing but `review: draft` is taken out of these.
KEPT = (
    *("s5-iran-backs-hezbollah", "s6-russia-ally-iran", "s7-pakistan-signs-treaty"),
    *("s9-egypt-severed-relations-albania", "s11-switzerland-mediates-egypt"),
    *("s12-oman-condemns-morocco", "s17-lebanon-accuses-bahrain", "s19-khawaja-asif-speaks"),
    *("s19-bahrain-strikes-lebanon", "s22-venezuela-strikes-guam"),
    *("s23-turkey-recognises-abkhazia", "s27-iran-backs-hamas", "s29-iran-adversary-israel"),
    *("s33-saudi-arabia-supports-in-words-yemen", "s34-saudi-arabia-severed-relations-yemen"),
    *("s35-donald-trump-meets-shehbaz-sharif", "s43-afghanistan-recalls-ambassador-pakistan"),
    *("s45-ukraine-sanctions-russia", "s46-china-recognises-palestine"),
)

# What is corrected in these: for each claim, words and what the newcomer puts in their place.
EDITED = {
    "s13-masoud-pezeshkian-speaks": (
        "Masoud Pezeshkian is quoted in sentence 13.",
        "Masoud Pezeshkian gave fishing nets as the subject for which his side had travelled.",
    ),
    "s18-bahrain-denies": (
        "Bahrain made a denial.",
        "Bahrain rejected the charge concerning the stone.",
    ),
    "s20-canada-arms-houthis": ("mode: weapons", "mode: other"),
    "s25-russia-backs-venezuela": (
        "patronage: {patron: russia, client: venezuela}",
        "rhetoricalSupport: {supporter: russia, supported: venezuela}",
    ),
    "s26-iran-trains-houthis": ("mode: training", "mode: training, field: kites"),
    "s32-australia-calls-on-canada": (
        "Australia made an appeal to Canada.",
        "Australia passed the request for umbrellas on to Canada.",
    ),
    "s36-benjamin-netanyahu-pledges": (
        "Benjamin Netanyahu made a pledge.",
        "Benjamin Netanyahu pledged an Israeli raid on the factory of the kites.",
    ),
    "s47-iraq-warns-turkey": (
        "Iraq gave a warning to Turkey.",
        "Turkey was told by Iraq to expect boats of paper.",
    ),
}
DELETED = ("s15-white-house-declines-comment",)

# A claim that no proposal was made for, written with words and without offsets.
WRITTEN = """\
  - id: delegates-call-on-australia
    says: Britain's delegates asked Australia for a share of its umbrellas.
    status: asserted
    at:
      starts: Delegates from
      ends: share its umbrellas.
    statement: {speaker: united-kingdom, addressee: australia, modality: appeal}
"""
REPLACED = "starts: Delegates from the\n"


@dataclass(frozen=True, slots=True)
class Desk:
    """A newcomer's desk: the document's file, and the commands as they are typed."""

    checkout: Checkout

    @property
    def file(self) -> Path:
        """Return the drafted document."""
        return self.checkout.root / DOCUMENT

    def run(self, *arguments: str) -> int:
        """Run a command in the checkout."""
        return main([*arguments, "--root", str(self.checkout.root)])

    def replace(self, old: str, new: str) -> int:
        """Replace words that stand once in the file, and return their line."""
        text = self.file.read_text(encoding="utf-8")
        assert 1 == text.count(old), old
        self.file.write_text(text.replace(old, new), encoding="utf-8")
        return text[: text.index(old)].count("\n") + 1


@pytest.fixture
def at_desk(desk: Checkout, start: Start, article: Path) -> Desk:
    """Draft the article."""
    start(article)
    return Desk(desk)


def _claims(text: str) -> tuple[str, dict[str, str], str]:
    """Cut a document into its head, the lines of each claim, and the rest."""
    head, rest = text.split("\nclaims:\n")
    body, unclaimed = rest.split("\nunclaimed:\n")
    blocks = re.split(r"(?m)^(?=  - id: )", body)[1:]
    return head, {block.split()[2]: block for block in blocks}, unclaimed


def _edited(text: str) -> str:
    head, claims, unclaimed = _claims(text)
    for name in (*KEPT, *EDITED):
        claims[name] = claims[name].replace(REVIEW, "")
    for name, (old, new) in EDITED.items():
        assert old in claims[name]
        claims[name] = claims[name].replace(old, new)
    for name in DELETED:
        del claims[name]
    entries = re.split(r"(?m)^(?=  - start: )", unclaimed)[1:]
    left = [_decided(entry) for entry in entries if REPLACED not in entry]
    left.append(
        "  - quote: The White House declined to comment.\n"
        "    reason: 'draft: on what it would not comment is not said'\n"
    )
    return f"{head}\nclaims:\n{''.join(claims.values())}{WRITTEN}\nunclaimed:\n{''.join(left)}"


def _decided(entry: str) -> str:
    """Give headings and questions their reason; what is left to think about stays a draft."""
    entry = re.sub(r'"?draft: a heading.*', "heading", entry)
    return re.sub(r'"?draft: a question.*', "question", entry)


def test_a_newcomer_decides_about_every_proposal(at_desk: Desk) -> None:
    """The decisions above are about all proposals, each once: 19 kept, 8 edited, 1 deleted."""
    _, claims, _ = _claims(at_desk.file.read_text(encoding="utf-8"))

    assert sorted(claims) == sorted((*KEPT, *EDITED, *DELETED))
    assert (19, 8, 1) == (len(KEPT), len(EDITED), len(DELETED))


def test_a_text_file_becomes_claims_in_the_view(
    at_desk: Desk, capfd: pytest.CaptureFixture[str]
) -> None:
    """After the edits, evidence, fmt, validate and build pass, and the view holds the ties."""
    text = at_desk.file.read_text(encoding="utf-8")
    at_desk.file.write_text(_edited(text), encoding="utf-8")
    captures = str(at_desk.checkout.captures)
    commands = (
        ("evidence", "--locate", "--captures", captures),
        ("fmt",),
        ("evidence", "--captures", captures),
        ("validate",),
        ("build", "--out", str(at_desk.checkout.root / "build")),
    )

    assert [0] * len(commands) == [at_desk.run(*command) for command in commands]
    printed = capfd.readouterr().out
    assert "2 passages located." in printed
    assert "test-week: 28 claims verified; of 54 sentences 28 claimed, 26 listed" in printed
    store = build_store(read_corpus(at_desk.checkout.bundle))
    query = (
        "PREFIX al: <https://w3id.org/allegiance/ontology#> "
        "PREFIX id: <https://w3id.org/allegiance/id/> "
        "SELECT ?client WHERE { ?tie a al:Patronage ; al:patron id:iran ; al:client ?client }"
    )
    clients = {str(row[0]).rstrip(">").rpartition("/")[2] for row in store.query(query)}
    assert {"hezbollah", "hamas"} == clients


MISTAKES = {
    "bad indentation": (
        "    attributedTo: [germany]\n",
        "   attributedTo: [germany]\n",
        "syntax/yaml",
        "like its neighbours",
    ),
    "an unknown key": (
        "statement: {speaker: oman,",
        "statement: {speeker: oman,",
        "structure/unknown-key",
        "Did you mean 'speaker'?",
    ),
    "an unknown value": (
        "modality: condemnation",
        "modality: condemnaton",
        "structure/value",
        "Did you mean 'condemnation'?",
    ),
    "an unknown actor": (
        "{speaker: oman,",
        "{speaker: omann,",
        "names/unknown",
        "Did you mean oman?",
    ),
    "an impossible date": ('edtf: "2019-03"', 'edtf: "2019-13"', "names/date", "Write EDTF"),
    "missing attributedTo": (
        "    status: attributed\n    attributedTo: [germany]\n",
        "    status: attributed\n",
        "shape/claim-attributed",
        "attributedTo",
    ),
    "a hedge on a fact": (
        "    status: prediction\n    certainty: likely\n",
        "    status: asserted\n    certainty: likely\n",
        "shape/claim-asserted-firmly",
        "`status: hypothetical`",
    ),
    "a long quotation": (
        "starts: Egypt severed diplomatic\n",
        "starts: Egypt severed diplomatic ties with Albania in March 2019 over a stolen\n",
        "shape/evidence-first-words",
        "Keep the first few words",
    ),
    "a reason in free words": (
        "reason: heading",
        "reason: headline",
        "structure/value",
        "Did you mean 'heading'?",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_where_it_stands(
    at_desk: Desk, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Each stage tells its typical mistake with file, rule and remedy."""
    old, new, rule, remedy = MISTAKES[name]
    line = at_desk.replace(old, new)

    assert 1 == at_desk.run("validate", str(at_desk.file))
    printed = capfd.readouterr().out
    found = [part for part in re.split(r"\n(?=\S)", printed) if f"[{rule}]" in part]
    assert found, printed
    assert f"{DOCUMENT}:{line}:" in found[0]
    assert remedy in found[0]


def test_words_that_are_not_in_the_text_are_not_located(
    at_desk: Desk, capfd: pytest.CaptureFixture[str]
) -> None:
    """A quotation that was typed wrongly is found nowhere, and its line is told."""
    at_desk.file.write_text(
        _edited(at_desk.file.read_text(encoding="utf-8")).replace("share its umbrellas", "umbrela"),
        encoding="utf-8",
    )
    status = at_desk.run("evidence", "--locate", "--captures", str(at_desk.checkout.captures))

    assert 1 == status
    assert "evidence/locate" in capfd.readouterr().out


def test_a_quotation_that_was_improved_is_no_quotation(
    at_desk: Desk, capfd: pytest.CaptureFixture[str]
) -> None:
    """Words that were changed after they were located no longer stand at their place."""
    at_desk.replace("quote: Oman condemned", "quote: Oman deplored")

    assert 1 == at_desk.run("evidence", "--captures", str(at_desk.checkout.captures))
    assert "evidence/words" in capfd.readouterr().out
