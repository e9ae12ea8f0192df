"""Ask every named question and compare its answer with rows that were written by hand.

An expectation is `tests/competency/NAME.yaml` for `kg/queries/NAME.rq`: a list of cases with

    parameters  values of the question's parameters; the others keep their defaults
    columns     the columns that are compared
    rows        the rows expected; "" or null where a column is unbound
    ordered     true: the order of the rows counts as well
    given       TriG of an invented situation, asked instead of the built graph: for what the
                documents do not hold. The prefixes of the graph need no declaration.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from pyoxigraph import BlankNode, QuerySolutions, RdfFormat, Store, Triple

from allegiance.bundle import default_bundle
from allegiance.namespaces import PREFIXES
from allegiance.questions import find_question, load_questions
from allegiance.rules import apply_rules, load_rules
from allegiance.vocabulary import ontology_quads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyoxigraph import Literal, NamedNode

    Term = NamedNode | BlankNode | Literal | Triple | None

_HERE = Path(__file__).parent
_KEYS = {"columns", "given", "ordered", "parameters", "rows"}
_NULLS = {"null", "~"}


def _cases() -> Iterator[object]:
    for file in sorted(_HERE.glob("*.yaml")):
        # BaseLoader keeps every scalar as it is written: dates, numbers and booleans stay texts.
        cases = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
        for number, case in enumerate(cases, start=1):
            yield pytest.param(file.stem, case, id=f"{file.stem}-{number}")


@pytest.mark.parametrize(("name", "case"), list(_cases()))
def test_question_is_answered_as_expected(name: str, case: dict[str, Any], graph: Store) -> None:
    """A named question gives exactly the rows that a reader of the documents expects."""
    assert not set(case) - _KEYS, f"{name}.yaml: unknown keys"
    question = find_question(load_questions(), name)
    store = _invented(case["given"]) if "given" in case else graph
    query = question.bind(case.get("parameters") or {})
    found = store.query(query, prefixes=dict(PREFIXES))
    assert isinstance(found, QuerySolutions)
    answer = [tuple(_text(row[column]) for column in case["columns"]) for row in found]
    expected = [tuple("" if cell in _NULLS else cell for cell in row) for row in case["rows"]]
    if case.get("ordered") == "true":
        assert answer == expected
    else:
        assert _differences(answer, expected) == ([], [])


def test_every_question_has_an_expectation() -> None:
    """No question stands without an expected answer, and no expectation without its question."""
    questions = {question.name for question in load_questions()}
    assert {file.stem for file in _HERE.glob("*.yaml")} == questions


def test_every_question_is_seen_to_answer() -> None:
    """Every question has a case with rows, so that an empty answer is never all that is tested."""
    answering = {param.values[0] for param in _cases() if param.values[1]["rows"]}  # type: ignore[attr-defined]
    assert {question.name for question in load_questions()} - answering == set()


def _differences(
    answer: list[tuple[str, ...]], expected: list[tuple[str, ...]]
) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """Return the rows that are too many and those that are missing, counting repetitions."""
    got, wanted = Counter(answer), Counter(expected)
    return sorted((got - wanted).elements()), sorted((wanted - got).elements())


def _invented(text: str) -> Store:
    """Build a graph of an invented situation, with ontology and rules as in the real one."""
    bundle = default_bundle()
    store = Store()
    store.extend(ontology_quads(bundle.ontology))
    prefixes = "".join(f"PREFIX {name}: <{address}>\n" for name, address in PREFIXES.items())
    store.load(prefixes + text, format=RdfFormat.TRIG)
    apply_rules(store, load_rules(bundle.rules))
    return store


def _text(term: Term) -> str:
    if term is None:
        return ""
    if isinstance(term, BlankNode | Triple):
        return str(term)
    return term.value
