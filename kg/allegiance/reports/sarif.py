"""Write a report as SARIF 2.1.0, the format of code scanning.

Code scanning takes at most 5,000 results of a run. What is left out is told in a notification.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote

from allegiance.finding import Severity, rule_page
from allegiance.reports.escaping import counted, json_text, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from allegiance.finding import Finding, Place, Report
    from allegiance.reports.sources import Sources

__all__ = ["as_sarif"]

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_MOST = 5_000
_COMMAND = "allegiance validate --format json"
_LEVELS = {Severity.VIOLATION: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_WEIGHT = {severity: weight for weight, severity in enumerate(_LEVELS)}
_PLACEHOLDER = re.compile(r"\{\d+\}")


def as_sarif(report: Report, sources: Sources) -> str:
    """Write the report as one SARIF log with one run, the heaviest findings first."""
    ordered = sorted(report.findings, key=lambda found: (_WEIGHT[found.severity], found))
    shown = ordered[:_MOST]
    rules = _rules(shown)
    run = {
        "tool": {
            "driver": {
                "name": "allegiance",
                "informationUri": "https://w3id.org/allegiance/",
                "rules": list(rules.values()),
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The root of the checkout."}}},
        "invocations": [_invocation(report, len(ordered) - len(shown))],
        "results": _results(shown, list(rules), sources),
    }
    return json_text({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _rules(findings: Sequence[Finding]) -> Mapping[str, object]:
    by_code = {found.rule: found for found in reversed(findings)}
    return {
        code: {
            "id": visible(code),
            "shortDescription": _message(f"The rule {code}."),
            "help": _message(by_code[code].remedy),
            "helpUri": rule_page(code),
        }
        for code in sorted(by_code)
    }


def _results(
    findings: Iterable[Finding], codes: Sequence[str], sources: Sources
) -> Sequence[Mapping[str, object]]:
    index = {code: number for number, code in enumerate(codes)}
    seen: Counter[str] = Counter()
    results = []
    for found in findings:
        print_of_line = _fingerprint(found, sources)
        seen[print_of_line] += 1
        results.append(
            {
                "ruleId": visible(found.rule),
                "ruleIndex": index[found.rule],
                "level": _LEVELS[found.severity],
                "message": _message(f"{found.message} {found.remedy}"),
                "locations": [{"physicalLocation": _location(found.place)}],
                "partialFingerprints": {
                    "allegianceFinding/v1": f"{print_of_line}:{seen[print_of_line]}"
                },
            }
        )
    return results


def _fingerprint(found: Finding, sources: Sources) -> str:
    """Name a finding by rule, file and what its line says: the name stays if the line moves."""
    line = sources.line(found.place)
    parts = (found.rule, found.place.file, found.message if line is None else line.strip())
    content = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(content).hexdigest()[:32]


def _location(place: Place) -> Mapping[str, object]:
    region = {"startLine": place.line, "startColumn": place.column}
    address = quote(place.file, errors="replace")
    if PurePosixPath(place.file).is_absolute():
        artifact = {"uri": f"file://{address}"}
    else:
        artifact = {"uri": address, "uriBaseId": "SRCROOT"}
    return {"artifactLocation": artifact, "region": region}


def _invocation(report: Report, left: int) -> Mapping[str, object]:
    told = []
    if left:
        text = f"{counted(left, 'finding')} left out. All of them: {_COMMAND}"
        told.append({"level": "warning", "message": {"text": text}})
    if report.skipped:
        text = f"Not run until the violations are mended: {', '.join(report.skipped)}."
        told.append({"level": "note", "message": {"text": text}})
    return {"executionSuccessful": True, "toolExecutionNotifications": told}


def _message(text: str) -> Mapping[str, str]:
    """Write a message; what SARIF would read as a link or a placeholder is escaped."""
    shown = visible(text)
    if "](" in shown:
        shown = shown.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    if _PLACEHOLDER.search(shown):
        shown = shown.replace("{", "{{").replace("}", "}}")
    return {"text": shown}
