"""What every page of one dashboard shares: the store, the settings, the static files, the templates."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import jinja2
from markupsafe import Markup

from halo_dash import __version__
from halo_dash.config import Settings
from halo_dash.store import Store
from halo_dash.web import words
from halo_dash.web.assets import Assets, folder
from halo_dash.web.states import state_title, state_word
from halo_dash.web.trace.marking import has_marks

Theme: TypeAlias = Literal["system", "light", "dark"]
_FILTERS = (
    "count",
    "short_count",
    "usd",
    "duration",
    "size",
    "iso",
    "clock",
    "when",
    "ago",
    "utc_offset",
    "plural",
    "letter",
    "rereading",
    "exact_usd",
    "per_million",
    "token_kind",
    "percent",
)
THEMES: tuple[Theme, ...] = ("system", "light", "dark")


@dataclass(frozen=True, slots=True)
class Site:
    """The dashboard's parts. One per process; built by `build_site`."""

    store: Store
    settings: Settings
    assets: Assets
    templates: jinja2.Environment
    csrf_token: str
    clock: Callable[[], int] = field(default=time.time_ns)
    """Now, in nanoseconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Chrome:
    """What the frame around every page needs."""

    section: str
    """Which entry of the navigation is current; empty for none."""
    theme: Theme
    path: str
    """This page's own address, to come back to."""
    now_ns: int
    is_fragment: bool


def build_site(store: Store, settings: Settings, clock: Callable[[], int] = time.time_ns) -> Site:
    """Read templates and static files and put the site together."""
    assets = Assets(folder("static"))
    csrf_token = secrets.token_urlsafe(24)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder("templates")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["asset"] = assets.url
    environment.globals["csrf_field"] = lambda: Markup(
        '<input type="hidden" name="csrf_token" value="{}">'
    ).format(csrf_token)
    environment.globals["settings"] = settings
    environment.globals["version"] = __version__
    environment.filters["has_marks"] = has_marks
    environment.filters["state_title"] = state_title
    environment.filters["state_word"] = state_word
    for name in _FILTERS:
        environment.filters[name] = getattr(words, name)
    return Site(
        store=store,
        settings=settings,
        assets=assets,
        templates=environment,
        csrf_token=csrf_token,
        clock=clock,
    )
