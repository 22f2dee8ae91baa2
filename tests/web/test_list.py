"""The trace list: what it shows, that its addresses work, and its twins."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest

from .conftest import Dashboard, put, run


class Rows(HTMLParser):
    """The words of each row, and every link of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: dict[str, str] = {}
        self.links: list[str] = []
        self._row = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "tbody":
            name = given.get("id") or ""
            self._row = name.removeprefix("t-") if name.startswith("t-") else ""
        if tag == "a":
            self.links.append(given.get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self._row = ""

    def handle_data(self, data: str) -> None:
        if self._row:
            self.rows[self._row] = " ".join([*self.rows.get(self._row, "").split(), *data.split()])


def test_a_row_says_what_happened(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1), run(2, fails=True), run(3, recovers=True))
    page = dashboard.ask("/traces").text
    # That it got over the error is not known from that; only a finding may say so.
    assert ">recovered<" not in page
    assert page.count('title="reported ok, with an error inside; whether it got over it is') == 2
    rows = Rows(page).rows
    good, failed, recovered = (rows[f"{n:032x}"] for n in (1, 2, 3))
    for words in (
        "ok",
        "invoke_agent researcher",
        "How tall is the Eiffel Tower?",
        "330 metres",
        "research · staging",
    ):
        assert words in good
    for words in ("gpt-4o-mini", "1L 1T 3", "51", "100 ms"):
        assert words in good
    assert failed.startswith("failed")
    assert "web_search: TimeoutError: backend timed out after 10s" in failed
    assert recovered.startswith("error inside")
    assert "web_search: TimeoutError: backend timed out" in recovered
    assert list(rows) == [f"{n:032x}" for n in (3, 2, 1)]


def test_a_trace_that_never_ended_is_running_and_one_without_its_root_says_so(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1, is_open=True), run(2)[1:])
    put(dashboard.db, run(3)[1:], source="import")
    rows = Rows(dashboard.ask("/traces").text).rows
    assert rows[f"{1:032x}"].startswith("running")
    assert "root span not here yet" in rows[f"{2:032x}"]
    assert rows[f"{3:032x}"].startswith("incomplete")
    assert "root span never arrived" in rows[f"{3:032x}"]


def test_what_has_no_duration_is_not_given_one(dashboard: Dashboard) -> None:
    never_ended, *_ = run(1, is_open=True)
    undated = replace(never_ended, trace_id=f"{2:032x}", start_ns=0)
    put(dashboard.db, (never_ended,), (undated,), source="import")
    rows = Rows(dashboard.ask("/traces").text).rows
    for number in (1, 2):
        assert rows[f"{number:032x}"].startswith("incomplete")
        assert "never ended" in rows[f"{number:032x}"]
        assert not re.search(r"\d (ms|s)\b|\dh ", rows[f"{number:032x}"])


def test_hostile_text_is_shown_as_text(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1, question="<script>alert(1)</script>", agent='"><img src=x onerror=alert(1)>'))
    page = dashboard.ask("/traces").text
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_totals_cover_the_whole_selection_not_the_page(dashboard: Dashboard) -> None:
    put(dashboard.db, *(run(n, fails=n % 4 == 0, recovers=n % 4 == 1) for n in range(1, 61)))
    page = dashboard.ask("/traces?limit=10").text
    strip = re.search(r'<dl class="totals">(.*?)</dl>', page, re.DOTALL)
    assert strip
    words = " ".join(re.sub("<[^>]+>", " ", strip[1]).split())
    assert "traces 60" in words
    assert "failed 15" in words
    assert "error inside 15" in words
    assert len(Rows(page).rows) == 10


def test_following_older_shows_every_trace_once(dashboard: Dashboard) -> None:
    put(dashboard.db, *(run(n) for n in range(1, 36)))
    address, seen = "/traces?limit=10", []
    while address:
        page = Rows(dashboard.ask(address).text)
        seen += page.rows
        older = [
            link
            for link in page.links
            if "cursor=" in link and link.startswith("/traces?") and "sort" not in link
        ]
        address = older[0] if older else ""
    assert seen == [f"{n:032x}" for n in range(35, 0, -1)]


def test_every_link_of_the_list_leads_somewhere(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1), run(2, fails=True, agent="böse & co", service="a=b&c"))
    page = Rows(dashboard.ask("/traces?limit=1&sort=-tokens&agent=researcher").text)
    links = {link for link in page.links if link.startswith("/traces?") or link == "/traces"}
    assert len(links) > 15
    for link in links:
        assert dashboard.ask(link).status == 200, link


def test_a_menu_value_selects_what_its_count_says(dashboard: Dashboard) -> None:
    put(dashboard.db, *(run(n, agent="a&b" if n % 3 else "c d") for n in range(1, 13)))
    page = dashboard.ask("/traces").text
    for agent, count in (("a&b", 8), ("c d", 4)):
        query = urlencode({"agent": agent})
        assert f'href="/traces?{query.replace("&", "&amp;")}"' in page
        assert dashboard.ask(f"/traces.json?{query}").json["total"] == count


def test_no_match_names_the_filters_and_offers_the_way_back(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1))
    page = dashboard.ask("/traces?agent=nobody&status=error").text
    assert "No trace matches" in page
    assert "agent: nobody" in page
    assert 'href="/traces">Show all traces' in page


@pytest.mark.parametrize(
    "path", ["/traces?agnt=x", "/traces?range=2w", "/traces?cursor=nonsense", "/traces?limit=0"]
)
def test_a_parameter_that_is_no_filter_is_refused_with_a_way_back(dashboard: Dashboard, path: str) -> None:
    put(dashboard.db, run(1))
    answer = dashboard.ask(path)
    assert answer.status == 422
    assert 'href="/traces"' in answer.text
    twin = dashboard.ask(path.replace("/traces", "/traces.json"))
    assert (twin.status, twin.json["error"]["code"]) == (422, "usage")
    assert twin.json["error"]["hint"]


def test_an_empty_store_says_what_to_paste_with_the_real_port(serve) -> None:  # type: ignore[no-untyped-def]
    page = serve(collector_port=45678).ask("/traces").text
    assert "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:45678" in page
    assert "halo exec --endpoint http://127.0.0.1:45678 -- python" in page
    assert "halo exec -- python" in serve().ask("/collector").text
    for protocol in ("grpc", "http/protobuf"):
        assert f"OTEL_EXPORTER_OTLP_PROTOCOL={protocol}" in page


def test_the_twin_has_the_promised_fields(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1, fails=True))
    twin = dashboard.ask("/traces.json").json
    assert set(twin) >= {"items", "next_cursor", "total", "facets"}
    (item,) = twin["items"]
    assert item["status"] == item["effective_status"] == "error"
    assert item["tokens"] == {
        "input": 40, "output": 11, "total": 51, "cache_read": None, "cache_write": None, "reasoning": None
    }  # fmt: skip
    assert (item["agent_name"], item["session_id"], item["service"]) == ("researcher", "s1", "research")
    assert (item["span_count"], item["llm_calls"], item["tool_calls"]) == (3, 1, 1)
    assert item["models"] == ["gpt-4o-mini"]
    assert item["duration_ms"] == 100
    assert item["failure"]["type"] == "TimeoutError"
    assert item["start"].endswith("Z")
    assert {"value": "researcher", "count": 1} in twin["facets"]["agent"]
    assert "facets" not in dashboard.ask("/traces.json?facets=0").json


def test_the_csv_twin_is_safe_to_open_in_a_spreadsheet(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1, question='=cmd|" /C calc"!A0'))
    answer = dashboard.ask("/traces.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    head, row = csv.reader(io.StringIO(answer.text))
    record = dict(zip(head, row, strict=True))
    assert record["trace_id"] == f"{1:032x}"
    assert record["input_preview"].startswith("'=")


def test_the_list_fragment_is_the_part_and_nothing_around_it(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1))
    part = dashboard.ask("/traces", headers={"Halo-Fragment": "list"}).text
    assert "<html" not in part
    assert f'id="t-{1:032x}"' in part
    refused = dashboard.ask("/traces", headers={"Halo-Fragment": "nonsense"})
    assert refused.status == 400
    assert "<html" not in refused.text


def test_stats_and_home(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1))
    stats = dashboard.ask("/stats.json").json
    assert (stats["traces"], stats["spans"], stats["indexed_spans"]) == (1, 3, None)
    home = dashboard.ask("/")
    assert (home.status // 100, home.headers["location"]) == (3, "/traces")
