"""A code session keeps its variables through everything that cells, processes and functions do."""

from __future__ import annotations

import json
import shutil
import signal
import statistics
import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from halo_dash.analysis.provider.wire import Stopped
from halo_dash.analysis.sandbox import isolation as isolation_room
from halo_dash.analysis.sandbox import worker as worker_room
from halo_dash.analysis.sandbox.isolation import isolation
from halo_dash.analysis.sandbox.kept import Kept, unpacked
from halo_dash.analysis.sandbox.limits import CodeLimits
from halo_dash.analysis.sandbox.plain import plain
from halo_dash.analysis.sandbox.session import CodeSession
from halo_dash.errors import InvalidInputError, NotFoundError, UnavailableError


class SpentError(Exception):
    """Stands for a budget that ends a run."""


def query(status: str = "error", limit: int = 2) -> Any:
    return [{"trace_id": f"t{n}", "status": status, "seconds": n / 2} for n in range(limit)]


def trace(trace_id: str) -> Any:
    raise NotFoundError(f"trace {trace_id} is not in this selection", hint="query() lists the ids there are.")


def broken() -> Any:
    raise OSError("disk full")


def spent() -> Any:
    raise SpentError


FUNCTIONS = {"query": query, "trace": trace, "broken": broken, "spent": spent, "odd": object}
LIMITS = CodeLimits(seconds=5)


@pytest.fixture
def session() -> Iterator[CodeSession]:
    with CodeSession(FUNCTIONS, LIMITS, through=(SpentError,)) as made:
        yield made


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("1 + 1", "2"),
        ("x = 5", None),
        ("x = 5\nx", "5"),
        ("None", None),
        ("len(\n  'abc'\n)", "3"),
        ("[\n1,\n2,\n]", "[1, 2]"),
        ("query(\nlimit=1\n)[0]['trace_id']", "'t0'"),
        ("'a'  # a comment\n# another\n", "'a'"),
        ("x = '''\nquery\n'''", None),
        ("x = '''\nquery'''", None),
        ("'''\nquery'''", "'\\nquery'"),
        ("y = dict(a=1,\nb=2\n)", None),
        ("dict(a=1,\nb=2\n)", "{'a': 1, 'b': 2}"),
        ("len\n([1])", "[1]"),
        ("len\n([1]); z = 3", None),
        ("query()\nif True: 3", None),
        ("max(\n1,\n2)", "2"),
        ("if True:\n    3", None),
        ("for i in range(3): i", None),
        ("def f():\n    return 4\nf()", "4"),
        ("x = 1; x", None),
        ("x = \\\n3", None),
        ("lambda: 0\n", "<function '<lambda>' at "),
        ("await_ = 3\nawait_", "3"),
        ("1,\n", "(1,)"),
        ("", None),
        ("# nothing", None),
        ("\r\n2\r\n", "2"),
        ("print('x')", None),
        ("_ = 7\n_ + 1", "8"),
    ],
)
def test_the_value_of_a_last_expression_is_shown_and_nothing_runs_twice(
    session: CodeSession, code: str, value: str | None
) -> None:
    result = session.run(code)
    assert result.error is None
    if value is None or not value.endswith(" "):
        assert result.value_repr == value
    else:
        assert str(result.value_repr).startswith(value)
    assert result.calls == code.count("query(")


def test_no_line_is_run_twice(session: CodeSession) -> None:
    session.run("n = 0")
    for code in (
        "n += 1; n",
        "n += 1\neval('(')",
        "n += 1\nraise SyntaxError('x')",
        "n += 1\nn = n",
        "n += 1\nn",
    ):
        session.run(code)
    assert session.run("n").value_repr == "5"
    assert session.run("n += 1\nclass B(A): pass").error
    assert session.run("n").value_repr == "5", "what cannot be read is not begun"


def test_variables_stay_after_errors_and_errors_read_as_python_writes_them(session: CodeSession) -> None:
    session.run("x = 1\ndef half(v):\n    return v / 0")
    result = session.run("x = 2\nhalf(3)")
    assert result.error is not None
    assert 'File "cell", line 2, in <module>' in result.error
    assert "    half(3)\n    ~~~~~~~\n" in result.error
    assert result.error.endswith("ZeroDivisionError: division by zero")
    assert not result.is_over_limit
    assert session.run("x").value_repr == "2"
    assert "SyntaxError" in str(session.run("x = = 1").error)


def test_functions_get_and_give_plain_values_and_their_errors_are_readable(session: CodeSession) -> None:
    assert session.run("[r['seconds'] for r in query(limit=3)]").value_repr == "[0.0, 0.5, 1.0]"
    caught = "try:\n    {}\nexcept Exception as e:\n    print(type(e), e)"
    assert session.run(caught.format("trace('zz')")).printed == (
        "<class 'ValueError'> trace zz is not in this selection query() lists the ids there are.\n"
    )
    assert "RuntimeError'> broken: OSError: disk full" in session.run(caught.format("broken()")).printed
    assert "takes 0 positional" in session.run(caught.format("broken(1)")).printed
    assert "unexpected keyword argument 'stat'" in session.run(caught.format("query(stat=1)")).printed
    assert "cannot be passed" in session.run(caught.format("odd()")).printed
    assert session.run("f = query\nf(limit=0)").value_repr == "[]"
    assert session.run("[len(query(limit=n)) for n in [1, 2]]").value_repr == "[1, 2]"


def test_printing_is_shown_up_to_a_bound_that_is_told(session: CodeSession) -> None:
    result = session.run("x = 'y' * 30_000\nprint(x)\nprint('end')\nlen(x)")
    assert (len(result.printed), result.printed_chars) == (20_000, 30_005)
    assert "[10,005 more characters were printed; the values stay in variables]\n30000" in result.text
    value = session.run("x").value_repr
    assert value is not None
    assert value.endswith("… (30002 characters; all of it is in _)")
    assert len(value) < 4_200
    assert session.run("").text == "[nothing was printed]"


def test_what_shows_itself_badly_is_no_harm() -> None:
    with CodeSession({}, CodeLimits(seconds=0.3)) as session:
        _show_badly(session)


def _show_badly(session: CodeSession) -> None:
    session.run("class A:\n    def __repr__(self):\n        while True: pass\na = A()\nx = 3")
    shown = session.run("a").value_repr
    assert shown is not None
    assert "cannot be shown" in shown
    assert session.run("x").value_repr == "3"
    assert session.run("_shown = None\n5").value_repr is not None


def test_a_stop_and_a_spent_budget_end_the_cell_and_are_raised(session: CodeSession) -> None:
    session.run("x = 1")
    with pytest.raises(SpentError):
        session.run("x = 2\ntry:\n    spent()\nexcept BaseException:\n    x = 3")
    assert session.run("x").value_repr == "1"
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        session.run("x = 2\nquery()", stop)
    assert session.run("x").value_repr == "1"


def test_a_stop_ends_a_cell_that_only_computes() -> None:
    """Without anything it calls there is no place where it could look."""
    stop = threading.Event()
    with CodeSession({"begun": stop.set}, CodeLimits(seconds=120)) as session:
        session.run("x = 1")
        with pytest.raises(Stopped):
            session.run("x = 2\nwhile True: pass", _set_soon(stop))
        stop.clear()
        assert session.run("x", stop).value_repr == "1"
        with pytest.raises(Stopped):
            session.run("begun()\nwhile True: pass", stop)
        assert session.run("x").value_repr == "1"


def _set_soon(stop: threading.Event) -> threading.Event:
    timer = threading.Timer(0.3, stop.set)
    timer.daemon = True
    timer.start()
    return stop


def test_a_killed_process_is_replaced_with_all_variables(session: CodeSession) -> None:
    session.run("x = [query()]\nimport hashlib")
    for process in psutil.Process().children(recursive=True):
        if "monty" in process.name():
            process.send_signal(signal.SIGKILL)
            process.wait(10)
    result = session.run("len(x), hashlib.md5(b'').hexdigest()[:2]")
    assert (result.value_repr, result.error, result.note) == ("(1, 'd4')", None, "")


def test_a_runaway_cell_is_stopped_and_says_so() -> None:
    with CodeSession({}, CodeLimits(seconds=0.3)) as session:
        session.run("x = 1")
        result = session.run("x = 2\nprint('so far')\nwhile True: pass")
        assert result.is_over_limit
        assert result.printed == "so far\n"
        assert "time limit exceeded" in str(result.error)
        assert result.note == "the variables are as they were before this cell"
        assert session.run("x").value_repr == "1"


def test_what_runs_out_of_memory_leaves_variables_that_can_be_loaded() -> None:
    with CodeSession({}, CodeLimits(seconds=2, memory_bytes=96 * 2**20)) as session:
        session.run("x = 1")
        for code in (
            "list(itertools.product(range(1000), repeat=4))",
            "d = {}\nfor i in range(10**9): d[i] = [i]",
        ):
            session.run(f"try:\n    {code.splitlines()[0]}\nexcept MemoryError:\n    pass")
            session.run(code)
            with CodeSession.restore(session.dump(), {}, CodeLimits(memory_bytes=96 * 2**20)) as other:
                told = other.run("x")
                assert (told.value_repr, told.note) == ("1", "")


def test_waiting_for_functions_is_not_the_cells_time() -> None:
    waited = threading.Event()

    def slow() -> int:
        waited.wait(0.6)
        return 1

    with CodeSession({"slow": slow}, CodeLimits(seconds=0.3)) as session:
        assert session.run("slow() + slow()").value_repr == "2"


DUMPED = """
n = 2 ** 100
rows = query(limit=3)
def head(rows, k=1):
    return rows[:k]
again = lambda: query(limit=1)
class Box:
    def __init__(self, v):
        self.v = v
    def get(self):
        return self.v
box = Box(rows)
it = iter([10, 20, 30])
next(it)
import datetime
when = datetime.datetime(2026, 1, 2)
nested = {"a": (1, {2, 3}), "text": "é\\n🙂"}
nested["self"] = nested
words = Counter("abracadabra")
"""
SEEN = (
    "(n, head(rows), again(), box.get() is rows, next(it), when.year,"
    " sorted(nested['a'][1]), words['a'], nested['text'])"
)


def test_a_dump_holds_every_kind_of_variable(session: CodeSession) -> None:
    assert session.run(DUMPED).error is None
    dumped = session.dump()
    expected = session.run(SEEN).value_repr
    session.close()
    for _ in range(2):
        with CodeSession.restore(dumped, FUNCTIONS, LIMITS) as other:
            assert other.run(SEEN).value_repr == expected
            assert other.run("mean([1, 2])").value_repr == "1.5"
    assert session.run("n - 2 ** 100").value_repr == "0", "a closed session goes on too"


def test_a_dump_of_a_fresh_session_is_one(session: CodeSession) -> None:
    with CodeSession.restore(session.dump(), FUNCTIONS) as other:
        assert other.run("median([3, 1, 2])").value_repr == "2"


def test_a_dump_that_cannot_be_read_begins_anew_and_says_so(session: CodeSession) -> None:
    session.run("x = 1")
    dumped = session.dump()
    at = len(dumped) - 9
    broken = dumped[:at] + bytes([dumped[at] ^ 255]) + dumped[at + 1 :]
    other_version = dumped.replace(f'"{version("pydantic-monty")}"'.encode(), b'"0.9"')
    not_a_state = Kept(b"no state of an interpreter").packed()
    for wrong in (b"", b"x", dumped[:40], dumped[:-5], broken, other_version, not_a_state):
        with CodeSession.restore(wrong, FUNCTIONS, LIMITS) as other:
            first = other.run("y = 2\nx")
            assert "not defined" in str(first.error)
            assert "could not be restored, and the session begins anew" in first.note
            assert (other.run("y").value_repr, other.run("y").note) == ("2", "")
            assert CodeSession.restore(other.dump(), FUNCTIONS).unkept == ""
    for wrong in (b"", broken, other_version):
        with pytest.raises(InvalidInputError):
            unpacked(wrong, 10**9)
    with pytest.raises(InvalidInputError, match="may be"):
        unpacked(dumped, 10)


def test_a_process_that_cannot_be_started_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    missing = isolation_room.Isolation("limits", str(tmp_path / "missing"))
    with CodeSession({}, LIMITS) as session:
        session.run("x = 1")
        session.close()
        monkeypatch.setattr(worker_room, "isolation", lambda: missing)
        with pytest.raises(UnavailableError, match="could not be started"):
            session.run("x")
        monkeypatch.undo()
        assert session.run("x").value_repr == "1", "the variables waited"


def test_what_is_too_large_to_keep_is_said() -> None:
    with CodeSession({}, CodeLimits(dump_bytes=2**20, memory_bytes=64 * 2**20)) as session:
        session.run("x = 1")
        result = session.run("big = ['y' * 1000 for i in range(3000)]\nlen(big)")
        assert result.value_repr == "3000"
        assert "keep less" in result.note
        assert session.unkept == result.note
        assert session.run("len(big)").value_repr == "3000", "it is still there"
        with CodeSession.restore(session.dump(), {}, CodeLimits(dump_bytes=2**20)) as other:
            assert other.unkept == session.unkept
            assert other.run("x").value_repr == "1"
            assert "not defined" in str(other.run("big").error)
        assert session.run("big = None").note == ""
        assert session.unkept == ""
        result = session.run("huge = ['y' * 1000 for i in range(45_000)]")
        assert result.is_over_limit
        assert "more memory than can be kept" in result.text
        assert session.run("x").value_repr == "1"


@given(st.lists(st.integers(-1000, 1000) | st.floats(-1e6, 1e6), min_size=2, max_size=30), st.integers(1, 7))
def test_statistics_are_those_of_the_standard_library(values: list[float], parts: int) -> None:
    session = SHARED[0]
    told = session.run(
        f"v = {values!r}\nprint(json.dumps([mean(v), median(v), stdev(v), quantiles(v, {parts})]))"
    )
    assert told.error is None
    mean, median, stdev, cuts = json.loads(told.printed)
    assert mean == pytest.approx(statistics.fmean(values), rel=1e-9, abs=1e-9)
    assert median == pytest.approx(statistics.median(values))
    assert stdev == pytest.approx(statistics.stdev(values), rel=1e-6, abs=1e-6)
    assert cuts == pytest.approx(statistics.quantiles(values, n=parts, method="inclusive"))


SHARED: list[CodeSession] = []


@pytest.fixture(scope="module", autouse=True)
def _shared() -> Iterator[None]:
    with CodeSession({}, LIMITS) as made:
        SHARED.append(made)
        yield
    SHARED.clear()


def test_groups_and_counts(session: CodeSession) -> None:
    session.run("rows = [{'t': 'a', 'n': 1}, {'t': 'b', 'n': 2}, {'t': 'a', 'n': 3}]")
    assert session.run("{k: len(v) for k, v in group_by(rows, 't').items()}").value_repr == "{'a': 2, 'b': 1}"
    assert session.run("count_by(rows, lambda r: r['n'] > 1)").value_repr == "[(True, 2), (False, 1)]"
    assert session.run("chunks(range(5), 2)").value_repr == "[[0, 1], [2, 3], [4]]"
    assert session.run("quantile([1, 2, 3, 4], 0.5), quantile([5], 0.99)").value_repr == "(2.5, 5.0)"


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_plain_values_pass_unchanged(value: Any) -> None:
    assert plain(value) == value


def test_a_subclass_is_not_plain() -> None:
    class Text(str):
        __slots__ = ()

    for odd in (Text("x"), object(), print, b"x", 2**63, float("inf"), {1j: 2}):
        with pytest.raises((TypeError, ValueError)):
            plain(odd)
    assert plain({"a": (1, {3, 2}), 5: None}) == {"a": [1, [2, 3]], "5": None}


def interpreters() -> set[psutil.Process]:
    return {each for each in psutil.Process().children(recursive=True) if each.name() in ("monty", "exe")}


def started(session: CodeSession) -> psutil.Process:
    """The process of a session that had none."""
    before = interpreters()
    session.run("1")
    (found,) = interpreters() - before
    return found


@pytest.mark.skipif(sys.platform == "win32", reason="workers are started as they are on Windows")
def test_the_process_holds_nothing_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALO_TEST_CANARY", "sk-canary-in-the-environment")
    with CodeSession({}, LIMITS) as session:
        process = started(session)
        assert set(process.environ()) <= {"PWD"}
        assert process.rlimit(psutil.RLIMIT_FSIZE) == (0, 0)
    assert isolation().kind in ("bubblewrap", "limits")


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap is not installed here")
def test_bubblewrap_leaves_nothing_but_the_interpreter() -> None:
    assert isolation().kind == "bubblewrap", "it is installed, and may not be used here (no user namespaces?)"
    with CodeSession({}, LIMITS) as session:
        inside = started(session)
        root = Path(f"/proc/{inside.pid}/root")
        assert {path.name for path in root.iterdir()} <= {"lib", "lib64", "usr", "monty", "nix", "gnu"}
        for space in ("net", "mnt", "pid", "ipc", "uts"):
            theirs, ours = Path(f"/proc/{inside.pid}/ns/{space}"), Path(f"/proc/self/ns/{space}")
            assert theirs.readlink() != ours.readlink()
        assert session.run("while True: pass").is_over_limit
        session.close()
        psutil.wait_procs([inside], timeout=10)
        assert not inside.is_running()


def test_a_swept_folder_is_made_again() -> None:
    binary = isolation().binary
    if binary is not None:
        shutil.rmtree(Path(binary).parent)
    with CodeSession({}, LIMITS) as session:
        assert session.run("1 + 1").value_repr == "2"


def test_workers_end_with_the_process_that_started_them(tmp_path: Path) -> None:
    code = (
        "import os, psutil, sys\n"
        "from halo_dash.analysis.sandbox.session import CodeSession\n"
        "s = CodeSession({})\n"
        "s.run('1')\n"
        "print(*[c.pid for c in psutil.Process().children(recursive=True)], flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    found = [psutil.Process(int(pid)) for pid in told.stdout.split() if psutil.pid_exists(int(pid))]
    _, alive = psutil.wait_procs(found, timeout=20)
    assert told.stdout.split()
    assert alive == []


def test_a_worker_outlives_the_thread_that_started_it(session: CodeSession) -> None:
    thread = threading.Thread(target=session.run, args=("x = 41",))
    thread.start()
    thread.join()
    result = session.run("x + 1")
    assert (result.value_repr, result.note) == ("42", "")


def test_a_system_without_anything_still_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation_room, "_made", {None: isolation_room.Isolation("none", None)})
    with CodeSession({}, LIMITS) as session:
        assert session.run("6 * 7").value_repr == "42"
