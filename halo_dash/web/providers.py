"""The way to a model, as the settings page shows and tests it. No key is ever part of it."""

from __future__ import annotations

from dataclasses import dataclass

from halo_dash.analysis.provider.connections import Connection, ConnectionLog
from halo_dash.analysis.provider.diagnosis import Diagnosis, diagnose
from halo_dash.analysis.provider.keys import look_for_key
from halo_dash.analysis.provider.provider import USUAL_BASE_URL
from halo_dash.model.twin.values import Json, iso_time
from halo_dash.store import Store
from halo_dash.store.runs.values import OutboundConnection
from halo_dash.web.site import Site


@dataclass(frozen=True, slots=True)
class ProviderView:
    """What is configured, where its key is, and what was ever connected to."""

    base_url: str
    model: str
    sub_model: str
    key_name: str
    key_source: str
    """`environment` or `keyring`; empty where there is none."""
    connections: tuple[OutboundConnection, ...]
    diagnosis: Diagnosis | None


def provider_view(site: Site, diagnosis: Diagnosis | None = None) -> ProviderView:
    """Look; nothing is asked of anybody."""
    engine = site.settings.engine
    found = look_for_key(engine.api_key_env)
    return ProviderView(
        base_url=engine.base_url or USUAL_BASE_URL,
        model=engine.model or "",
        sub_model=engine.sub_model or "",
        key_name=engine.api_key_env,
        key_source=found.source if found else "",
        connections=site.store.runs.connections(),
        diagnosis=diagnosis,
    )


def try_provider(site: Site) -> Diagnosis:
    """Ask the provider for its models, one word and one call of a tool; what is connected to is noted."""
    engine = site.settings.engine

    def note(made: Connection) -> None:
        with Store.open(site.settings.store_path) as store, store.writing() as tx:
            tx.runs.note_connection(made.host, made.port, made.purpose, made.last_ns)

    return diagnose(
        engine.base_url or USUAL_BASE_URL,
        engine.model,
        key=lambda: look_for_key(engine.api_key_env),
        connections=ConnectionLog(note),
        key_name=engine.api_key_env,
    )


def provider_json(view: ProviderView) -> dict[str, Json]:
    """The same for programs."""
    return {
        "base_url": view.base_url,
        "model": view.model or None,
        "sub_model": view.sub_model or None,
        "key": {"name": view.key_name, "source": view.key_source or None},
        "connections": [
            {
                "host": each.host,
                "port": each.port,
                "purpose": each.purpose,
                "first": iso_time(each.first_ns),
                "last": iso_time(each.last_ns),
                "count": each.count,
            }
            for each in view.connections
        ],
    }


def diagnosis_json(diagnosis: Diagnosis) -> dict[str, Json]:
    """What came of a test."""
    return {
        "is_ok": diagnosis.is_ok,
        "summary": diagnosis.summary,
        "base_url": diagnosis.base_url or None,
        "models": list(diagnosis.models),
        "steps": [
            {"name": each.name, "state": each.state, "text": each.text, "mend": each.mend or None}
            for each in diagnosis.steps
        ],
    }
