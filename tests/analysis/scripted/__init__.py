"""A server that speaks OpenAI's language and says what a script tells it: the model of every test.

A script is a function of the request, so what the engine sends decides what it hears, and a tool that
returns a wrong id makes the test fail:

    from tests.analysis.scripted import Answer, ScriptedRequest, ScriptedServer, call, say

    def script(request: ScriptedRequest) -> Answer:
        if request.turn == 0:  # nothing of the model is in the conversation yet
            return call("query_traces", filter={"status": "error"})
        rows = request.result("query_traces")                  # the last result of that tool, read as JSON
        return say(f"the worst is {rows['traces'][0]['trace_id']}")

    def test_it(scripted: ScriptedServer) -> None:             # the fixture of tests/analysis/conftest.py
        scripted.script = script
        ...                                                    # work with scripted.base_url
        assert scripted.requests[-1].tool_texts == [...]       # everything received is kept

`request.turn` counts the model's messages in the conversation: it is a fact of the request, so a run that
was killed and resumed gets the same answers. `request.attempt` counts how often the very same request came
before: a retry. `in_order(first, second, ...)` is the script that answers by turn. Subagents and sub-models
are told apart by what they are sent: `request.model`, `request.system`, `request.tools`, `request.user`.

Answers: `say(text)`, `call(tool, **arguments)`, `calls(Use(...), Use(...))`, `refuse(text)`; and how they
go wrong: `too_many(retry_after)`, `fail(status, message)`, `rejects(parameter)`, `context_too_long()`,
`quota_spent()`, `hang()`, `cut(answer, after)`, `stall(answer, after)`, `garbage()`, `nothing()`,
`not_json()`, `redirect(url)`. `dataclasses.replace(answer, ...)` changes the rest: usage, finish, the size
of the pieces, headers.

Both `/v1/chat/completions` and `/v1/responses` work, streamed (in pieces, as real servers do) and not; the
script does not see the difference, except in `request.api` and `request.is_streamed`. A script that raises
answers 500 and makes the fixture fail the test at its end with the script's own traceback
(`scripted.failures`). Nothing here imports halo_dash: a mistake in our reading of the protocol is not
repeated here.
"""

from tests.analysis.scripted.answer import (
    Answer,
    Use,
    Used,
    call,
    calls,
    context_too_long,
    cut,
    fail,
    garbage,
    hang,
    not_json,
    nothing,
    quota_spent,
    redirect,
    refuse,
    rejects,
    say,
    stall,
    too_many,
)
from tests.analysis.scripted.request import ScriptedRequest
from tests.analysis.scripted.server import Script, ScriptedServer, in_order

__all__ = [
    "Answer",
    "Script",
    "ScriptedRequest",
    "ScriptedServer",
    "Use",
    "Used",
    "call",
    "calls",
    "context_too_long",
    "cut",
    "fail",
    "garbage",
    "hang",
    "in_order",
    "not_json",
    "nothing",
    "quota_spent",
    "redirect",
    "refuse",
    "rejects",
    "say",
    "stall",
    "too_many",
]
