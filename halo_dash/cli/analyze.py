"""`halo analyze FILE -p PROMPT`, also as `halo FILE -p PROMPT`: one run over files, without a server."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from halo_dash.cli.options import AMOUNT, Finite, checked_prompt, config_option, json_option, settings_from
from halo_dash.cli.table import plain
from halo_dash.errors import UsageError

if TYPE_CHECKING:
    from halo_dash.config import Settings
    from halo_dash.engine import EngineConfig, EngineResult
    from halo_dash.model.run import RunEvent


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path())
@click.option("--prompt", "-p", help="What you want to know (default: what goes wrong, and why).")
@click.option("--model", "-m", help="The model that reads (default: engine.model).")
@click.option("--sub-model", help="The model of subagents and of questions about parts.")
@click.option("--synthesis-model", help="The model that sums up several traces.")
@click.option("--compaction-model", help="The model that sums up a context that grows too long.")
@click.option("--built-in", is_flag=True, help="The built-in analyst: at once, free, without a model.")
@click.option("--max-depth", type=click.IntRange(0, 5), help="How deep models may ask models (default 3).")
@click.option("--max-turns", type=click.IntRange(1, 100), help="Turns of the model (default 50).")
@click.option("--max-parallel", type=click.IntRange(1, 64), help="Calls at the same time (default 8).")
@click.option("--span-limit", type=click.IntRange(min=0), help="Spans that are read (default 10000; 0: all).")
@click.option("--budget-usd", type=AMOUNT, help="Dollars after which it ends with what it has.")
@click.option("--budget-tokens", type=click.IntRange(min=1), help="The same in tokens.")
@click.option("--budget-minutes", type=AMOUNT, help="The same in minutes.")
@click.option("--base-url", help="Of a server that speaks OpenAI's protocol (default: engine.base_url).")
@click.option("--api-key", help="Rather set the variable of engine.api_key_env: others see what you type.")
@click.option(
    "--header", "-H", "headers", multiple=True, metavar="'NAME: VALUE'", help="Sent with each call."
)
@click.option("--temperature", type=Finite(0, 2), help="Of every model (default: the server's).")
@click.option(
    "--max-output-tokens", type=click.IntRange(min=1), help="Of one answer (default: the server's)."
)
@click.option(
    "--parallel-tool-calls/--no-parallel-tool-calls",
    default=None,
    help="Several tools in one turn, or never.",
)
@click.option(
    "--refusal-retries",
    type=click.IntRange(0, 10),
    default=2,
    show_default=True,
    help="Asked again when refused.",
)
@click.option("--reasoning-effort", metavar="LEVEL", help="As the model knows it: low, medium, high.")
@click.option("--responses", is_flag=True, help="Use the responses API instead of chat completions.")
@click.option("--repo-path", type=click.Path(file_okay=False), help="A repository that the engine may read.")
@click.option(
    "--telemetry",
    type=click.Path(),
    metavar="FILE",
    help="Write the run's own trace there (OTLP JSON lines).",
)
@click.option("--context", default="", help="What should be known of these traces.")
@click.option("--output", "-o", type=click.Path(), help="Write the report to a file (.md or .json).")
@json_option
@config_option
def analyze(
    files: tuple[str, ...],
    prompt: str | None,
    output: str | None,
    as_json: bool,
    config: str | None,
    **flags: Any,
) -> int:
    """Read trace files, let the engine work on them, print its report.

    Exits with 0 only when the run completed; what it found until then is printed all the same.
    """
    from halo_dash import engine
    from halo_dash.model.run import PROMPT

    question = checked_prompt(prompt) or PROMPT
    _check_output(output)
    _check_repository(flags["repo_path"])
    how = _config(flags, settings_from(config=config))
    result: EngineResult | None = None
    shown = _Shown(is_quiet=as_json)
    for event in engine.stream_engine(list(files), question, how):
        if isinstance(event, engine.EngineResult):
            result = event
        else:
            shown.event(event)
    shown.done()
    assert result is not None  # noqa: S101 - the last one always is
    document = _document(result)
    if output:
        text = json.dumps(document, indent=2) if output.endswith(".json") else result.content
        Path(output).write_text(text + "\n", encoding="utf-8")
    click.echo(json.dumps(document) if as_json else result.content.rstrip())
    if not result.is_complete:
        click.echo(f"The run {result.run.state}: {plain(result.run.reason)}", err=True)
    return 0 if result.is_complete else 1


class _Shown:
    """What a person sees while it works: a line for each step, and one that is rewritten on a terminal."""

    def __init__(self, *, is_quiet: bool) -> None:
        self._is_quiet = is_quiet or not sys.stderr.isatty()
        self._turn = 0
        self._tokens = 0

    def event(self, event: RunEvent) -> None:
        """Tell of one."""
        if self._is_quiet:
            return
        data = event.data
        if event.kind == "usage":
            self._tokens += int(data.get("input") or 0) + int(data.get("output") or 0)
        elif event.kind == "turn" and event.agent == "0":
            self._turn = event.turn
        elif event.kind == "tool_call":
            arguments = " ".join(str(data.get("arguments", "")).split())[:80]
            self._line(f"{event.agent:<6} {data.get('name')} {plain(arguments)}")
        elif event.kind in {"retry", "limit", "warning"}:
            self._line(f"{event.agent:<6} {plain(str(data.get('message', '')))}")
        click.echo(f"\r\033[Kturn {self._turn}  {self._tokens:,} tokens", nl=False, err=True)

    def _line(self, text: str) -> None:
        click.echo(f"\r\033[K{text}", err=True)

    def done(self) -> None:
        """The line that was rewritten goes."""
        if not self._is_quiet:
            click.echo("\r\033[K", nl=False, err=True)


def _config(flags: dict[str, Any], settings: Settings) -> EngineConfig:
    from halo_dash.engine import EngineConfig
    from halo_dash.model.run import RunLimits, RunOptions
    from halo_dash.semconv.pricing import PriceBook

    engine = settings.engine
    span_limit = engine.span_limit if flags["span_limit"] is None else flags["span_limit"] or None
    return EngineConfig(
        analyst="built_in" if flags["built_in"] else "model",
        model=flags["model"] or engine.model,
        sub_model=flags["sub_model"] or engine.sub_model,
        synthesis_model=flags["synthesis_model"],
        compaction_model=flags["compaction_model"],
        base_url=flags["base_url"] or engine.base_url,
        api_key=flags["api_key"],
        api_key_env=engine.api_key_env,
        headers=dict(_header(each) for each in flags["headers"]),
        limits=RunLimits(
            max_depth=_given(flags["max_depth"], engine.max_depth),
            max_turns=_given(flags["max_turns"], engine.max_turns),
            max_parallel=_given(flags["max_parallel"], engine.max_parallel),
            span_limit=span_limit,
            budget_usd=_given(flags["budget_usd"], engine.budget_usd),
            budget_tokens=flags["budget_tokens"],
            budget_minutes=flags["budget_minutes"],
        ),
        options=RunOptions(
            api="responses" if flags["responses"] else "chat",
            temperature=flags["temperature"],
            max_output_tokens=flags["max_output_tokens"],
            reasoning_effort=flags["reasoning_effort"],
            parallel_tool_calls=flags["parallel_tool_calls"],
            refusal_retries=flags["refusal_retries"],
        ),
        context=flags["context"],
        repo_path=flags["repo_path"],
        telemetry_path=flags["telemetry"],
        min_traces=engine.min_traces_for_systemic_analysis,
        prices=PriceBook(settings.prices),
    )


def _given(flag: Any, setting: Any) -> Any:
    return setting if flag is None else flag


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise UsageError(f"{name[:40]!r} is no header.", hint="Write it as 'Name: value'.")
    return name.strip(), value.strip()


def _check_output(output: str | None) -> None:
    if output and not Path(output).parent.is_dir():
        raise UsageError(
            f"There is no folder {Path(output).parent}.", hint="Make it, or choose another --output."
        )


def _check_repository(path: str | None) -> None:
    if path is not None and not Path(path).expanduser().is_dir():
        raise UsageError(f"There is no folder {path}.", hint="Give the repository's folder with --repo-path.")


def _document(result: EngineResult) -> dict[str, Any]:
    from halo_dash.model.twin.runs import report_json, run_json

    return {
        "run": run_json(result.run),
        "content": result.content,
        "report": None if result.report is None else report_json(result.report),
    }
