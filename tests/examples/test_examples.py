"""Each script in `examples/` runs against a server with the repository's own data."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from reconciler import reconcile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allegiance.snapshot import Snapshot

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PAGE = (EXAMPLES / "README.md").read_text(encoding="utf-8")
SHOWN = re.compile(r"^\$ \.venv/bin/python examples/(.+)\n((?:.*\n)*?)```", re.MULTILINE)


@pytest.fixture(scope="module")
def address(snapshot: Snapshot) -> Iterator[str]:
    """Give the address of a server with the repository's own data."""
    command = [
        *(sys.executable, "-m", "allegiance_server", "serve", "--port", "0", "--workers", "1"),
        *("--snapshot", str(snapshot.directory)),
    ]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        try:
            found = re.search(r"http://[^/]+", process.stdout.readline())
            assert found is not None, "the server did not start"
            yield found[0]
        finally:
            process.kill()


def printed(script: str, address: str) -> list[str]:
    """Run a script, whose warnings are errors; return the lines that it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / script), address],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_every_example_is_run() -> None:
    """No script is there that the tests below leave out."""
    assert sorted(file.name for file in EXAMPLES.glob("*.py")) == [
        "openrefine_names.py",
        "pandas_csv.py",
        "rdflib_store.py",
        "reconciled_names.py",
        "sparqlwrapper_client.py",
    ]


def test_sparqlwrapper_tells_who_backs_whom_in_which_words(address: str) -> None:
    """Each line has the actor, the group, who says so, and the words that say it."""
    lines = printed("sparqlwrapper_client.py", address)
    assert "Iran backs Hezbollah: AS, “Hezbollah, a group it backs financially”" in lines
    assert "Iran backs Hamas: The Conversation, “Iran also supported”" in lines
    assert all(re.fullmatch(r"\S.* backs \S.*: \S.*, “.+”", line) for line in lines)


def test_rdflib_walks_from_claim_to_claim(address: str) -> None:
    """The labels are those of the graph, and each claim is told by who publishes it."""
    lines = printed("rdflib_store.py", address)
    assert lines[:2] == ["iran is Iran", "hezbollah is Hezbollah"]
    claim = (
        "https://w3id.org/allegiance/claim/as-2024-irans-allies/iran-backs-hezbollah-financially"
    )
    assert any(line.startswith("AS: ") and line.endswith(f"<{claim}>") for line in lines)


def test_pandas_counts_claims_and_documents(address: str) -> None:
    """Both documents call Russia an ally of Iran, and it stands first; one of them names Turkey."""
    lines = printed("pandas_csv.py", address)
    assert lines[0].split() == ["claims", "documents", "publishers"]
    assert re.fullmatch(r"Russia +\d+ +2 +AS, The Conversation", lines[2])
    assert any(re.fullmatch(r"Turkey +1 +1 +AS", line) for line in lines)


@pytest.mark.parametrize(("script", "expected"), SHOWN.findall(PAGE), ids=lambda shown: shown[:20])
def test_what_the_page_shows_is_what_the_script_prints(
    script: str, expected: str, address: str
) -> None:
    """The page of examples shows each answer to the letter, and has a row for each script."""
    assert printed(script, address) == expected.splitlines()
    assert all(f"| `{file.name}` |" in PAGE for file in EXAMPLES.glob("*.py"))


def test_a_table_is_reconciled_and_extended_as_openrefine_does_it(address: str) -> None:
    """Matches bring their item where one is linked; what is no match brings nothing."""
    lines = printed("openrefine_names.py", address)
    assert len(lines) == 31
    assert "Islamic Republic of Iran,iran,Q794,3," in next(x for x in lines if "Islamic" in x)
    assert "PMF,popular-mobilisation-forces,,1,Iran" in lines
    assert "Netanyahu,benjamin-netanyahu,Q43723,1," in lines
    assert [line for line in lines if line.endswith(",") and line.count(",") == 1] == [
        "the Kremlin,",
        "Washington,",
        "Donald Trunp,",
        "Hezbolah,",
        "Atlantis,",
    ]


def test_thirty_names_are_reconciled_and_joined(address: str) -> None:
    """Other names of an actor are matched; metonyms, misspelt and unknown ones are left open."""
    lines = printed("reconciled_names.py", address)
    assert lines[0] == "25 of 30 names are matched. To decide:"
    assert [re.split(r": | \(", line.strip())[:2] for line in lines[1:6]] == [
        ["the Kremlin", "Government of Russia"],
        ["Washington", "Government of the United States"],
        ["Donald Trunp", "Donald Trump"],
        ["Hezbolah", "Hezbollah"],
        ["Atlantis", "nobody"],
    ]
    # An actor of whom no tie is derived stays in the table, with none.
    assert any(re.fullmatch(r"Oman +1 +0 +0", line) for line in lines)
    assert any(re.fullmatch(r"Hizbollah +1 +[1-9]\d* +[1-9]\d*", line) for line in lines)
    assert [line.split()[:2] for line in lines[-3:]] == [
        ["Gulf", "11"],
        ["Powers", "5"],
        ["Levant", "9"],
    ]


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # which the library uses
@pytest.mark.parametrize(
    ("service", "type_id", "expected"),
    [
        (
            "/reconcile",
            "State",
            {"IRAN": ("iran", True), "Türkiye": ("turkey", True), "Chna": ("china", False)},
        ),
        (
            "/reconcile/wikidata",
            "person",
            {"Benjamin Netanyahu": ("Q43723", True), "Vladimir Putin": ("Q7747", False)},
        ),
    ],
)
def test_a_library_of_others_reconciles_a_column(
    service: str, type_id: str, expected: dict[str, tuple[str, bool]], address: str
) -> None:
    """`reconciler` from PyPI gets the candidates of a column; Putin's father has the same name."""
    column = pd.Series(list(expected))
    found = reconcile(column, type_id=type_id, reconciliation_endpoint=address + service)
    assert {row.input_value: (row.id, bool(row.match)) for row in found.itertuples()} == expected
