"""The filter panel on the page: values, ranges and attributes, without a script."""

from __future__ import annotations

import re
from html import unescape

import pytest

from .conftest import Dashboard, index, put, run


def section(page: str, name: str) -> dict[str, tuple[str, str]]:
    """Label -> (address that adds or removes the value, its count) of one field."""
    part = re.search(rf'id="facet-{name}".*?</details>', page, re.DOTALL)
    assert part, name
    return {
        unescape(label): (unescape(href), count)
        for href, label, count in re.findall(
            r'<a class="choice" href="([^"]+)"[^>]*><span class="cut">([^<]+)</span>'
            r'.*?(?:<span class="num">([^<]+)</span>)?</a>',
            part[0],
        )
    }


@pytest.fixture
def several(dashboard: Dashboard) -> Dashboard:
    agents = ["a&b", "c d", "<i>", "d4", "e5", "f6", "g7"]
    put(dashboard.db, *(run(n, agent=agents[n % 7], fails=n % 2 == 0) for n in range(1, 22)))
    index(dashboard.db)
    return dashboard


def test_a_value_selects_what_its_count_says(several: Dashboard) -> None:
    found = section(several.ask("/traces?status=error").text, "agent")
    assert len(found) == 5
    for label, (href, count) in found.items():
        rows = several.ask(href.replace("/traces", "/traces.json", 1)).json
        assert rows["total"] == int(count)
        assert {item["agent_name"] for item in rows["items"]} == {label}


def test_several_values_mean_any_and_counts_follow_the_other_fields(several: Dashboard) -> None:
    page = several.ask("/traces?agent=d4&agent=e5&status=error").text
    assert several.ask("/traces.json?agent=d4&agent=e5&status=error").json["total"] == 3
    assert {label: count for label, (_, count) in section(page, "status").items()} == {
        "failed": "3",
        "ok": "3",
    }


def test_a_value_can_be_left_out_and_taken_back(several: Dashboard) -> None:
    page = several.ask("/traces").text
    out = re.search(r'class="leave" href="([^"]+)" aria-label="Leave out c d"', page)
    assert out
    without = several.ask(unescape(out[1])).text
    assert len(re.findall('<tbody class="run" id="t-', without)) == 18
    assert "not agent: c d" in without
    assert section(without, "agent")["c d"][0] == "/traces"


def test_the_form_leads_to_the_address_of_its_filter(several: Dashboard) -> None:
    answer = several.ask(
        "/traces?agent=d4&tokens-min=60&tokens-max=&range=&attribute-key=&attribute-value=&from-local="
    )
    assert answer.status == 303
    assert answer.headers["location"] == "/traces?agent=d4&tokens=60.."
    page = several.ask(answer.headers["location"]).text
    assert 'name="tokens-min" value="60"' in page


def _rows(page: str) -> int:
    return len(re.findall('<tbody class="run" id="t-', page))


@pytest.mark.parametrize(
    ("sent", "name", "ends", "why"),
    [
        ("cost-min=abc", "cost", ("abc", ""), "Cost needs amounts such as 0.05, not 'abc'"),
        ("tokens-min=5000&tokens-max=10", "tokens", ("5000", "10"), "Tokens begins after its end"),
        ("duration-max=x%22%3Ey", "duration", ("", 'x">y'), "Duration needs times with a unit"),
        ("llm_calls-min=-1", "llm_calls", ("-1", ""), "LLM calls needs whole numbers"),
    ],
)
def test_what_cannot_be_read_stays_in_its_field_and_the_list_goes_on(
    several: Dashboard, sent: str, name: str, ends: tuple[str, str], why: str
) -> None:
    address = several.ask(f"/traces?agent=d4&{sent}").headers["location"]
    page = several.ask(address, headers={"Cookie": "halo_panel=closed"})
    assert page.status == 422
    assert _rows(page.text) == 3
    assert 'id="filter-panel" open' in page.text
    field = re.search(rf'data-range="{name}".*?</fieldset>', page.text, re.DOTALL)
    assert field
    assert tuple(unescape(each) for each in re.findall('value="([^"]*)"', field[0])) == ends
    assert field[0].count(f'aria-invalid="true" aria-describedby="wrong-{name}"') == 2
    assert f'id="wrong-{name}">{why}' in unescape(field[0])
    assert f"<p>{why}" in unescape(page.text)
    part = several.ask(address, headers={"Halo-Fragment": "list"})
    assert part.status == 200
    assert _rows(part.text) == 3
    assert several.ask(address.replace("/traces", "/traces.json")).status == 422


@pytest.mark.parametrize("path", ["/sessions", "/users", "/agents/d4/traces", "/agents/d4/sessions"])
def test_every_list_goes_on_without_what_cannot_be_read(several: Dashboard, path: str) -> None:
    page = several.ask(f"{path}?tokens=5000..10")
    assert page.status == 422
    assert "<p>Tokens begins after its end; swap the two sides. It was left out.</p>" in page.text
    assert several.ask(f"{path}.json?tokens=5000..10").status == 422
    assert several.ask(f"{path}?tokens=5000..10", headers={"Halo-Fragment": "list"}).status == 200


def test_a_time_that_ends_before_it_begins_is_said_at_its_field(several: Dashboard) -> None:
    address = several.ask("/traces?from-local=2020-01-02T00:00&to-local=2020-01-01T00:00").headers["location"]
    page = several.ask(address)
    assert page.status == 422
    assert 'value="2020-01-01T00:00:00" aria-invalid="true" aria-describedby="wrong-to"' in page.text
    assert 'id="wrong-to">To must lie after from.' in page.text


def test_any_attribute_is_a_filter(several: Dashboard) -> None:
    answer = several.ask("/traces?attribute-key=gen_ai.agent.name&attribute-value=c+d")
    page = several.ask(answer.headers["location"]).text
    assert len(re.findall('<tbody class="run" id="t-', page)) == 3


def test_all_values_of_a_field_can_be_searched(several: Dashboard) -> None:
    more = re.search(r'class="facet-more" href="([^"]+)"', several.ask("/traces?status=error").text)
    assert more
    page = several.ask(unescape(more[1])).text
    assert len(re.findall('class="choice"', page)) == 7
    assert 'type="hidden" name="status" value="error"' in page
    assert "<i>" not in page
    narrowed = several.ask("/facets/agent?find=D").text
    assert re.findall(r'<span class="cut">([^<]+)<', narrowed) == ["c d", "d4"]
    assert several.ask("/facets/nonsense").status == 404


def test_the_panel_stays_as_it_was_left(several: Dashboard) -> None:
    assert 'id="filter-panel" open' in several.ask("/traces").text
    folded = several.ask("/traces", headers={"Cookie": "halo_theme=dark; halo_panel=closed"}).text
    assert 'id="filter-panel">' in folded
    assert 'data-theme="dark"' in folded


def test_what_was_unfolded_stays_unfolded_and_what_was_folded_stays_folded(several: Dashboard) -> None:
    def opened(cookie: str, address: str = "/traces") -> set[str]:
        page = several.ask(address, headers={"Cookie": cookie}).text
        return set(re.findall(r'id="facet-(\w+)" open', page))

    assert opened("halo_panel=open") == {"status", "agent", "service", "environment", "model"}
    assert opened("halo_facets=session.tool") == {"session", "tool"}
    assert opened("halo_facets=none") == set()
    assert opened('halo_facets="><script>.tool') == {"tool"}
    assert opened("halo_facets=none", "/traces?session=s1") == {"session"}
