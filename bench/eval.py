"""What rules find in recorded runs of real agents, against what is known of those runs.

    python bench/eval.py [FOLDER]

The folder (else `HALO_SHARED_FIXTURES`, or its `traces`) has runs as `NAME.jsonl` or `.jsonl.gz`, and beside
each what is known as `NAME.truth.json`: trace id -> records with `category`, `source` and `span_id`. Records
whose source is `mechanical` follow from an exact reading of the run, so each is to be found at its own span.

Recall is told of each category, precision of each rule: of the spans that it points at, those where
something is recorded that it claims to find. Ends with 1 where an aim is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from halo_dash.detect import RULES, judge
from halo_dash.model.page import StoredSpan
from halo_dash.semconv import observe, read_subject
from halo_dash.transfer.input_file import InputFile
from halo_dash.transfer.sources import detect

RULE_OF = {
    "tool_error_return": "error-result",
    "code_execution_failed": "error-result",
    "no_code_to_execute": "error-result",
    "repeated_tool_call": "duplicate-call",
}
"""Category of a mechanical record -> the rule that claims to find it."""

LEAST_RECALL = 0.95
LEAST_PRECISION = 0.9
MOST_FALSE_FAILURES = 0.1
_MOST_SHOWN = 5

Place = tuple[str, str]
"""(trace id, span id)."""


@dataclass(slots=True)
class Tally:
    """What is known, and what was found."""

    known: dict[str, set[Place]] = field(default_factory=lambda: defaultdict(set))
    """By category."""
    found: dict[str, set[Place]] = field(default_factory=lambda: defaultdict(set))
    """By rule."""
    passing: set[str] = field(default_factory=set)
    failing: set[str] = field(default_factory=set)
    called_failed: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    """Aims that were missed."""


def read_runs(file: Path) -> Iterator[tuple[str, list[StoredSpan]]]:
    """(trace id, its spans) of each run of a file."""
    runs: dict[str, list[StoredSpan]] = defaultdict(list)
    source = InputFile.at(file)
    for batch in detect(source).batches(source):
        for span in batch.spans:
            runs[span.trace_id].append(StoredSpan(span, observe(span), (), len(runs[span.trace_id])))
    yield from runs.items()


def count(file: Path, truth: Mapping[str, list[dict[str, object]]], tally: Tally) -> None:
    """Judge the runs of a file, and add what is known and found of them."""
    for trace_id, spans in read_runs(file):
        records = truth.get(trace_id, [])
        for record in records:
            if record["source"] == "mechanical" and record["span_id"]:
                tally.known[str(record["category"])].add((trace_id, str(record["span_id"])))
        has_failed = any(record["category"] == "task_failed" for record in records)
        (tally.failing if has_failed else tally.passing).add(trace_id)
        judged = judge(read_subject(trace_id, spans), RULES)
        tally.problems += [f"{error.rule} raised: {error.message}" for error in judged.errors]
        if judged.verdict.is_failed_in_effect:
            tally.called_failed.add(trace_id)
        for found in judged.verdict.findings:
            tally.found[found.rule] |= {(trace_id, each.span_id) for each in found.evidence}


def report(tally: Tally) -> None:
    """Print the figures, and note the aims that are missed."""
    print(f"{'recall of':<34}{'known':>8}{'found':>8}{'':>10}")
    for category, rule in RULE_OF.items():
        known = tally.known[category]
        hit = known & tally.found[rule]
        _line(tally, category, len(hit), len(known), LEAST_RECALL)
        _show("not found", known - hit)
    for category in tally.known.keys() - RULE_OF.keys():
        print(f"{category:<34}{len(tally.known[category]):>8}  no rule claims to find it")
    print(f"\n{'precision of':<34}{'found':>8}{'true':>8}{'':>10}")
    for rule in dict.fromkeys(RULE_OF.values()):
        claimed = [category for category, by in RULE_OF.items() if by == rule]
        known = set().union(*(tally.known[category] for category in claimed))
        _line(tally, rule, len(tally.found[rule] & known), len(tally.found[rule]), LEAST_PRECISION)
        _show("not recorded", tally.found[rule] - known)
    false = tally.passing & tally.called_failed
    share = len(false) / len(tally.passing) if tally.passing else 0.0
    print(f"\n{len(false)} of {len(tally.passing)} passing runs ({share:.0%}) are called failed in effect")
    print(f"{len(tally.failing & tally.called_failed)} of {len(tally.failing)} failing runs are, too")
    if share >= MOST_FALSE_FAILURES and false:
        tally.problems.append(f"passing runs called failed: {share:.0%}, aim below {MOST_FALSE_FAILURES:.0%}")


def _line(tally: Tally, name: str, part: int, whole: int, least: float) -> None:
    share = part / whole if whole else None
    said = "-" if share is None else f"{share:.3f}"
    print(f"{name:<34}{whole:>8}{part:>8}{said:>10}")
    if share is not None and share < least:
        tally.problems.append(f"{name}: {share:.3f}, aim {least}")


def _show(what: str, places: set[Place]) -> None:
    for trace_id, span_id in sorted(places)[:_MOST_SHOWN]:
        print(f"    {what}: trace {trace_id}, span {span_id}")


def folder_of(given: Path | None) -> Path | None:
    """The folder that was named, here or in the environment."""
    named = given or (Path(found) if (found := os.environ.get("HALO_SHARED_FIXTURES")) else None)
    if named is None:
        return None
    return named / "traces" if (named / "traces").is_dir() else named


def evaluate(folder: Path) -> Tally:
    """Judge all runs of a folder."""
    tally = Tally()
    for known in sorted(folder.glob("*.truth.json")):
        name = known.name.removesuffix(".truth.json")
        file = next((each for each in sorted(folder.glob(f"{name}.jsonl*"))), None)
        if file is not None:
            count(file, json.loads(known.read_text(encoding="utf-8")), tally)
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?", help="runs and what is known of them")
    folder = folder_of(parser.parse_args().folder)
    if folder is None or not folder.is_dir():
        print(f"There is no folder of recorded runs{f' at {folder}' if folder else ''}.", file=sys.stderr)
        print("Name it: make eval ARGS=FOLDER, or set HALO_SHARED_FIXTURES.", file=sys.stderr)
        return 2
    tally = evaluate(folder)
    if not tally.passing | tally.failing:
        print(f"{folder} has no NAME.truth.json with a NAME.jsonl beside it.", file=sys.stderr)
        return 2
    report(tally)
    for problem in tally.problems:
        print(f"missed: {problem}")
    return 1 if tally.problems else 0


if __name__ == "__main__":
    sys.exit(main())
