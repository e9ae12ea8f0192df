"""Read a file of RDF: its quads with their places, or what is wrong with it as a file."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, parse

from allegiance.finding import Finding, Place
from allegiance.limits import (
    MAX_NODES,
    MAX_STATEMENTS,
    at_most,
    long_line,
    nested_too_deep,
    read_contribution,
    shortened,
)
from allegiance.located import read_text
from allegiance.rdf_files.json_ld import json_ld_findings, json_ld_places, with_own_context
from allegiance.rdf_files.json_values import first_json_too_deep, json_fault
from allegiance.rdf_files.places import Lines
from allegiance.rdf_files.turtle_places import turtle_places
from allegiance.rdf_files.turtle_tokens import first_too_deep, first_triple_term

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from allegiance.build import PlacedQuad
    from allegiance.bundle import Bundle
    from allegiance.rdf_files.places import Places

__all__ = ["SUFFIXES", "RdfFile", "is_rdf_file", "read_rdf"]

SUFFIXES: Final = {
    ".ttl": RdfFormat.TURTLE,
    ".trig": RdfFormat.TRIG,
    ".nt": RdfFormat.N_TRIPLES,
    ".nq": RdfFormat.N_QUADS,
    ".jsonld": RdfFormat.JSON_LD,
}
_WHERE = re.compile(r"^Parser error (?:at|between) line .*?: ")
_REMEDIES = {
    "has not been declared": "Declare it at the head of the file: `@prefix name: <address> .`",
    "No scheme found": "Write the whole address, or declare a base.",
    "IRI": "Write the address without spaces and quotes, or percent-encode them.",
    "dot is expected": "End the statement before this with a dot.",
    "end of file": "Close the last statement, bracket or quotation.",
    "escape": r"Write \\ for a backslash.",
}
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"})


@dataclass(frozen=True, slots=True)
class RdfFile:
    """Hold what a file says, each quad with its place, and what is wrong with it as a file.

    `subjects` leads to where each subject stands first.
    """

    name: str
    quads: tuple[PlacedQuad, ...]
    subjects: Mapping[NamedNode, Place] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def place(self, node: object) -> Place:
        """Return where a node stands as a subject, else as a value, else the file."""
        if isinstance(node, NamedNode) and node in self.subjects:
            return self.subjects[node]
        for quad, place in self.quads:
            if node in {quad.subject, quad.object, quad.graph_name}:
                return place
        return Place(self.name)


def is_rdf_file(file: Path) -> bool:
    """Tell whether a file's ending is that of a format of RDF.

    >>> from pathlib import Path
    >>> is_rdf_file(Path("a.ttl")), is_rdf_file(Path("a.yaml"))
    (True, False)
    """
    return file.suffix.lower() in SUFFIXES


def read_rdf(bundle: Bundle, file: Path) -> RdfFile:
    """Read a file whose ending says its format; nothing but the file is read, and nothing fetched.

    Its blank nodes get names that no other file has.
    """
    name = bundle.relative(file)
    content, findings = read_contribution(file, name, bundle.root)
    if content is None:
        return RdfFile(name, (), findings=findings)
    text, findings = read_text(name, content)
    long = long_line(name, content)
    if text is None or long is not None:
        return RdfFile(name, (), findings=(*findings, *([long] if long else ())))
    return _Reader(bundle, name, text, SUFFIXES[file.suffix.lower()]).read()


class _Reader:
    """Read the text of one file; every look at it that could end badly comes after a check."""

    def __init__(self, bundle: Bundle, name: str, text: str, form: RdfFormat) -> None:
        self._bundle = bundle
        self._name = name
        self._text = text
        self._form = form
        self._lines = Lines(name, text)

    def read(self) -> RdfFile:
        """Read quads and places, or give the findings that stand in the way."""
        findings = tuple(at_most(self._before_parsing()))
        if findings:
            return RdfFile(self._name, (), findings=findings)
        try:
            quads = self._quads()
        except SyntaxError as error:
            return RdfFile(self._name, (), findings=(self._fault(error),))
        if len(quads) > MAX_STATEMENTS or not quads:
            return RdfFile(self._name, (), findings=(self._count_finding(len(quads)),))
        places = self._places()
        placed = places.placed(quads)
        signs = tuple(at_most(_unseen_signs(placed)))
        return RdfFile(self._name, placed, places.subjects(), signs)

    def _before_parsing(self) -> Iterator[Finding]:
        control = _CONTROLS.search(self._text)
        if control is not None:
            place = self._lines.place(control.start())
            yield _sign_finding(place, control[0], "The file")
        elif self._form == RdfFormat.JSON_LD:
            yield from self._before_parsing_json()
        else:
            deep, term = first_too_deep(self._text), first_triple_term(self._text)
            if deep is not None:
                yield nested_too_deep(self._lines.place(deep))
            if term is not None:
                message = "A triple stands as a term; the graph is RDF 1.1, which has no such term."
                remedy = "Write a claim: it has a named graph, and says who says so."
                yield Finding(self._lines.place(term), "syntax/triple-term", message, remedy)

    def _before_parsing_json(self) -> Iterator[Finding]:
        deep = first_json_too_deep(self._text)
        if deep is not None:
            yield nested_too_deep(self._lines.place(deep))
            return
        if sum(map(self._text.count, "{[,")) > MAX_NODES:
            message = f"The file has more than {MAX_NODES} values."
            yield Finding(Place(self._name), "syntax/too-large", message, "Split it by document.")
            return
        fault = json_fault(self._text)
        if fault is None:
            yield from json_ld_findings(self._lines, self._text, self._own_context())
            return
        remedy = "Check quotes, commas and brackets here."
        place = self._lines.place(fault[0])
        yield Finding(place, "syntax/json", f"Not JSON: {fault[1]}.", remedy)

    def _quads(self) -> tuple[Quad, ...]:
        text = self._text
        if self._form == RdfFormat.JSON_LD:
            text = with_own_context(text, self._own_context())
        parsed = parse(text.encode(errors="replace"), format=self._form, rename_blank_nodes=True)
        return tuple(islice(parsed, MAX_STATEMENTS + 1))

    def _places(self) -> Places:
        if self._form == RdfFormat.JSON_LD:
            return json_ld_places(self._name, self._text, self._own_context())
        return turtle_places(self._name, self._text)

    def _own_context(self) -> Mapping[str, object]:
        text = (self._bundle.schema / "context.jsonld").read_text(encoding="utf-8")
        context: Mapping[str, object] = json.loads(text)
        return context

    def _fault(self, error: SyntaxError) -> Finding:
        told = _WHERE.sub("", error.msg or "it cannot be read").rstrip(".")
        remedy = next((text for words, text in _REMEDIES.items() if words in told), None)
        return Finding(
            Place(self._name, error.lineno or 1, error.offset or 1),
            "syntax/rdf",
            f"It cannot be read as RDF: {shortened(told)}.",
            remedy or "Check quotes, brackets and the signs between the terms here.",
        )

    def _count_finding(self, count: int) -> Finding:
        if not count:
            message, remedy = "The file has no statement.", "Write one, or check the context."
            return Finding(Place(self._name), "syntax/empty", message, remedy)
        message = f"The file has more than {MAX_STATEMENTS} statements."
        return Finding(Place(self._name), "syntax/too-large", message, "Split it by document.")


def _unseen_signs(quads: tuple[PlacedQuad, ...]) -> Iterator[Finding]:
    """Find signs in names that nobody can see, and NUL in texts; the shapes see to other texts."""
    for quad, place in quads:
        for node in (quad.subject, quad.predicate, quad.object, quad.graph_name):
            if isinstance(node, NamedNode):
                sign = next((c for c in node.value if unicodedata.category(c) in _INVISIBLE), None)
                if sign is not None:
                    yield _sign_finding(place, sign, "An address")
            elif isinstance(node, Literal) and "\0" in node.value:
                yield _sign_finding(place, "\0", "A text")
            elif not isinstance(node, (BlankNode, Literal)) and node != quad.graph_name:
                message = "A triple stands as a term; the graph is RDF 1.1."
                yield Finding(place, "syntax/triple-term", message, "Write a claim instead.")


def _sign_finding(place: Place, sign: str, what: str) -> Finding:
    message = f"{what} holds the sign U+{ord(sign):04X}, which nobody can see."
    return Finding(place, "syntax/character", message, "Remove it, or type the words anew.")
