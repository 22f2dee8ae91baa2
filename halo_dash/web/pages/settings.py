"""`/settings`: what runs here, with what configuration, and the theme."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated

from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from halo_dash import __version__
from halo_dash.analysis.provider.diagnosis import Diagnosis
from halo_dash.config import Origin
from halo_dash.config.prices import PriceOverride
from halo_dash.errors import InvalidInputError
from halo_dash.model.stats import StoreStats
from halo_dash.model.twin import Json, stats_json
from halo_dash.model.upkeep import RereadingProgress, SpaceReport
from halo_dash.semconv.price_table import newest_price, table_version
from halo_dash.web.formats import MEDIA_TYPES, requested
from halo_dash.web.providers import ProviderView, diagnosis_json, provider_json, provider_view, try_provider
from halo_dash.web.render import HaloRequest, View, finish, respond, site_of, to_json
from halo_dash.web.site import THEMES, Site, Theme

_YEAR_S = 365 * 86400


@dataclass(frozen=True, slots=True)
class Prices:
    """What calls are priced with."""

    table: str
    """The price table and its version."""
    newest: date | None
    """The newest day, up to today, from which one of its prices holds."""
    own: tuple[PriceOverride, ...]
    rereading: RereadingProgress


@dataclass(frozen=True, slots=True)
class SettingsContext:
    """Template context of `settings/index.html`."""

    stats: StoreStats
    space: SpaceReport
    """What takes the space on disk."""
    prices: Prices
    provider: ProviderView
    origins: tuple[Origin, ...]
    themes: tuple[Theme, ...]


@get("/settings", sync_to_thread=True)
def settings(request: HaloRequest) -> Response[bytes]:
    """The settings in effect, each with where it comes from."""
    return _respond(request, site_of(request))


@post("/settings/test", status_code=200, sync_to_thread=True)
def try_engine(request: HaloRequest) -> Response[bytes]:
    """Try the provider with a few dozen tokens, and show what came of it beside the settings."""
    site = site_of(request)
    diagnosis = try_provider(site)
    if requested(request.scope) == "json":
        return finish(request.scope, to_json(diagnosis_json(diagnosis)), media_type=MEDIA_TYPES["json"])
    return _respond(request, site, diagnosis)


def _respond(request: HaloRequest, site: Site, diagnosis: Diagnosis | None = None) -> Response[bytes]:
    provider = provider_view(site, diagnosis)
    context = SettingsContext(
        site.store.stats(), site.store.report(), _prices(site), provider, site.settings.origins, THEMES
    )

    def data() -> dict[str, Json]:
        return {
            "version": __version__,
            "collector": site.settings.collector_url,
            "dashboard": site.settings.dashboard_url,
            "storage": site.settings.storage_url,
            "stats": stats_json(context.stats),
            "space": _space_json(context.space),
            "prices": _prices_json(context.prices),
            "engine": provider_json(provider),
            "settings": [{"key": o.key, "value": o.value, "source": o.source} for o in context.origins],
        }

    return respond(request, site, View("settings/index.html", context, section="settings", data=data))


def _prices(site: Site) -> Prices:
    today = datetime.fromtimestamp(site.clock() / 1e9, UTC).date()
    return Prices(table_version(), newest_price(today), site.settings.prices, site.store.rereading.progress())


def _prices_json(prices: Prices) -> Json:
    return {
        "table": prices.table,
        "newest": prices.newest.isoformat() if prices.newest else None,
        "own": [{"model": each.pattern, "price": str(each)} for each in prices.own],
        "rereading": {
            "waiting_traces": prices.rereading.waiting_traces,
            "is_under_way": prices.rereading.is_under_way,
        },
    }


def _space_json(report: SpaceReport) -> Json:
    return {
        "total_bytes": report.space.total_bytes,
        "database_bytes": report.space.database_bytes,
        "free_bytes": report.space.free_bytes,
        "log_bytes": report.space.log_bytes,
        "index_bytes": report.space.index_bytes,
        "findings_bytes": report.space.findings_bytes,
        "pinned_traces": report.pinned_traces,
        "parts": [{"name": each.name, "rows": each.rows, "bytes": each.bytes} for each in report.parts],
    }


@post("/settings/theme", status_code=303, sync_to_thread=False)
def choose_theme(
    data: Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """Remember the theme in a cookie, so that every page comes in it from the first byte."""
    theme = data.get("theme", "")
    if theme not in THEMES:
        raise InvalidInputError(f"There is no theme {theme!r}.", hint=f"There are: {', '.join(THEMES)}.")
    cookie = f"halo_theme={theme}; Path=/; Max-Age={_YEAR_S}; SameSite=Lax; HttpOnly"
    return Response(content=b"", status_code=303, headers={"location": "/settings", "set-cookie": cookie})


@get("/healthz", sync_to_thread=False)
def healthz() -> dict[str, str]:
    """For whoever watches over the process."""
    return {"status": "ok"}
