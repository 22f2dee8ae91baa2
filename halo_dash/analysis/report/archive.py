"""A report as JSON, for the store and for downloads: whole, and versioned."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache

from pydantic import TypeAdapter, ValidationError

from halo_dash.errors import InvalidInputError
from halo_dash.model.report import Report

VERSION = 1


def report_json(report: Report) -> str:
    """One JSON object; the inverse of `report_from_json`."""
    return json.dumps({"version": VERSION, **asdict(report)}, ensure_ascii=True)


def report_from_json(text: str) -> Report:
    """Raises InvalidInputError for what is no report, or one of a newer program."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"This is no report: {error}.") from error
    if not isinstance(value, dict) or not isinstance(value.get("version"), int):
        raise InvalidInputError("This is no report: it says no version.")
    if value["version"] > VERSION:
        raise InvalidInputError(
            f"This report has version {value['version']}; version {VERSION} is the newest that can be read.",
            hint="Read it with a newer halo-dash.",
        )
    try:
        return _adapter().validate_python({key: each for key, each in value.items() if key != "version"})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise InvalidInputError(f"This is no report: {place}: {first['msg']}.") from error


@cache
def _adapter() -> TypeAdapter[Report]:
    return TypeAdapter(Report)
