"""What is installed from the wheel serves like the checkout: nothing is missing from it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
UV = Path(sys.executable).with_name("uv")


def uv(*arguments: str) -> None:
    done = subprocess.run(
        [UV, *arguments], capture_output=True, text=True, cwd=ROOT, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr


def read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=60) as answer:
        return str(answer.read().decode())


@pytest.mark.skipif(not UV.exists(), reason="needs uv beside this Python, as `make test` has it")
def test_the_wheel_serves_pages_with_their_styles_and_scripts(tmp_path: Path) -> None:
    uv(
        "build",
        "--quiet",
        "--wheel",
        "--out-dir",
        str(tmp_path),
        "--build-constraints",
        "requirements/build.txt",
    )
    wheel = next(tmp_path.glob("*.whl"))
    packed = set(zipfile.ZipFile(wheel).namelist())
    for folder, target in (("templates", "_templates"), ("static", "_static"), ("halo_dash", "")):
        kept = (
            path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts
        )
        wanted = {Path("halo_dash", target, path.relative_to(ROOT / folder)).as_posix() for path in kept}
        assert wanted - packed == set()

    uv("venv", "--quiet", "--python", sys.executable, str(tmp_path / "venv"))
    python = str(tmp_path / "venv" / "bin" / "python")
    uv("pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", "requirements/run.txt")
    uv("pip", "install", "--quiet", "--python", python, "--no-deps", str(wheel))

    ports = (
        "--port",
        "0",
        "--collector-port",
        "0",
        "--db",
        str(tmp_path / "halo.db"),
        "--log-format",
        "json",
    )
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("HALO_", "PYTHON"))
    }
    server = subprocess.Popen(
        [str(tmp_path / "venv" / "bin" / "halo"), "serve", "--quiet", *ports],
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=environment,
    )
    try:
        assert server.stdout is not None
        ready = json.loads(server.stdout.readline())
        page = read(f"{ready['dashboard']}/traces")
        linked = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', page))
        assert any(".css" in url for url in linked)
        assert any(".js" in url for url in linked)
        assert all(read(ready["dashboard"] + url) for url in linked if not url.endswith((".png", ".ico")))
        server.terminate()
        assert server.wait(timeout=60) == 0
    finally:
        server.kill()
        server.wait()
        assert server.stdout is not None
        server.stdout.close()
