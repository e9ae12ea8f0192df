"""A running server, asked all that its OpenAPI document describes, rightly and wrongly.

Two servers: one as it comes, and one that is written to and administered with a token. The rule is
that no answer has a status of 500 or more, but for 503 (busy) and 504 (out of time).
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from reports import markdown_table
from servers import allegiance
from wire_run import EXCUSED, compare

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from servers import Server

__all__ = ["check_interface"]

HERE: Final = Path(__file__).resolve().parent
SNAPSHOT: Final = HERE.parent / "server" / "snapshot"
TOKEN: Final = "open sesame"  # noqa: S105 - of the server under test
HASH: Final = hashlib.sha256(TOKEN.encode()).hexdigest()
CHECKS: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    # Not unsupported_method: OpenAPI before 3.2 has no word for the method QUERY.
)
PHASES: Final = "examples,coverage,fuzzing"
EXAMPLES: Final = 300
SEED: Final = 3
PAIRS: Final = 3000
SETTINGS: Final = {
    "ALLEGIANCE_WORKERS": "2",
    "ALLEGIANCE_QUERY_TIMEOUT_S": "2",
    "ALLEGIANCE_MAX_QUERY_BYTES": "256",
    "ALLEGIANCE_MAX_UPLOAD_BYTES": "4096",
}
CONFIG: Final = f"""\
hooks = "interface_hooks.py"
[checks]
not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", {", ".join(map(str, EXCUSED))}]
"""


def check_interface(seconds: int) -> tuple[str, list[str]]:
    """Ask each server for about so many seconds, twice over; return tables and findings."""
    rows, wire_rows, findings = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        for name, settings, token in _profiles(Path(folder)):
            with allegiance(SNAPSHOT, settings) as server:
                row, found = _described(server, token, 2 * seconds, Path(folder))
                run = compare(server.target.address, PAIRS, seconds)
                alive = server.is_alive
            rows.append({"server": name, **row})
            wire_rows.append(
                {
                    "server": name,
                    "requests, each sent twice": f"{run.pairs:,}",
                    "statuses": ", ".join(f"{k}: {v:,}" for k, v in sorted(run.statuses.items())),
                    "findings": str(len(run.findings)),
                }
            )
            findings += [f"{name}: {each}" for each in (*found, *run.findings[:10])]
            findings += [] if alive else [f"{name}: the server has ended"]
            sys.stderr.write(f"{name}: {row} {run.pairs:,} {len(run.findings)}\n")
    tables = (
        f"## The OpenAPI document, {2 * seconds} s a server (schemathesis)",
        markdown_table(rows),
        "## The same bytes at once and in pieces: read plainly, and by the server library",
        markdown_table(wire_rows),
    )
    return "\n\n".join(tables), findings


def _profiles(folder: Path) -> Iterator[tuple[str, Mapping[str, str], str]]:
    yield "read only, no token", SETTINGS, ""
    writable = {
        **SETTINGS,
        "ALLEGIANCE_WRITABLE": "1",
        "ALLEGIANCE_WRITE_TOKEN_SHA256": HASH,
        "ALLEGIANCE_ADMIN_TOKEN_SHA256": HASH,
        "ALLEGIANCE_COMMIT_DIR": str(folder / "commits"),
        "ALLEGIANCE_DECISIONS_TOKEN_SHA256": HASH,
        "ALLEGIANCE_DECISIONS_FILE": str(folder / "decisions.tsv"),
    }
    yield "writable, with the token", writable, TOKEN


def _described(
    server: Server, token: str, seconds: int, folder: Path
) -> tuple[dict[str, str], list[str]]:
    """Run schemathesis; return its figures and its failures."""
    config, report = folder / "schemathesis.toml", folder / "report.json"
    config.write_text(CONFIG.replace("interface_hooks.py", str(HERE / "interface_hooks.py")))
    host, port = server.target.address
    began = time.monotonic()
    done = subprocess.run(
        [*_command(config, report, token, seconds), f"http://{host}:{port}/openapi.json"],
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    output = done.stdout.decode(errors="replace")
    if not report.exists():
        return {}, [f"schemathesis did not run: {output[-2000:]}"]
    told: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    report.unlink()
    return _row(told, time.monotonic() - began), _failures(told, output)


def _command(config: Path, report: Path, token: str, seconds: int) -> list[str]:
    bearer = ["--header", f"Authorization: Bearer {token}"] if token else []
    command = [str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(config)]
    return [
        *command,
        *("run", "--no-color", "--continue-on-failure", "--suppress-health-check", "all"),
        *("--checks", ",".join(CHECKS), "--phases", PHASES, "--max-examples", str(EXAMPLES)),
        *("--max-time", str(seconds), "--seed", str(SEED), "--request-timeout", "10"),
        *("--report", "json", "--report-json-path", str(report), *bearer),
    ]


def _row(told: Mapping[str, Any], seconds: float) -> dict[str, str]:
    operations, cases = told["operations"], told["test_cases"]
    return {
        "operations": f"{operations['tested']} of {operations['total']}",
        "cases": f"{cases['generated']:,}",
        "findings": str(cases["unique_failures"] + len(told["errors"])),
        "seconds": f"{seconds:.0f}",
    }


def _failures(told: Mapping[str, Any], output: str) -> list[str]:
    if not told["failures"] and not told["errors"]:
        return []
    begin = max(output.find("= FAILURES ="), 0)
    end = output.find("= SUMMARY =")
    return [f"schemathesis:\n\n{output[begin:end]}"]
