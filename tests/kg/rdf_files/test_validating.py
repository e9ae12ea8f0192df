"""A contribution in RDF goes through the same gate as one in YAML."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph
import pytest

from allegiance.build import corpus_quads
from allegiance.corpus import read_corpus
from allegiance.rdf_files import validate_rdf
from allegiance.validation import STAGES

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Judge

END = "client id:reed-front .\n}"
ASSERTED = "<https://w3id.org/allegiance/scheme/epistemic-status/asserted>"
SAYS = '  al:says "Arcadia stands behind the Reed Front."@en ;\n'
QUOTE = 'oa:exact "Arcadia has backed the Reed Front"'


def test_a_sound_file_has_no_finding_and_passes_every_stage(judge: Judge, sound: str) -> None:
    """What is right is told nothing."""
    validation = judge.validation(sound)
    assert validation.report.findings == ()
    assert validation.stages == STAGES


@pytest.mark.parametrize(
    ("ending", "form"),
    [
        ("nq", pyoxigraph.RdfFormat.N_QUADS),
        ("trig", pyoxigraph.RdfFormat.TRIG),
        ("jsonld", pyoxigraph.RdfFormat.JSON_LD),
    ],
)
def test_every_format_of_quads_is_judged_alike(
    ending: str, form: pyoxigraph.RdfFormat, judge: Judge, sound: str
) -> None:
    """The same contribution is sound in N-Quads, TriG and JSON-LD, and its fault is one in each."""
    quads = list(pyoxigraph.parse(sound.encode(), format=pyoxigraph.RdfFormat.TRIG))
    text = pyoxigraph.serialize(quads, format=form).decode()
    assert judge.findings(text, f"whole.{ending}") == ()

    wrong = text.replace("allegiance/id/arcadia", "allegiance/id/arcadja")
    found = judge.findings(wrong, f"wrong.{ending}")
    assert [(each.rule, each.remedy) for each in found] == [
        ("names/unknown", "Did you mean id/arcadia?")
    ]


def test_what_the_data_hold_already_may_be_said_again(judge: Judge) -> None:
    """A file that repeats the data in RDF adds nothing, and nothing is wrong with it."""
    quads = [part.quad for part in corpus_quads(read_corpus(judge.checkout.bundle))]
    text = pyoxigraph.serialize(quads, format=pyoxigraph.RdfFormat.N_QUADS)
    assert judge.findings(text, "again.nq") == ()


SPOILED = [
    pytest.param("al:patron id:", "al:patrn id:", "structure/unknown-term", 49, id="property"),
    pytest.param("a al:Patronage", "a al:Patronag", "structure/unknown-term", 48, id="class"),
    pytest.param("a al:Patronage", "a al:patron", "structure/unknown-term", 48, id="no class"),
    pytest.param("al:patron id:", "al:State id:", "structure/unknown-term", 49, id="no property"),
    pytest.param("status/asserted", "status/aserted", "structure/unknown-term", 37, id="concept"),
    pytest.param("al:patron id:arcadia", "al:patron id:..", "syntax/rdf", 49, id="dots"),
    pytest.param("al:patron id:arcadia", "al:patron id:Arc", "structure/form", 49, id="form"),
    pytest.param(END, END + "\nal:State al:ring 1 .", "structure/vocabulary", 51, id="ontology"),
    pytest.param(
        END, END + "\n<e:A> rdfs:subClassOf al:Place .", "structure/vocabulary", 51, id="subclass"
    ),
    pytest.param("patron id:arcadia", "patron id:arcadja", "names/unknown", 49, id="actor"),
    pytest.param(
        "hasSource capture:invented-page", "hasSource capture:page", "names/unknown", 42, id="page"
    ),
    pytest.param(
        END, END + "\nclaim:no\\/no { id:a-b a al:Meeting }", "names/unknown", 51, id="graph"
    ),
    pytest.param(
        END,
        END + "\nclaim:reed-one\\/arcadia-backs-reeds { id:a-b a al:Meeting }",
        "names/already-written",
        51,
        id="claim of others",
    ),
    pytest.param(
        END, END + '\nid:arcadia rdfs:label "A"@en .', "names/already-written", 51, id="entry"
    ),
    pytest.param("oa:start 30", "oa:start 31", "evidence/words", 45, id="words"),
    pytest.param(SAYS, "", "shape/claim-says", 29, id="missing value"),
    pytest.param(
        "outlet id:daily-reed", "outlet id:arcadia", "shape/publication-outlet", 24, id="value"
    ),
    pytest.param(
        END, END + "\nid:arcadia al:patron id:borduria .", "integrity/no-claim", 51, id="no claim"
    ),
    pytest.param(
        END, END + "\nid:arcadia al:backs id:borduria .", "integrity/derived", 51, id="edge"
    ),
    pytest.param(
        END,
        END + "\nclaim:reed-two\\/backs al:inAssertedView true .",
        "integrity/derived",
        51,
        id="view",
    ),
    pytest.param(
        "  id:patronage--arcadia--reed-front a",
        f"  source:reed-one al:epistemicStatus {ASSERTED} .\n  id:patronage--arcadia--reed-front a",
        "integrity/misplaced",
        48,
        id="misplaced",
    ),
]


@pytest.mark.parametrize(("old", "new", "rule", "line"), SPOILED)
def test_what_is_wrong_is_told_at_its_line(
    old: str, new: str, rule: str, line: int, judge: Judge, spoiled: Callable[[str, str], str]
) -> None:
    """Each fault breaks one rule, at the line where it stands."""
    assert judge.rules(spoiled(old, new)) == [(rule, line)]


def test_a_hypothesis_in_the_default_graph_is_a_leak(
    judge: Judge, spoiled: Callable[[str, str], str]
) -> None:
    """What only a hypothetical claim holds must not stand among what is held true."""
    text = spoiled(
        "status/asserted> ;",
        "status/hypothetical> ;\n  al:condition claim:reed-one\\/arcadia-backs-reeds ;",
    )
    leaked = "id:patronage--arcadia--reed-front al:patron id:arcadia ."
    # The same triple stands in a claim of the data, which asserts it; that claim is no leak.
    assert "integrity/leak" not in [rule for rule, _ in judge.rules(text)]
    other = text.replace("reed-front a al:Patronage", "borduria a al:Patronage").replace(
        "client id:reed-front", "client id:borduria"
    )
    other = other.replace("content id:patronage--arcadia--reed-front", "content id:patronage--x")
    other = other.replace("id:patronage--arcadia--borduria", "id:patronage--x")
    found = judge.findings(other + leaked.replace("arcadia--reed-front", "x"))
    assert [(each.rule, each.place.line) for each in found] == [("integrity/leak", 52)]
    assert "no claim asserts it" in found[0].message


def test_a_claim_without_content_says_nothing(judge: Judge, sound: str) -> None:
    """A claim has to have a graph with something in it, also where another claim says the same."""
    text = sound[: sound.index("claim:reed-two\\/backs {")]
    assert judge.rules(text) == [("integrity/no-content", 29)]


def test_offsets_outside_of_the_document_are_told_and_mended(
    judge: Judge, spoiled: Callable[[str, str], str]
) -> None:
    """The remedy of a misplaced passage names the offsets at which its words stand."""
    found = judge.findings(spoiled("oa:end 63", "oa:end 200"))
    assert [each.rule for each in found] == ["evidence/offset-outside", "evidence/words"]
    assert found[1].remedy.startswith("Write oa:start 30, oa:end 63, al:passageDigest ")


def test_a_quotation_of_thirteen_words_is_too_long(
    judge: Judge, spoiled: Callable[[str, str], str]
) -> None:
    """First and last words together are at most 12, as in YAML."""
    words = 'al:startsWith "a b c d e f g" ; al:endsWith "h i j k l m"'
    file = judge.write(spoiled(QUOTE, words).replace('"@en .\n\nclaim', '" .\n\nclaim'))
    file.write_text(file.read_text().replace('m"@en', 'm"'))
    report = validate_rdf(judge.checkout.bundle, file).report
    assert [(each.rule, each.place.line) for each in report.findings] == [
        ("integrity/long-quotation", 45)
    ]


def test_what_the_data_had_before_is_not_told(judge: Judge, sound: str) -> None:
    """A fault of the data is no fault of the file beside them."""
    actors = judge.checkout.actors
    wrong = actors.replace("label: Evening Post", 'label: "Evening\\u200b Post"')
    assert wrong != actors
    judge.checkout.write_actors(wrong)
    assert judge.findings(sound) == ()


def test_what_a_file_breaks_elsewhere_is_told_as_the_files(
    judge: Judge, spoiled: Callable[[str, str], str]
) -> None:
    """A second owner of a publication spoils it: the file is to blame, the place is named."""
    other = "<https://w3id.org/allegiance/source/reed-one#publication-1>"
    found = judge.findings(spoiled(END, f"{END}\n<e:x> al:publication {other} ."))
    shapes = [each for each in found if each.rule == "shape/publication-document"]
    assert [each.place.file for each in shapes] == ["contribution.trig"]
    assert "kg/data/sources/reed-one.yaml:7:5" in shapes[0].message


def test_a_new_entry_of_the_register_needs_no_claim(
    judge: Judge, spoiled: Callable[[str, str], str]
) -> None:
    """Who is meant by a name may stand in the default graph; what was done, only in a claim."""
    entry = '\nid:new-land a al:State ; rdfs:label "New Land"@en .'
    assert judge.rules(spoiled(END, END + entry)) == []
    event = '\nid:new-event a al:Meeting ; rdfs:label "A meeting"@en ; al:participant id:arcadia .'
    assert ("integrity/no-claim", 51) in judge.rules(spoiled(END, END + event))
