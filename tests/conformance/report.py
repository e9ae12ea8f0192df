"""Print how many tests of each suite our server passes, and two others beside it.

A second table does it for SHACL: pySHACL alone, our check of all nodes and that of given nodes.

Run it with its path: `python tests/conformance/report.py`. The table is in Markdown.
"""

from __future__ import annotations

import logging
import warnings
from collections import Counter
from importlib.metadata import version
from types import MappingProxyType
from typing import TYPE_CHECKING

import click
from connections import Connection
from expected_exceptions import EXPECTED_EXCEPTIONS
from peers import SERVERS, NotAnsweringError
from runner import run
from shape_cases import SHAPE_SUITES, shape_cases
from shape_cases import absence as absence_of_shapes
from shape_runs import EXPECTED_SHAPE_EXCEPTIONS, SHAPE_RUNS, difference
from suites import SUITES, absence, cases
from verdicts import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from suites import Suite
    from verdicts import Verdict

__all__ = ["main", "shape_table", "table"]

# By suite, then by test.
Verdicts = dict[str, dict[str, "Verdict"]]
TITLES: Mapping[str, str] = MappingProxyType(
    {
        "allegiance": "Allegiance",
        "oxigraph": "Oxigraph",
        "rdflib-endpoint": "rdflib-endpoint",
    }
)


@click.command()
@click.option("--server", "chosen", multiple=True, type=click.Choice(list(SERVERS)))
@click.option("--failures", is_flag=True, help="List the tests that do not pass, and why.")
def main(chosen: tuple[str, ...], *, failures: bool) -> None:
    """Run every suite against our server and its peers, and print the table."""
    reason = absence()
    if reason is not None:
        raise click.ClickException(reason)
    # The suites hold ill-formed literals on purpose, and rdflib tells of each.
    logging.getLogger("rdflib").setLevel(logging.ERROR)
    try:
        found = {name: _verdicts(name) for name in chosen or SERVERS}
    except NotAnsweringError as error:
        raise click.ClickException(str(error)) from error
    click.echo(table(found))
    if failures:
        for name, verdicts in found.items():
            click.echo(f"\n{TITLES[name]}:")
            click.echo("\n".join(_failures(name, verdicts)))
    click.echo(f"\n{absence_of_shapes() or shape_table()}")


def shape_table() -> str:
    """Write the figures of SHACL as a table in Markdown; what does not pass stands below it."""
    rows = [["Suite", "Tests", *SHAPE_RUNS], [":--", *("--:" for _ in range(len(SHAPE_RUNS) + 1))]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for suite, title in SHAPE_SUITES.items():
            cases_of_suite = shape_cases(suite)
            passed = (
                str(sum(difference(case, run_shapes) is None for case in cases_of_suite))
                for run_shapes in SHAPE_RUNS.values()
            )
            rows.append([title, str(len(cases_of_suite)), *passed])
    exceptions = [
        f"- {way}: {name}: {reason}"
        for way, reasons in EXPECTED_SHAPE_EXCEPTIONS.items()
        for name, reason in reasons.items()
    ]
    return "\n".join(["| " + " | ".join(row) + " |" for row in rows] + ["", *exceptions])


def table(found: Mapping[str, Verdicts]) -> str:
    """Write the figures of servers as a table in Markdown, a suite in each row."""
    titles = [f"{TITLES[name]} {version(name)}" for name in found]
    rows = [["Suite", "Tests", *titles], [":--", *("--:" for _ in range(len(found) + 1))]]
    for suite in SUITES:
        results = [verdicts[suite.name].values() for verdicts in found.values()]
        rows.append(_row(suite.title, [list(result) for result in results]))
    everything = [
        [verdict for results in verdicts.values() for verdict in results.values()]
        for verdicts in found.values()
    ]
    rows.append(_row("All", everything))
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _row(title: str, results: Sequence[Sequence[Verdict]]) -> list[str]:
    return [title, str(len(results[0])), *map(_figure, results)]


def _figure(verdicts: Sequence[Verdict]) -> str:
    """Count what passes; refusals by design stand beside it."""
    counts = Counter(verdict.outcome for verdict in verdicts)
    refused = counts[Outcome.REFUSED]
    passed = str(counts[Outcome.PASSED])
    return f"{passed} ({refused} refused by design)" if refused else passed


def _verdicts(server: str) -> Verdicts:
    with SERVERS[server]() as endpoint, Connection(endpoint) as connection:
        return {suite.name: _run(suite, connection) for suite in SUITES}


def _run(suite: Suite, connection: Connection) -> dict[str, Verdict]:
    return {case.name: run(case, connection) for case in cases(suite.name)}


def _failures(server: str, verdicts: Verdicts) -> list[str]:
    reasons = EXPECTED_EXCEPTIONS.get(server, {})
    return [
        f"- {name}: {reasons.get(name) or ' '.join(verdict.reason.split())}"
        for results in verdicts.values()
        for name, verdict in results.items()
        if verdict.outcome is not Outcome.PASSED
    ]


if __name__ == "__main__":
    main()
