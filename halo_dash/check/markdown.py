"""Markdown, as a comment on a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from halo_dash.check.comparing import Change, Comparison, State
from halo_dash.check.words import STATE_WORDS, detail, reason, recorded_words, scene, share_words, verdict

_SHOWN = 20
"""Clusters of a table; the others are counted."""
_LONGEST = 160

_SECTIONS: tuple[tuple[str, tuple[State, ...]], ...] = (
    ("New, but less severe", ("new", "rare", "unmeasured")),
    ("Grown, but not failing", ("grown",)),
    ("Gone", ("gone",)),
    ("As before", ("same", "absent")),
)


def markdown(comparison: Comparison) -> str:
    """The report."""
    return "\n".join(_lines(comparison)) + "\n"


def _lines(comparison: Comparison) -> Iterator[str]:
    mark = "❌" if comparison.failing else "⚠️" if comparison.undecided else "✅"
    yield f"### {mark} halo check"
    yield from ("", f"**{verdict(comparison)}** {scene(comparison)}")
    yield from _table(comparison.failing)
    for change in comparison.failing[:_SHOWN]:
        yield from _closely(change)
    undecided = comparison.undecided
    if undecided:
        yield from ("", f"**To look at: {len(undecided)} that may or may not be chance**")
        yield from _table(undecided)
        for change in undecided[:_SHOWN]:
            yield from _closely(change)
    rest = [change for change in comparison.changes if not change.is_failing and change not in undecided]
    for title, states in _SECTIONS:
        of_these = [change for change in rest if change.state in states]
        if of_these:
            yield from ("", "<details>", f"<summary>{title}: {len(of_these)}</summary>")
            yield from _table(of_these)
            yield from ("", "</details>")


def _table(changes: list[Change] | tuple[Change, ...]) -> Iterator[str]:
    if not changes:
        return
    yield from ("", "| | severity | cluster | traces | before |", "|---|---|---|---|---|")
    for change in changes[:_SHOWN]:
        cells = (
            STATE_WORDS[change.state],
            change.severity,
            _code(change.title),
            share_words(change.now),
            recorded_words(change),
        )
        yield f"| {' | '.join(cells)} |"
    if len(changes) > _SHOWN:
        yield from ("", f"…and {len(changes) - _SHOWN:,} more.")


def _closely(change: Change) -> Iterator[str]:
    yield from ("", f"- {_code(change.title)}: {reason(change)}")
    if said := detail(change):
        yield f"  - {_code(said)}"
    if (example := change.example) is not None:
        yield f"  - {_code(f'{example.title}. {example.explanation}')}"
        yield f"  - trace `{example.trace_id}`, span `{example.span_id}`, in {_code(example.file)}"


def _code(text: str) -> str:
    """Any text as code: nothing in it is markup, names anybody or leads anywhere."""
    plain = " ".join(text.replace("`", "'").split())
    short = plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"
    return f"`{short.replace('|', chr(92) + '|')}`" if short else "` `"
