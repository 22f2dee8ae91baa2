"""`halo doctor`."""

from __future__ import annotations

import json

import click

from halo_dash.cli import checks
from halo_dash.cli.checks import Check
from halo_dash.cli.options import json_option, settings_from, store_options
from halo_dash.cli.table import Column, plain, render
from halo_dash.config import Settings, environment
from halo_dash.errors import UsageError

_MARKS = {"ok": "ok", "note": "note", "broken": "BROKEN"}


@click.command()
@json_option
@store_options
def doctor(as_json: bool, **flags: object) -> int:
    """Check ports, store, configuration and senders.

    Exits with 1 when something is broken.
    """
    found = list(checks.machine())
    settings: Settings | None = None
    try:
        settings = settings_from(**flags)
    except UsageError as problem:
        found.append(Check("config", "broken", problem.message, "Mend what is listed."))
    if settings:
        found += checks.configuration(settings)
        found += checks.ports(settings)
        found += checks.running_server(settings)
        found += checks.store(settings)
        found += checks.environment_of_exporters(settings, environment())
    is_broken = any(check.state == "broken" for check in found)
    next_step = _next_step(found)
    if as_json:
        click.echo(json.dumps(_document(found, settings, next_step, is_broken=is_broken), indent=2))
    else:
        click.echo(_text(found, settings, next_step))
    return 1 if is_broken else 0


def _document(
    found: list[Check], settings: Settings | None, next_step: str, *, is_broken: bool
) -> dict[str, object]:
    origins = settings.origins if settings else ()
    return {
        "ok": not is_broken,
        "checks": [check.document() for check in found],
        "config": [{"key": each.key, "value": each.value, "source": each.source} for each in origins],
        "next": next_step,
    }


def _text(found: list[Check], settings: Settings | None, next_step: str) -> str:
    lines = []
    for check in found:
        head, *rest = [plain(line) for line in check.text.splitlines()] or [""]
        lines.append(f"{_MARKS[check.state]:<7} {check.name:<10} {head}")
        lines += [f"{'':<19}{line}" for line in (*rest, plain(check.mend)) if line]
    if settings:
        columns = [Column("SETTING"), Column("VALUE"), Column("FROM")]
        rows = [(each.key, each.value, each.source) for each in settings.origins]
        lines += ["", render(columns, rows)]
    return "\n".join([*lines, "", next_step])


def _next_step(found: list[Check]) -> str:
    """Return the one thing to do now."""
    broken = next((check for check in found if check.state == "broken"), None)
    if broken:
        return f"Next: mend {broken.name}. {plain(broken.mend)}".rstrip()
    if not any("is running on" in check.text for check in found):
        return "Next: halo serve"
    if not any(check.name == "exporter" for check in found):
        return "Next: halo exec -- python your_agent.py (nothing has sent traces here yet)"
    return "All is well."
