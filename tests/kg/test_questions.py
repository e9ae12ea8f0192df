"""Named questions and the values that they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Store

from allegiance.errors import QuestionError
from allegiance.namespaces import PREFIXES
from allegiance.questions import Parameter, Question, find_question, load_questions

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
# number: 7
# title: A title
# question: Who does what?
# group: Actors
# parameter actor (thing): whose allies
# parameter as-of (date): the day
# parameter claim (claim): a claim
# parameter source-document (document): a document
# parameter least (number): at least
# parameter words (text): words
SELECT * WHERE {
  VALUES ?actor { id:iran }
  VALUES ?asOf { UNDEF }
  VALUES ?claim { <https://w3id.org/allegiance/claim/doc/one> }
  VALUES ?sourceDocument { source:doc }
  VALUES ?least { 0.5 }
  VALUES ?words { "a word" }
}
"""


def question(folder: Path, text: str = TEXT, name: str = "who-does-what") -> Question:
    """Write a question and read it."""
    (folder / f"{name}.rq").write_text(text, encoding="utf-8")
    return find_question(load_questions(folder), name)


def values(text: str) -> dict[str, object]:
    """Run a bound question, which gives back what it was asked for."""
    (row,) = Store().query(text, prefixes=dict(PREFIXES))
    names = ("actor", "asOf", "claim", "sourceDocument", "least", "words")
    return {name: None if row[name] is None else row[name].value for name in names}


def test_the_header_says_what_a_question_asks(tmp_path: Path) -> None:
    """Name, number, title, sentence and group come from the file."""
    found = question(tmp_path)
    assert (found.name, found.number, found.title) == ("who-does-what", 7, "A title")
    assert (found.question, found.group) == ("Who does what?", "Actors")


def test_parameters_come_with_kind_variable_and_default(tmp_path: Path) -> None:
    """Defaults are shown without prefix, quotes or escapes; UNDEF is no default."""
    found = [(p.name, p.kind, p.variable, p.default) for p in question(tmp_path).parameters]
    assert found == [
        ("actor", "thing", "actor", "iran"),
        ("as-of", "date", "asOf", None),
        ("claim", "claim", "claim", "doc/one"),
        ("source-document", "document", "sourceDocument", "doc"),
        ("least", "number", "least", "0.5"),
        ("words", "text", "words", "a word"),
    ]


def test_values_are_bound_where_the_defaults_stood(tmp_path: Path) -> None:
    """Each value replaces its default, and nothing else changes."""
    given_values = {
        "actor": "reed-front",
        "as-of": "2024-10-02",
        "claim": "other/two",
        "source-document": "other",
        "least": "-3",
        "words": 'he said "no" {to} \\ it',
    }
    bound = question(tmp_path).bind(given_values)
    assert values(bound) == {
        "actor": PREFIXES["id"] + "reed-front",
        "asOf": "2024-10-02",
        "claim": PREFIXES["claim"] + "other/two",
        "sourceDocument": PREFIXES["source"] + "other",
        "least": "-3",
        "words": 'he said "no" {to} \\ it',
    }


def test_an_empty_value_leaves_the_default(tmp_path: Path) -> None:
    """A form that sends empty fields asks the question as it stands."""
    found = question(tmp_path)
    assert found.bind({"actor": "", "as-of": ""}) == found.bind({}) == TEXT


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("as-of", "2024-13-40", "write a day as 2024-10-02"),
        ("as-of", "2024-02-30", "write a day as 2024-10-02"),
        ("as-of", "yesterday", "write a day as 2024-10-02"),
        ("as-of", "2024-10", "write a day as 2024-10-02"),
        ("actor", "Iran", "write an id such as"),
        ("actor", "iran } DROP", "write an id such as"),
        ("actor", "iran\n", "write an id such as"),
        ("claim", "one", "write document/claim"),
        ("source-document", "a/b", "write a document's id"),
        ("least", "1e5", "write a number"),
        ("least", "many", "write a number"),
        ("words", "two\nlines", "write a text on one line"),
    ],
)
def test_a_value_that_does_not_fit_is_told_what_to_write(
    name: str, value: str, wanted: str, tmp_path: Path
) -> None:
    """A wrong value names the parameter and the form it needs."""
    with pytest.raises(QuestionError, match=f"does not fit {name}: {wanted}"):
        question(tmp_path).bind({name: value})


PARAMETERS = (Parameter("words", "text", None, "words"),)


@given(value=st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20))
def test_no_text_breaks_out_of_its_quotes(value: str) -> None:
    """Whatever is asked for, the query receives exactly that text."""
    found = Question("q", 1, "t", "q?", "g", PARAMETERS, TEXT)
    assert values(found.bind({"words": value}))["words"] == value


def test_a_text_is_not_taken_for_the_place_of_another_value(tmp_path: Path) -> None:
    """A text that looks like the values of the parameter bound next stays a text."""
    words = '  VALUES ?words { "a word" }\n'
    moved = TEXT.replace(words, "").replace("  VALUES ?least", words + "  VALUES ?least")
    found = values(question(tmp_path, moved).bind({"words": "VALUES ?least { 9 }", "least": "4"}))
    assert (found["words"], found["least"]) == ("VALUES ?least { 9 }", "4")


def test_an_unknown_parameter_is_told_the_known_ones(tmp_path: Path) -> None:
    """The error lists the parameters that the question has."""
    with pytest.raises(QuestionError, match=r"has no parameter 'day'; it has: actor, as-of"):
        question(tmp_path).bind({"day": "2024-10-02"})
    bare = TEXT.partition("# parameter")[0] + "ASK {}\n"
    with pytest.raises(QuestionError, match="it has: none"):
        question(tmp_path, bare, "bare").bind({"day": "x"})


def test_an_unknown_question_is_told_how_to_list_them(tmp_path: Path) -> None:
    """The error names the command that lists all questions."""
    question(tmp_path)
    with pytest.raises(QuestionError, match=r"no question 'why'\. `allegiance query` alone lists"):
        find_question(load_questions(tmp_path), "why")


def test_questions_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    """The number in the header orders them, not the name of the file."""
    question(tmp_path, TEXT.replace("number: 7", "number: 10"), "a")
    question(tmp_path, TEXT.replace("number: 7", "number: 9"), "b")
    assert [found.name for found in load_questions(tmp_path)] == ["b", "a"]


@pytest.mark.parametrize("line", ["number: 7", "title: A title", "group: Actors"])
def test_a_question_without_a_header_line_is_refused(line: str, tmp_path: Path) -> None:
    """The error names the file and the missing line."""
    key = line.partition(":")[0]
    with pytest.raises(QuestionError, match=rf"who-does-what\.rq lacks header lines: {key}"):
        question(tmp_path, TEXT.replace(f"# {line}\n", ""))


def test_a_parameter_needs_its_values_in_the_query(tmp_path: Path) -> None:
    """A parameter that the query does not use is a fault of the file."""
    with pytest.raises(QuestionError, match=r"parameter as-of needs `VALUES \?asOf"):
        question(tmp_path, TEXT.replace("  VALUES ?asOf { UNDEF }\n", ""))


def test_the_id_of_a_tie_or_event_fits(tmp_path: Path) -> None:
    """Ids that are made of parts, joined by two hyphens, are ids as well."""
    file = tmp_path / "about.rq"
    file.write_text(
        "# title: About\n# question: What?\n# group: Test\n# number: 1\n"
        "# parameter what (thing): what\nSELECT * WHERE { VALUES ?what { UNDEF } ?what ?p ?o }\n",
        encoding="utf-8",
    )
    [question] = load_questions(tmp_path)

    assert "{ id:patronage--iran--hezbollah }" in question.bind(
        {"what": "patronage--iran--hezbollah"}
    )
