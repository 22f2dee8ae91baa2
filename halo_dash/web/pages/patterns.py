"""`/patterns`: every part of the pages with its states, to look at while changing one."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Response, get

from halo_dash.model.observation import Kind
from halo_dash.web.render import HaloRequest, View, respond, site_of


@dataclass(frozen=True, slots=True)
class PatternsContext:
    """Template context of `patterns.html`."""

    statuses: tuple[str, ...]
    kinds: tuple[Kind, ...]
    icons: tuple[str, ...]
    now_ns: int


@get("/patterns", sync_to_thread=True)
def patterns(request: HaloRequest) -> Response[bytes]:
    """The parts, on one page."""
    site = site_of(request)
    context = PatternsContext(
        statuses=("ok", "failed", "recovered", "running", "incomplete"),
        kinds=tuple(Kind),
        icons=site.assets.icon_names,
        now_ns=site.clock(),
    )
    return respond(request, site, View(template="patterns.html", context=context, section="patterns"))
