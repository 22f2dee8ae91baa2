"""What a model may read of a repository, and what it may not."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from halo_dash.analysis.repository import Repository
from halo_dash.errors import HaloError, InvalidInputError, NotFoundError
from halo_dash.model.report import CodePlace

TOOL = '''def get_weather(city):
    """Ask the backend."""
    return backend.ask(city, timeout=10)
'''


def git(folder: Path, *arguments: str) -> str:
    """Run git as a user would."""
    who = {"GIT_AUTHOR_NAME": "Maya", "GIT_AUTHOR_EMAIL": "maya@example.org"}
    env = os.environ | who | {"GIT_COMMITTER_NAME": "Maya", "GIT_COMMITTER_EMAIL": "maya@example.org"}
    asked = ["git", "-c", "init.defaultBranch=main", "-C", str(folder), *arguments]
    return subprocess.run(asked, check=True, capture_output=True, text=True, env=env).stdout.strip()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository of two commits, an untracked file, an ignored one and a secret."""
    root = tmp_path / "agent"
    (root / "src" / "tools").mkdir(parents=True)
    (root / "src" / "tools" / "weather.py").write_text(TOOL.replace("10", "30"))
    (root / "README.md").write_text("# Agent\n")
    (root / ".gitignore").write_text("ignored.txt\n")
    (root / ".env").write_text("OPENAI_API_KEY=sk-canary\n")
    git(root, "init")
    git(root, "add", "-A", "-f")
    git(root, "commit", "-qm", "Begin")
    (root / "src" / "tools" / "weather.py").write_text(TOOL)
    (root / ".env").write_text("OPENAI_API_KEY=sk-canary-2\n")
    git(root, "commit", "-qam", "Wait less for the weather")
    (root / "notes.txt").write_text("timeout is too short\n")
    (root / "ignored.txt").write_text("timeout\n")
    (tmp_path / "outside.txt").write_text("a secret of the neighbour\n")
    return root


@pytest.fixture
def repository(folder: Path) -> Repository:
    """The same, to be read."""
    return Repository(folder)


def test_what_there_is(repository: Repository) -> None:
    assert repository.tree()["entries"] == [
        ".gitignore",
        "README.md",
        "notes.txt",
        "src/tools/ (1 files)",
    ]
    assert repository.tree("src", depth=5)["entries"] == ["tools/weather.py"]
    assert repository.glob("**/*.py") == {"files": ["src/tools/weather.py"], "total": 1, "more": ""}
    assert repository.glob("weather.*")["files"] == ["src/tools/weather.py"]
    assert repository.glob("src/*/w*.py")["files"] == ["src/tools/weather.py"]
    assert repository.glob("src/*.py")["files"] == []


def test_lines_are_found_in_what_is_not_ignored(repository: Repository) -> None:
    assert repository.grep(r"time(out|r)")["matches"] == [
        "notes.txt:1:timeout is too short",
        "src/tools/weather.py:3:    return backend.ask(city, timeout=10)",
    ]
    assert repository.grep("TIMEOUT", "*.py", ignore_case=True)["matches"] == [
        "src/tools/weather.py:3:    return backend.ask(city, timeout=10)"
    ]
    assert repository.grep("canary")["matches"] == []


def test_a_file_is_read_in_parts(repository: Repository, folder: Path) -> None:
    (folder / "long.py").write_text("".join(f"x{n} = {n}\n" for n in range(1000)))
    first = repository.read("long.py", lines=3)
    assert (first["text"], first["lines"], first["next_start"]) == (
        "1: x0 = 0\n2: x1 = 1\n3: x2 = 2",
        1000,
        4,
    )
    seen, start = [], 1
    while start is not None:
        part = repository.read("long.py", start, 10_000)
        seen += part["text"].splitlines()
        start = part["next_start"]
    assert seen == [f"{n + 1}: x{n} = {n}" for n in range(1000)]
    (folder / "line.py").write_text("y" * 100_000)
    assert "the line has 100,000 characters" in repository.read("line.py")["text"]


def test_history_names_the_commit_that_did_it(repository: Repository, folder: Path) -> None:
    last = git(folder, "rev-parse", "--short", "HEAD")
    assert [line.split(": ")[1] for line in repository.log()["commits"]] == [
        "Wait less for the weather",
        "Begin",
    ]
    assert repository.pickaxe("timeout=10")["commits"][0].startswith(last)
    assert len(repository.pickaxe("timeout=10")["commits"]) == 1
    assert "-    return backend.ask(city, timeout=30)" in repository.show(last)["text"]
    assert "+    return backend.ask(city, timeout=10)" in repository.diff("HEAD~1")["text"]
    assert repository.blame("src/tools/weather.py", 3, 3)["text"].startswith(last)
    assert repository.log("src/tools", limit=1)["more"]


def test_secrets_are_in_no_answer(repository: Repository, folder: Path) -> None:
    with pytest.raises(InvalidInputError, match="looks like a secret"):
        repository.read(".env")
    (folder / "link.txt").symlink_to(folder / ".env")
    with pytest.raises(InvalidInputError, match="looks like a secret"):
        repository.read("link.txt")
    for said in (
        repository.show("HEAD"),
        repository.diff("HEAD~1"),
        repository.tree(depth=9),
        repository.glob("**/*"),
        repository.grep("OPENAI"),
        repository.pickaxe("canary"),
    ):
        assert "canary" not in str(said)
        assert ".env" not in str(said)


@pytest.mark.parametrize(
    "path",
    [
        "../outside.txt",
        "/etc/passwd",
        "src/../../outside.txt",
        "out",
        "out/outside.txt",
        ".git/config",
        ".GIT/config",
        "src/../.git/HEAD",
        "a\0b",
        "~/.ssh/id_rsa",
    ],
)
def test_nothing_outside_is_read(repository: Repository, folder: Path, path: str) -> None:
    (folder / "out").symlink_to(folder.parent)
    for read in (repository.read, repository.tree, repository.log, lambda each: repository.blame(each, 1, 2)):
        try:
            said = str(read(path))
        except HaloError:
            continue
        assert "neighbour" not in said
        assert "root:" not in said
    with pytest.raises(HaloError):
        repository.read(path)


@pytest.mark.parametrize("glob", ["../*", ":(top)*", "/etc/*", "--help"])
def test_no_pattern_leads_out(repository: Repository, glob: str) -> None:
    with pytest.raises(InvalidInputError):
        repository.grep("secret", glob)


def test_links_that_lead_out_are_not_searched(repository: Repository, folder: Path) -> None:
    (folder / "neighbour.txt").symlink_to(folder.parent / "outside.txt")
    (folder / "out").symlink_to(folder.parent)
    assert repository.grep("neighbour")["matches"] == []
    git(folder, "add", "neighbour.txt")
    assert repository.grep("neighbour")["matches"] == []


@pytest.mark.parametrize("revision", ["--output=x", "-p", "HEAD..HEAD", "HEAD:.env", "", "no-such-branch"])
def test_a_revision_is_one_commit(repository: Repository, folder: Path, revision: str) -> None:
    with pytest.raises(InvalidInputError):
        repository.show(revision)
    assert not (folder / "x").exists()


def test_a_hostile_configuration_runs_nothing(repository: Repository, folder: Path, tmp_path: Path) -> None:
    proof = tmp_path / "ran"
    program = tmp_path / "program.sh"
    program.write_text(f"#!/bin/sh\ntouch {proof}\ncat\n")
    program.chmod(0o755)
    for key in (
        "core.fsmonitor",
        "core.pager",
        "diff.external",
        "diff.mine.command",
        "diff.mine.textconv",
        "filter.mine.clean",
        "filter.mine.smudge",
        "gpg.program",
        "core.sshCommand",
    ):
        git(folder, "config", key, str(program))
    git(folder, "config", "log.showSignature", "true")
    hooks = folder / ".git" / "hooks" / "post-index-change"
    hooks.write_text(program.read_text())
    hooks.chmod(0o755)
    (folder / ".gitattributes").write_text("* diff=mine filter=mine\n")
    repository.tree()
    repository.grep("timeout")
    repository.log()
    repository.pickaxe("timeout")
    repository.show("HEAD")
    repository.diff("HEAD~1")
    repository.blame("src/tools/weather.py", 1, 3)
    repository.verify(CodePlace(path="README.md", line=1, commit="HEAD"))
    assert not proof.exists()


def test_places_in_code_are_checked(repository: Repository, folder: Path) -> None:
    head = git(folder, "rev-parse", "HEAD")
    good = repository.verify(CodePlace(path="src/tools/weather.py", line=3, commit=head[:8]))
    assert good.is_verified
    assert not good.problem
    for wrong, why in (
        (CodePlace(path="src/tools/weather.py", line=30), "3 lines"),
        (CodePlace(path="src/no.py"), "no 'src/no.py'"),
        (CodePlace(path="../outside.txt"), "not inside"),
        (CodePlace(path="README.md", commit="deadbeef"), "no commit"),
        (CodePlace(path="README.md", commit="--all"), "no commit"),
    ):
        judged = repository.verify(wrong)
        assert not judged.is_verified
        assert why in judged.problem


def test_a_folder_without_history_is_read_too(tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    (folder / "node_modules").mkdir(parents=True)
    (folder / "node_modules" / "x.js").write_text("timeout")
    (folder / "main.py").write_text("timeout = 3\n")
    plain = Repository(folder)
    assert not plain.has_history
    assert plain.glob("**/*")["files"] == ["main.py"]
    assert "main.py:1:timeout = 3" in plain.grep("timeout")["matches"]
    with pytest.raises(InvalidInputError, match="not a git repository"):
        plain.log()
    with pytest.raises(NotFoundError):
        Repository(tmp_path / "nowhere")


def test_long_answers_say_what_follows(repository: Repository, folder: Path) -> None:
    (folder / "many.txt").write_text("needle in a haystack\n" * 5000)
    found = repository.grep("needle")
    assert 0 < len(found["matches"]) < 5000
    assert "There is more" in found["more"]
    for number in range(450):
        (folder / f"f{number:03}.txt").write_text("")
    listed = repository.glob("f*.txt")
    assert (len(listed["files"]), listed["total"]) == (400, 450)
    assert "50 more" in listed["more"]


def test_git_is_closed_where_the_file_system_knows_no_case(tmp_path: Path) -> None:
    """As it is on macOS and Windows: another spelling is the same folder."""
    (tmp_path / ".Git").mkdir()
    (tmp_path / ".Git" / "config").write_text("[remote]\nurl = https://token@example.org\n")
    (tmp_path / "agent.py").write_text("pass\n")
    bare = Repository(tmp_path)
    assert bare.glob("**")["files"] == ["agent.py"]
    with pytest.raises(InvalidInputError, match=r"\.git is not read"):
        bare.read(".Git/config")
