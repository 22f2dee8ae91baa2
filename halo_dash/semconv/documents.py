"""Documents that were retrieved or ranked."""

from __future__ import annotations

import math
from dataclasses import replace

from halo_dash.model.observation import Document, Kind
from halo_dash.model.span import AttributeValue
from halo_dash.semconv.attributes import SaidAttributes, items, mapping, numbered
from halo_dash.semconv.embedded_json import compact, parse

_RAW_KEYS = (
    "gen_ai.completion", "langfuse.observation.output", "output.value", "mlflow.spanOutputs",
    "traceloop.entity.output",
)  # fmt: skip
_CONTENT_KEYS = ("content", "page_content", "pageContent", "text", "document")
_SCORE_KEYS = ("score", "relevance_score", "relevanceScore", "similarity")
_LIST_KEYS = ("documents", "output", "results", "data")


def read_documents(said: SaidAttributes, kind: Kind) -> tuple[Document, ...]:
    """The documents of a span; the JSON output of RETRIEVER and RERANKER spans is read as a last resort."""
    given = _flattened(said, "reranker.input_documents.")
    inputs = {document.id: document for document in given if document.id is not None}
    if ranked := _flattened(said, "reranker.output_documents."):
        # A reranker gives back ids and scores; the words are those of the documents it was given.
        return tuple(
            replace(document, content=source.content)
            if document.content is None and document.id and (source := inputs.get(document.id))
            else document
            for document in ranked
        )
    if documents := _flattened(said, "retrieval.documents.") or given:
        return documents
    if documents := _documents(said.json("gen_ai.retrieval.documents")):
        return documents
    if kind in {Kind.RETRIEVER, Kind.RERANKER}:
        for key in _RAW_KEYS:
            if documents := _documents(_listed(said.json(key))):
                return documents
    return ()


def _flattened(said: SaidAttributes, prefix: str) -> tuple[Document, ...]:
    return _documents([raw.get("document", raw) for raw in numbered(said.tree(prefix))])


def _listed(value: AttributeValue) -> AttributeValue:
    fields = mapping(value)
    return next((fields[key] for key in _LIST_KEYS if isinstance(fields.get(key), list)), value)


def _documents(value: AttributeValue) -> tuple[Document, ...]:
    return tuple(document for raw in items(value) if (document := _document(raw)))


def _document(raw: AttributeValue) -> Document | None:
    if isinstance(raw, str):
        return Document(content=raw)
    fields = mapping(raw)
    fields = mapping(fields.get("kwargs")) or fields  # LangChain's constructor form
    inner = mapping(fields.get("document")) or fields
    content = next((inner[key] for key in _CONTENT_KEYS if inner.get(key) is not None), None)
    found_id = next((inner[key] for key in ("id", "document_id") if inner.get(key) is not None), None)
    if content is None and found_id is None:
        return None
    score = next((fields[key] for key in _SCORE_KEYS if fields.get(key) is not None), None)
    return Document(
        id=None if found_id is None else compact(found_id),
        content=None if content is None else compact(content),
        score=_score(score),
        metadata=parse(inner.get("metadata")),
    )


def _score(value: AttributeValue) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        score = float(value) if isinstance(value, int | float | str) else math.nan
    except (ValueError, OverflowError):
        return None
    return score if math.isfinite(score) else None
