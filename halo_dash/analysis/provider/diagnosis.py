"""Is there a model, and can it do what the engine needs? In words, with what mends it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from halo_dash.analysis.provider.connections import ConnectionLog
from halo_dash.analysis.provider.keys import FoundKey
from halo_dash.analysis.provider.patience import Patience
from halo_dash.analysis.provider.provider import OpenAIProvider
from halo_dash.analysis.provider.wire import ModelCall, Reply, SystemItem, ToolSpec, UserItem
from halo_dash.errors import ProviderError, UsageError
from halo_dash.model.run import RunOptions

StepState: TypeAlias = Literal["ok", "warn", "fail", "skipped"]
TIMEOUT_S = 60.0
_MOST_LISTED = 200
_PING = ToolSpec(
    "report_number",
    "Report a number.",
    {"type": "object", "properties": {"number": {"type": "integer"}}, "required": ["number"]},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that was looked at."""

    name: Literal["address", "key", "models", "model", "answer", "tools"]
    state: StepState
    text: str
    """What was found; for a person."""
    mend: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What came of the test. Holds no secret."""

    steps: tuple[Step, ...]
    models: tuple[str, ...] = ()
    """That the server lists; at most 200."""
    base_url: str = ""
    """That works, with what was missing; empty where none does."""

    @property
    def is_ok(self) -> bool:
        """A run can be made with it."""
        return not any(step.state == "fail" for step in self.steps) and any(
            step.name == "answer" and step.state == "ok" for step in self.steps
        )

    @property
    def summary(self) -> str:
        """One sentence."""
        worst = next((step for step in self.steps if step.state == "fail"), None)
        worst = worst or next((step for step in self.steps if step.state == "warn"), None)
        if worst is not None:
            return f"{worst.text} {worst.mend}".strip()
        return next((step.text for step in self.steps if step.name == "answer"), "Nothing was asked.")


def diagnose(
    base_url: str,
    model: str | None,
    *,
    key: Callable[[], FoundKey | None],
    connections: ConnectionLog,
    headers: Mapping[str, str] | None = None,
    options: RunOptions | None = None,
    key_name: str = "",
    timeout_s: float = TIMEOUT_S,
    stop: threading.Event | None = None,
) -> Diagnosis:
    """List the models, ask for one word and one tool call: a few dozen tokens. Raises nothing but Stopped."""
    found = key()
    try:
        provider = OpenAIProvider(
            base_url,
            lambda: found.value if found else None,
            headers,
            connections=connections,
            timeout_s=timeout_s,
            patience=Patience(attempts=2, paid_attempts=2, waiting_s=10),
            key_name=key_name or None,
            purpose="diagnosis",
        )
    except UsageError as error:
        return Diagnosis(
            steps=(Step(name="address", state="fail", text=error.message, mend=error.hint or ""),)
        )
    try:
        return _Test(provider, model, options or RunOptions(), stop).diagnosis(_key_step(found, key_name))
    finally:
        provider.close()


def _key_step(found: FoundKey | None, key_name: str) -> Step:
    if found is not None:
        return Step(name="key", state="ok", text=f"A key was found in the {found.source} ({key_name}).")
    text = f"No key was found in the environment ({key_name}) or in the keyring."
    return Step(name="key", state="skipped", text=text, mend="A server on your own machine needs none.")


class _Test:
    def __init__(
        self, provider: OpenAIProvider, model: str | None, options: RunOptions, stop: threading.Event | None
    ) -> None:
        self._provider = provider
        self._model = model
        self._options = options
        self._stop = stop

    def diagnosis(self, key: Step) -> Diagnosis:
        """All steps; one that cannot be taken says so."""
        models, listing = self._listing()
        steps = [key, listing]
        chosen = self._model
        if chosen is None:
            text = "No model is chosen, so none was asked."
            steps.append(Step(name="model", state="fail", text=text, mend="Choose one of the list."))
        else:
            if models and chosen not in models:
                steps.append(_unlisted(chosen, models))
            answer = self._answer(chosen)
            steps.append(answer)
            steps.append(
                self._tools(chosen)
                if answer.state == "ok"
                else Step(name="tools", state="skipped", text="Tools were not tried.")
            )
        address = self._provider.address
        ok = Step(name="address", state="ok", text=f"{address.shown} is asked.")
        works = any(step.state == "ok" for step in steps if step.name in ("models", "answer"))
        return Diagnosis(
            steps=(ok, *steps), models=models[:_MOST_LISTED], base_url=address.shown if works else ""
        )

    def _listing(self) -> tuple[tuple[str, ...], Step]:
        try:
            models = self._provider.models(self._stop)
        except ProviderError as error:
            # Not every server has a list, and a key may be for asking alone.
            is_hopeless = error.kind in ("connection", "timeout") or self._model is None
            state: StepState = "fail" if is_hopeless else "warn"
            return (), Step(name="models", state=state, text=error.message, mend=error.hint or "")
        if not models:
            return (), Step(name="models", state="warn", text="The server lists no model.")
        return models, Step(name="models", state="ok", text=f"The server lists {len(models)} models.")

    def _ask(self, model: str, text: str, tools: tuple[ToolSpec, ...] = ()) -> Reply:
        items = (SystemItem("You are being tested. Do exactly what is asked."), UserItem(text))
        call = ModelCall(model=model, items=items, options=self._options, tools=tools)
        return self._provider.ask(call, stop=self._stop)

    def _answer(self, model: str) -> Step:
        try:
            reply = self._ask(model, "Answer with the one word: ready")
        except ProviderError as error:
            return Step(name="answer", state="fail", text=error.message, mend=error.hint or "")
        seconds = (reply.ended_ns - reply.started_ns) / 1e9
        if reply.finish == "refusal":
            return Step(name="answer", state="fail", text=f"{reply.model} refused: {reply.refusal[:200]}")
        if not reply.text.strip():
            text = f"{reply.model} ended without a word ({reply.finish})."
            mend = "A larger max_output_tokens leaves room for reasoning."
            return Step(name="answer", state="fail", text=text, mend=mend)
        return Step(name="answer", state="ok", text=f"{reply.model} answered in {seconds:.1f} s.")

    def _tools(self, model: str) -> Step:
        mend = "The engine works through tools: choose a model that can call them."
        try:
            reply = self._ask(model, "Call report_number with the number 7.", (_PING,))
        except ProviderError as error:
            return Step(name="tools", state="fail", text=error.message, mend=mend)
        for used in reply.tool_calls:
            try:
                told = json.loads(used.arguments)
            except (ValueError, RecursionError):
                continue
            if used.name == _PING.name and isinstance(told, dict) and told.get("number") == 7:
                return Step(name="tools", state="ok", text=f"{reply.model} calls tools.")
        if reply.tool_calls:
            text = f"{reply.model} called a tool with wrong arguments: {reply.tool_calls[0].arguments[:100]}"
            return Step(name="tools", state="warn", text=text, mend=mend)
        return Step(
            name="tools", state="fail", text=f"{reply.model} called no tool when asked to.", mend=mend
        )


def _unlisted(model: str, models: tuple[str, ...]) -> Step:
    near = [name for name in models if model.lower() in name.lower() or name.lower() in model.lower()]
    mend = f"Near it: {', '.join(near[:5])}." if near else "Choose one of the list."
    return Step(name="model", state="warn", text=f"The server does not list {model}.", mend=mend)
