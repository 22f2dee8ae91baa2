"""What a user relies on when configuring halo-dash."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from halo_dash.config import EngineSettings, Settings, load
from halo_dash.config.keys import KEYS
from halo_dash.config.template import render
from halo_dash.errors import UsageError


def settings(
    tmp_path: Path, toml: str | None = None, env: dict[str, str] | None = None, **flags: object
) -> Settings:
    if toml is not None:
        (tmp_path / "halo.toml").write_text(toml, encoding="utf-8")
    return load(flags, env=env or {}, cwd=tmp_path)


def problems(
    tmp_path: Path, toml: str | None = None, env: dict[str, str] | None = None, **flags: object
) -> str:
    with pytest.raises(UsageError) as caught:
        settings(tmp_path, toml, env, **flags)
    return caught.value.message


def test_without_any_source_the_defaults_hold_and_data_goes_to_the_users_folder(tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert (found.host, found.port, found.collector_port) == ("127.0.0.1", 4280, 4281)
    assert found.store_path.name == "halo.db"
    assert found.store_path.parent.name == "halo-dash"
    assert found.is_loopback
    assert found.token is None
    assert {origin.source for origin in found.origins} == {"default"}


def test_flag_beats_environment_beats_file_beats_default(tmp_path: Path) -> None:
    toml = "[server]\nport = 1\ncollector_port = 2\nhost = '127.0.0.3'\n"
    found = settings(tmp_path, toml, {"HALO_PORT": "11", "HALO_COLLECTOR_PORT": "12"}, port=21)
    assert (found.port, found.collector_port, found.host) == (21, 12, "127.0.0.3")
    sources = {origin.key: origin.source for origin in found.origins}
    assert sources["server.port"] == "--port"
    assert sources["server.collector_port"] == "HALO_COLLECTOR_PORT"
    assert sources["server.host"] == str(tmp_path / "halo.toml")
    assert sources["server.otlp_default_ports"] == "default"


def test_the_file_is_found_upwards_and_its_paths_start_at_it(tmp_path: Path) -> None:
    (tmp_path / "halo.toml").write_text("[storage]\npath = './kept'\n[server]\nwatch = ['logs']\n")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    found = load(env={}, cwd=below)
    assert found.store_path == tmp_path / "kept" / "halo.db"
    assert found.watch == (tmp_path / "logs",)
    assert found.config_file == tmp_path / "halo.toml"


def test_a_file_without_a_path_keeps_data_beside_it(tmp_path: Path) -> None:
    assert settings(tmp_path, "").store_path == tmp_path / "halo-traces" / "halo.db"


@pytest.mark.parametrize(
    ("flags", "env", "expected"),
    [
        ({"db": "x/my.db"}, {}, "x/my.db"),
        ({"data_dir": "folder"}, {}, "folder/halo.db"),
        ({"storage": "sqlite:///rel.db"}, {}, "rel.db"),
        ({"storage": "sqlite:////tmp/abs.db"}, {}, "/tmp/abs.db"),
        ({}, {"HALO_DB": "e.db"}, "e.db"),
        ({}, {"HALO_DATA_DIR": "e"}, "e/halo.db"),
        ({}, {"HALO_STORAGE": "sqlite:///s.db"}, "s.db"),
        ({"db": "flag.db"}, {"HALO_STORAGE": "sqlite:///s.db"}, "flag.db"),
    ],
)
def test_every_way_to_say_where_the_store_is(
    tmp_path: Path, flags: dict[str, str], env: dict[str, str], expected: str
) -> None:
    assert settings(tmp_path, "[storage]\npath = 'file'\n", env, **flags).store_path == tmp_path / expected


def test_every_problem_is_reported_at_once_with_place_and_mend(tmp_path: Path) -> None:
    toml = """
[server]
port = "many"
colector_port = 4
token = "s3cret"
[storag]
path = "x"
[engine]
max_depth = 9
base_url = "localhost"
[privacy]
redact = ["("]
"""
    message = problems(tmp_path, toml, {"HALO_COLLECTOR_PORT": "70000"}, storage="postgres://x")
    file = str(tmp_path / "halo.toml")
    assert "has 9 problems" in message
    assert f"{file}: server.port: 'many' will not do; use a whole number from 0 to 65535." in message
    assert f"{file}: server.colector_port: there is no such key (did you mean collector_port?)." in message
    assert (
        f"{file}: server.token: a secret does not belong in a file; set the variable HALO_TOKEN." in message
    )
    assert f"{file}: [storag]: there is no such section (did you mean storage?)." in message
    assert "engine.max_depth: 9 will not do; use a whole number from 1 to 5." in message
    assert "engine.base_url" in message
    assert "HALO_COLLECTOR_PORT: '70000' will not do" in message
    assert "sqlite:///PATH" in message
    assert "s3cret" not in message


def test_a_pattern_that_is_no_regular_expression_is_named(tmp_path: Path) -> None:
    assert "privacy.redact" in problems(tmp_path, "[privacy]\nredact = ['(']\n")


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("[server\n", "is not valid TOML"),
        ("server = 3\n", "is a section; write [server]"),
        ("[server]\nport = true\n", "True will not do"),
        ("[server]\nhost = '127.0.0.1:80'\n", "the port is its own key"),
        ("[dashboard]\nenabled = 'perhaps'\n", "use true or false"),
        ("[storage]\npath = ''\n", "storage.path"),
        ("[storage]\nmax_size_gb = -1\n", "0 or more"),
    ],
)
def test_a_wrong_file_says_what_to_mend(tmp_path: Path, toml: str, words: str) -> None:
    assert words in problems(tmp_path, toml)


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    assert "there is no such file" in problems(tmp_path, config=str(tmp_path / "missing.toml"))


def test_two_ways_to_say_where_the_store_is_compete(tmp_path: Path) -> None:
    assert "use one of --db, --data-dir" in problems(tmp_path, db="a.db", data_dir="b")
    assert "is a folder" in problems(tmp_path, db=str(tmp_path))
    assert "the path of a file" in problems(tmp_path, db=":memory:")


def test_a_variable_nobody_reads_is_a_warning_with_a_guess(tmp_path: Path) -> None:
    found = settings(tmp_path, env={"HALO_PROT": "1"})
    assert found.warnings == ("HALO_PROT is set, but no setting reads it (did you mean HALO_PORT?).",)


@pytest.mark.parametrize("token", ["two words", "gehe\u00efm"])
def test_a_token_that_no_header_can_hold_is_refused_and_not_repeated(token: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="HALO_TOKEN: use ASCII") as refused:
        load({}, env={"HALO_TOKEN": token}, cwd=tmp_path)
    assert token not in str(refused.value)


def test_a_token_is_never_spelled_out(tmp_path: Path) -> None:
    found = settings(tmp_path, env={"HALO_TOKEN": "s3cret"})
    assert found.token == "s3cret"
    assert "s3cret" not in str(found.origins)


def test_the_file_of_halo_init_changes_nothing_and_shows_every_key(tmp_path: Path) -> None:
    text = render("my-agent")
    for key in KEYS:
        assert (f"{key.leaf} = " in text) is key.in_file, key.name
    found, plain = settings(tmp_path, text), load(env={}, cwd=tmp_path.parent)
    assert found.project == "my-agent"
    differing = {"project", "store_path", "config_file", "origins", "rules_dir"}
    for field in dataclasses.fields(Settings):
        if field.name not in differing:
            assert getattr(found, field.name) == getattr(plain, field.name), field.name


def test_the_defaults_of_the_table_are_those_of_the_dataclasses() -> None:
    blank = Settings(store_path=Path("x"))
    for key in KEYS:
        if key.field not in {"store_path", "rules_dir"}:
            holder = EngineSettings() if key.section == "engine" else blank
            assert getattr(holder, key.field) == key.default, key.name


def test_every_key_can_be_set_by_its_variable(tmp_path: Path) -> None:
    examples = {"HALO_HOST": "::1", "HALO_TOKEN": "t", "HALO_PROJECT": "p", "HALO_ENGINE_BUDGET_USD": "2.5"}
    for key in KEYS:
        if isinstance(key.default, bool):
            value = "false" if key.default else "true"
        elif isinstance(key.default, int | float):
            value = "4"
        else:
            value = examples.get(key.variable, "http://x" if key.leaf.endswith("url") else "one")
        found = settings(tmp_path, env={key.variable: value})
        origin = next(origin for origin in found.origins if origin.key == key.name)
        assert origin.source == key.variable
        holder = found.engine if key.section == "engine" else found
        assert getattr(holder, key.field) != key.default, key.name


@pytest.mark.parametrize(
    ("host", "url", "loopback"),
    [
        ("127.0.0.1", "http://127.0.0.1:4280", True),
        ("localhost", "http://localhost:4280", True),
        ("::1", "http://[::1]:4280", True),
        ("0.0.0.0", "http://127.0.0.1:4280", False),
        ("::", "http://[::1]:4280", False),
        ("192.168.1.7", "http://192.168.1.7:4280", False),
        ("studio.example", "http://studio.example:4280", False),
    ],
)
def test_urls_and_reach_of_an_address(host: str, url: str, loopback: bool) -> None:
    found = Settings(store_path=Path("x"), host=host)
    assert (found.dashboard_url, found.is_loopback) == (url, loopback)


def test_prices_of_your_own_are_read_in_the_order_of_the_file(tmp_path: Path) -> None:
    toml = """
    [prices."my-*"]
    input = 0.15
    output = 1
    cache_read = 0.1
    [prices.other]
    input = 0
    output = 0
    provider = "OpenAI"
    """
    found = settings(tmp_path, toml)
    assert [(each.pattern, each.provider) for each in found.prices] == [("my-*", None), ("other", "openai")]
    assert [str(each) for each in found.prices] == [
        "input 0.15, output 1, cache_read 0.1",
        "input 0, output 0, provider openai",
    ]
    shown = {origin.key: (origin.value, origin.source) for origin in found.origins}
    assert shown['prices."my-*"'] == ("input 0.15, output 1, cache_read 0.1", str(tmp_path / "halo.toml"))


def test_every_problem_of_prices_is_named_at_once(tmp_path: Path) -> None:
    toml = """
    [prices]
    flat = 3
    ["prices"."a"]
    input = -1
    output = "cheap"
    outptu = 1
    [prices.b]
    cache_read = 1
    [prices.c]
    input = true
    provider = 3
    [prices.d]
    input = nan
    [prices.e]
    input = 9e9
    [prices.g]
    output = 1
    [price.f]
    input = 1
    """
    text = problems(tmp_path, toml)
    for part in (
        'prices."flat": is a table; write [prices."flat"]',
        'prices."a".input: -1 will not do; use USD a million tokens, 0 to 1,000,000.',
        "prices.\"a\".output: 'cheap' will not do",
        'prices."a".outptu: there is no such key (did you mean output?)',
        'prices."b": needs `input`, in USD a million tokens; without it no call has a cost.',
        'prices."g": needs `input`, in USD a million tokens; without it no call has a cost.',
        'prices."c".input: True will not do',
        'prices."c".provider: 3 will not do',
        'prices."d".input: nan will not do',
        'prices."e".input: 9000000000.0 will not do; use USD a million tokens, 0 to 1,000,000.',
        "[price]: there is no such section (did you mean prices?)",
    ):
        assert part in text
    assert "The configuration has 11 problems:" in text


def test_without_prices_there_are_none_and_the_file_shows_how(tmp_path: Path) -> None:
    assert settings(tmp_path, "").prices == ()
    assert '# [prices."my-model-*"]' in render()
