"""What hostile or careless cells try: each attempt fails, and the session goes on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from halo_dash.analysis.sandbox.limits import CodeLimits
from halo_dash.analysis.sandbox.session import CodeSession

LIMITS = CodeLimits(seconds=0.25, memory_bytes=96 * 2**20, calls=200, printed_chars=2_000)
CANARY = "sk-canary-of-the-sandbox-42"
TOUCHED: list[Any] = []


def echo(*values: Any, **named: Any) -> Any:
    """A function of ours: gives back what it got."""
    TOUCHED.append((values, named))
    return {"values": list(values), "named": named}


def fail(words: str = "no such trace") -> Any:
    raise ValueError(words)


@pytest.fixture(scope="module")
def session() -> Iterator[CodeSession]:
    os.environ["HALO_TEST_CANARY"] = CANARY
    try:
        with CodeSession({"echo": echo, "fail": fail}, LIMITS) as made:
            made.run("kept = [1, 2, 3]")
            yield made
    finally:
        del os.environ["HALO_TEST_CANARY"]


REACHING_OUT = {
    "read a file": "open('/etc/passwd').read()",
    "read a file by its path": "import pathlib\npathlib.Path('/etc/passwd').read_text()",
    "read the process": "open('/proc/self/environ').read()",
    "write a file": "open('/tmp/halo-escape', 'w').write('x')",
    "write by path": "import pathlib\npathlib.Path('/tmp/halo-escape').write_text('x')",
    "list a folder": "import os\nos.listdir('/')",
    "look for a file": "import os\nos.path.exists('/etc/passwd') or 1/0",
    "change the folder and read": "import os\nos.chdir('/etc')\nopen('passwd').read()",
    "walk out of a folder": "open('../../../../etc/passwd').read()",
    "open a descriptor": "open(0).read()",
    "the environment": "import os\nos.environ['HALO_TEST_CANARY']",
    "the environment by getenv": "import os\nos.getenv('HALO_TEST_CANARY')",
    "a shell": "import os\nos.system('touch /tmp/halo-escape')",
    "a pipe": "import os\nos.popen('id').read()",
    "fork": "import os\nos.fork()",
    "exec": "import os\nos.execv('/bin/sh', ['sh'])",
    "a subprocess": "import subprocess\nsubprocess.run(['id'])",
    "a socket": "import socket\nsocket.create_connection(('127.0.0.1', 80))",
    "a web page": "import urllib.request\nurllib.request.urlopen('http://127.0.0.1')",
    "a web page by http": "import http.client\nhttp.client.HTTPConnection('127.0.0.1')",
    "a foreign library": "import ctypes\nctypes.CDLL(None)",
    "a pickle": "import pickle\npickle.loads(b'cos\\nsystem\\n(S\"id\"\\ntR.')",
    "marshal": "import marshal",
    "an import by name": "__import__('os').system('id')",
    "importlib": "import importlib\nimportlib.import_module('os')",
    "builtins": "import builtins\nbuiltins.open('/etc/passwd')",
    "our own package": "import halo_dash.config",
    "an installed package": "import openai",
    "threads": "import threading\nthreading.Thread(target=print).start()",
    "signals": "import signal\nsignal.raise_signal(9)",
    "the frames": "import sys\nsys._getframe().f_back",
    "the modules": "import sys\nsys.modules['os']",
    "leave": "import sys\nsys.exit(0)",
    "leave at once": "import os\nos._exit(0)",
    "leave by exit()": "exit()",
    "the debugger": "breakpoint()",
    "ask the terminal": "input()",
}
WALKING = {
    "classes up": "().__class__.__bases__[0].__subclasses__()",
    "classes by type": "type(()).__mro__",
    "classes by name": "getattr((), '__cl' + 'ass__')",
    "classes by format": "'{0.__class__.__mro__}'.format(())",
    "classes by format_map": "'{a.__class__}'.format_map({'a': 1})",
    "classes by f-string": "f'{().__class__}'",
    "the globals of our function": "echo.__globals__['os']",
    "the code of our function": "echo.__code__.co_consts",
    "the closure of our function": "echo.__closure__",
    "the module of our function": "echo.__module__ and echo.__self__",
    "our function by format": "'{0.__globals__}'.format(echo)",
    "the globals of a function": "(lambda: 0).__globals__",
    "the code of a function": "def f(): pass\nf.__code__ = None",
    "the frames of an error": "try:\n    1/0\nexcept Exception as e:\n    e.__traceback__.tb_frame.f_globals",
    "the builtins of a method": "[].append.__self__.__class__",
    "the names of a module": "import json\njson.__dict__['codecs']",
    "a loader": "import json\njson.__loader__.load_module('os')",
    "all globals": "globals()['__builtins__']",
    "vars": "vars(echo)",
    "compile": "compile('import os', '', 'exec')",
    "eval": 'eval(\'__import__("os").listdir("/")\')',
    "exec with builtins": "exec('open(\"/etc/passwd\")', {'__builtins__': None})",
    "letters that look alike": "\uff4f\uff50\uff45\uff4e('/etc/passwd')",
    "letters that look alike in a dunder": "().__cl\u0430ss__",
    "a metaclass": "class A(metaclass=type): pass",
    "a class made by type": "type('A', (object,), {})().__class__.__base__.__subclasses__()",
    "an attribute hook": ("class A:\n    def __getattribute__(self, n): return open\nA().x('/etc/passwd')"),
    "set on a builtin": "setattr(int, 'x', 1)",
}
EXHAUSTING = {
    "an endless loop": "while True: pass",
    "an endless loop that catches": (
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass"
    ),
    "an endless comprehension": "[x for x in iter(int, 1)]",
    "a long comprehension": "[0 for a in range(10**4) for b in range(10**4) if a < 0]",
    "a slow sort key": "sorted(range(10**6), key=lambda x: sum(range(10**6)))",
    "a slow test of membership": "[10**9 in list(range(10**6)) for i in range(10**6)]",
    "a range membership loop": "all(x in range(10**12) for x in range(10**9))",
    "sum of a range": "sum(range(10**12))",
    "a huge text": "'x' * 10**10",
    "a text that doubles": "s = 'x'\nwhile True: s += s",
    "a huge list": "[0] * 10**9",
    "a list that grows": "a = []\nwhile True: a.append('x' * 10000)",
    "a huge range as list": "list(range(10**9))",
    "a dict that grows": "d = {}\nfor i in range(10**9): d[i] = [i]",
    "a huge power": "10 ** 10 ** 10",
    "a huge shift": "1 << 10**11",
    "a factorial": "import math\nmath.factorial(10**7)",
    "a power tower in pow": "pow(7, 10**8)",
    "digits of a huge int": "str(7 ** 200000)",
    "padding": "'{:>9999999999}'.format('x')",
    "padding by f-string": "f'{1:0999999999d}'",
    "padding by ljust": "'x'.ljust(10**10)",
    "join": "','.join(['x' * 10**6] * 10**5)",
    "replace": "('a' * 10**6).replace('a', 'b' * 10**5)",
    "deep recursion": "def f(n): return f(n + 1)\nf(0)",
    "mutual recursion": "def f(): return g()\ndef g(): return f()\nf()",
    "recursion in repr": "class A:\n    def __repr__(self): return repr(self)\nrepr(A())",
    "recursion in eq": "class A:\n    def __eq__(self, o): return self == o\nA() == A()",
    "a deep nest in JSON": "import json\njson.loads('[' * 10**6)",
    "a deep nest of source": "eval('(' * 10**5 + ')' * 10**5)",
    "printing for ever": "while True: print('x' * 1000)",
    "a flood of calls": "while True: echo(1)",
    "a flood of calls that catch": "while True:\n    try:\n        fail()\n    except Exception: pass",
    "a flood of names": "while True:\n    try:\n        nothing_of_this_name\n    except NameError: pass",
    "a flood of files": "while True:\n    try:\n        open('/x')\n    except Exception: pass",
    "sleeping for ever": "import time\nwhile True: time.sleep(1000)",
    "waiting for ever": "import asyncio\nwhile True: await asyncio.sleep(1000)",
    "many tasks": (
        "import asyncio\nasync def f():\n    while True: await asyncio.sleep(0)\n"
        "await asyncio.gather(*[f() for i in range(100)])"
    ),
    "a product": "import itertools\nlist(itertools.product(range(1000), repeat=4))",
    "an endless iterator": "import itertools\nlist(itertools.count())",
}
TALKING = {
    "a huge argument": "echo('x' * 40_000_000)",
    "a deep value": "a = []\nfor i in range(1000): a = [a]\necho(a)",
    "an object": "class A: pass\necho(A())",
    "an error": "echo(ValueError('x'))",
    "bytes": "echo(b'x')",
    "a huge number": "echo(10 ** 400)",
    "not a number": "echo(float('nan'))",
    "a number as key of nothing": "echo({(1, 2): 3})",
    "a dunder name": "echo(**{'__class__': 1})['named']['other']",
    "a function that is not there": "delete_everything()",
    "an error of ours": "fail('x' * 100_000)",
    "an error that pretends": "raise BaseException('SystemExit')",
    "leave by error": "raise SystemExit(0)",
    "interrupt": "raise KeyboardInterrupt",
    "no program": "this is no program",
    "a null byte": "x = 1\x00\n",
    "only brackets": "(" * 50_000,
    "too long": "#" * 200_000,
}
HARMLESS = {
    "set on a module": "import json\njson.loads = None\nimport os\nos.x = 1\nsetattr(os, 'getenv', echo)",
    "a deep nest to print": "a = []\nfor i in range(10**6): a = [a]\nprint(repr(a) == '')",
    "a long chain of source": "eval('-' * 10**5 + '1')",
    "a slow regular expression": "import re\nre.match('(a+)+$', 'a' * 40 + 'b')",
    "a slow regular expression with backreference": (
        "import re\nre.match(r'(a*)*\\1b(a|aa)+$', 'a' * 60) or re.match(r'(x+x+)+y', 'x' * 60)"
    ),
    "a huge regular expression": "import re\nre.compile('a{1,60000}' * 200)",
    "decimal digits": "import decimal\ndecimal.getcontext().prec = 10**8\nprint(decimal.Decimal(1) / 7)",
    "a value without end": "a = []\na.append(a)\necho(a)",
    "a function": "echo(echo)",
    "a function of the cell": "echo(lambda: 1)",
    "a class": "class A: pass\necho(A)",
    "a lone surrogate": "'\\ud800'.encode()",
}
"""What may go through: it changes nothing and shows nothing."""
ATTEMPTS = {**REACHING_OUT, **WALKING, **EXHAUSTING, **TALKING}


@pytest.mark.parametrize("name", ATTEMPTS)
def test_it_fails_and_the_session_goes_on(session: CodeSession, name: str) -> None:
    result = session.run(ATTEMPTS[name])
    assert result.error is not None, result.text[:500]
    assert len(result.text) < 10_000
    assert CANARY not in result.text
    assert "root:" not in result.text
    after = session.run("echo(sum(kept))['values']")
    assert (after.error, after.value_repr, after.note) == (None, "[6]", "")
    assert not Path("/tmp/halo-escape").exists()


@pytest.mark.parametrize("name", HARMLESS)
def test_it_changes_nothing(session: CodeSession, name: str) -> None:
    result = session.run(HARMLESS[name])
    assert len(result.text) < 10_000
    assert CANARY not in result.text
    after = session.run("import json, os\necho(sum(kept), json.loads('1'))['values']")
    assert (after.error, after.value_repr, after.note) == (None, "[6, 1]", "")


def test_our_functions_saw_plain_values_alone() -> None:
    def is_plain(value: Any) -> bool:
        if isinstance(value, list):
            return all(map(is_plain, value))
        if isinstance(value, dict):
            return all(type(key) is str and is_plain(each) for key, each in value.items())
        return value is None or type(value) in (str, int, float, bool)

    assert TOUCHED
    for values, named in TOUCHED:
        assert is_plain(list(values))
        assert is_plain(named)


def test_nothing_is_left_running(session: CodeSession) -> None:
    session.run("1")
    left = [child for child in psutil.Process().children(recursive=True) if "monty" in child.name()]
    assert len(left) <= 1, left
    session.close()
    gone, alive = psutil.wait_procs(left, timeout=10)
    assert (len(gone), alive) == (len(left), [])
