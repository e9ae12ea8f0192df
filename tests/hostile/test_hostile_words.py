"""What a contributor writes is shown as it is written, and acts nowhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from allegiance.corpus import read_corpus
from allegiance.finding import Finding, Place, Report
from allegiance.reports import REPORTS
from allegiance.reports.sources import Sources
from allegiance.review import new_claims_table
from allegiance_server.web.pages import TEMPLATES, _environment
from allegiance_server.web.table import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Checkout

SCRIPT = "<script>alert(1)</script>"
IMAGE = "![x](http://evil.example/?c)"
TIE = "patronage: {patron: arcadia, client: reed-front}"


def answer(value: str, kind: str = "literal") -> bytes:
    """Write a result of SPARQL with one cell."""
    binding = {"x": {"type": kind, "value": value}}
    return json.dumps({"head": {"vars": ["x"]}, "results": {"bindings": [binding]}}).encode()


def render(value: str, kind: str = "literal") -> str:
    """Render a table of one cell with the environment of the server."""
    environment = _environment()
    table = shown("application/sparql-results+json", answer(value, kind))
    template = environment.from_string('{% import "parts.html" as parts %}{{ parts.table(table) }}')
    return template.render(table=table)


@pytest.mark.parametrize("kind", ["literal", "uri", "bnode"])
def test_a_page_shows_a_script_and_does_not_run_it(kind: str) -> None:
    """In a table of the server each sign that means something in HTML is escaped."""
    page = render(f'{SCRIPT}" onmouseover="alert(1)', kind)
    assert "<script" not in page
    assert '" onmouseover' not in page
    assert "&lt;script&gt;" in page


def test_an_environment_that_escapes_nothing_would_be_noticed() -> None:
    """The check above can fail: without escaping the script stands in the page."""
    loader = FileSystemLoader(TEMPLATES)
    careless = Environment(loader=loader, undefined=StrictUndefined)  # noqa: S701 - on purpose
    table = shown("application/sparql-results+json", answer(SCRIPT))
    template = careless.from_string('{% import "parts.html" as parts %}{{ parts.table(table) }}')
    assert "<script" in template.render(table=table)


def test_an_address_that_is_a_script_is_no_link() -> None:
    """Only addresses of the web can be followed."""
    assert "href" not in render("javascript:alert(1)", "uri")


def test_the_table_of_new_claims_holds_no_script_and_loads_no_image(
    checkout: Checkout, claim: Callable[..., str]
) -> None:
    """Neither a sentence nor a label brings HTML or an image of its own into a review."""
    words = f"'Arcadia {SCRIPT} | {IMAGE} helps.'"
    checkout.write_actors(
        checkout.actors.replace("label: Arcadia}", f"label: '{SCRIPT} | {IMAGE}'}}")
    )
    checkout.write_source("reed-one", claim("one", TIE, says=words))
    table = new_claims_table(None, read_corpus(checkout.bundle))
    assert "alert(1)" in table
    assert "<script" not in table
    assert IMAGE not in table


@pytest.mark.parametrize("form", ["summary", "github", "text", "json", "sarif", "junit"])
def test_no_report_passes_on_a_command(form: str, checkout: Checkout) -> None:
    """A message with HTML, a workflow command and signs that turn words stays a message."""
    file = checkout.write_raw("evil", f"{SCRIPT}\u202e\x1b[31m\n::set-output name=x::y\n".encode())
    place = Place(checkout.bundle.relative(file), 1, 1)
    message = f"{SCRIPT}\u202e\x1b[31m\n::error::x {IMAGE}"
    report = Report.of([Finding(place, "structure/form", message, "Mend it.")])
    text = REPORTS[form](report, Sources(checkout.root))
    assert "\u202e" not in text
    assert "\x1b" not in text
    assert not any(line.startswith("::error::x") for line in text.split("\n"))
    if form in {"summary", "junit"}:
        assert "<script" not in text
    if form == "summary":
        assert IMAGE not in text
