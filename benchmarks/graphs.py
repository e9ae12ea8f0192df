"""Generate graphs in the shape of ours: claims with their documents, in named graphs and as a view.

    python benchmarks/graphs.py --triples 100000

The same size gives the same bytes. The default graph holds the register of actors, what is known
of each claim and its evidence, and once what each asserted claim says; a claim's own graph holds
what it says, asserted or not. Every tenth claim repeats what another document says already.
The graph is kept as a snapshot that `allegiance serve --snapshot` opens.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import time
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from allegiance.namespaces import BASE, EDTF, PREFIXES

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDER: Final = ROOT / "build" / "benchmarks"
SEED: Final = 42

CLAIMS_PER_DOCUMENT: Final = 50
TRIPLES_PER_CLAIM: Final = 27
CLAIMS_PER_ACTOR: Final = 12
OUTLETS: Final = 20
PLACES: Final = 60
WORDS_PER_SUMMARY: Final = 8
VOCABULARY: Final = 5000
THINGS_KEPT: Final = 2500
SUBJECTS_KEPT: Final = 100_000
FIRST_DAY: Final = date(2015, 1, 1)
DAYS: Final = 3650

TYPE: Final = f"<{PREFIXES['rdf']}type>"
KINDS: Final = ("State", "ArmedGroup", "Person", "PoliticalParty")
MODALITIES: Final = ("threat", "condemnation", "offer", "praise", "demand")
STATUSES: Final = ("asserted",) * 7 + ("attributed", "attributed", "hypothetical")


@dataclass(frozen=True, slots=True)
class Graph:
    """Hold where a generated graph is, and what is in it to ask for.

    `triples` counts the default graph, `quads` all graphs. `things` are distinct subjects with
    about seven triples each, `subjects` as many distinct ones as there are, up to 100,000. `hub` is
    the actor that most claims speak of, `tie` an alliance, `word` stands in few summaries.
    """

    snapshot: Path
    triples: int
    quads: int
    claims: int
    things: tuple[str, ...]
    subjects: tuple[str, ...]
    hub: str
    tie: str
    word: str

    @property
    def nquads(self) -> Path:
        """Return all quads."""
        return self.snapshot / "graph.nq"

    @property
    def default_graph(self) -> Path:
        """Return the triples of the default graph alone."""
        return self.snapshot.with_name("default.nt")


class Generator:
    """Collect the lines of a graph until it is large enough."""

    def __init__(self, triples: int) -> None:
        """Write the register of a graph of about this many triples."""
        self._chance = random.Random(SEED)
        self._words = _vocabulary(self._chance)
        self.default: set[str] = set()
        self.named: list[str] = []
        self.subjects: dict[str, None] = {}
        self.things: dict[str, None] = {}
        self.claims = 0
        self._actors = max(100, triples // TRIPLES_PER_CLAIM // CLAIMS_PER_ACTOR)
        self._told: list[tuple[str, list[tuple[str, str]]]] = []
        self._register()
        while len(self.default) < triples:
            self._document(self.claims // CLAIMS_PER_DOCUMENT)

    @property
    def word(self) -> str:
        """Return a word of the summaries."""
        return self._words[VOCABULARY // 2]

    def _state(self, subject: str, facts: list[tuple[str, str]]) -> None:
        """Put facts into the default graph."""
        self.subjects[subject] = None
        self.default.update(f"<{subject}> {predicate} {value} .\n" for predicate, value in facts)

    def _register(self) -> None:
        for number in range(OUTLETS):
            facts = [_a("MediaOrganisation"), _label(f"Outlet {number}")]
            self._state(_id(f"outlet-{number}"), facts)
        for number in range(PLACES):
            facts = [_a("Place"), _label(f"Place {number}"), _to("locatedIn", _id("place-0"))]
            self._state(_id(f"place-{number}"), facts)
        for number in range(self._actors):
            self._state(_id(f"actor-{number}"), _actor(number))

    def _document(self, number: int) -> None:
        iri = f"{BASE}source/document-{number}"
        day = self._day()
        title = self._summary()
        facts = [
            (TYPE, f"<{PREFIXES['schema']}NewsArticle>"),
            _a("Document"),
            _label(title),
            (f"<{PREFIXES['dcterms']}title>", f'"{title}"@en'),
            (f"<{PREFIXES['dcterms']}language>", '"en"'),
            _to("publication", f"{iri}#publication-1"),
        ]
        self._state(iri, facts)
        outlet = _id(f"outlet-{number % OUTLETS}")
        publication = [_a("Publication"), _to("outlet", outlet), _on("earliestPublished", day)]
        self._state(f"{iri}#publication-1", publication)
        for each in range(CLAIMS_PER_DOCUMENT):
            self._claim(iri, outlet, f"{BASE}claim/document-{number}/claim-{each}", day)

    def _claim(self, document: str, outlet: str, claim: str, day: date) -> None:
        """State a claim, what it says in its own graph, and both in the view where asserted."""
        status = self._chance.choice(STATUSES)
        thing, facts = self._content()
        self.named.extend(f"<{thing}> {name} {value} <{claim}> .\n" for name, value in facts)
        known = self._provenance(document, outlet, claim, thing, status)
        self._state(claim, [*known, _on("heldFrom", day)])
        self._evidence(claim)
        if status == "asserted":
            self._state(thing, facts)
            self.things[thing] = None
            self._edges(thing, facts)
        self.claims += 1

    def _provenance(
        self, document: str, outlet: str, claim: str, thing: str, status: str
    ) -> list[tuple[str, str]]:
        return [
            _a("Claim"),
            _to("assertedBy", outlet),
            _to("origin", outlet),
            _to("assertedIn", document),
            _to("content", thing),
            _to("epistemicStatus", f"{BASE}scheme/epistemic-status/{status}"),
            _to("polarity", f"{BASE}scheme/polarity/affirmed"),
            _to("reviewStatus", f"{BASE}scheme/review-status/reviewed"),
            _to("evidence", f"{claim}#evidence-1"),
            _plain("inAssertedView", "true" if status == "asserted" else "false", "boolean"),
            (_al("says"), f'"{self._summary()}"@en'),
        ]

    def _evidence(self, claim: str) -> None:
        start = self._chance.randrange(20_000)
        oa = PREFIXES["oa"]
        page = f"{BASE}capture/page-{self.claims // CLAIMS_PER_DOCUMENT}"
        digest = hashlib.sha256(claim.encode()).hexdigest()
        evidence = [
            (TYPE, f"<{oa}SpecificResource>"),
            (f"<{oa}hasSource>", f"<{page}>"),
            (f"<{oa}hasSelector>", f"<{claim}#passage-1>"),
            (_al("passageDigest"), f'"{digest}"'),
            (_al("startsWith"), f'"{self._chance.choice(self._words)}"@en'),
        ]
        passage = [
            (TYPE, f"<{oa}TextPositionSelector>"),
            (f"<{oa}start>", _literal(str(start), "integer")),
            (f"<{oa}end>", _literal(str(start + 90), "integer")),
        ]
        self._state(f"{claim}#evidence-1", evidence)
        self._state(f"{claim}#passage-1", passage)

    def _content(self) -> tuple[str, list[tuple[str, str]]]:
        """Return a thing and what is said of it; every tenth time what was said already."""
        if self._told and self.claims % 10 == 9:  # noqa: PLR2004 - every tenth
            return self._chance.choice(self._told)
        makers = (self._strike, self._statement, self._alliance, self._patronage, self._character)
        content = self._chance.choice(makers)()
        self._told.append(content)
        return content

    def _strike(self) -> tuple[str, list[tuple[str, str]]]:
        facts = [
            _a("MilitaryStrike"),
            _label(f"Strike {self.claims}"),
            _to("actor", self._somebody()),
            _to("target", self._somebody()),
            _to("location", _id(f"place-{self._chance.randrange(PLACES)}")),
            *_dates(self._day()),
        ]
        return _id(f"strike-{self.claims}"), facts

    def _statement(self) -> tuple[str, list[tuple[str, str]]]:
        modality = self._chance.choice(MODALITIES)
        facts = [
            _a("Statement"),
            _to("speaker", self._somebody()),
            _to("about", self._somebody()),
            _to("modality", f"{BASE}scheme/modality/{modality}"),
            _plain("directQuote", "true", "boolean"),
            *_dates(self._day()),
        ]
        return _id(f"statement-{self.claims}"), facts

    def _alliance(self) -> tuple[str, list[tuple[str, str]]]:
        # Uniform, or the allies of allies would end after the few that everybody speaks of.
        one, other = self._chance.sample(range(self._actors), 2)
        facts = [
            _a("Alliance"),
            _to("party", _id(f"actor-{one}")),
            _to("party", _id(f"actor-{other}")),
            _plain("ongoing", "true", "boolean"),
            _on("earliestStart", self._day()),
            (_al("wording"), '"allied with"'),
        ]
        return _id(f"alliance-{self.claims}"), facts

    def _patronage(self) -> tuple[str, list[tuple[str, str]]]:
        facts = [
            _a("Patronage"),
            _to("patron", self._somebody()),
            _to("client", self._somebody()),
            _to("supportMode", f"{BASE}scheme/support-mode/arms"),
            _on("earliestStart", self._day()),
        ]
        return _id(f"patronage-{self.claims}"), facts

    def _character(self) -> tuple[str, list[tuple[str, str]]]:
        facts = [
            _a("Characterisation"),
            _to("aspect", f"{BASE}scheme/aspect/aim"),
            _to("characterises", self._somebody()),
            _to("regarding", self._somebody()),
            (_al("description"), f'"Strives for number {self.claims}"@en'),
        ]
        return _id(f"characterisation-{self.claims}"), facts

    def _edges(self, thing: str, facts: list[tuple[str, str]]) -> None:
        """Derive the short cuts between allies, as the rules do."""
        if "/alliance-" in thing:
            one, other = (value for name, value in facts if name == _al("party"))
            self.default.add(f"{one} {_al('alliedWith')} {other} .\n")
            self.default.add(f"{other} {_al('alliedWith')} {one} .\n")

    def _somebody(self) -> str:
        """Return an actor, the first ones far more often: the world speaks of few."""
        return _id(f"actor-{int(self._actors * self._chance.random() ** 2)}")

    def _day(self) -> date:
        return FIRST_DAY + timedelta(days=self._chance.randrange(DAYS))

    def _summary(self) -> str:
        return " ".join(self._chance.choices(self._words, k=WORDS_PER_SUMMARY))


def graph(triples: int, folder: Path = FOLDER) -> Graph:
    """Return the graph of about this many triples, generated where it is not kept already."""
    version = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
    place = folder / f"graph-{triples}-{version}"
    kept = place / "graph.json"
    if not kept.is_file():
        made = _write(Generator(triples), place / "snapshot")
        kept.write_text(json.dumps(asdict(made), default=str), encoding="utf-8")
    fields = json.loads(kept.read_text(encoding="utf-8"))
    many = {name: tuple(fields[name]) for name in ("things", "subjects")}
    return Graph(**{**fields, **many, "snapshot": Path(fields["snapshot"])})


def _write(made: Generator, snapshot: Path) -> Graph:
    """Write the snapshot's folder as `allegiance build` would, but the N-Quads alone."""
    snapshot.mkdir(parents=True, exist_ok=True)
    content = "".join(sorted([*made.default, *made.named])).encode()
    name = hashlib.sha256(content).hexdigest()
    (snapshot / "graph.nq").write_bytes(content)
    quads = len(made.default) + len(made.named)
    snapshot.with_name("default.nt").write_text("".join(sorted(made.default)), encoding="utf-8")
    manifest = {
        "snapshot": name,
        "format": 1,
        "quads": quads,
        "documents": made.claims // CLAIMS_PER_DOCUMENT,
        "claims": made.claims,
        "claimsInAssertedView": made.claims,
        "entries": 0,
        "ontology": "generated",
        "inputs": name,
        "files": {"graph.nq": name},
    }
    (snapshot / "manifest.json").write_text(json.dumps(manifest, indent=2), encoding="utf-8")
    chance = random.Random(SEED)
    things, subjects = list(made.things), list(made.subjects)
    return Graph(
        snapshot=snapshot,
        triples=len(made.default),
        quads=quads,
        claims=made.claims,
        things=tuple(chance.sample(things, min(THINGS_KEPT, len(things)))),
        subjects=tuple(chance.sample(subjects, min(SUBJECTS_KEPT, len(subjects)))),
        hub=_id("actor-0"),
        tie=next(thing for thing in things if "/alliance-" in thing),
        word=made.word,
    )


def _vocabulary(chance: random.Random) -> list[str]:
    """Make words of one length, so that none is a part of another and no stemmer joins two."""
    words: dict[str, None] = {}
    while len(words) < VOCABULARY:
        pairs = [chance.choice("bdgklmnprtvz") + chance.choice("aou") for _ in range(4)]
        words["".join(pairs)] = None
    return list(words)


def _actor(number: int) -> list[tuple[str, str]]:
    return [
        _a(KINDS[number % len(KINDS)]),
        _label(f"Actor {number}"),
        (_al("alias"), f'"A. {number}"@en'),
        _to("locatedIn", _id(f"place-{number % PLACES}")),
    ]


def _dates(day: date) -> list[tuple[str, str]]:
    return [
        (_al("date"), f'"{day}"^^<{EDTF.value}>'),
        _on("earliestDate", day),
        _on("latestDate", day),
    ]


def _id(slug: str) -> str:
    return f"{BASE}id/{slug}"


def _al(name: str) -> str:
    return f"<{PREFIXES['al']}{name}>"


def _a(kind: str) -> tuple[str, str]:
    return TYPE, _al(kind)


def _label(text: str) -> tuple[str, str]:
    return f"<{PREFIXES['rdfs']}label>", f'"{text}"@en'


def _to(name: str, iri: str) -> tuple[str, str]:
    return _al(name), f"<{iri}>"


def _plain(name: str, text: str, kind: str) -> tuple[str, str]:
    return _al(name), _literal(text, kind)


def _literal(text: str, kind: str) -> str:
    return f'"{text}"^^<{PREFIXES["xsd"]}{kind}>'


def _on(name: str, day: date) -> tuple[str, str]:
    return _plain(name, day.isoformat(), "date")


def main() -> None:
    """Generate the graphs of the sizes asked for, and say where they are."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--triples", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where graphs are kept")
    options = parser.parse_args()
    for triples in options.triples:
        began = time.perf_counter()
        made = graph(triples, options.folder)
        seconds = time.perf_counter() - began
        print(f"{made.nquads}: {made.triples:,} triples, {made.quads:,} quads, {seconds:.1f} s")


if __name__ == "__main__":
    main()
