"""The tools with which a model hands in what it found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from halo_dash.analysis.provider.wire import ToolSpec
from halo_dash.analysis.report.form import MOST_CODE, MOST_EVIDENCE, MOST_FINDINGS, MOST_NOT_JUDGED

Schema = Mapping[str, Any]


def _object(properties: Schema, *required: str, text: str = "") -> Schema:
    out = {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }
    return out | {"description": text} if text else out


def _list(items: Schema, most: int, text: str) -> Schema:
    return {"type": "array", "items": items, "maxItems": most, "description": text}


def _text(text: str) -> Schema:
    return {"type": "string", "description": text}


_CITATION = _object(
    {
        "trace_id": _text("Whole id of the trace: 32 hexadecimal digits."),
        "span_id": _text("Whole id of the span in it: 16 hexadecimal digits."),
        "field": _text(
            "The field the quote stands in, named as the reading tools name it: input, output, error, …"
        ),
        "quote": _text(
            "Copied word for word from that field: at least a few words, at most 4,000 characters. White "
            "space may differ, nothing else; no ellipsis. A machine looks it up."
        ),
    },
    "trace_id",
    "span_id",
    "field",
    "quote",
)
_CHECK = _object(
    {
        "filter": _text(
            "A query string of /traces without a period, such as tool=web_search&status=error, or "
            "rule=retry-loop. A machine counts the runs of this selection that it matches."
        ),
        "label": _text("What it shows, in a few words."),
    },
    "filter",
    text="What will tell whether the problem is gone: a filter that matches the runs which show it.",
)
_CODE = _object(
    {
        "path": _text("Path within the repository."),
        "line": {"type": "integer", "minimum": 1},
        "commit": _text("The commit that introduced it, where you found it."),
    },
    "path",
)
_FINDING = _object(
    {
        "title": _text("One line that names the thing and what goes wrong with it."),
        "category": _text(
            "The kind of problem, in one to three words: tool failure, loop, wrong answer, cost, …"
        ),
        "severity": {
            "type": "string",
            "enum": ["high", "medium", "low"],
            "description": "high: runs fail or answer wrongly; medium: they cost more or nearly fail.",
        },
        "runs": {
            "type": "integer",
            "minimum": 0,
            "description": "Traces of the selection that show it. Count, never guess.",
        },
        "base": {"type": "integer", "minimum": 0, "description": "Of how many traces you looked at for it."},
        "explanation": _text("What happens, in a few sentences."),
        "evidence": _list(
            _CITATION, MOST_EVIDENCE, "Two to five quotes, from different traces where there are several."
        ),
        "hypothesis": _text("The root cause, as far as the traces show it; say what is a guess."),
        "fix": _text("What to change, concretely."),
        "brief": _text("May be left out: a text to paste into a coding agent is made from the other fields."),
        "check": _CHECK,
        "code": _list(_CODE, MOST_CODE, "Places in the repository, where you could read it."),
    },
    "title",
    "severity",
    "explanation",
    "evidence",
    "hypothesis",
    "fix",
)
_NOT_JUDGED = _list(
    _text("One of them."), MOST_NOT_JUDGED, "What could not be told from these traces, and why."
)
_CITED = _list(_CITATION, 100, "The places the answer stands on.")

REPORT_TOOL: Final = ToolSpec(
    "final_answer",
    "Hand in the report and end the run. Every quote, id and count is checked by a machine; what fails comes "
    "back to you once, then it is shown as unverified.",
    _object(
        {
            "title": _text("The title of the report: what it says in one line."),
            "summary": _text(
                "One paragraph for somebody who reads nothing else: how the runs go, what matters most, what "
                "to do first. Plain Markdown: no HTML, no images, no links."
            ),
            "findings": _list(
                _FINDING, MOST_FINDINGS, "The greatest impact first. Empty where nothing goes wrong."
            ),
            "not_judged": _NOT_JUDGED,
        },
        "title",
        "summary",
        "findings",
    ),
)

ANSWER_TOOL: Final = ToolSpec(
    "final_answer",
    "Hand in the answer and end. Every quote and id is checked by a machine; what fails comes back to you "
    "once, then it is shown as unverified.",
    _object(
        {
            "answer": _text("The whole answer. Plain Markdown: no HTML, no images, no links."),
            "citations": _CITED,
            "not_judged": _NOT_JUDGED,
        },
        "answer",
        "citations",
    ),
)
