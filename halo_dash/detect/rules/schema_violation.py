"""Tool arguments that the tool's own schema forbids.

Claims: the call of a model lists the tool with a JSON schema, and the arguments it wrote break it: a
required one is missing, one has the wrong type or a value that is not among those allowed, or one is
unknown where the schema allows no others.

Abstains: tools without a schema, schemas that are none, arguments that are no JSON
(`malformed-arguments`), and unknown arguments where the schema does not forbid them.

Known false alarms: schemas that are stricter than the tool (a number sent as text that the tool accepts).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, best_match

from halo_dash.detect.alike import parsed
from halo_dash.detect.naming import name_of
from halo_dash.detect.quoting import quote, short, text_of
from halo_dash.detect.rule import rule
from halo_dash.model.finding import Finding
from halo_dash.model.span import AttributeValue
from halo_dash.model.subject import Subject


@rule("schema-violation", title="Tool arguments break the tool's schema")
def schema_violation(subject: Subject) -> Iterator[Finding]:
    """One finding for each call that does."""
    for call in subject.calls:
        schemas = {each.name: each.parameters for each in call.tool_definitions if each.parameters}
        for asked in call.tool_calls if schemas else ():
            schema, arguments = schemas.get(asked.name), parsed(asked.arguments)
            if schema is None or isinstance(arguments, str):
                continue
            why = violation(schema, {} if arguments is None else arguments)
            if why is not None:
                yield Finding(
                    rule="schema-violation",
                    severity="medium",
                    title=f"{asked.name} was called with arguments it does not accept",
                    explanation=f"{name_of(call.span)} wrote {short(text_of(asked.arguments), 80)}: {why}.",
                    evidence=(quote(call.span.span_id, "output", text_of(asked.arguments), None),),
                    ending="none",
                    subject=asked.name,
                    detail=why,
                    cause="invalid arguments",
                )


def violation(schema: AttributeValue, arguments: AttributeValue) -> str | None:
    """How arguments break a schema, in words; None where they keep it or it is no schema."""
    validator = _validator(json.dumps(schema, sort_keys=True, default=str))
    if validator is None:
        return None
    error = best_match(validator.iter_errors(arguments))
    if error is None:
        return None
    place = ".".join(str(part) for part in error.absolute_path)
    return short(f"{place}: {error.message}" if place else error.message, 160)


@lru_cache(maxsize=512)
def _validator(schema: str) -> Any:
    """Validators are made once a schema: the same tools are offered with every call."""
    document = json.loads(schema)
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            return None
    # Remote references would be fetched; nothing that a trace says may reach the network.
    if not isinstance(document, dict) or '"$ref": "http' in schema:
        return None
    try:
        Draft202012Validator.check_schema(document)
    except SchemaError:
        return None
    return Draft202012Validator(document)
