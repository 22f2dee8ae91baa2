"""Writes docs/cli.md, the keys in docs/configuration.md and the rules in docs/rules.md, from the program.

Run by `make docs`; a test holds that all are current.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from halo_dash.cli.root import halo
from halo_dash.config.keys import KEYS, OTHER_VARIABLES, SECTIONS, Key
from halo_dash.detect import RULES, Rule
from halo_dash.detect.claim import read_claim

_HEAD = """\
# Command line

Made from the program by `make docs`. `halo COMMAND --help` says the same in a terminal.

Exit codes: 0 done, 1 the thing asked for failed, 2 wrong usage or input, 3 not found, 4 cannot reach the
server or the store. With `--json`, exactly one JSON document is on standard output; messages go to standard
error.
"""
_KEY_HEADS = "| key | default | variable | flag | does |\n|---|---|---|---|---|"
_RULES = re.compile(r"(?s)(<!-- rules: made by `make docs` -->\n).*(<!-- end of rules -->)")
_TABLE = re.compile(r"(?s)(<!-- keys: made by `make docs` -->\n).*(<!-- end of keys -->)")


def command_line() -> str:
    """Return docs/cli.md."""
    return "\n".join([_HEAD, *_command(halo, "halo", None)])


def configuration(page: str) -> str:
    """Return docs/configuration.md with its tables of keys made anew."""
    tables = "\n".join(_tables())
    return _TABLE.sub(lambda found: f"{found[1]}\n{tables}\n{found[2]}", page)


def rules(page: str) -> str:
    """Return docs/rules.md with its list of rules made anew."""
    listed = "\n".join(line for each in RULES for line in _rule(each))
    return _RULES.sub(lambda found: f"{found[1]}\n{listed}\n{found[2]}", page)


def _rule(each: Rule) -> Iterator[str]:
    claim = read_claim(each.claim)
    yield f"### {each.title}\n\n`{each.name}`\n"
    parts = (
        ("Claims", claim.claims),
        ("Abstains", claim.abstains),
        ("Known false alarms", claim.false_alarms),
    )
    yield from (f"- **{head}:** {text}" for head, text in parts)
    yield ""


def _command(command: click.Command, path: str, parent: click.Context | None) -> Iterator[str]:
    context = click.Context(command, info_name=path.rpartition(" ")[2], parent=parent)
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"## {path}\n"
    yield f"    {path} {usage}\n"
    yield _prose(command.help or "")
    options = [each for each in command.get_params(context) if "--help" not in each.opts]
    rows = [record for each in options if (record := each.get_help_record(context)) and record[1]]
    if rows:
        yield "\n| option | does |\n|---|---|"
        yield from (f"| `{_cell(names)}` | {_cell(about)} |" for names, about in rows)
    yield ""
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None:
                yield from _command(below, f"{path} {name}", context)


def _tables() -> Iterator[str]:
    for section, about in SECTIONS.items():
        yield f"### `[{section}]`\n\n{about}\n\n{_KEY_HEADS}"
        yield from (_row(key) for key in KEYS if key.section == section and key.in_file)
        yield ""
    yield "### Only in the environment\n\n| variable | does |\n|---|---|"
    secrets = {key.variable: key.about for key in KEYS if not key.in_file}
    yield from (f"| `{name}` | {_cell(about)} |" for name, about in (secrets | OTHER_VARIABLES).items())
    yield ""


def _row(key: Key) -> str:
    default = "" if key.default is None or key.default == () else f"`{_spelled(key.default)}`"
    flag = f"`{key.flag}`" if key.flag else ""
    about = key.about if key.in_force else f"{key.about} *Not acted on by this version.*"
    return f"| `{key.leaf}` | {default} | `{key.variable}` | {flag} | {_cell(about)} |"


def _spelled(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _prose(text: str) -> str:
    return inspect.cleandoc(text)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def main(cli_page: Path, configuration_page: Path, rules_page: Path) -> None:
    """Write the pages."""
    cli_page.write_text(command_line(), encoding="utf-8")
    for page, made in ((configuration_page, configuration), (rules_page, rules)):
        page.write_text(made(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(*(Path(each) for each in sys.argv[1:4]))
