"""Run `halo serve` with small parts: run_small.py FOLDER COLLECTOR DASHBOARD [text|json] [flag=value ...]."""

from __future__ import annotations

import sys
from pathlib import Path

from halo_dash.app.serve import serve
from halo_dash.config import load
from halo_dash.errors import HaloError

folder, collector, dashboard, log_format, *rest = sys.argv[1:]
flags: dict[str, object] = {
    "db": f"{folder}/halo.db",
    "port": 0,
    "collector_port": 0,
    "log_format": log_format,
}
flags |= {
    name: int(value) if value.isdigit() else value
    for name, _, value in (pair.partition("=") for pair in rest)
}
try:
    beside = {"helper": f"small_parts:{flags.pop('beside')}"} if "beside" in flags else {}
    settings = load(flags, env={}, cwd=Path(folder))
    parts = {"collector": f"small_parts:{collector}", "dashboard": f"small_parts:{dashboard}"}
    code = serve(settings, **parts, beside=beside)
except HaloError as problem:
    sys.stderr.write(problem.message + "\n")
    code = problem.exit_code
sys.exit(code)
