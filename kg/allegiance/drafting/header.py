"""Settle the head of a document: from the call, the page's metadata and the register."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from allegiance.dates import bounds_of
from allegiance.errors import UsageError
from allegiance.schema import SLUG

if TYPE_CHECKING:
    import datetime

    from allegiance.corpus import Corpus
    from allegiance.drafting.saved_page import SavedPage
    from allegiance.register import Entry

__all__ = ["Header", "Wishes", "header_of", "slug_of", "unknown_author"]

_SLUG_WORDS = 6
_URL = re.compile(r"https?://[^ <>\"]+")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Wishes:
    """Hold what the call settles; None leaves it to the page's metadata."""

    id: str | None = None
    type: str = "NewsArticle"
    title: str | None = None
    language: str = "en"
    outlet: str | None = None
    published: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Header:
    """Hold what a document's file says before its claims; `published` is EDTF or None."""

    id: str
    type: str
    title: str
    language: str
    recorded: datetime.date
    authors: tuple[str, ...]
    outlet: str
    published: str | None
    basis: str | None
    url: str | None


def slug_of(words: str) -> str:
    """Make an id of words: small letters, digits and single hyphens, six words at most.

    >>> slug_of("Türkiye's allies: who's who?")
    'turkiyes-allies-whos-who'
    """
    joined = re.sub(r"['\u2019]", "", words)
    plain = unicodedata.normalize("NFKD", joined).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain)[:_SLUG_WORDS])


def header_of(
    saved: SavedPage, wishes: Wishes, corpus: Corpus, today: datetime.date
) -> tuple[Header, str]:
    """Return a document's header, and the address of the page.

    Raises UsageError, with the option to give, for what neither call nor page tells.
    """
    if not _LANGUAGE.fullmatch(wishes.language):
        message = f"{wishes.language!r} is no language code. Write --language en, or another."
        raise UsageError(message)
    url = _address(saved, wishes)
    outlet = _outlet(saved, wishes, corpus, url)
    published, basis = _published(saved, wishes)
    title = " ".join((wishes.title or saved.title).split())
    header = Header(
        id=_id(wishes, outlet, published, title),
        type=wishes.type,
        title=title,
        language=wishes.language,
        recorded=today,
        authors=_authors(saved, corpus),
        outlet=outlet,
        published=published,
        basis=basis,
        url=url,
    )
    return header, url


def unknown_author(saved: SavedPage, header: Header) -> str | None:
    """Return the page's byline where the register knows nobody of that name."""
    return None if header.authors else saved.author


def _address(saved: SavedPage, wishes: Wishes) -> str:
    url = wishes.url or saved.url
    if url is None or not _URL.fullmatch(url):
        found = "The page does not say where it comes from." if url is None else f"Not a URL: {url}"
        message = f"{found} Give its address: --url https://..."
        raise UsageError(message)
    return url


def _id(wishes: Wishes, outlet: str, published: str | None, title: str) -> str:
    if wishes.id is not None:
        if not re.fullmatch(SLUG, wishes.id):
            message = f"{wishes.id!r} is no id. Use small letters, digits and single hyphens."
            raise UsageError(message)
        return wishes.id
    year = (published or "")[:4]
    slug = slug_of(title)
    if not slug:
        message = "No id can be made of the title. Give one: --id outlet-2025-what-it-is-about"
        raise UsageError(message)
    return "-".join(part for part in (outlet, year if year.isdigit() else "", slug) if part)


def _published(saved: SavedPage, wishes: Wishes) -> tuple[str | None, str | None]:
    if wishes.published is None:
        basis = "The date in the page's metadata." if saved.published else None
        return saved.published, basis
    try:
        bounds_of(wishes.published)
    except ValueError as error:
        message = f"--published: {error}."
        raise UsageError(message) from error
    return wishes.published, None


def _outlet(saved: SavedPage, wishes: Wishes, corpus: Corpus, url: str) -> str:
    outlets = {
        entry.id: entry
        for entry in corpus.entries.values()
        if entry.class_name == "MediaOrganisation"
    }
    if wishes.outlet is not None:
        if wishes.outlet not in outlets:
            raise UsageError(_no_outlet(f"{wishes.outlet} is no outlet of the register.", outlets))
        return wishes.outlet
    host = (urlsplit(url).hostname or "").split(".")[:-1]
    for entry in outlets.values():
        names = {_plain(name) for name in (entry.id, entry.label, *entry.aliases)}
        if _plain(saved.site or "") in names or names.intersection(host):
            return entry.id
    name = saved.site or urlsplit(url).hostname or "the page"
    raise UsageError(_no_outlet(f"No outlet of the register fits {name}.", outlets))


def _no_outlet(problem: str, outlets: dict[str, Entry]) -> str:
    return (
        f"{problem} Give --outlet with one of {', '.join(sorted(outlets))}; or add yours to "
        "kg/data/actors/media.yaml first: an id, with `class: MediaOrganisation` and a `label`."
    )


def _authors(saved: SavedPage, corpus: Corpus) -> tuple[str, ...]:
    bylines = {part.strip().casefold() for part in re.split(r";| and |,", saved.author or "")}
    return tuple(
        entry.id
        for entry in corpus.entries.values()
        if entry.class_name == "Person"
        and not bylines.isdisjoint(name.casefold() for name in (entry.label, *entry.aliases))
    )


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())
