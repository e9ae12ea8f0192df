"""Write a report as JUnit XML: a suite for each file, a case for each finding.

Many systems that run checks show nothing else. Only violations fail; what XML forbids is escaped.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from allegiance.finding import Severity, rule_page
from allegiance.reports.escaping import visible

if TYPE_CHECKING:
    from allegiance.finding import Finding, Report
    from allegiance.reports.sources import Sources

__all__ = ["as_junit"]

_NAME = "allegiance"


def as_junit(report: Report, sources: Sources) -> str:
    """Write the report as one XML document; a run with nothing to say has a case that passes."""
    root = ElementTree.Element("testsuites", name=_NAME)
    for file, findings in groupby(report.findings, key=lambda found: found.place.file):
        suite = ElementTree.SubElement(root, "testsuite", name=visible(file))
        for found in findings:
            _add_case(suite, found, sources)
    if report.skipped or not report.findings:
        _add_run(root, report)
    for element in (*root, root):
        _count(element)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, "unicode")


def _add_case(suite: ElementTree.Element, found: Finding, sources: Sources) -> None:
    place, file = found.place, visible(found.place.file)
    name = f"{visible(found.rule)} {place.line}:{place.column}"
    attributes = {"classname": file, "name": name, "file": file, "line": str(place.line)}
    case = ElementTree.SubElement(suite, "testcase", attributes)
    line = sources.line(place)
    parts = [f"line: {line}"] if line else []
    parts += [f"remedy: {visible(found.remedy)}", f"see {rule_page(found.rule)}"]
    if found.severity is Severity.VIOLATION:
        said = {"message": visible(found.message), "type": visible(found.rule)}
        ElementTree.SubElement(case, "failure", said).text = "\n".join(parts)
    else:
        parts.insert(0, f"{found.severity}: {visible(found.message)}")
        ElementTree.SubElement(case, "system-out").text = "\n".join(parts)


def _add_run(root: ElementTree.Element, report: Report) -> None:
    suite = ElementTree.SubElement(root, "testsuite", name=_NAME)
    if not report.findings:
        ElementTree.SubElement(suite, "testcase", classname=_NAME, name="no findings")
    for stage in report.skipped:
        case = ElementTree.SubElement(suite, "testcase", classname=_NAME, name=f"stage {stage}")
        ElementTree.SubElement(case, "skipped", message="Not run until the violations are mended.")


def _count(element: ElementTree.Element) -> None:
    for attribute, tag in (("tests", "testcase"), ("failures", "failure"), ("skipped", "skipped")):
        element.set(attribute, str(sum(1 for _ in element.iter(tag))))
    element.set("errors", "0")
