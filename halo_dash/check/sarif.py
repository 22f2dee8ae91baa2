"""SARIF 2.1.0 (OASIS, 2020), for code scanning: a result for each cluster, at the file of one of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final
from urllib.parse import quote

from halo_dash import __version__
from halo_dash.check.comparing import Change, Comparison, State
from halo_dash.check.together import TOGETHER
from halo_dash.check.words import detail, reason, recorded_words, share_words, verdict
from halo_dash.detect.rule import Rule
from halo_dash.model.finding import Severity
from halo_dash.model.twin.values import Json

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"

_LEVELS: Final[dict[Severity, str]] = {"high": "error", "medium": "warning", "low": "note", "info": "note"}
_BASELINE_STATES: Final[dict[State, str]] = {
    "new": "new",
    "rare": "new",
    "unmeasured": "new",
    "grown": "updated",
    "same": "unchanged",
}
"""What is gone is left out: code scanning closes what no longer comes, and opens what is called absent."""


_TITLES = {TOGETHER: "Failures that only together are more than chance"}


def sarif(comparison: Comparison, rules: tuple[Rule, ...]) -> bytes:
    """The report. `rules`: those that judged."""
    by_name = {rule.name: rule for rule in rules}
    changes = [change for change in comparison.changes if change.state in _BASELINE_STATES]
    names = sorted({change.rule for change in changes})
    driver: dict[str, Json] = {
        "name": "halo check",
        "semanticVersion": __version__,
        "rules": [_descriptor(name, by_name.get(name)) for name in names],
    }
    run: dict[str, Json] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True}],
        "properties": {"verdict": verdict(comparison)},
        "results": [_result(change, names.index(change.rule)) for change in changes],
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2, ensure_ascii=True).encode() + b"\n"


def _descriptor(name: str, rule: Rule | None) -> dict[str, Json]:
    return {
        "id": name,
        "shortDescription": {"text": rule.title if rule is not None else _TITLES.get(name, name)},
        "fullDescription": {"text": rule.claim.strip() if rule is not None else _TITLES.get(name, name)},
    }


def _result(change: Change, rule: int) -> dict[str, Json]:
    lines = [
        f"{change.title}: {share_words(change.now)} traces, before {recorded_words(change)}.",
        reason(change),
        detail(change),
    ]
    if change.example is not None:
        lines.append(f"{change.example.title}. {change.example.explanation}")
    result: dict[str, Json] = {
        "ruleId": change.rule,
        "ruleIndex": rule,
        "level": _LEVELS[change.severity],
        "kind": "fail",
        "baselineState": _BASELINE_STATES[change.state],
        "message": {"text": "\n".join(line for line in lines if line)},
        "partialFingerprints": {"haloCluster/v1": change.name},
        "properties": {
            "isFailing": change.is_failing,
            "traces": change.now[0],
            "allTraces": change.now[1],
            "chance": change.chance,
        },
    }
    if (example := change.example) is not None:
        result["locations"] = [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(example.file)},
                    "region": {"startLine": 1},
                },
                "logicalLocations": [
                    {
                        "name": example.span_id,
                        "fullyQualifiedName": f"{example.trace_id}/{example.span_id}",
                        "kind": "span",
                    }
                ],
            }
        ]
    return result


def _uri(file: str) -> str:
    """A file as an address: relative to the folder the check ran in, unless it was named otherwise."""
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
