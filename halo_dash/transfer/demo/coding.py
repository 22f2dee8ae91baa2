"""The demo's coding agent: reads a repository, edits it, runs its tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from halo_dash.transfer.demo.script import Agent, Ask, Refused, Run, Say, Tool, Trouble, Use

CODER = Agent(
    id="coder",
    name="Coder",
    service="patch-bot",
    dialect="gen_ai",
    provider="anthropic",
    model="claude-sonnet-4-5",
    system=(
        "You are a coding agent in a Python repository. Read before you edit, make the smallest change "
        "that works, "
        "run the tests, and finish with one sentence about what you changed."
    ),
    tools=(
        Tool("read_file", "The text of a file.", {"path": "string"}),
        Tool(
            "edit_file",
            "Replace a text in a file.",
            {"path": "string", "replace": "string", "by": "string"},
        ),
        Tool("grep", "Search the repository.", {"pattern": "string", "path": "string"}),
        Tool("run_tests", "Run a test command; exit code and output.", {"command": "string"}),
    ),
    environment="staging",
    tokens_per_s=75.0,
)


@dataclass(frozen=True, slots=True)
class Task:
    """One change someone asks for."""

    asked: str
    path: str
    before: str
    after: str
    tests: str
    done: str


TASKS = (
    Task(
        "The CSV export drops the last row when the file has no trailing newline. Please fix it.",
        "shop/export.py",
        "rows = text.split('\\n')[:-1]",
        "rows = text.splitlines()",
        "41 passed in 2.1s",
        "The export now splits with `splitlines()`, so a missing trailing newline no longer drops the last "
        "row.",
    ),
    Task(
        "Add a `--dry-run` flag to the cleanup command.",
        "shop/cli/cleanup.py",
        "def cleanup(days: int) -> None:",
        "def cleanup(days: int, *, dry_run: bool = False) -> None:",
        "18 passed in 0.9s",
        "`cleanup --dry-run` lists what would be deleted and deletes nothing.",
    ),
    Task(
        "Prices are rounded down in the cart. Use banker's rounding like the invoices do.",
        "shop/cart.py",
        "return int(total * 100) / 100",
        "return total.quantize(CENT, rounding=ROUND_HALF_EVEN)",
        "67 passed in 3.4s",
        "The cart now uses `Decimal.quantize` with half-even rounding, the same rule as the invoices.",
    ),
    Task(
        "Why is the login test flaky? Make it deterministic.",
        "tests/test_login.py",
        "assert session.expires == now() + HOUR",
        "assert session.expires == clock.now() + HOUR",
        "5 passed in 0.3s",
        "The test compared two readings of the clock; it now uses the fixed `clock` fixture.",
    ),
    Task(
        "Rename `get_usr` to `get_user` everywhere and keep the old name as an alias.",
        "shop/accounts.py",
        "def get_usr(user_id):",
        "def get_user(user_id):",
        "112 passed in 6.0s",
        "Renamed in nine files; `get_usr` stays as an alias that warns.",
    ),
    Task(
        "The webhook handler accepts unsigned requests in staging, close that.",
        "shop/webhooks.py",
        "if settings.production and not signature_ok(request):",
        "if not signature_ok(request):",
        "23 passed in 1.2s",
        "Every environment now checks the signature; staging has its own key in the settings.",
    ),
)
_OVERFLOW = Trouble(
    "BadRequestError",
    "400 invalid_request_error: input length and max_tokens exceed context limit: 9,104 + 192,000 > 200,000",
    "Traceback (most recent call last):\n"
    '  File "/app/patch_bot/loop.py", line 112, in step\n'
    "    reply = client.messages.create(**request)\n"
    "anthropic.BadRequestError: Error code: 400 - input length and max_tokens exceed context limit",
)
_MALFORMED = Trouble(
    "JSONDecodeError", "Expecting ',' delimiter: line 1 column 61 (char 60) in the arguments of edit_file"
)


def coding_run(number: int, planted: str | None) -> Run:
    """The task of that number for the coding agent, with the failure `planted` in it."""
    of = TASKS[number % len(TASKS)]
    make = _PLANTED.get(planted or "")
    if make is not None:
        return make(of)
    return Run(CODER, of.asked, (Ask((_read(of),)), Ask((_edit(of),)), Ask((_tests(of),)), Say(of.done)))


def _read(of: Task) -> Use:
    text = f'"""{of.path}"""\n\nfrom __future__ import annotations\n\n\n{of.before}\n    ...\n'
    return Use("read_file", {"path": of.path}, text, seconds=0.02)


def _edit(of: Task) -> Use:
    arguments = {"path": of.path, "replace": of.before, "by": of.after}
    return Use("edit_file", arguments, {"changed_lines": 1}, seconds=0.03)


def _tests(of: Task, seconds: float = 3.0) -> Use:
    return Use("run_tests", {"command": "pytest -q"}, {"exit_code": 0, "stdout": of.tests}, seconds=seconds)


def _malformed_arguments(of: Task) -> Run:
    broken = f'{{"path": "{of.path}", "replace": "{of.before[:12]}" "by": "{of.after}"'
    failing = Use("edit_file", broken, trouble=_MALFORMED, seconds=0.004)
    steps = (Ask((_read(of),)), Ask((failing,)), Ask((_edit(of),)), Ask((_tests(of),)), Say(of.done))
    return Run(CODER, of.asked, steps)


def _context_overflow(of: Task) -> Run:
    log = "\n".join(
        f"shop/models/table_{n:03d}.py:{n * 7 % 400}: legacy column c_{n} is still referenced"
        for n in range(240)
    )
    grep = Use("grep", {"pattern": "legacy", "path": "."}, log, seconds=0.6)
    return Run(
        CODER, of.asked, (Ask((_read(of),)), Ask((grep,)), Ask((grep,)), Refused(_OVERFLOW)), failed=_OVERFLOW
    )


def _slow_tests(of: Task) -> Run:
    steps = (Ask((_read(of),)), Ask((_edit(of),)), Ask((_tests(of, seconds=96.0),)), Say(of.done))
    return Run(CODER, of.asked, steps)


def _failed_under_ok(of: Task) -> Run:
    output = {
        "exit_code": 2,
        "stdout": "",
        "stderr": f"ERROR collecting {of.path}\nImportError: cannot import name 'ROUND_HALF_EVEN' from "
        "'shop.money'",
    }
    failing = Use("run_tests", {"command": "pytest -q"}, output, seconds=1.4)
    return Run(CODER, of.asked, (Ask((_read(of),)), Ask((_edit(of),)), Ask((failing,)), Say(of.done)))


_PLANTED: dict[str, Callable[[Task], Run]] = {
    "malformed_arguments": _malformed_arguments,
    "context_overflow": _context_overflow,
    "slow_test_run": _slow_tests,
    "failed_command_under_ok": _failed_under_ok,
}
