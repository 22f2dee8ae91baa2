"""The model called a tool that it was not offered.

Claims: the call of a model lists the tools it was offered, and its output asks for one that is not among
them.

Abstains: calls that list no tools, and names that providers add themselves (built-in tools).

Known false alarms: gateways that rename tools between what is recorded and what the model saw.
"""

from __future__ import annotations

from collections.abc import Iterator

from halo_dash.detect.naming import name_of
from halo_dash.detect.quoting import quote
from halo_dash.detect.rule import rule
from halo_dash.model.finding import Finding
from halo_dash.model.subject import Subject

_BUILT_IN = (
    "web_search",
    "code_interpreter",
    "file_search",
    "computer",
    "image_generation",
    "mcp_",
    "bash",
    "text_editor",
)
_BUILT_IN_MARK = frozenset({"web_search_call", "code_interpreter_call", "file_search_call", "computer_call"})


@rule("undeclared-tool", title="The model called a tool that it was not offered")
def undeclared_tool(subject: Subject) -> Iterator[Finding]:
    """One finding for each such name in a run."""
    seen: set[str] = set()
    for call in subject.calls:
        offered = {definition.name for definition in call.tool_definitions}
        if not offered:
            continue
        for asked in call.tool_calls:
            if asked.name in offered or asked.name in seen or not asked.name or _is_built_in(asked.name):
                continue
            seen.add(asked.name)
            names = ", ".join(sorted(offered)[:8])
            yield Finding(
                rule="undeclared-tool",
                severity="medium",
                title=f"{name_of(call.span)} called {asked.name}, which does not exist",
                explanation=f"It was offered {names}.",
                evidence=(quote(call.span.span_id, "output", asked.name, None),),
                ending="none",
                subject=asked.name,
                cause="not found",
            )


def _is_built_in(name: str) -> bool:
    return name in _BUILT_IN_MARK or name.startswith(_BUILT_IN)
