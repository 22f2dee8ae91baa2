"""The rules of the house: what keeps the code readable, checked on every file there is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined, meta

from halo_dash.cli import reference
from halo_dash.cli.root import COMMANDS, halo
from halo_dash.store.database import Database
from halo_dash.store.findings.file import FindingsFile
from halo_dash.store.index_database import IndexWriter
from halo_dash.store.statements import FINDINGS, INDEX, explain, statements

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "halo_dash"
SIZES = {"halo_dash/**/*.py": 400, "halo_dash/**/*.sql": 80, "templates/**/*.html": 120}
SIZES |= {"static/**/*.js": 150, "static/**/*.css": 200, "bench/**/*.py": 400}
LONGEST_FUNCTION = 60
"""The aim is 40."""
SPEAKS_ATTRIBUTES = ("semconv", "transfer/demo")
"""Where attribute keys may be spelled: the reading of them, and the demo that pretends to be a sender."""

CLAUSES = {"terms/has_any"}
"""Statements that stand inside the condition of a statement on `traces AS t`."""


@cache
def trees() -> dict[str, ast.Module]:
    return {
        path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def texts_of(tree: ast.AST) -> Iterator[ast.Constant]:
    """Every string that is a value: docstrings are for people."""
    docs = {
        id(statement.value)
        for node in ast.walk(tree)
        if isinstance(body := getattr(node, "body", None), list)
        for statement in body
        if isinstance(statement, ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node


@pytest.mark.parametrize(("pattern", "most"), SIZES.items())
def test_no_file_outgrows_a_readers_patience(pattern: str, most: int) -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in ROOT.glob(pattern)}
    assert {str(path.relative_to(ROOT)): length for path, length in lengths.items() if length > most} == {}


def test_no_function_outgrows_a_screen() -> None:
    found = {}
    for name, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
                length = (body[-1].end_lineno or 0) - body[0].lineno + 1
                if length > LONGEST_FUNCTION:
                    found[f"{name}:{node.lineno} {node.name}"] = length
    assert found == {}


def test_no_drawer_for_everything() -> None:
    names = {part.removesuffix(".py") for name in trees() for part in name.split("/")}
    assert names.isdisjoint({"utils", "util", "helpers", "helper", "common", "misc"})


def test_attribute_keys_are_spelled_only_where_they_are_read() -> None:
    dotted = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+\.?")
    dialects = re.compile(r"(gen_ai|openinference|llm|langfuse|traceloop|mlflow|logfire|langsmith)\.[a-z_.]+")
    known = {
        text.value
        for name, tree in trees().items()
        if name.startswith("semconv/")
        for text in texts_of(tree)
        if dotted.fullmatch(text.value)
    }
    assert len(known) > 50
    found = [
        f"{name}:{text.lineno} {text.value!r}"
        for name, tree in trees().items()
        if not name.startswith(SPEAKS_ATTRIBUTES)
        for text in texts_of(tree)
        if text.value in known or dialects.fullmatch(text.value)
    ]
    assert found == []


def test_every_exception_from_lint_and_types_says_why() -> None:
    bare = re.compile(r"# (noqa: [A-Z0-9, ]+|type: ignore\[[a-z, -]+\])\s*$")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if bare.search(line)
    ]
    assert found == []


def test_every_statement_is_valid_sql_for_the_schema_and_somebody_uses_it(tmp_path: Path) -> None:
    database = Database(tmp_path / "halo.db", "rw")
    index, found = IndexWriter(tmp_path / "halo.db.index1"), FindingsFile(tmp_path / "halo.db.findings1")
    beside = {INDEX: index, FINDINGS: found}
    try:
        index.prepare()
        found.prepare()
        with database.exclusive() as connection:
            for name, statement in statements().items():
                text = f"SELECT 1 FROM traces AS t WHERE EXISTS ({statement})"  # noqa: S608 - our own
                file = beside.get(name.partition("/")[0])
                explain(file.connection if file else connection, text if name in CLAUSES else statement)
    finally:
        index.close()
        found.close()
        database.close()
    used = {key for name, tree in trees().items() if name.startswith("store/") for key in sql_calls(tree)}
    assert {key for key in statements() if not any(re.fullmatch(each, key) for each in used)} == set()
    assert {each for each in used if not any(re.fullmatch(each, key) for key in statements())} == set()


def sql_calls(tree: ast.AST) -> Iterator[str]:
    """Patterns of the statements that code asks for by name."""
    for node in ast.walk(tree):
        is_call = isinstance(node, ast.Call) and len(node.args) >= 2
        if is_call and isinstance(node.func, ast.Name) and node.func.id.startswith("sql"):
            yield "/".join(pattern_of(each) for each in node.args[:2])


def pattern_of(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return re.escape(str(node.value))
    if isinstance(node, ast.JoinedStr):
        return "".join(pattern_of(each) for each in node.values)
    return "[a-z_]+"


def test_every_template_compiles_and_is_reached_from_a_page() -> None:
    environment = Environment(
        loader=FileSystemLoader(ROOT / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.do"],
    )
    names = {path.relative_to(ROOT / "templates").as_posix() for path in (ROOT / "templates").rglob("*.html")}
    said = {
        text.value for name, tree in trees().items() if name.startswith("web/") for text in texts_of(tree)
    }
    reached, waiting = set(), said & names
    while waiting:
        name = waiting.pop()
        reached.add(name)
        source = environment.parse((ROOT / "templates" / name).read_text(encoding="utf-8"))
        referenced = {each for each in meta.find_referenced_templates(source) if each}
        assert referenced <= names, name
        waiting |= referenced - reached
    assert names - reached == set()


def test_what_is_typed_into_a_form_that_makes_an_address_has_an_end() -> None:
    """A server reads some 64 KB of an address, and a letter may take nine characters of it."""
    unlimited = []
    for path in (ROOT / "templates").rglob("*.html"):
        for form in re.findall(r'<form[^>]*method="get".*?</form>', path.read_text(), re.DOTALL):
            for field in re.findall(r"<input[^>]*>", form):
                is_typed = re.search(r'type="(?!text"|search")', field) is None
                most = re.search(r'maxlength="([0-9]+)"', field)
                if is_typed and (most is None or int(most[1]) > 8000):
                    unlimited.append(f"{path.name}: {field[:60]}")
    assert not unlimited


def test_the_pages_of_options_and_keys_are_current() -> None:
    current = reference.command_line()
    assert (ROOT / "docs/cli.md").read_text(encoding="utf-8") == current, "run `make docs`"
    page = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    assert reference.configuration(page) == page, "run `make docs`"


def test_the_list_of_commands_says_what_each_command_says() -> None:
    context = reference.click.Context(halo)
    for name, entry in COMMANDS.items():
        command = halo.get_command(context, name)
        assert command is not None
        assert (command.help or "").splitlines()[0] == entry.about
        options = [each for each in command.params if isinstance(each, reference.click.Option)]
        assert all(option.help for option in options), name


def text_files() -> Iterator[Path]:
    folders = ("halo_dash", "templates", "static", "docs", "bench", "e2e", "tests", "requirements", ".ci")
    ends = {
        ".py",
        ".md",
        ".html",
        ".css",
        ".js",
        ".sql",
        ".toml",
        ".txt",
        ".svg",
        ".yaml",
        ".yml",
        ".json",
        "",
    }
    loose = (path for path in ROOT.iterdir() if path.is_file())
    foreign = {"fixtures", "node_modules"}
    inner = (path for folder in folders for path in (ROOT / folder).rglob("*"))
    for path in (*loose, *inner):
        if path.is_file() and path.suffix in ends and foreign.isdisjoint(path.parts):
            yield path


def test_no_file_names_a_machine_or_a_package_host() -> None:
    parts = ("wo rk /", "ro ot /", "Us ers /", r"ho me /\w")
    hosts = (r"py pi \.org", "python hosted", r"npm js \.(org|com)")
    # Spelled in pieces, so that this file passes its own test.
    parts = tuple(each.replace(" ", "") for each in (*(f"/{part}" for part in parts), *hosts))
    pattern = re.compile("|".join(parts))
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in text_files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []


def test_links_between_the_documents_lead_somewhere() -> None:
    link = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
    broken = [
        f"{page.relative_to(ROOT)} -> {target}"
        for page in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"))
        for target in link.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_nothing_is_left_for_later() -> None:
    later = re.compile(r"\b(TO~DO|FIX~ME|XX~X|HA~CK)\b".replace("~", ""))
    found = [
        str(path.relative_to(ROOT)) for path in text_files() if later.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
