"""`/collector`: what it says of senders and refusals."""

from __future__ import annotations

import time

import pytest

from halo_dash.model.exporter import Exporter, ExporterActivity, Rejection, ScopeActivity
from halo_dash.store import Store

from .conftest import Dashboard, Serve, index, put, run


def sent(
    dashboard: Dashboard, user_agent: str, mend: str = "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"
) -> None:
    now = time.time_ns()
    exporter = Exporter(user_agent, "http", "json", "gzip")
    with Store.open(dashboard.db) as store, store.writing() as tx:
        tx.record_activity([ExporterActivity(exporter, now, now, 3, 1200, 4, 5000, 7, 2, 1)])
        tx.record_rejections([Rejection(now, exporter, "/v1/traces", "HTTP 415", "not <b>OTLP</b>", mend, 0)])
        tx.record_scopes([ScopeActivity("my.scope", "1.2", "openinference", 1200, now)])


def test_an_empty_collector_says_how_to_send(dashboard: Dashboard) -> None:
    page = dashboard.ask("/collector").text
    for words in ("Nobody has sent anything yet", "Nothing was refused", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc"):
        assert words in page


def test_senders_refusals_and_dialects_are_told(dashboard: Dashboard) -> None:
    sent(dashboard, "<i>agent</i>/1.0")
    page = dashboard.ask("/collector").text
    assert "&lt;i&gt;agent&lt;/i&gt;/1.0" in page
    assert "not &lt;b&gt;OTLP&lt;/b&gt;" in page
    for words in ("http json gzip", "1,200", "1 request", "2 spans", "HTTP 415", "my.scope", "openinference"):
        assert words in page
    assert "<code>OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf</code>" in page
    twin = dashboard.ask("/collector.json").json
    assert twin["exporters"][0]["spans"] == 1200
    assert twin["rejections"][0]["mend"] == "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"
    assert twin["scopes"][0]["dialect"] == "openinference"


def test_advice_is_not_offered_as_something_to_paste(dashboard: Dashboard) -> None:
    sent(dashboard, "a", mend="send ids of 16 bytes")
    assert "<strong>To mend it:</strong> send ids of 16 bytes" in dashboard.ask("/collector").text


def test_it_says_how_far_the_search_index_is(dashboard: Dashboard) -> None:
    def told() -> str:
        page = dashboard.ask("/collector").text
        return page.partition('id="search-index"')[2].partition("</section>")[0]

    assert "There is none yet" in told()
    put(dashboard.db, run(1), run(2))
    index(dashboard.db)
    assert "Up to date: all 6 spans" in told()
    assert dashboard.ask("/collector.json").json["index"]["lag_s"] == 0.0
    put(dashboard.db, run(3))
    assert "behind: 6 of 9 spans" in told()
    twin = dashboard.ask("/collector.json").json["index"]
    assert (twin["indexed_spans"], twin["spans"]) == (6, 9)
    assert twin["lag_s"] == pytest.approx(dashboard.ask("/stats.json").json["index_lag_s"], abs=20)
    assert twin["lag_s"] > 0


def test_with_a_token_the_snippets_name_it_and_never_spell_it(serve: Serve) -> None:
    dashboard = serve(token="s3cret")
    page = dashboard.ask("/collector", headers={"Authorization": "Bearer s3cret"}).text
    assert "Bearer%20$HALO_TOKEN" in page
    assert "s3cret" not in page
