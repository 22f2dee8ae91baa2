"""What the model is told of the code environment. A test tries every claim in it."""

from __future__ import annotations

from halo_dash.analysis.sandbox.limits import CodeLimits

_LANGUAGE = """\
Your code runs in a subset of Python 3 without files, network, environment variables or processes.
- Variables, functions, classes and imports stay from cell to cell. Only what you print, and the value of a last statement that is an expression, comes back; `_` is that value.
- Imported already: json, re, math, itertools, collections, datetime, Counter, defaultdict.
- Importable: random, functools, bisect, copy, csv, decimal, hashlib, base64, dataclasses, typing, time, asyncio.
- Given: mean(values), median(values), stdev(values), quantile(values, q), quantiles(values, n), group_by(rows, key), count_by(rows, key), chunks(values, size). A key is a function or the name of a field.
- Work: f-strings and format, comprehensions, lambda, def with defaults and *args/**kwargs, decorators of functions, classes without a base, try/except/finally, with, match, unpacking, slices, sorted(key=), any, all, zip, map, filter, enumerate, global, async def and await.
- Missing statements: del (use d.pop(k)), yield, class B(A), own exception classes, @property, @staticmethod, @classmethod, from x import *, except*, t-strings, type X = int.
- Missing functions: open, input, globals, vars, dir, callable, super, compile, __import__, str.maketrans, bytearray, memoryview; re.sub takes no function as replacement; dunder attributes such as x.__class__ are not there.
- Missing modules: statistics, heapq, string, operator, enum, io, textwrap, pprint, urllib, html, fractions, uuid, numpy, pandas, subprocess, socket, threading, pickle.
- A generator expression is made whole at once: give it no endless source.
- Functions of the dashboard take and give plain values: dict, list, str, int, float, bool, None. What they raise says what is wrong; catch it with `except Exception as error`.
- A variable named like a function of the dashboard takes its place (findings = findings()): choose another name. `halo` has the functions once more: halo.findings() is always the function.
- Functions of the dashboard cannot be called from inside map, filter, sorted, min, max or __repr__: use a comprehension or a loop.
- print shows a bounded part of what is printed; keep large results in variables and print counts, heads and extracts.
"""  # noqa: E501 - one point a line, as the model reads it


def environment(limits: CodeLimits) -> str:
    """The text for the prompt, with the limits that hold."""
    return (
        f"{_LANGUAGE}- Limits of one cell: {limits.seconds:g} s of running code, {limits.calls:,} calls of"
        f" functions of the dashboard, {limits.printed_chars:,} printed characters. All variables together:"
        f" {limits.dump_bytes >> 20} MB."
        " A cell that goes over the time, the calls or the memory is stopped, and"
        " the variables are then as they were before it.\n"
    )


ENVIRONMENT = environment(CodeLimits())
