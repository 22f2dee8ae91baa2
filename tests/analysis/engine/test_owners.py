"""Who executes a run, and whether that process is gone."""

from __future__ import annotations

import os
import subprocess
import sys

from halo_dash.analysis.engine.owners import Owners, is_gone, named


def test_a_process_is_known_to_be_gone() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    name = named(child.pid)
    assert not is_gone(name)
    child.communicate()
    assert is_gone(name) == (os.name == "posix")
    assert not is_gone(named(os.getpid()))


def test_of_a_process_elsewhere_nobody_can_tell() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    # In another container or on another machine the number may well be one that is at work.
    assert not is_gone(named(child.pid, where="0123456789abcdef"))
    for nobody in ("", "-", f"{child.pid}-abc", f"{10**30}@x/y.1", str(child.pid)):
        assert not is_gone(nobody)


def test_no_two_executions_have_one_name() -> None:
    owners = Owners()
    assert len({owners.next() for _each in range(50)}) == 50
