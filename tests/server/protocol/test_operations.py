"""The operations of an update are told by its tokens: what stands in strings is none of them."""

from __future__ import annotations

import pytest

from allegiance_server.errors import RequestError
from allegiance_server.protocol.operations import (
    deleted_as_inserted,
    only_inserts_data,
    silenced,
    with_dataset,
)

G, H = "http://e.org/g", "http://e.org/h"
INNER = "{ SELECT * WHERE { ?s ?p ?o } }"


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        (
            "INSERT { ?s a ?t } WHERE { ?s a ?t }",
            f"INSERT {{ ?s a ?t }} USING <{G}> USING NAMED <{H}> WHERE {{ ?s a ?t }}",
        ),
        (
            "DELETE WHERE { ?s a 'WHERE' }",
            f"DELETE {{ ?s a 'WHERE' }} USING <{G}> USING NAMED <{H}> WHERE {{ ?s a 'WHERE' }}",
        ),
        (
            f"DELETE {{ ?s ?p ?o }} # WHERE\nwhere {{ {INNER} }}",
            f"DELETE {{ ?s ?p ?o }} # WHERE\nUSING <{G}> USING NAMED <{H}> where {{ {INNER} }}",
        ),
        ("INSERT DATA { <a:a> <a:WHERE> ?WHERE }", "INSERT DATA { <a:a> <a:WHERE> ?WHERE }"),
        ("CLEAR ALL", "CLEAR ALL"),
    ],
)
def test_every_pattern_gets_the_dataset(update: str, expected: str) -> None:
    """The graphs of the request stand before each WHERE of an operation, and nowhere else."""
    assert with_dataset(update, (G,), (H,)) == expected


def test_every_operation_gets_it() -> None:
    """Each operation of a request has its own clauses."""
    update = "INSERT { ?s a 1 } WHERE { ?s a 2 } ; DELETE WHERE { ?s a 3 }"

    assert with_dataset(update, (G,), ()).count(f"USING <{G}> WHERE") == 2


def test_without_graphs_an_update_stays_as_it_is() -> None:
    """A request that names no graphs changes nothing of the text, not even where it has its own."""
    update = "WITH <a:g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }"

    assert with_dataset(update, (), ()) == update


@pytest.mark.parametrize("clause", ["WITH <a:g> DELETE {}", "DELETE {} USING <a:g>"])
def test_graphs_are_named_once(clause: str) -> None:
    """An update that names graphs itself is refused where the request names some, too."""
    with pytest.raises(RequestError, match="and so does the request"):
        with_dataset(f"{clause} WHERE {{ }}", (G,), ())


@pytest.mark.parametrize("iri", ["a:g> WHERE {} ; CLEAR ALL ; #", "relative", "a:b c", ""])
def test_nothing_is_smuggled_in(iri: str) -> None:
    """What is no IRI does not become part of the text of an update."""
    with pytest.raises(RequestError):
        with_dataset("DELETE WHERE { ?s ?p ?o }", (), (iri,))


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        ("INSERT DATA { <a:a> a 'x' }", True),
        ("prefix e: <e:> insert data { e:a a 'x' } ; BASE <b:> INSERT DATA { <a> a 1 } ;", True),
        ("INSERT DATA { <a:a> a 'x' } ; CLEAR ALL", False),
        ("INSERT { ?s a 1 } WHERE { ?s a 2 }", False),
        ("DELETE DATA { <a:a> a 'x' }", False),
        ("# INSERT DATA {}\nCLEAR ALL", False),
        ("", False),
    ],
)
def test_pure_data_is_known(update: str, expected: bool) -> None:  # noqa: FBT001 - a table
    """Only an update of nothing but INSERT DATA is taken for what it says."""
    assert only_inserts_data(update) is expected


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        ("DELETE DATA { <a:a> a 'DELETE' }", "INSERT DATA { <a:a> a 'DELETE' }"),
        (
            "PREFIX e: <e:> delete data { e:DELETE a 1 } ; DELETE DATA { e:b a 2 }",
            "PREFIX e: <e:> INSERT data { e:DELETE a 1 } ; INSERT DATA { e:b a 2 }",
        ),
        ("DELETE DATA { <a:a> a 1 } ; INSERT DATA { <a:a> a 1 }", None),
        ("DELETE WHERE { <a:a> a 1 }", None),
        ("DELETE DATA { _:a a 1 }", None),
        ("DELETE DATA { <a:a> a [] }", None),
        ("DELETE DATA { <a:a> a ( 1 ) }", None),
        ("DELETE DATA { << <a:a> <a:b> <a:c> >> <a:p> 1 }", None),
    ],
)
def test_what_is_deleted_can_be_read_as_data(update: str, expected: str | None) -> None:
    """DELETE DATA becomes INSERT DATA, unless the parser has to see it: it forbids blank nodes."""
    assert deleted_as_inserted(update) == expected


def test_only_drop_and_clear_are_silenced() -> None:
    """SILENT is added where it is missing, and only to operations that remove graphs."""
    update = "DROP GRAPH <a:DROP> ; clear default ; DROP SILENT ALL ; COPY <a:a> TO <a:b>"

    assert silenced(update) == (
        "DROP SILENT GRAPH <a:DROP> ; clear SILENT default ; DROP SILENT ALL ; COPY <a:a> TO <a:b>"
    )
