"""A small generated body of data whose documents depend on one another, and random edits of it."""

from __future__ import annotations

import copy
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator
    from pathlib import Path

Claim = dict[str, Any]
Document = dict[str, Any]

CHARACTERS = 2000
STATES = [f"state-{n}" for n in range(6)]
GROUPS = [f"group-{n}" for n in range(4)]
PEOPLE = [f"person-{n}" for n in range(4)]
OUTLETS = [f"outlet-{n}" for n in range(3)]
PLACES = [f"place-{n}" for n in range(3)]
EVENTS = [f"event-{n}" for n in range(5)]
CLASSES = ["State", "ArmedGroup", "Person", "Government", "UnnamedActor", "MediaOrganisation"]


@dataclass(slots=True)
class Data:
    """Hold register, captures and documents as they are written to YAML."""

    entries: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    captures: dict[str, dict[str, Any]] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)
    loose: dict[str, str] = field(default_factory=dict)

    def copied(self) -> Data:
        """Return a copy that can be edited."""
        return copy.deepcopy(self)

    def files(self) -> Iterator[tuple[str, str]]:
        """Give the path of each file, with its text."""
        for section in ("actors", "places", "topics"):
            yield f"kg/data/actors/{section}.yaml", _yaml({section: self.entries[section]})
        yield "kg/data/captures.yaml", _yaml({"captures": self.captures})
        for name, document in self.documents.items():
            yield f"kg/data/sources/{name}.yaml", _yaml(document)
        for name, text in self.loose.items():
            yield f"kg/data/sources/{name}", text

    def write(self, root: Path) -> None:
        """Write all files that differ from what lies there, and remove those that are no more."""
        files = dict(self.files())
        for file in (root / "kg/data/sources").iterdir():
            if file.relative_to(root).as_posix() not in files:
                file.unlink()
        for name, text in files.items():
            file = root / name
            if not file.exists() or file.read_text(encoding="utf-8") != text:
                file.write_text(text, encoding="utf-8")


def _yaml(value: object) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=200)


def generate(chance: random.Random, documents: int = 12) -> Data:
    """Make sound data: ties, events, statements and treaties that several documents speak of."""
    data = Data()
    data.entries = {
        "actors": {
            **{name: {"class": "State", "label": f"Land {name}"} for name in STATES},
            **{name: {"class": "ArmedGroup", "label": f"Band {name}"} for name in GROUPS},
            **{name: {"class": "Person", "label": f"Human {name}"} for name in PEOPLE},
            **{name: {"class": "MediaOrganisation", "label": f"Paper {name}"} for name in OUTLETS},
            "cabinet": {"class": "Government", "label": "Cabinet", "governmentOf": STATES[0]},
            "army": {"class": "ArmedForce", "label": "Army", "organOf": STATES[1]},
        },
        "places": {name: {"label": f"Spot {name}", "locatedIn": STATES[0]} for name in PLACES},
        "topics": {"fishing": {"label": "Fishing"}},
    }
    for number in range(3):
        digest = hashlib.sha256(str(number).encode()).hexdigest()
        data.captures[f"page-{number}"] = {
            "url": f"https://example.org/{number}",
            "sha256": digest,
            "characters": CHARACTERS,
            "normalisation": "None.",
        }
    for number in range(documents):
        name = f"doc-{number}"
        data.documents[name] = _document(name, number, chance)
        _fill(data, name, chance)
    data.documents["doc-0"]["claims"] += [_unclear(data, name, chance) for name in _unused(data)]
    for event in EVENTS:
        first = next((c for _, c in claims_of(data) if c.get("event", {}).get("id") == event), None)
        if first is not None:
            first["event"]["label"] = f"Label of {event}"
    return data


def _document(name: str, number: int, chance: random.Random) -> Document:
    return {
        "document": name,
        "type": "NewsArticle",
        "title": f"Title {number}",
        "language": "en",
        "recorded": "2026-11-21",
        **({"author": PEOPLE[number % 4]} if number % 2 else {}),
        "publications": [
            {"outlet": chance.choice(OUTLETS), "published": f"2024-03-{number + 1:02}"}
        ],
        "capture": {"page": f"page-{number % 3}", "start": 0, "end": CHARACTERS},
        "claims": [],
    }


def _fill(data: Data, name: str, chance: random.Random) -> None:
    claims = data.documents[name]["claims"]
    for number in range(chance.randint(3, 6)):
        claims.append(new_claim(data, name, f"claim-{number}", chance))


def _unused(data: Data) -> list[str]:
    text = _yaml([*data.documents.values()])
    names = [name for section in data.entries.values() for name in section]
    return [name for name in names if name not in text]


def _unclear(data: Data, name: str, chance: random.Random) -> Claim:
    """Speak of an entry of which nobody else does."""
    claim = new_claim(data, "doc-0", f"on-{name}", chance, _characterisation)
    claim["characterisation"]["of"] = name
    return claim


def new_claim(
    data: Data,
    document: str,
    name: str,
    chance: random.Random,
    make: Callable[[Data, str, random.Random], Claim] | None = None,
) -> Claim:
    """Make a sound claim of a random kind; some name claims of this or other documents."""
    start = chance.randrange(0, CHARACTERS - 100)
    claim: Claim = {
        "id": name,
        "says": f"Sentence {chance.randrange(10**9)} of {name}.",
        "status": "asserted",
        "at": {
            "start": start,
            "end": start + 40,
            "starts": "Its first words",
            "ends": "and its last",
            "sha256": hashlib.sha256(str(start).encode()).hexdigest(),
        },
    }
    claim |= (make or chance.choice(CONTENTS))(data, document, chance)
    style = chance.random()
    if style < 0.2:
        claim |= {"status": "attributed", "attributedTo": chance.sample(STATES + PEOPLE, 2)}
    elif style < 0.3 and "event" not in claim:
        others = [f"{home}/{other['id']}" for home, other in claims_of(data)]
        if others:
            claim |= {"status": "hypothetical", "certainty": "possible", "hedge": "could"}
            claim["condition"] = chance.choice(others)
    return claim


def _patronage(_: Data, __: str, chance: random.Random) -> Claim:
    content: Claim = {"patron": chance.choice(STATES[:3]), "client": chance.choice(GROUPS)}
    if chance.random() < 0.6:
        content["since"] = f"20{chance.randint(10, 15)}"
    if chance.random() < 0.4:
        content["until"] = f"20{chance.randint(16, 20)}"
    return {"patronage": content}


def _alliance(_: Data, __: str, chance: random.Random) -> Claim:
    return {
        "alliance": {"parties": chance.sample(STATES[:4], 2), "location": chance.choice(PLACES)}
    }


def _event(data: Data, __: str, chance: random.Random) -> Claim:
    content: Claim = {"type": chance.choice(["MilitaryStrike", "Meeting"])}
    if chance.random() < 0.6:
        content["id"] = chance.choice(EVENTS)
    content |= {"actor": chance.choice(STATES), "target": chance.choice(GROUPS)}
    content["date"] = f"2024-01-{chance.randint(10, 28)}"
    ties = [f"{home}/{c['id']}" for home, c in claims_of(data) if "patronage" in c]
    known = [c["event"]["id"] for _, c in claims_of(data) if "id" in c.get("event", {})]
    if ties and chance.random() < 0.3:
        content["terminates"] = chance.choice(ties)
    if known and chance.random() < 0.4:
        content["retaliationFor"] = chance.choice(known)
    if known and chance.random() < 0.2:
        content["partOf"] = chance.choice(known)
    return {"event": content}


def _statement(data: Data, __: str, chance: random.Random) -> Claim:
    content: Claim = {
        "speaker": chance.choice(PEOPLE),
        "about": chance.choice([*STATES, "fishing"]),
    }
    content["modality"] = [chance.choice(["threat", "warning"])]
    proposed = [f"{home}/{c['id']}" for home, c in claims_of(data) if c["status"] == "attributed"]
    if proposed and chance.random() < 0.6:
        content["proposes"] = chance.choice(proposed)
    return {"statement": content}


def _figure(_: Data, __: str, chance: random.Random) -> Claim:
    low = chance.randint(1, 50)
    content = {"of": chance.choice(GROUPS), "quantity": "fighters", "low": low, "high": low + 5}
    return {"figure": {**content, "unit": "persons"}}


def _characterisation(_: Data, __: str, chance: random.Random) -> Claim:
    text = f"It strives for goal {chance.randrange(10**6)}."
    return {"characterisation": {"of": chance.choice(STATES), "aspect": "aim", "as": text}}


CONTENTS = (_patronage, _alliance, _event, _event, _statement, _figure, _characterisation)


def claims_of(data: Data) -> Iterator[tuple[str, Claim]]:
    """Give all claims with the names of their documents."""
    for name, document in data.documents.items():
        for claim in document["claims"]:
            yield name, claim


# --- edits ---------------------------------------------------------------------------------------


def _any(data: Data, chance: random.Random, *keys: str) -> Claim | None:
    found = [c for _, c in claims_of(data) if not keys or any(key in c for key in keys)]
    return chance.choice(found) if found else None


def _home(data: Data, chance: random.Random) -> Document:
    return data.documents[chance.choice(sorted(data.documents))]


def remove_claim(data: Data, chance: random.Random) -> None:
    """Remove one claim."""
    document = _home(data, chance)
    if len(document["claims"]) > 1:
        document["claims"].pop(chance.randrange(len(document["claims"])))


def add_claim(data: Data, chance: random.Random) -> None:
    """Add one claim, often sound."""
    document = _home(data, chance)
    name = f"added-{chance.randrange(10**6)}"
    document["claims"].insert(0, new_claim(data, document["document"], name, chance))


def repeat_claim(data: Data, chance: random.Random) -> None:
    """Say the same twice in one document."""
    document = _home(data, chance)
    again = copy.deepcopy(chance.choice(document["claims"]))
    again["id"] = f"again-{chance.randrange(10**6)}"
    document["claims"].append(again)


def change_status(data: Data, chance: random.Random) -> None:
    """Give a claim another status, whatever else it has."""
    if claim := _any(data, chance):
        claim["status"] = chance.choice(
            ["asserted", "attributed", "prediction", "hypothetical", "judgement", "normative"]
        )


def expect_event(data: Data, chance: random.Random) -> None:
    """Turn an event with an id into a prediction."""
    found = [c for _, c in claims_of(data) if "id" in c.get("event", {})]
    if found:
        claim = chance.choice(found)
        claim |= {"status": "prediction", "certainty": "likely"}


def negate(data: Data, chance: random.Random) -> None:
    """Deny what a claim says."""
    if claim := _any(data, chance):
        claim["polarity"] = "negated"


def rename_claim(data: Data, chance: random.Random) -> None:
    """Give a claim another id, which others may name."""
    if claim := _any(data, chance):
        claim["id"] = f"renamed-{chance.randrange(10**6)}"


def double_id(data: Data, chance: random.Random) -> None:
    """Give two claims of a document one id."""
    document = _home(data, chance)
    if len(document["claims"]) > 1:
        document["claims"][0]["id"] = document["claims"][1]["id"]


def swap_roles(data: Data, chance: random.Random) -> None:
    """Exchange patron and client: the tie is another one, and the patron may be no fit one."""
    if claim := _any(data, chance, "patronage"):
        tie = claim["patronage"]
        tie["patron"], tie["client"] = tie["client"], tie["patron"]


def same_roles(data: Data, chance: random.Random) -> None:
    """Let somebody be their own patron."""
    if claim := _any(data, chance, "patronage"):
        claim["patronage"]["client"] = claim["patronage"]["patron"]


def backward_dates(data: Data, chance: random.Random) -> None:
    """End a tie before it begins."""
    if claim := _any(data, chance, "patronage"):
        claim["patronage"] |= {"since": "2020", "until": "2011"}


def impossible_date(data: Data, chance: random.Random) -> None:
    """Write a date that the calendar does not have."""
    if claim := _any(data, chance, "event"):
        claim["event"]["date"] = "2024-02-30"


def new_date(data: Data, chance: random.Random) -> None:
    """Date an event otherwise."""
    if claim := _any(data, chance, "event"):
        claim["event"]["date"] = chance.choice(["2024-03", "2024~", "2023/2024"])


def break_condition(data: Data, chance: random.Random) -> None:
    """Name a condition that is not there, or the claim itself."""
    if claim := _any(data, chance):
        claim["condition"] = chance.choice(["no-such-claim", claim["id"], "doc-1/claim-0"])


def drop_hedge(data: Data, chance: random.Random) -> None:
    """Leave out what marks a supposition as one."""
    if claim := _any(data, chance, "condition"):
        claim.pop(chance.choice(["certainty", "hedge", "condition"]), None)


def delete_document(data: Data, chance: random.Random) -> None:
    """Remove a document with all its claims."""
    data.documents.pop(chance.choice(sorted(data.documents)))


def add_document(data: Data, chance: random.Random) -> None:
    """Add a document."""
    name = f"doc-{chance.randrange(50, 99)}"
    data.documents[name] = _document(name, chance.randrange(20), chance)
    _fill(data, name, chance)


def rename_document(data: Data, chance: random.Random) -> None:
    """Move a document to another name, in the file or in the file and its name."""
    name = chance.choice(sorted(data.documents))
    document = data.documents.pop(name)
    if chance.random() < 0.7:
        document["document"] = f"{name}-moved"
    data.documents[f"{name}-moved"] = document


def change_header(data: Data, chance: random.Random) -> None:
    """Change what a document says of itself."""
    document = _home(data, chance)
    key, value = chance.choice(
        [
            ("title", "Another title"),
            ("author", "no-such-person"),
            ("author", STATES[0]),
            ("author", PLACES[0]),
            ("recorded", "2026-02-31"),
            ("language", "de"),
            ("publications", [{"outlet": STATES[0], "published": "2024-05-01"}]),
            ("publications", [{"outlet": OUTLETS[0]}, {"outlet": OUTLETS[1], "published": "2023"}]),
            ("capture", {"page": "page-9", "start": 0, "end": 10}),
            ("capture", {"page": "page-1", "start": 0, "end": 600}),
        ]
    )
    document[key] = value


def assess(data: Data, chance: random.Random) -> None:
    """Give a verdict on a claim of another document, which may not be there."""
    names = [f"{home}/{claim['id']}" for home, claim in claims_of(data)]
    _home(data, chance)["assessments"] = [
        {
            "claim": chance.choice([*names, "doc-1/none"]),
            "verdict": chance.choice(["retracted", "questioned"]),
            "by": "Somebody",
            "date": "2026-11-22",
            "reason": "It was found to be so.",
        }
    ]


def _entry(data: Data, chance: random.Random) -> tuple[dict[str, dict[str, Any]], str]:
    section = data.entries[chance.choice(["actors", "actors", "actors", "places", "topics"])]
    return section, chance.choice(sorted(section) or [""])


def delete_entry(data: Data, chance: random.Random) -> None:
    """Remove an entry that others may speak of."""
    section, name = _entry(data, chance)
    if len(section) > 1:
        section.pop(name)


def retype_entry(data: Data, chance: random.Random) -> None:
    """Give an actor another class."""
    name = chance.choice(sorted(data.entries["actors"]))
    data.entries["actors"][name]["class"] = chance.choice(CLASSES)


def move_entry(data: Data, chance: random.Random) -> None:
    """Turn an actor into a topic."""
    actors = data.entries["actors"]
    name = chance.choice(sorted(actors))
    data.entries["topics"][name] = {"label": actors.pop(name)["label"]}


def rename_entry(data: Data, chance: random.Random) -> None:
    """Give an entry another id."""
    section, name = _entry(data, chance)
    if name in section:
        section[f"{name}-renamed"] = section.pop(name)


def relabel_entry(data: Data, chance: random.Random) -> None:
    """Change an entry's words."""
    section, name = _entry(data, chance)
    if name in section:
        section[name] |= chance.choice(
            [
                {"label": "New label"},
                {"label": "Bad\u200blabel"},
                {"alias": ["Other name", " "]},
                {"describedAs": "one two three four five six seven eight nine ten 11 12 13"},
                {"describedAs": "a man"},
            ]
        )


def refer_entry(data: Data, chance: random.Random) -> None:
    """Let an entry refer to another, of a fit kind or not."""
    section, name = data.entries["actors"], chance.choice(sorted(data.entries["actors"]))
    key = chance.choice(["governmentOf", "organOf", "affiliatedWith"])
    section[name][key] = chance.choice([STATES[2], PEOPLE[0], PLACES[0], "nowhere"])


def add_entry(data: Data, chance: random.Random) -> None:
    """Add an entry: unused, doubled or with the id of an event."""
    name = chance.choice([f"new-{chance.randrange(99)}", EVENTS[0], EVENTS[1]])
    data.entries["actors"][name] = {"class": "State", "label": "New one"}


def double_entry(data: Data, chance: random.Random) -> None:
    """Put an actor's id among the places too."""
    data.entries["places"][chance.choice(STATES)] = {"label": "Twice"}


def rename_event(data: Data, chance: random.Random) -> None:
    """Give an event another id in one claim, which others may name."""
    found = [c for _, c in claims_of(data) if "id" in c.get("event", {})]
    if found:
        new = chance.choice([f"new-event-{chance.randrange(9)}", *EVENTS, STATES[0]])
        chance.choice(found)["event"]["id"] = new


def change_label(data: Data, chance: random.Random) -> None:
    """Label an event anew, once more or no more."""
    found = [c for _, c in claims_of(data) if "id" in c.get("event", {})]
    if found:
        event = chance.choice(found)["event"]
        if chance.random() < 0.5:
            event.pop("label", None)
        else:
            event["label"] = "Another label"


def retype_event(data: Data, chance: random.Random) -> None:
    """Give an event another class."""
    if claim := _any(data, chance, "event"):
        claim["event"]["type"] = chance.choice(["Meeting", "War", "Agreement", "Escalation"])


def change_value(data: Data, chance: random.Random) -> None:
    """Let a claim name something of an unfit kind, or something that is not there."""
    claim = _any(data, chance, "patronage", "event", "statement", "alliance")
    if claim is not None:
        key = next(k for k in ("patronage", "event", "statement", "alliance") if k in claim)
        name = chance.choice([PEOPLE[0], PLACES[0], "fishing", "stat-1", STATES[5], OUTLETS[0]])
        role = {"patronage": "patron", "event": "actor", "statement": "speaker"}.get(
            key, "location"
        )
        claim[key][role] = name


def change_reference(data: Data, chance: random.Random) -> None:
    """Let an event or a statement name another claim, of a fit kind or not."""
    names = [f"{home}/{claim['id']}" for home, claim in claims_of(data)]
    if claim := _any(data, chance, "event", "statement"):
        if "event" in claim:
            key = chance.choice(["terminates", "initiates", "retaliationFor", "cause"])
            claim["event"][key] = chance.choice(names)
        else:
            claim["statement"]["proposes"] = chance.choice([*names, "doc-0/none"])


def change_attribution(data: Data, chance: random.Random) -> None:
    """Attribute a claim to others, or to nobody."""
    if claim := _any(data, chance):
        if chance.random() < 0.3:
            claim.pop("attributedTo", None)
        else:
            claim["attributedTo"] = chance.sample([*STATES, *PEOPLE, PLACES[0], "nobody"], 2)


def change_passage(data: Data, chance: random.Random) -> None:
    """Move a passage, take its offsets or let it quote too much."""
    if claim := _any(data, chance):
        kind = chance.randrange(3)
        if kind == 0:
            claim["at"] |= {"start": CHARACTERS - 10, "end": CHARACTERS + 10}
        elif kind == 1:
            claim["at"] = {"starts": "Its first words", "ends": "and its last"}
        else:
            claim["at"]["starts"] = "one two three four five six seven eight nine ten 11 12 13"


def change_figure(data: Data, chance: random.Random) -> None:
    """Let a figure reach from much to little."""
    if claim := _any(data, chance, "figure"):
        claim["figure"] |= chance.choice([{"low": 99}, {"value": 3}, {"unit": " "}])


def make_treaty(data: Data, chance: random.Random) -> None:
    """Found a tie on a treaty that is told of, or that is an event, or not there."""
    document = _home(data, chance)
    if chance.random() < 0.7:
        claim = new_claim(data, document["document"], f"treaty-{chance.randrange(99)}", chance)
        for key in ("patronage", "alliance", "event", "statement", "figure", "characterisation"):
            claim.pop(key, None)
        claim["treaty"] = {"id": "pact", "label": "Pact", "parties": STATES[:2]}
        document["claims"].append(claim)
    if tie := _any(data, chance, "alliance"):
        tie["alliance"]["treaty"] = chance.choice(["pact", "pact", EVENTS[2], "no-pact"])


def change_capture(data: Data, chance: random.Random) -> None:
    """Change, remove or add a captured page."""
    page = chance.choice(sorted(data.captures))
    kind = chance.randrange(5)
    if kind == 0 and len(data.captures) > 1:
        data.captures.pop(page)
    elif kind == 1:
        data.captures[page]["characters"] = 900
    elif kind == 2:
        data.captures[page]["url"] = "https://example.org/moved page"
    elif kind == 3:
        data.captures[page]["sha256"] = "f" * 64
    else:
        data.captures["page-8"] = {**data.captures[page], "url": "https://example.org/8"}


def unknown_key(data: Data, chance: random.Random) -> None:
    """Write a key that the format does not have."""
    if claim := _any(data, chance):
        claim["note"] = "What is this?"


def stray_file(data: Data, chance: random.Random) -> None:
    """Leave a file that nobody reads, or one that is no YAML."""
    data.loose[chance.choice(["notes.txt", "broken.yaml"])] = "a: [1\n"


EDITS: tuple[Callable[[Data, random.Random], None], ...] = (
    *(add_claim, remove_claim, repeat_claim, rename_claim, double_id),
    *(change_status, expect_event, negate, swap_roles, same_roles, backward_dates),
    *(impossible_date, new_date, break_condition, drop_hedge, change_value, change_reference),
    *(change_attribution, change_passage, change_figure, make_treaty),
    *(delete_document, add_document, rename_document, change_header, assess),
    *(delete_entry, retype_entry, move_entry, rename_entry, relabel_entry, refer_entry),
    *(add_entry, double_entry, rename_event, change_label, retype_event),
    *(change_capture, unknown_key, stray_file),
)

# What leaves names and files sound more often than not, so that the shapes have something to judge.
LATE_EDITS = (
    *(add_claim, repeat_claim, change_status, expect_event, negate, swap_roles, same_roles),
    *(backward_dates, new_date, drop_hedge, change_attribution, change_figure, make_treaty),
    *(assess, retype_entry, relabel_entry, refer_entry, add_entry, retype_event, change_capture),
    *(change_value, change_reference),
)
