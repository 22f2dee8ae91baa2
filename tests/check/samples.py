"""Runs with failures planted in them, as `halo check` gathers them."""

from __future__ import annotations

from hashlib import blake2b

from halo_dash.check.sample import Example, Sample, Seen

RULES = {"retry-loop": "1", "error-result": "1", "secret": "1"}


def seen(
    template: str, hits: int, *, rule: str = "error-result", severity: str = "high", run: str = ""
) -> Seen:
    name = blake2b(f"{rule}{template}".encode("utf-8", "replace"), digest_size=5).hexdigest()
    traces = frozenset(f"{run}{number}" for number in range(hits))
    example = Example("ab" * 16, "cd" * 8, "runs/one.jsonl", "get_weather failed", "It timed out.", "a|b`c")
    return Seen(name, rule, "get_weather", "", template, severity, traces, example)


def sample(total: int, *clusters: Seen, run: str = "", rules: dict[str, str] | None = None) -> Sample:
    return Sample(
        traces=tuple(sorted(f"{run}{number}" for number in range(total))),
        failed=0,
        seen=clusters,
        rules=RULES if rules is None else rules,
        titles=dict.fromkeys(RULES, "A tool failed"),
    )
