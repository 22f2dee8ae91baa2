"""A real browser, started once for all tests of this folder that one process runs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

Open = Callable[..., Page]


# Not for the whole session: while it lives, a loop of asyncio counts as running in this thread.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = os.environ.get("HALO_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "Chromium is missing: `make test` installs it, or set HALO_TEST_CHROMIUM to its path"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Pages of a fresh profile; a script error or a refused policy fails the test."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def start(address: str, *, width: int = 1440, height: int = 900, **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda m: problems.append(m.text) if "Content Security" in m.text else None)
        page.goto(address)
        return page

    yield start
    for context in contexts:
        context.close()
    assert problems == []


def listening(page: Page) -> Page:
    """Wait until the page hears of changes."""
    expect(page.locator("live-status")).to_contain_text("live")
    return page


def violations(page: Page) -> list[tuple[str, str, str]]:
    """What axe finds: rule, element, and why."""
    found = Axe().run(page).response["violations"]
    return [(v["id"], n["html"][:200], n["failureSummary"]) for v in found for n in v["nodes"]]


def rows(page: Page) -> list[int]:
    """The numbers of the runs that are listed, from the top."""
    names = page.locator("tbody.run").evaluate_all("rows => rows.map(row => row.id)")
    return [int(name.removeprefix("t-"), 16) for name in names]


TOO_WIDE = """[...document.querySelectorAll("body *")]
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
    .map(e => e.tagName + "." + e.className).slice(0, 5)"""


DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""What scripts do about another width they do before the next frame."""


def sideways(page: Page, *widths: int) -> dict[int, list[str]]:
    """The widths at which the page as it stands scrolls sideways, each with elements that reach too far."""
    found = {}
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate(DRAWN)
        if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            found[width] = page.evaluate(TOO_WIDE)
    return found
