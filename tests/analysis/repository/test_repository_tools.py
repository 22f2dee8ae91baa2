"""The repository as tools of a model."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from halo_dash.analysis.repository import Repository
from halo_dash.analysis.repository.tools import repository_tools


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    (tmp_path / "agent.py").write_text("def web_search():\n    return []\n")
    for command in (
        ("init", "-q"),
        ("add", "."),
        ("-c", "user.name=M", "-c", "user.email=m@example.org", "commit", "-qm", "Begin"),
    ):
        subprocess.run(["git", "-C", str(tmp_path), *command], check=True)
    return Repository(tmp_path)


def test_each_tool_answers_as_it_is_described(repository: Repository) -> None:
    tools = {each.spec.name: each for each in repository_tools(repository)}
    asked = {
        "repo_tree": {},
        "repo_glob": {"pattern": "*.py"},
        "repo_grep": {"pattern": "web_search"},
        "repo_read": {"path": "agent.py"},
        "repo_log": {},
        "repo_show": {"commit": "HEAD"},
        "repo_diff": {"before": "HEAD"},
        "repo_blame": {"path": "agent.py", "start": 1, "end": 2},
        "repo_pickaxe": {"text": "web_search"},
    }
    assert set(asked) == set(tools)
    for name, arguments in asked.items():
        properties = tools[name].spec.parameters["properties"]
        assert set(tools[name].example) <= set(properties)
        answer = tools[name].call(json.dumps(arguments))
        assert not answer.is_error, (name, answer.text)
        assert json.loads(answer.text) is not None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("", "path"),
        ("{", "not accepted"),
        ('{"path": 3}', "path"),
        ('{"path": "agent.py", "colour": 1}', "colour"),
        ('{"path": "../x"}', "not inside the repository"),
        ('{"path": "no.py"}', "There is no 'no.py'"),
    ],
)
def test_what_is_wrong_is_told_with_a_way_out(repository: Repository, arguments: str, words: str) -> None:
    read = next(each for each in repository_tools(repository) if each.name == "repo_read")
    answer = read.call(arguments)
    assert answer.is_error
    assert words in answer.text


def test_a_folder_without_history_has_no_tools_for_it(tmp_path: Path) -> None:
    names = {each.name for each in repository_tools(Repository(tmp_path))}
    assert names == {"repo_tree", "repo_glob", "repo_grep", "repo_read"}
