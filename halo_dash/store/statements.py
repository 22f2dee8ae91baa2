"""The hand-written SQL: one statement a file, `sql/<noun>/<name>.sql`, read once.

A statement may hold the marker `/*where*/ TRUE` (a clause from `where.py` goes there), `/*order*/ 1` and
`/*many*/ NULL` (a list of parameters): with the markers as they stand every file is valid SQL.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from halo_dash.store.driver import Connection

_ROOT = files("halo_dash.store") / "sql"
_SCHEMA = "schema"
_INDEX_SCHEMA = "index_schema"
_FINDINGS_SCHEMA = "findings_schema"
INDEX = "index"
"""The noun of the statements on the full-text index, which is a file of its own."""
FINDINGS = "findings"
"""The noun of the statements on the findings, which are a file of their own."""


@cache
def sql(noun: str, name: str) -> str:
    """The text of one statement."""
    return _read(_ROOT / noun / f"{name}.sql")


@cache
def sql_many(noun: str, name: str, count: int) -> str:
    """The same with `count` parameters in place of its list."""
    return sql(noun, name).replace("/*many*/ NULL", ", ".join("?" * count))


def statements() -> dict[str, str]:
    """Every statement by `noun/name`, the schemas left out."""
    return {
        f"{noun.name}/{each.name.removesuffix('.sql')}": _read(each)
        for noun in sorted(_ROOT.iterdir(), key=lambda entry: entry.name)
        if noun.name not in {_SCHEMA, _INDEX_SCHEMA, _FINDINGS_SCHEMA} and noun.is_dir()
        for each in sorted(noun.iterdir(), key=lambda entry: entry.name)
        if each.name.endswith(".sql")
    }


def schema_steps() -> dict[int, tuple[str, ...]]:
    """Schema version -> the scripts that lead to it from the version before."""
    steps: dict[int, list[str]] = {}
    for each in sorted((_ROOT / _SCHEMA).iterdir(), key=lambda entry: entry.name):
        if each.name.endswith(".sql"):
            steps.setdefault(int(each.name.partition("_")[0]), []).append(_read(each))
    return {version: tuple(scripts) for version, scripts in steps.items()}


def index_script() -> str:
    """The script that makes the tables of the full-text index, but for the one of FTS5."""
    return _read(_ROOT / _INDEX_SCHEMA / "index.sql")


def findings_script() -> str:
    """The script that makes the tables of the findings."""
    return _read(_ROOT / _FINDINGS_SCHEMA / "findings.sql")


def split_script(script: str) -> list[str]:
    """The statements of a schema script, which has no strings with a semicolon or `--` in them."""
    return [part for part in re.sub(r"--[^\n]*", "", script).split(";") if part.strip()]


def explain(connection: Connection, statement: str) -> list[str]:
    """The query plan of a statement. Raises the driver's errors where it is not valid."""
    bare = re.sub(r"--[^\n]*|'[^']*'", "", statement)
    named = dict.fromkeys(re.findall(r":([a-z_]+)", bare))
    given = named or (None,) * bare.count("?")
    rows = connection.execute(f"EXPLAIN QUERY PLAN {statement}", given)
    return [str(row[-1]) for row in rows]


def _read(entry: Traversable) -> str:
    return entry.read_text(encoding="utf-8").strip()
