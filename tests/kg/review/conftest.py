"""Fixtures: two small checkouts, and what differs between their graphs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from allegiance.build import build_store
from allegiance.corpus import read_corpus
from allegiance.review import difference

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Checkout

    from allegiance.review import Difference

    Compare = Callable[..., Difference]


@pytest.fixture
def compare(new_checkout: Callable[[], Checkout]) -> Compare:
    """Give a comparer of the claims of two states of a document called doc.

    `actors` replaces the register after the change, `header` gives lines of the header after it,
    and `beside` are the claims of a second document, of another outlet, on both sides.
    """

    def run(
        before: str, after: str, *, actors: str = "", header: str = "", beside: str = ""
    ) -> Difference:
        stores = []
        for claims, more, register in ((before, "", ""), (after, header, actors)):
            checkout = new_checkout()
            checkout.write_actors(register or checkout.actors)
            checkout.write_source("doc", claims, more=more)
            if beside:
                checkout.write_source("other", beside, outlet="evening-post")
            corpus = read_corpus(checkout.bundle)
            assert corpus.findings == ()
            stores.append(build_store(corpus))
        return difference(*stores)

    return run
