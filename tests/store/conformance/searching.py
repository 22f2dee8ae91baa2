"""Filling the index, and the traces that answer a query found the slow and obvious way."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace

from runs import random_trace

from halo_dash.model.annotation import Annotation
from halo_dash.model.span import Event, Span
from halo_dash.search.document import TraceTexts
from halo_dash.search.matches import answers
from halo_dash.search.query import read_query
from halo_dash.semconv import observe
from halo_dash.store import Store

WORDS = [
    "refund", "order", "policy", "invoice", "customer_id", "getUserName", "Straße", "naïve", "東京都", "학교",
    "مرحبا", "👍", "SKU-00123", "1.5", "timeout", "https://a.example/x?b=c", "3f2b8c1d-1234", "O'Neil", "the",
    "of", "and",
]  # fmt: skip


def index(store: Store, *, document_bytes: int | None = None) -> None:
    """Index everything there is."""
    sizes = {} if document_bytes is None else {"document_bytes": document_bytes}
    indexing = store.search.indexing(**sizes)
    try:
        while indexing.step(all_at_once=True).is_behind:
            pass
    finally:
        indexing.close()


def talking_trace(seed: int) -> list[Span]:
    """A random run in which things are said."""
    chance = random.Random(seed)  # noqa: S311 - test data

    def said() -> str:
        return " ".join(chance.choices(WORDS, k=chance.randint(1, 5)))

    spans = []
    for span in random_trace(seed):
        attributes = {**span.attributes, "customer.tier": chance.choice(["gold", "Gold", "no tier", "7"])}
        if chance.random() < 0.5:
            attributes["input.value"] = said()
        if chance.random() < 0.5:
            attributes |= {
                "llm.output_messages.0.message.role": "assistant",
                "llm.output_messages.0.message.content": said(),
            }
        events = ()
        if chance.random() < 0.2:
            events = (Event(span.start_ns, "exception", {"exception.message": said()}),)
        spans.append(replace(span, attributes=attributes, events=events))
    return spans


class Said:
    """What a trace says."""

    def __init__(self, spans: list[Span], annotations: Iterable[Annotation] = ()) -> None:
        texts = TraceTexts()
        for annotation in annotations:
            texts.add_annotation(annotation)
        for span in spans:
            texts.add(span, observe(span, ()))
        self.texts = list(texts.texts())
        self.marks = texts.marks()

    def is_answer(self, typed: str) -> bool:
        """Whether the texts and facts are what was typed; its filters are not looked at."""
        node = read_query(typed).node
        return node is None or answers(node, self.texts, self.marks)
