"""`halo` itself: its commands, loaded lazily, and how errors become messages and exit codes."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple

import click

from halo_dash import __version__
from halo_dash.errors import HaloError

INTERRUPTED = 130
"""What a shell expects of a program that Ctrl-C ended."""


class Entry(NamedTuple):
    """Where a command is, and the line `halo --help` shows without loading it."""

    target: str
    about: str


COMMANDS = {
    "serve": Entry("serve:serve", "Start the collector and the dashboard."),
    "init": Entry("init:init", "Write a commented halo.toml and make the trace folder."),
    "doctor": Entry("doctor:doctor", "Check ports, store, configuration and senders."),
    "demo": Entry("serve:demo", "Serve with demo traces, kept apart from yours."),
    "trace": Entry("trace:trace", "List, show and follow traces."),
    "list-traces": Entry("trace:list_traces", "List traces, newest first."),
    "span": Entry("span:span", "List and show spans."),
    "compare": Entry("compare:compare", "Show two traces side by side, step by step."),
    "annotate": Entry("annotate:annotate", "Note, judge and tag a trace, a span or a session."),
    "agent": Entry("agent:agent", "List agents, and show how one is doing."),
    "insight": Entry("insight:insight", "List what goes wrong again and again, and show one closely."),
    "session": Entry("session:session", "List sessions, and show one as a thread."),
    "cluster": Entry("cluster:cluster", "List what fails across runs, and show one failure closely."),
    "rule": Entry("rule:rule", "List the rules that judge traces, and try one on trace files."),
    "check": Entry(
        "check:check", "Compare what goes wrong in trace files with a baseline; fail for what is new or grew."
    ),
    "analyze": Entry("analyze:analyze", "Read trace files, let the engine work on them, print its report."),
    "run": Entry("run:run", "Ask the analysis engine, and see what it does."),
    "conversation": Entry("conversation:conversation", "Read reports, and ask on."),
    "conv": Entry("conversation:conversation", "Read reports, and ask on."),
    "storage": Entry("storage:storage", "Look after the store and its full-text index."),
    "export": Entry("transfer:export", "Write traces to a file that `halo import` reads back without loss."),
    "import": Entry(
        "transfer:import_",
        "Read traces from files: snapshots, OTLP JSON or protobuf, HALO JSONL, each also as .gz.",
    ),
    "exec": Entry("execute:exec_", "Run a command that sends its traces here: halo exec -- python agent.py"),
    "version": Entry("version:version", "Show the versions of halo-dash and what it runs on."),
}


class LazyGroup(click.Group):
    """A group that imports a command's module only when that command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - the same
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module, _, name = entry.target.partition(":")
        command = getattr(import_module(f"halo_dash.cli.{module}"), name)
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a mistyped one is answered with the nearest that exists."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            if os.path.isfile(args[0]):  # noqa: PTH113 - pathlib is slow to import, and most never come here
                return super().resolve_command(ctx, ["analyze", *args])
            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            guess = f" Did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"There is no command {args[0]!r}.{guess}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - the same
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.about) for name, entry in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="halo", message="%(prog)s %(version)s")
def halo() -> None:
    """See what your LLM agents do: a collector for OpenTelemetry traces and a dashboard, on your machine.

    Start with `halo serve`, then `halo exec -- python your_agent.py`.
    """


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code.

    0 done, 1 the thing asked for failed, 2 wrong usage or input, 3 not found, 4 cannot reach server or store.
    """
    try:
        code = halo.main(args=list(arguments), prog_name="halo", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as problem:
        problem.show()
        return problem.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except HaloError as problem:
        click.echo(f"Error: {problem.message}", err=True)
        if problem.hint:
            click.echo(problem.hint, err=True)
        return problem.exit_code
    except BrokenPipeError:
        # `halo trace list | head`: the reader has what it wanted. Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code if isinstance(code, int) else 0
