"""What is offered while a query is typed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from halo_dash.search.completion import MOST, complete
from halo_dash.search.query import FIELD_NAMES, read_query


class Source:
    """A few values, as a store would have them."""

    def values(self, field: str, start: str, limit: int) -> Sequence[tuple[str, int]]:
        known = {"model": [("gpt-4o", 7), ("gpt-4o-mini", 2)], "user": [("Jane Doe", 1)]}.get(field, [])
        return [each for each in known if each[0].lower().startswith(start.lower())][:limit]

    def attribute_keys(self, start: str, limit: int) -> Sequence[tuple[str, int]]:
        return [each for each in [("customer.tier", 3), ("customer.id", 9)] if each[0].startswith(start)][
            :limit
        ]

    def attribute_values(self, key: str, start: str, limit: int) -> Sequence[tuple[str, int]]:
        return [("gold", 2)][:limit] if key == "customer.tier" and "gold".startswith(start) else []


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", []),
        ("refund ", []),
        ("zz", []),
        ("sta", ["status:"]),
        ("refund -sta", ["status:"]),
        ("(sta", ["status:"]),
        ("status:", ["status:ok", "status:error", "status:running", "status:recovered"]),
        ("status:E", ["status:error"]),
        ("model:gpt", ["model:gpt-4o", "model:gpt-4o-mini"]),
        ("user:J", ['user:"Jane Doe"']),
        ('user:"Jane D', ['user:"Jane Doe"']),
        ('"sta', []),
        ("duration:", ["duration:>2s", "duration:>=500ms", "duration:<1m", "duration:1s..5s"]),
        ("duration:>", ["duration:>2s", "duration:>=500ms"]),
        ("has:exc", ["has:exception"]),
        ("in:tool", ["in:tool_call", "in:tool_result"]),
        ("att", ["attr.", "attribute:"]),
        ("attr.cust", ["attr.customer.tier:", "attr.customer.id:"]),
        ("attr.customer.tier:g", ["attr.customer.tier:gold"]),
        ("env:", []),
    ],
)
def test_offers(typed: str, expected: list[str]) -> None:
    assert [each.text for each in complete(typed, Source())] == expected


def test_an_offer_replaces_what_was_typed_of_it() -> None:
    (offer,) = complete("refund -sta", Source())
    assert "refund -sta"[: offer.start] + offer.text == "refund -status:"
    assert offer.help
    assert [each.count for each in complete("model:gpt", Source())] == [7, 2]


def test_whatever_is_offered_is_understood() -> None:
    for name in FIELD_NAMES:
        for offer in complete(f"{name}:", Source()):
            query = read_query(offer.text)
            assert not query.notes, offer.text
            assert query.filter or query.node or name == "in" or offer.text == "range:all", offer.text


def test_offers_are_few() -> None:
    assert all(len(complete(letter, Source())) <= MOST for letter in "abcdefghijklmnopqrstuvwxyz")
