"""Help, unknown commands, and what start-up costs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from halo_dash import __version__

from .conftest import Ended

HEAVY = {"google.protobuf", "grpc", "jinja2", "litestar", "platformdirs", "pydantic", "pysqlite3", "sqlite3"}


def test_help_lists_every_command_without_loading_any(clean_environment: dict[str, str]) -> None:
    script = (
        "import sys; sys.argv = ['halo', '--help']\n"
        "from halo_dash.cli.root import run; code = run(['--help'])\n"
        f"heavy = {HEAVY}\n"
        "print(code, sorted(heavy & set(sys.modules)))\n"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, env=clean_environment, check=True)
    assert "list-traces" in done.stdout
    assert done.stdout.splitlines()[-1] == "0 []"


def test_a_mistyped_command_is_answered_with_the_nearest(halo: Callable[..., Ended]) -> None:
    ended = halo("serv")
    assert ended.code == 2
    assert "Did you mean 'serve'?" in ended.err


def test_a_wrong_flag_is_wrong_usage(halo: Callable[..., Ended]) -> None:
    assert halo("trace", "list", "--colour", "red").code == 2


def test_version(halo: Callable[..., Ended]) -> None:
    assert halo("version", "--json").document["halo-dash"] == __version__
    assert halo("--version").out == f"halo {__version__}\n"


def test_a_reader_that_leaves_early_is_no_error(clean_environment: dict[str, str]) -> None:
    command = ["sh", "-c", f"{sys.executable} -P -m halo_dash doctor | head -n 1"]
    done = subprocess.run(command, capture_output=True, text=True, env=clean_environment, check=True)
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr
