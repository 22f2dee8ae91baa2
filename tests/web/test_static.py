"""Static files and the design tokens: what pages and people rely on."""

from __future__ import annotations

import gzip
import re
from itertools import product

import pytest

from halo_dash.web.assets import BUNDLE, Assets, folder

from .conftest import Dashboard

STATIC = folder("static")
TOKENS = (STATIC / "css/tokens.css").read_text(encoding="utf-8")
TEXT = ["ink-0", "ink-1", "ink-2", "ink-3", "petrol", "petrol-strong", "red", "amber", "green", "blue"]
HUES = [
    "agent",
    "llm",
    "tool",
    "chain",
    "retriever",
    "embedding",
    "reranker",
    "guardrail",
    "evaluator",
    "span",
]
SURFACES = ["paper-0", "paper-1", "paper-2", "petrol-wash"]


def raw_values(selector: str) -> dict[str, str]:
    """The raw values that the first block of this selector gives."""
    block = TOKENS.split(selector + " {", 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6,8});", block))


LIGHT = raw_values(":root")
DARK = {**LIGHT, **raw_values(':root[data-theme="dark"]')}
DARK_OF_SYSTEM = {**LIGHT, **raw_values(':root[data-theme="system"]')}


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_colour_can_be_read_on_every_surface(theme: dict[str, str]) -> None:
    weak = {
        (text, surface): round(contrast(theme[text], theme[surface]), 2)
        for text, surface in product([*TEXT, *(f"hue-{hue}" for hue in HUES)], SURFACES)
        if contrast(theme[text], theme[surface]) < 4.5
    }
    assert weak == {}
    washes = {
        name: contrast(theme[name], theme[f"{name}-wash"]) for name in ("red", "amber", "green", "blue")
    }
    assert min(washes.values()) >= 4.5, washes
    assert contrast(theme["on-petrol"], theme["petrol"]) >= 4.5


def test_dark_is_the_same_whether_chosen_or_the_systems() -> None:
    assert DARK == DARK_OF_SYSTEM


def test_colours_are_written_out_in_the_token_file_alone() -> None:
    loose = re.compile(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)|\b(?:rgb|hsl|oklch|lab)a?\(")
    for sheet in (STATIC / "css").glob("*.css"):
        if sheet.name != "tokens.css":
            assert loose.findall(sheet.read_text(encoding="utf-8")) == [], sheet.name


def test_every_meaning_used_is_defined() -> None:
    sheets = "\n".join(sheet.read_text(encoding="utf-8") for sheet in (STATIC / "css").glob("*.css"))
    used = set(re.findall(r"var\(--([a-z0-9-]+)\)", sheets))
    defined = set(re.findall(r"--([a-z0-9-]+):", sheets))
    assert used <= defined, used - defined


def test_every_icon_that_is_asked_for_is_drawn() -> None:
    drawn = set(Assets(STATIC).icon_names)
    templates = "\n".join(path.read_text(encoding="utf-8") for path in folder("templates").rglob("*.html"))
    asked = set(re.findall(r'icon\("([a-z-]+)"\)', templates))
    assert asked <= drawn, asked - drawn
    assert {"ok", "failed", "recovered", "running", "incomplete"} <= drawn


def test_every_module_that_is_imported_exists() -> None:
    for module in (STATIC / "js").rglob("*.js"):
        text = module.read_text(encoding="utf-8")
        for target in re.findall(r'(?:from|import) "(\.[^"]+)"', text):
            assert (module.parent / target).is_file(), f"{module.name} imports {target}"
    main = (STATIC / "js/main.js").read_text(encoding="utf-8")
    listed = set(re.findall(r'"([a-z]+-[a-z-]+)"', main))
    assert listed == {path.stem for path in (STATIC / "js/elements").glob("*.js")}


def test_a_file_is_cached_for_ever_under_an_address_that_changes_with_it(shared: Dashboard) -> None:
    page = shared.ask("/traces").text
    (address,) = re.findall(r'href="(/static/[0-9a-f]+/app\.css)"', page)
    answer = shared.ask(address)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.body.startswith(b"@layer reset, tokens,")
    again = shared.ask(address, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    packed = shared.ask(address, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.body == answer.body


@pytest.mark.parametrize(
    "path", ["../pyproject.toml", "%2e%2e/%2e%2e/pyproject.toml", "js/../../README.md", "", "js"]
)
def test_nothing_outside_the_folder_is_served(shared: Dashboard, path: str) -> None:
    version = Assets(STATIC).version
    assert shared.ask(f"/static/{version}/{path}").status == 404


def test_pages_are_compressed_for_browsers_that_ask(shared: Dashboard) -> None:
    packed = shared.ask("/traces", headers={"Accept-Encoding": "gzip, deflate, br"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) == len(gzip.compress(packed.body, 4, mtime=0))
    assert shared.ask("/traces").headers["content-encoding"] is None


def test_the_style_sheet_loses_its_comments_and_none_of_its_rules() -> None:
    assets = Assets(STATIC)
    for path in STATIC.rglob("*.css"):
        is_apart = path.parent.name == "apart"
        sheet = assets.get(f"apart/{path.name}" if is_apart else BUNDLE).body.decode()
        assert "/*" not in sheet
        assert not re.search(r"\n\s", sheet)
        written = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert "".join(written.split()) in "".join(sheet.split()), path
        texts = re.findall(r'"[^"\n]*"', written)
        assert all(each in sheet for each in texts)
