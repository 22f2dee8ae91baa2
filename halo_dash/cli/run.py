"""`halo run`: create, list, get, poll, events, cancel."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from typing import Any

import click

from halo_dash.cli.analyses import Analyses, open_analyses
from halo_dash.cli.answer import echo_list, table_of
from halo_dash.cli.filters import filters_without, pairs_from
from halo_dash.cli.group import AliasGroup
from halo_dash.cli.options import AMOUNT, Finite, checked_prompt, json_option
from halo_dash.cli.reader import Document, reader_options
from halo_dash.cli.table import Column, plain
from halo_dash.errors import UsageError
from halo_dash.model.run import ENDED

RUN_COLUMNS = (
    Column("CREATED"),
    Column("STATE"),
    Column("QUESTION", is_flexible=True),
    Column("READ", align="right", rank=2),
    Column("TOOK", align="right", rank=1),
    Column("COST", align="right", rank=1),
    Column("RUN"),
    Column("CONVERSATION", rank=3),
)
_LEAST_INTERVAL_S = 0.2


@click.group(cls=AliasGroup)
def run() -> None:
    """Ask the analysis engine, and see what it does.

    Runs are executed by `halo serve`; `halo analyze FILE` needs no server.
    """


@run.command()
@click.option("--prompt", "-p", help="What you want to know (default: what goes wrong, and why).")
@click.option("--window-start-at", metavar="ISO", help="Only traces that started then or later.")
@click.option("--window-end-at", metavar="ISO", help="Only traces that started before.")
@click.option("--lookback-hours", type=AMOUNT, metavar="N", help="Only the last N hours (default 24).")
@click.option("--model", metavar="M", help="The model that reads (default: engine.model).")
@click.option("--sub-model", metavar="M", help="The model that is asked about parts.")
@click.option("--built-in", is_flag=True, help="The built-in analyst: at once, free, without a model.")
@click.option("--span-limit", metavar="N", help="Spans that are read, at most (default 10000; 0: all).")
@click.option(
    "--max-depth", "--max-subagent-depth", metavar="N", help="How deep models may ask models, 0 to 5."
)
@click.option("--max-turns", metavar="N", help="Turns of the model, 1 to 100 (default 50).")
@click.option("--budget-usd", metavar="X", help="Dollars after which it ends with what it has.")
@click.option("--budget-minutes", metavar="X", help="The same in minutes.")
@click.option("--context", metavar="TEXT", help="What should be known of these traces.")
@json_option
@filters_without("model")
@reader_options
def create(as_json: bool, **flags: Any) -> None:
    """Ask a question of all traces that the filters select.

    To select by the model of the traces: --attr gen_ai.request.model=NAME.
    """
    form = _form(flags)
    with open_analyses(flags) as (analyses, settings):
        made = analyses.create(form)
    if as_json:
        click.echo(json.dumps(made))
        return
    click.echo(f"run           {made['run_id']}\nconversation  {made['conversation_id']}")
    click.echo(f"{settings.dashboard_url}/analysis/{made['conversation_id']}", err=True)
    click.echo(f"`halo run poll {made['run_id']}` waits for it; `halo serve` executes it.", err=True)


@run.command("list")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True, help="How many.")
@json_option
@reader_options
def run_list(limit: int, as_json: bool, **flags: Any) -> None:
    """List runs, newest first."""
    with open_analyses(flags) as (analyses, _):
        found = analyses.runs(limit)
    nothing = "There is no run yet: `halo run create -p QUESTION` makes one."
    echo_list(found, table_of(RUN_COLUMNS, _row), "" if found["items"] else nothing, as_json=as_json)


@run.command()
@click.argument("run_id")
@json_option
@reader_options
def get(run_id: str, as_json: bool, **flags: Any) -> None:
    """Show how a run fares."""
    with open_analyses(flags) as (analyses, _):
        found = analyses.run(run_id)
    click.echo(json.dumps(found) if as_json else "\n".join(_closely(found)))


@run.command()
@click.argument("run_id")
@click.option("--interval", type=AMOUNT, default=5.0, show_default=True, help="Seconds between two looks.")
@click.option(
    "--timeout", type=Finite(min=0), default=1800.0, show_default=True, help="Seconds after which to give up."
)
@json_option
@reader_options
def poll(run_id: str, interval: float, timeout: float, as_json: bool, **flags: Any) -> int:
    """Wait until a run ended. Exits with 0 only when it completed."""
    with open_analyses(flags) as (analyses, _):
        found = _waited(analyses, run_id, max(interval, _LEAST_INTERVAL_S), timeout)
    click.echo(json.dumps(found) if as_json else "\n".join(_closely(found)))
    if found["state"] not in ENDED:
        click.echo(f"It is {found['state']} after {timeout:g} s; it goes on.", err=True)
    return 0 if found["state"] == "completed" else 1


@run.command()
@click.argument("run_id")
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="The last N.")
@json_option
@reader_options
def events(run_id: str, limit: int, as_json: bool, **flags: Any) -> None:
    """Show what happened in a run, the last of it."""
    with open_analyses(flags) as (analyses, _):
        found = list(_all_events(analyses, run_id))
    shown = found[-limit:]
    if as_json:
        click.echo(json.dumps({"items": shown, "total": len(found)}))
        return
    for event in shown:
        click.echo(event_line(event))
    if len(shown) < len(found):
        click.echo(f"{len(shown)} of {len(found):,} events; --limit shows more.", err=True)


@run.command()
@click.argument("run_id")
@click.option("--reason", default="", metavar="TEXT", help="Why; stands in the run.")
@json_option
@reader_options
def cancel(run_id: str, reason: str, as_json: bool, **flags: Any) -> None:
    """End a run; what it found until then is kept."""
    with open_analyses(flags) as (analyses, _):
        found = analyses.cancel(analyses.run(run_id)["conversation_id"], reason)
    click.echo(json.dumps(found) if as_json else f"{found['run_id']} {found['state']}")


def event_line(event: Document) -> str:
    """An event on one line."""
    data = event["data"]
    text = {
        "tool_call": lambda: f"{data.get('name')} {data.get('arguments', '')}",
        "tool_result": lambda: f"{'error: ' if data.get('is_error') else ''}{data.get('text', '')}",
        "subagent": lambda: f"{data.get('child')} {data.get('state')} {data.get('question', '')}",
        "usage": lambda: f"{data.get('model')}: {data.get('input')} in, {data.get('output')} out",
    }.get(event["kind"], lambda: " ".join(str(value) for value in data.values()))()
    line = " ".join(plain(text).split())
    return f"{event['at'][11:19]}  {event['agent']:<6} {event['kind']:<11} {line[:400]}"


def _form(flags: dict[str, Any]) -> list[tuple[str, str]]:
    """What the flags ask for, as the page's form has it. Raises UsageError."""
    own = {
        "prompt": checked_prompt(flags.pop("prompt")),
        "run-model": flags.pop("model"),
        "run-sub-model": flags.pop("sub_model"),
        "run-spans": flags.pop("span_limit"),
        "run-depth": flags.pop("max_depth"),
        "run-turns": flags.pop("max_turns"),
        "run-usd": flags.pop("budget_usd"),
        "run-minutes": flags.pop("budget_minutes"),
        "run-context": flags.pop("context"),
        "run-analyst": "built_in" if flags.pop("built_in") else None,
    }
    window = {"from": flags.pop("window_start_at"), "to": flags.pop("window_end_at")}
    hours = flags.pop("lookback_hours")
    filters = pairs_from(flags)
    names = {name for name, _ in filters}
    if hours is not None and (any(window.values()) or names & {"range", "from", "to"}):
        raise UsageError("--lookback-hours and a window exclude each other.", hint="Give one of them.")
    if not any(window.values()) and not names & {"range", "from", "to"}:
        since = time.time() - (24.0 if hours is None else hours) * 3600
        window["from"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(since))
    return [
        *filters,
        *((name, value) for name, value in window.items() if value),
        *((name, str(value)) for name, value in own.items() if value is not None),
    ]


def _waited(analyses: Analyses, run_id: str, interval: float, timeout: float) -> Document:
    deadline = time.monotonic() + timeout
    while True:
        found = analyses.run(run_id)
        left = deadline - time.monotonic()
        if found["state"] in ENDED or left <= 0:
            return found
        if sys.stderr.isatty():
            click.echo(f"\r\033[K{_progress(found)}", nl=False, err=True)
        time.sleep(min(interval, left))


def _progress(found: Document) -> str:
    usage = found["usage"]
    did = f"turn {usage['turns']}  {usage['tool_calls']} tool calls"
    return f"{found['state']} {found['phase']}  {did}  {_cost(found)}"


def _all_events(analyses: Analyses, run_id: str) -> Iterator[Document]:
    after = 0
    while page := analyses.events(run_id, after, 500):
        yield from page["items"]
        if page["next_after"] == after:
            return
        after = page["next_after"]


def _cost(found: Document) -> str:
    from halo_dash.web.words import usd

    usage = found["usage"]
    if found["analyst"] == "built_in":
        return "free"
    if usage["cost_usd"] is None:
        return "unknown"
    return ("at least " if usage["cost_is_partial"] else "") + usd(usage["cost_usd"])


def _row(found: Document) -> tuple[str, ...]:
    size = found["selection"]
    return (
        found["created"][:19].replace("T", " "),
        found["state"],
        plain(found["prompt"].splitlines()[0]),
        f"{size['read_traces']:,}" if size else "",
        _took(found),
        _cost(found),
        found["run_id"],
        found["conversation_id"],
    )


def _took(found: Document) -> str:
    from datetime import datetime

    if not found["started"] or not found["ended"]:
        return ""
    begin, end = (datetime.fromisoformat(found[name]) for name in ("started", "ended"))
    return f"{(end - begin).total_seconds():.0f} s"


def _read(size: Document) -> str:
    traces = f"{size['read_traces']:,} of {size['traces']:,} traces"
    return f"{traces}, {size['read_spans']:,} of {size['spans']:,} spans"


def _closely(found: Document) -> Iterator[str]:
    usage, size = found["usage"], found["selection"]
    facts = {
        "run": found["run_id"],
        "conversation": found["conversation_id"],
        "state": found["state"] + (f" ({found['phase']})" if found["state"] == "running" else ""),
        "why": found["reason"],
        "question": " ".join(found["prompt"].split()),
        "read": _read(size) if size else "",
        "took": _took(found),
        "turns": f"{usage['turns']} ({usage['model_calls']} model calls, {usage['tool_calls']} tool calls)",
        "tokens": f"{usage['input_tokens']:,} in, {usage['output_tokens']:,} out",
        "cost": _cost(found),
    }
    yield from (f"{name:<14}{plain(str(value))}" for name, value in facts.items() if value)
