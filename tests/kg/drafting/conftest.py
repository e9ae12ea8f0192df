"""A checkout with the repository's own register, and the invented article as text and as page."""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from allegiance.bundle import default_bundle
from allegiance.corpus import read_corpus
from allegiance.drafting.filing import start_document
from allegiance.drafting.header import Wishes
from allegiance.drafting.reading import Reader
from allegiance.sentences import Sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Checkout

    from allegiance.drafting.filing import Filed
    from allegiance.drafting.reading import Reading

HERE = Path(__file__).resolve().parent
TODAY = datetime.date(2026, 11, 21)
PUBLISHED = datetime.date(2025, 5, 14)


@pytest.fixture
def desk(checkout: Checkout) -> Checkout:
    """Give a checkout whose register is the repository's."""
    shutil.rmtree(checkout.root / "kg/data/actors")
    shutil.copytree(default_bundle().actors, checkout.root / "kg/data/actors")
    return checkout


@pytest.fixture
def article() -> Path:
    """Give the invented article as a text file."""
    return HERE / "article.txt"


@pytest.fixture
def page_of_article() -> Path:
    """Give the invented article as a saved page."""
    return HERE / "article.html"


@pytest.fixture
def start(desk: Checkout) -> Callable[..., Filed]:
    """Give a function that drafts a document from a page, with these wishes."""

    def start_from(page: Path, **wishes: str) -> Filed:
        settled = {
            "id": "test-week",
            "url": "https://example.org/week",
            "outlet": "rnz",
            "published": "2025-05-14",
        }
        chosen = Wishes(**(settled | wishes))
        return start_document(desk.bundle, page, chosen, desk.captures, TODAY)

    return start_from


@pytest.fixture(scope="session")
def read() -> Callable[..., Reading]:
    """Give a function that reads one sentence with the repository's register and table."""
    reader = Reader(read_corpus(default_bundle()), PUBLISHED)

    def read_sentence(text: str, *, quoted: bool = False) -> Reading:
        return reader.read(Sentence(0, len(text), text), 1, quoted=quoted)

    return read_sentence
