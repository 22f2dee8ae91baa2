"""The same question for the full-text index: an FTS5 expression.

Everything that was typed arrives here as folded words, without quotes and blanks, and stands in quotes:
no text can be taken for an operator.
"""

from __future__ import annotations

from halo_dash.search.document import MARK
from halo_dash.search.marks import EVERY_TRACE
from halo_dash.search.terms import And, Mark, Node, Not, Or, Run, Term


def match(node: Node) -> str:
    """The right side of `MATCH`."""
    match node:
        case Term():
            found = " OR ".join(_run(run) for run in node.runs)
            return f"{{{' '.join(node.fields)}}} : ({found})" if node.fields else f"({found})"
        case Mark():
            return f'{MARK} : "{node.word}"{" *" if node.is_prefix else ""}'
        case Or():
            return f"({' OR '.join(match(child) for child in node.children)})"
        case Not():
            return f"({_every_trace()} NOT {match(node.child)})"
        case And():
            return _all(node)


def _all(node: And) -> str:
    wanted = [match(child) for child in node.children if not isinstance(child, Not)]
    unwanted = [match(child.child) for child in node.children if isinstance(child, Not)]
    found = " AND ".join(wanted or [_every_trace()])
    return f"(({found}) NOT ({' OR '.join(unwanted)}))" if unwanted else f"({found})"


def _every_trace() -> str:
    return f'({MARK} : "{EVERY_TRACE}")'


def _run(run: Run) -> str:
    return f'"{" ".join(run.words)}"{" *" if run.is_prefix else ""}'
