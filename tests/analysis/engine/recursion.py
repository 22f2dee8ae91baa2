"""A run of depth two with code, subagents and questions: what the tests of survival execute.

Its script reacts to what the tools return, and knows nothing but the request.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from contextlib import closing
from importlib import import_module
from pathlib import Path

from halo_dash.analysis.engine.engine import Engine
from halo_dash.model.run import RunLimits, RunRequest
from halo_dash.store import Store
from tests.analysis.engine.bench import CODE, PRICES, equipment, provider_of
from tests.analysis.engine.scripts import answer, finding, is_root, question, report
from tests.analysis.scripted import Answer, ScriptedRequest, Use, call, calls, say

REQUEST = RunRequest(prompt="Why do refunds fail?", limits=RunLimits(max_depth=2, max_turns=20))
COUNTING = """
found = [each['trace_id'] for each in query({'status': 'error'})['traces']]
told = ask_many([{'prompt': f'Why, in trace {n}?', 'data': str(trace(each))} for n, each in enumerate(found)])
print(len(found), '|', ' '.join(told))
"""


def script(request: ScriptedRequest) -> Answer:
    """Three levels, each of which uses what came from below."""
    if not request.tools:
        return say(f"[{request.user.partition('?')[0]}: too old]")
    if is_root(request):
        return _root(request)
    return _middle(request) if "call_subagent" in request.tools else _deepest(request)


def _root(request: ScriptedRequest) -> Answer:
    if request.turn == 0:
        return call("run_code", code=COUNTING)
    if request.turn == 1:
        number, told = request.tool_texts[0].split(" | ")
        assert (number, told.count("too old")) == ("4", 4)
        return calls(
            *(
                Use("call_subagent", {"question": f"Part {n}.", "filter": {"status": "error"}})
                for n in range(2)
            )
        )
    if request.turn == 2:
        told = [each["answer"] for each in request.results]
        assert told == ["Part 0. 4 of them.", "Part 1. 4 of them."]
        return call("run_code", code="print(found[1])")
    if request.turn == 3:
        state = request.tool_texts[0].strip()
        return report(state, quote="this stands nowhere in it")
    trace_id = request.texts_of("run_code")[-1].strip()
    return report(trace_id)


def _middle(request: ScriptedRequest) -> Answer:
    if request.turn == 0:
        return call("call_subagent", question=question(request))
    below = request.result("call_subagent")
    cited = below["citations"][0]
    quoted = {name: cited[name] for name in ("trace_id", "span_id", "field", "quote")}
    return answer(f"{question(request)} {below['answer']}", quoted)


def _deepest(request: ScriptedRequest) -> Answer:
    if request.turn == 0:
        return calls(
            Use("query_traces", {}), Use("run_code", {"code": "mine = query()['traces']\nlen(mine)"})
        )
    if request.turn == 1:
        return call("run_code", code="print(len(mine), 'of them.')")
    found = [each["trace_id"] for each in json.loads(request.texts_of("query_traces")[0])["traces"]]
    return answer(request.tool_texts[0].strip(), finding(found[0])["evidence"][0])


def main() -> None:
    """For each line that comes in, a process of its own that executes the run, as the engine's process does.

    Says its number, and how it ended. It is a copy of this process, which has loaded everything.
    """
    for slow in ("openai", "pydantic_monty", "numpy"):
        import_module(slow)
    path, base_url, run_id = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    for _line in sys.stdin:
        child = os.fork()
        if not child:
            live(path, base_url, run_id)
            os._exit(0)
        _say(child)
        _say(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def live(path: Path, base_url: str, run_id: str) -> None:
    """Execute the run from wherever it is."""
    with Store.open(path, prices=PRICES) as store, closing(provider_of(base_url)) as provider:
        engine = Engine(store, equipment(store, provider, **CODE))
        # Whoever had it is gone: the test ended it.
        claimed = engine.claim(run_id, lambda _owner: True)
        assert claimed is not None
        engine.go_on(claimed, threading.Event())


if __name__ == "__main__":
    main()
