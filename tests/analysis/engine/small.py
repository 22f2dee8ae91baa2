"""The smallest library there can be, until the reading tools are there."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from halo_dash.analysis.provider.wire import ToolSpec
from halo_dash.analysis.reading.fields import field_texts
from halo_dash.analysis.selection import Selection
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.run import Seen
from halo_dash.store import Store


@dataclass
class Out:
    text: str
    is_error: bool = False


@dataclass
class SmallTool:
    spec: ToolSpec
    run: Callable[[dict[str, Any]], Any]

    def call(self, arguments_json: str) -> Out:
        return Out(json.dumps(self.run(json.loads(arguments_json))))


@dataclass
class SmallLibrary:
    store: Store
    selection: Selection
    seen: Callable[[Seen], None]
    agent: str = "0"

    def overview(self) -> str:
        return json.dumps({"traces": self.selection.size.read_traces})

    def about(self) -> str:
        return f"{self.selection.size.read_traces} traces"

    def tools(self) -> Sequence[SmallTool]:
        spec = {"type": "object", "properties": {}}
        return (
            SmallTool(
                ToolSpec("query_traces", "List traces.", spec), lambda given: self.query(given.get("filter"))
            ),
            SmallTool(ToolSpec("view_trace", "A trace.", spec), lambda given: self.trace(given["trace_id"])),
        )

    def functions(self) -> Mapping[str, Callable[..., Any]]:
        return {"query": self.query, "trace": self.trace}

    def query(self, asked: Any = None) -> Any:
        pairs = [(name, value) for name, value in (asked or {}).items()]
        page = self.store.traces.page(
            ListQuery(self.selection.within(Filter.parse(pairs)), limit=500), self.selection.now_ns
        )
        ids = sorted(row.summary.trace_id for row in page.items)
        for each in ids:
            self.seen(Seen(trace_id=each, agent=self.agent, how="listed"))
        return {"traces": [{"trace_id": each} for each in ids]}

    def trace(self, trace_id: str) -> Any:
        spans = self.store.spans.page(trace_id).items
        ids = frozenset(each.span.span_id for each in spans)
        self.seen(Seen(trace_id=trace_id, agent=self.agent, how="read", spans=ids))
        return {
            "spans": [{"span_id": each.span.span_id, "fields": dict(field_texts(each))} for each in spans]
        }

    def whole(self, trace_id: str) -> str:
        return json.dumps(self.trace(trace_id))

    def narrowed(self, asked: Any, trace_ids: Sequence[str]) -> SmallLibrary:
        pairs = [(name, value) for name, value in (asked or {}).items()]
        chosen = self.selection.narrowed(Filter.parse(pairs), trace_ids)
        return SmallLibrary(self.store, chosen, self.seen, self.agent)

    def for_agent(self, path: str) -> SmallLibrary:
        return SmallLibrary(self.store, self.selection, self.seen, path)
