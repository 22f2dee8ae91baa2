"""JUnit XML: a test case for each failure cluster, for the test page of a CI system."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from halo_dash.check.comparing import Change, Comparison
from halo_dash.check.words import detail, reason, recorded_words, share_words, verdict

_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 has no way to write."""


def junit(comparison: Comparison) -> bytes:
    """The report. Without any cluster one test case says so: many take an empty report for an error."""
    changes, failures, undecided = comparison.changes, comparison.failing, comparison.undecided
    skipped = {change.name for change in changes if change.state == "unmeasured" or change in undecided}
    counts = {
        "tests": str(max(1, len(changes))),
        "failures": str(len(failures)),
        "errors": "0",
        "skipped": str(len(skipped)),
    }
    root = Element("testsuites", {"name": "halo check", **counts})
    suite = SubElement(root, "testsuite", {"name": "failure clusters", **counts})
    for change in changes:
        _case(suite, change, is_skipped=change.name in skipped)
    if not changes:
        SubElement(suite, "testcase", {"classname": "halo", "name": "no failure cluster"})
    SubElement(suite, "system-out").text = _clean(verdict(comparison))
    indent(root)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _case(suite: Element, change: Change, *, is_skipped: bool) -> None:
    case = SubElement(
        suite,
        "testcase",
        {"classname": _clean(f"halo.{change.rule}"), "name": _clean(f"{change.title} [{change.name}]")},
    )
    why = reason(change)
    if change.is_failing:
        failure = SubElement(case, "failure", {"type": change.state, "message": _clean(why)})
        failure.text = _clean("\n".join(_lines(change)))
    elif is_skipped:
        # Neither passed nor failed: somebody has to look.
        SubElement(case, "skipped", {"message": _clean(why)})
        SubElement(case, "system-out").text = _clean("\n".join(_lines(change)))
    else:
        SubElement(case, "system-out").text = _clean("\n".join((why, *_lines(change))))


def _lines(change: Change) -> list[str]:
    lines = [f"now {share_words(change.now)} traces; before {recorded_words(change)}"]
    if said := detail(change):
        lines.append(said)
    if (example := change.example) is not None:
        lines += [
            f"{example.title}. {example.explanation}",
            f"trace {example.trace_id}, span {example.span_id}, in {example.file}",
            example.quote,
        ]
    return lines


def _clean(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
