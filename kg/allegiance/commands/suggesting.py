"""The command `links suggest`: items of the offline index that an entry may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from allegiance.closest_name import closest_name
from allegiance.commands.options import chosen_bundle, root_option
from allegiance.corpus import read_corpus
from allegiance.errors import UsageError
from allegiance.links.cells import cell_of
from allegiance.links.checking import read_links
from allegiance.links.link import EXACT
from allegiance.reconciliation import Matcher, Property, Query
from allegiance.reconciliation.actors import actors_of
from allegiance.reconciliation.items import item_matcher
from allegiance.reconciliation.metonyms import load_metonyms
from allegiance.wikidata.index import WikidataIndex, index_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from allegiance.corpus import Corpus
    from allegiance.reconciliation import Candidate, Entity

__all__ = ["suggest"]

_COLUMNS: Final = (
    "subject_id",
    "subject_label",
    "predicate_id",
    "object_id",
    "object_label",
    "mapping_justification",
    "similarity_score",
    "comment",
)
_LIMIT: Final = 3
# Below it stand similar names of another or an unknown type, of which none has been right.
_LEAST: Final = 70.0


@click.command(
    "suggest",
    short_help="Name items that entries without a link may be.",
    epilog="Example: allegiance links suggest houthis; allegiance links suggest --all "
    "--format sssom. Nothing is written into the data: a row is copied to kg/data/links by "
    "somebody who has looked at the item, with a justification and an author.",
)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--all", "every", is_flag=True, help="All entries and events without an item.")
@click.option(
    "--format", "form", type=click.Choice(("text", "sssom")), default="text", show_default=True
)
@click.option(
    "--limit",
    type=click.IntRange(1, 20),
    default=_LIMIT,
    show_default=True,
    help="Candidates for each entry.",
)
@root_option
def suggest(names: Sequence[str], form: str, limit: int, root: Path | None, *, every: bool) -> None:
    """Name items that an entry without a link may be: each NAME is an id of the register.

    Items that a row of kg/data/links refuses are left out.
    """
    if bool(names) == every:
        message = "Say which entries: give their ids, or --all."
        raise UsageError(message)
    bundle = chosen_bundle(root)
    corpus = read_corpus(bundle)
    metonyms = load_metonyms(bundle.schema)
    entities = {entity.id: entity for entity in actors_of(corpus, metonyms)}
    chosen = list(_unlinked(entities, corpus)) if every else [_named(n, entities) for n in names]
    index = WikidataIndex.load(index_folder(bundle))
    matcher = item_matcher(index, metonyms)
    refused = _refused(corpus)
    found = {
        entity.id: _candidates(entity, matcher, refused.get(entity.id, frozenset()), limit)
        for entity in chosen
    }
    click.echo(_table(chosen, found) if form == "sssom" else _text(chosen, found), nl=False)
    told = sum(bool(candidates) for candidates in found.values())
    click.echo(f"{told} of {len(chosen)} entries have candidates in the index.", err=True)


def _unlinked(entities: Mapping[str, Entity], corpus: Corpus) -> Iterator[Entity]:
    linked = {link.subject for link in read_links(corpus) if link.is_positive}
    return (entity for key, entity in entities.items() if key not in linked)


def _named(name: str, entities: Mapping[str, Entity]) -> Entity:
    found = entities.get(name.removeprefix("id:"))
    if found is None:
        close = closest_name(name, entities)
        hint = f" Did you mean {close}?" if close else ""
        message = f"There is no entry or event {name!r} with a name.{hint}"
        raise UsageError(message)
    return found


def _refused(corpus: Corpus) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for link in read_links(corpus):
        if link.is_negated and link.item is not None:
            found.setdefault(link.subject, set()).add(link.item)
    return {subject: frozenset(items) for subject, items in found.items()}


def _candidates(
    entity: Entity, matcher: Matcher, refused: frozenset[str], limit: int
) -> tuple[Candidate, ...]:
    """Ask for each name of an entry, and keep each item with its best score."""
    properties = tuple(
        Property(key, values) for key, values in entity.properties.items() if key != "country"
    )
    best: dict[str, Candidate] = {}
    for name in entity.names:
        if name.kind != "metonym":
            asked = Query(name.text, entity.types[0], limit + len(refused), properties)
            for candidate in matcher.candidates(asked):
                key = candidate.entity.id
                known = best.get(key)
                if key not in refused and (known is None or candidate.score > known.score):
                    best[key] = candidate
    ordered = sorted(best.values(), key=lambda each: (-each.score, len(each.entity.id)))
    return tuple(each for each in ordered if each.score >= _LEAST)[:limit]


def _text(chosen: Iterable[Entity], found: Mapping[str, Sequence[Candidate]]) -> str:
    lines = []
    for entity in chosen:
        if candidates := found[entity.id]:
            lines.append(f"{entity.id}  {entity.label} ({entity.types[0]})")
            lines += [
                f"  {each.score:5.1f}  {each.entity.id:11} {each.entity.label}: {each.reason}"
                for each in candidates
            ]
    return "".join(f"{line}\n" for line in lines)


def _table(chosen: Iterable[Entity], found: Mapping[str, Sequence[Candidate]]) -> str:
    """Write rows to review; whoever keeps one adds author, date and a justification of theirs."""
    lines = ["\t".join(_COLUMNS)]
    for entity in chosen:
        for each in found[entity.id]:
            row = (
                f"id:{entity.id}",
                entity.label,
                EXACT,
                f"wikidata:{each.entity.id}",
                each.entity.label,
                "semapv:LexicalMatching",
                f"{each.score / 100:.3f}",
                each.reason,
            )
            lines.append("\t".join(cell_of(" ".join(cell.split())) for cell in row))
    return "".join(f"{line}\n" for line in lines)
