"""The deep reading of one span: messages, arguments, results, documents (rules: docs/reading-messages.md)."""

from __future__ import annotations

from collections.abc import Sequence

from halo_dash.model.observation import Content, Kind, Observation
from halo_dash.model.span import LogRecord, Span
from halo_dash.semconv.annotations import (
    read_is_streaming,
    read_metadata,
    read_parameters,
    read_stack,
    read_tags,
    read_time_to_first_token_ns,
)
from halo_dash.semconv.attributes import SaidAttributes
from halo_dash.semconv.documents import read_documents
from halo_dash.semconv.finish_reason import read_finish_reason
from halo_dash.semconv.messages.events import DETAILS_EVENT, log_event_name
from halo_dash.semconv.messages.sources import MessageSources
from halo_dash.semconv.tool_definitions import read_tool_definitions
from halo_dash.semconv.tool_io import read_input, read_output


def read_exchange(span: Span, observation: Observation, logs: Sequence[LogRecord] = ()) -> Content:
    """What went into a span and came out of it, and nothing that stands around it.

    The same as `read_content` but for parameters, documents (those of a retriever are what came out of it),
    streaming, stack, tags and metadata, which are left at their defaults: half the work, for those who read a
    million spans.
    """
    details = [record.attributes for record in logs if log_event_name(record) == DETAILS_EVENT]
    said = SaidAttributes(span.attributes, details)
    kind = observation.kind
    inputs, outputs = MessageSources(span, said, kind, observation.is_error, logs).read()
    is_call = kind is Kind.LLM
    return Content(
        input=read_input(span, said, kind),
        output=read_output(span, said, kind),
        input_messages=inputs,
        output_messages=outputs,
        documents=read_documents(said, kind) if kind is Kind.RETRIEVER else (),
        tool_definitions=read_tool_definitions(said) if is_call else (),
        finish_reason=read_finish_reason(said, kind, outputs) if is_call else None,
    )


def read_content(span: Span, observation: Observation, logs: Sequence[LogRecord] = ()) -> Content:
    """Read everything one span says. Never raises on any attribute value.

    `observation` is `observe(span, logs)`; its kind decides where messages are looked for. `logs` are
    the records that carry this span's ids.
    """
    details = [record.attributes for record in logs if log_event_name(record) == DETAILS_EVENT]
    said = SaidAttributes(span.attributes, details)
    kind = observation.kind
    inputs, outputs = MessageSources(span, said, kind, observation.is_error, logs).read()
    return Content(
        input=read_input(span, said, kind),
        output=read_output(span, said, kind),
        input_messages=inputs,
        output_messages=outputs,
        documents=read_documents(said, kind),
        tool_definitions=read_tool_definitions(said),
        parameters=read_parameters(said),
        finish_reason=read_finish_reason(said, kind, outputs),
        stack=read_stack(span, said),
        is_streaming=read_is_streaming(said),
        time_to_first_token_ns=read_time_to_first_token_ns(span, said),
        tags=read_tags(span, said),
        metadata=read_metadata(said),
    )
