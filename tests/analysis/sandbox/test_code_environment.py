"""What the model is told of the environment is true: every point of the text is tried."""
# ruff: noqa: E501, ISC004 - programs and points, each on one line

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from halo_dash.analysis.sandbox.environment import ENVIRONMENT, environment
from halo_dash.analysis.sandbox.limits import CodeLimits
from halo_dash.analysis.sandbox.session import CodeSession

LIMITS = CodeLimits(seconds=0.5, calls=5, printed_chars=100)
POINTS = {line.partition(":")[0].removeprefix("- "): line for line in ENVIRONMENT.splitlines()}

WORK = {
    "f-strings": "f'{1 / 3:.2f} {[1]!r:>5}'",
    "format": "'{:>4}|{:.1%}|{:,}'.format('a', 0.5, 10000) + '%d' % 3",
    "comprehensions": "[x for x in range(3)], {x for x in [1]}, {k: v for k, v in [(1, 2)]}",
    "lambda": "(lambda a, *b, c=1, **d: (a, b, c, d))(1, 2, e=3)",
    "def with defaults": "def f(a, b=2, /, c=3, *, d=4): return a + b + c + d\nf(1)",
    "*args/**kwargs": "def f(*args, **kwargs): return args, kwargs\nf(1, b=2)",
    "decorators of functions": "def twice(f): return lambda x: f(f(x))\n@twice\ndef g(x): return x + 1\ng(1)",
    "classes without a base": "class A:\n    def __init__(self, x): self.x = x\n    def get(self): return self.x\nA(3).get()",
    "try/except/finally": "try:\n    1 / 0\nexcept (ZeroDivisionError, KeyError) as e:\n    print(e)\nelse:\n    1\nfinally:\n    2",
    "with": "class C:\n    def __enter__(self): return 5\n    def __exit__(self, *a): pass\nwith C() as c:\n    print(c)",
    "match": "match {'a': [1, 2]}:\n    case {'a': [x, *rest]}:\n        print(x, rest)",
    "unpacking": "a, *b = [1, 2, 3]\n[*b, *b], {**{'x': a}}",
    "slices": "'abc'[::-1], [1, 2, 3][1:]",
    "sorted(key=)": "sorted([{'n': 2}, {'n': 1}], key=lambda r: r['n'], reverse=True)",
    "any": "any([0, 1])",
    "all": "all([])",
    "zip": "list(zip([1], [2]))",
    "map": "list(map(str, [1]))",
    "filter": "list(filter(None, [0, 1]))",
    "enumerate": "list(enumerate(['a'], 1))",
    "global": "n = 1\ndef f():\n    global n\n    n = 2\nf()\nn",
    "async def and await": "async def f(): return 1\nawait f()",
}
MISSING_STATEMENTS = {
    "del (use d.pop(k))": "d = {'k': 1}\ndel d['k']",
    "yield": "def f():\n    yield 1",
    "class B(A)": "class A: pass\nclass B(A): pass",
    "own exception classes": "class E(Exception): pass",
    "@property": "class A:\n    @property\n    def p(self): return 1",
    "@staticmethod": "class A:\n    @staticmethod\n    def p(): return 1",
    "@classmethod": "class A:\n    @classmethod\n    def p(cls): return 1",
    "from x import *": "from math import *",
    "except*": "try:\n    pass\nexcept* ValueError:\n    pass",
    "t-strings": "t'{1}'",
    "type X = int": "type X = int",
}


def words(point: str) -> list[str]:
    """The names that a point lists."""
    return [word.strip() for word in POINTS[point].partition(": ")[2].rstrip(".").split(", ")]


def query_nothing() -> None:
    raise LookupError("no such trace")


@pytest.fixture(scope="module")
def session() -> Iterator[CodeSession]:
    functions = {"query": lambda n=1: [n], "fail": query_nothing}
    with CodeSession(functions, LIMITS) as made:
        yield made


def value(session: CodeSession, code: str) -> str:
    result = session.run(code)
    assert result.error is None, result.error
    return result.value_repr or result.printed


def test_every_point_is_tried() -> None:
    assert set(POINTS) == {
        "Your code runs in a subset of Python 3 without files, network, environment variables or processes.",
        "Variables, functions, classes and imports stay from cell to cell. Only what you print, and the value of a last"
        " statement that is an expression, comes back; `_` is that value.",
        "Imported already",
        "Importable",
        "Given",
        "Work",
        "Missing statements",
        "Missing functions",
        "Missing modules",
        "A generator expression is made whole at once",
        "Functions of the dashboard take and give plain values",
        "A variable named like a function of the dashboard takes its place (findings = findings())",
        "Functions of the dashboard cannot be called from inside map, filter, sorted, min, max or __repr__",
        "print shows a bounded part of what is printed; keep large results in variables and print counts, heads and"
        " extracts.",
        "Limits of one cell",
    }, "a point was added or changed: try it below"


def test_there_is_no_way_out(session: CodeSession) -> None:
    for code in (
        "open('x')",
        "import socket",
        "import os\nos.environ",
        "import os\nos.fork()",
        "import subprocess",
    ):
        assert session.run(code).error is not None


def test_what_stays_and_what_comes_back(session: CodeSession) -> None:
    assert (
        session.run("a = 1\ndef f(): return a\nclass K:\n    v = 3\nimport csv as other").text
        == "[nothing was printed]"
    )
    assert value(session, "f() + K.v, other is not None") == "(4, True)"
    assert value(session, "_") == "(4, True)"
    assert value(session, "print('x')\n5") == "5"


@pytest.mark.parametrize("name", words("Imported already"))
def test_imported(session: CodeSession, name: str) -> None:
    assert value(session, f"{name} is not None") == "True"


@pytest.mark.parametrize("name", words("Importable"))
def test_importable(session: CodeSession, name: str) -> None:
    assert value(session, f"import {name}\n{name} is not None") == "True"


def test_given(session: CodeSession) -> None:
    listed = re.findall(r"(\w+)\(([\w, ]+)\)", POINTS["Given"])
    assert len(listed) == 8
    arguments = {"values": "[1, 2, 3]", "q": "0.5", "n": "4", "rows": "[{'f': 1}]", "key": "'f'", "size": "2"}
    for name, parameters in listed:
        given = [arguments[each] for each in parameters.split(", ")]
        assert value(session, f"{name}({', '.join(given)})")
    assert (
        value(session, "count_by([{'f': 1}], lambda r: r['f']), count_by([{'f': 1}], 'f')")
        == "([(1, 1)], [(1, 1)])"
    )


def test_the_lists_of_this_file_are_those_of_the_text() -> None:
    told = POINTS["Work"].partition(": ")[2]
    for name in WORK:
        assert name in told
        told = told.replace(name, "", 1)
    assert set(told.replace("and", "")) <= set(" ,."), told
    assert words("Missing statements") == list(MISSING_STATEMENTS)


@pytest.mark.parametrize("name", WORK)
def test_works(session: CodeSession, name: str) -> None:
    assert value(session, WORK[name])


@pytest.mark.parametrize("name", MISSING_STATEMENTS)
def test_missing_statements(session: CodeSession, name: str) -> None:
    assert "support" in str(session.run(MISSING_STATEMENTS[name]).error)
    assert value(session, "d = {'k': 1}\nd.pop('k')") == "1"


def test_missing_functions(session: CodeSession) -> None:
    names = POINTS["Missing functions"].partition(": ")[2].partition(";")[0].split(", ")
    assert len(names) == 12
    for name in names:
        given = "'x'" if name == "open" else ""
        assert "Error" in str(session.run(f"{name}({given})").error), name
    assert "replacement" in str(session.run("re.sub('a', lambda m: 'b', 'a')").error)
    assert "AttributeError" in str(session.run("x = 1\nx.__class__").error)


@pytest.mark.parametrize("name", words("Missing modules"))
def test_missing_modules(session: CodeSession, name: str) -> None:
    assert "ModuleNotFoundError" in str(session.run(f"import {name}").error)


def test_generators_functions_and_limits(session: CodeSession) -> None:
    assert value(session, "(x for x in [1])") == "[1]"
    assert "time limit" in str(session.run("(x for x in itertools.count())").error)
    assert (
        value(session, "try:\n    fail()\nexcept Exception as error:\n    print(error)") == "no such trace\n"
    )
    for inside in ("map(query, [1])", "filter(query, [1])", "sorted([1], key=query)", "min([1], key=query)"):
        assert "synchronous context" in str(session.run(f"list({inside})").error)
    assert "synchronous context" in str(session.run("max([1, 2], key=lambda n: query(n))").error)
    assert "synchronous context" in str(
        session.run("class R:\n    def __repr__(self): return str(query())\nrepr(R())").error
    )
    assert value(session, "[query(n) for n in [1, 2]]") == "[[1], [2]]"
    session.run("x = 1")
    for over in ("while True: pass", "for i in range(6): query()", "y = 'y' * 10**10"):
        result = session.run(f"x = 2\n{over}")
        assert result.is_over_limit
        assert "as they were before" in result.note
        assert value(session, "x") == "1"
    assert session.run("print('y' * 200)").printed_chars == 201


def test_the_limits_are_told_as_they_are() -> None:
    told = environment(CodeLimits(seconds=2.5, calls=1234, printed_chars=5678, dump_bytes=7 * 2**20))
    assert "2.5 s of running code, 1,234 calls" in told
    assert "5,678 printed characters" in told
    assert "7 MB" in told


def test_a_variable_named_like_a_function_leaves_the_function_under_halo() -> None:
    class Room:
        def _count(self) -> int:
            return 2

    with CodeSession({"query": lambda n=1: [n], "count": Room()._count}, LIMITS) as session:
        assert value(session, "query = query(5)\nquery") == "[5]"
        told = session.run("query(6)")
        assert "not callable" in str(told.error)
        assert "halo.NAME" in told.text
        assert value(session, "halo.query(6) + halo.query(n=7)") == "[6, 7]"
        assert value(session, "count() + halo.count()") == "4"
        dumped = session.dump()
    with CodeSession.restore(dumped, {"query": lambda n=1: [n, n]}, LIMITS) as session:
        assert value(session, "query + halo.query(6)") == "[5, 6, 6]"
        assert "'count' is not defined" in str(session.run("halo.count()").error)
