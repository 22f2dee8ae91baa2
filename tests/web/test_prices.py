"""What the settings page says of prices."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from halo_dash.config.prices import PriceOverride
from tests.web.conftest import Dashboard, put, run


def test_the_settings_name_the_table_and_your_own_prices(serve: Callable[..., Dashboard]) -> None:
    own = PriceOverride("gpt-4o*", "openai", Decimal("2.5"), Decimal(10), Decimal("0.25"))
    dashboard = serve(prices=(own,))
    put(dashboard.db, run(1), run(2))
    page = dashboard.ask("/settings").text
    assert "genai-prices 0." in page
    assert "Its newest price holds from 20" in page
    assert "<td><code>gpt-4o*</code></td><td>openai</td>" in page
    assert "2 traces were read by other rules or prices and are to be read again" in page
    prices = dashboard.ask("/settings.json").json["prices"]
    assert prices["own"] == [
        {"model": "gpt-4o*", "price": "input 2.5, output 10, cache_read 0.25, provider openai"}
    ]
    assert prices["rereading"] == {"waiting_traces": 2, "is_under_way": False}


def test_without_own_prices_it_says_how_to_write_some(shared: Dashboard) -> None:
    page = shared.ask("/settings").text
    assert "[prices.&#34;my-model&#34;]" in page or '[prices."my-model"]' in page
    assert "are all by the prices and rules of today" in page
