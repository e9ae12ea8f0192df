"""A contribution in TriG that the gate accepts, for tests to spoil in one place each."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from allegiance.rdf_files import validate_rdf

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Checkout

    from allegiance.finding import Finding
    from allegiance.validation import Validation

WORDS = "Arcadia has backed the Reed Front"
DIGEST = hashlib.sha256(WORDS.encode()).hexdigest()

HEAD = """\
@prefix al: <https://w3id.org/allegiance/ontology#> .
@prefix capture: <https://w3id.org/allegiance/capture/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix edtf: <http://id.loc.gov/datatypes/edtf/> .
@prefix id: <https://w3id.org/allegiance/id/> .
@prefix oa: <http://www.w3.org/ns/oa#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix schema: <https://schema.org/> .
@prefix scheme: <https://w3id.org/allegiance/scheme/> .
@prefix source: <https://w3id.org/allegiance/source/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix claim: <https://w3id.org/allegiance/claim/> .
"""

# Line 14 is that of the document.
SOUND = (
    HEAD
    + f"""
source:reed-two a al:Document, schema:NewsArticle ;
  dcterms:title "Headline of an invented page"@en ;
  rdfs:label "Headline of an invented page"@en ;
  dcterms:language "en" ;
  al:recordedOn "2026-11-21"^^xsd:date ;
  al:capturedIn capture:invented-page ;
  al:captureStart 0 ;
  al:captureEnd 197 ;
  al:publication <https://w3id.org/allegiance/source/reed-two#publication-1> .
<https://w3id.org/allegiance/source/reed-two#publication-1> a al:Publication ;
  al:outlet id:daily-reed ;
  al:published "2024-10-02"^^edtf:EDTF ;
  al:earliestPublished "2024-10-02"^^xsd:date ;
  al:latestPublished "2024-10-02"^^xsd:date .

claim:reed-two\\/backs a al:Claim ;
  al:says "Arcadia stands behind the Reed Front."@en ;
  al:assertedIn source:reed-two ;
  al:content id:patronage--arcadia--reed-front ;
  al:assertedBy id:daily-reed ;
  al:origin id:daily-reed ;
  al:heldFrom "2024-10-02"^^xsd:date ;
  al:heldUntil "2024-10-02"^^xsd:date ;
  al:epistemicStatus <https://w3id.org/allegiance/scheme/epistemic-status/asserted> ;
  al:polarity <https://w3id.org/allegiance/scheme/polarity/affirmed> ;
  al:reviewStatus <https://w3id.org/allegiance/scheme/review-status/reviewed> ;
  al:evidence <https://w3id.org/allegiance/claim/reed-two/backs#evidence-1> .
<https://w3id.org/allegiance/claim/reed-two/backs#evidence-1> a oa:SpecificResource ;
  oa:hasSource capture:invented-page ;
  oa:hasSelector [ a oa:TextPositionSelector ; oa:start 30 ; oa:end 63 ] ;
  al:passageDigest "{DIGEST}" ;
  oa:exact "{WORDS}"@en .

claim:reed-two\\/backs {{
  id:patronage--arcadia--reed-front a al:Patronage ;
    al:patron id:arcadia ; al:client id:reed-front .
}}
"""
)


@dataclass(frozen=True, slots=True)
class Judge:
    """Judge files of RDF beside a checkout whose one document holds one claim."""

    checkout: Checkout

    def write(self, text: str | bytes, name: str = "contribution.trig") -> Path:
        """Write a file beside the data."""
        file = self.checkout.root / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    def validation(self, text: str | bytes, name: str = "contribution.trig") -> Validation:
        """Run all stages, the captures among them."""
        file = self.write(text, name)
        return validate_rdf(self.checkout.bundle, file, self.checkout.captures)

    def findings(self, text: str | bytes, name: str = "contribution.trig") -> tuple[Finding, ...]:
        """Return what is wrong with a file."""
        return self.validation(text, name).report.findings

    def rules(self, text: str | bytes, name: str = "contribution.trig") -> list[tuple[str, int]]:
        """Return the rules that a file breaks, each with its line."""
        return [(found.rule, found.place.line) for found in self.findings(text, name)]


@pytest.fixture
def judge(checkout: Checkout, claim: Callable[..., str]) -> Judge:
    """Give a judge of files of RDF."""
    content = "patronage: {patron: arcadia, client: reed-front}"
    checkout.write_source("reed-one", claim("arcadia-backs-reeds", content))
    return Judge(checkout)


@pytest.fixture(scope="session")
def head() -> str:
    """Give the prefixes, twelve lines."""
    return HEAD


@pytest.fixture(scope="session")
def sound() -> str:
    """Give a contribution that the gate accepts, of 50 lines."""
    return SOUND


@pytest.fixture(scope="session")
def spoiled() -> Callable[[str, str], str]:
    """Give the function that replaces a part which the sound file has once."""

    def spoil(old: str, new: str) -> str:
        assert SOUND.count(old) == 1
        return SOUND.replace(old, new)

    return spoil
