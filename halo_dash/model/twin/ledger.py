"""The ledger of a span, and of a whole trace."""

from __future__ import annotations

from halo_dash.model.ledger import Charge, Ledger, PriceRow, usd_per_million
from halo_dash.model.twin.values import Json, json_value, tokens_json


def ledger_json(ledger: Ledger) -> dict[str, Json]:
    """How tokens and cost came about. Amounts are USD; lines add up to `table_usd` digit by digit."""
    charge = ledger.charge
    return {
        "said": [
            {
                "key": each.key,
                "path": each.path or None,
                "means": each.means,
                "value": json_value(each.value),
                "used": each.is_used,
            }
            for each in ledger.said
        ],
        "rules": [{"code": rule.code, "text": rule.text} for rule in ledger.rules],
        "tokens": {"fresh": ledger.fresh_tokens, **tokens_json(ledger.usage)},
        "lines": _lines_json(charge),
        "table_usd": float(charge.total_usd) if charge.unknown is None else None,
        "standard_usd": float(charge.total_usd) if charge.unknown is not None and charge.lines else None,
        "price": None if charge.row is None else _price_json(charge.row),
        "unknown": None
        if charge.unknown is None
        else {"code": charge.unknown.value, "text": charge.unknown.text},
        "tier": charge.tier,
        "cost_usd": ledger.cost_usd,
        "source": ledger.source,
        "reported_by": ledger.reported_by,
        "counted": ledger.is_counted,
        "not_counted": None
        if ledger.why_not is None
        else {
            "code": ledger.why_not.code,
            "text": ledger.why_not.text,
            "span_id": ledger.why_not.span_id,
        },
        "stale": ledger.is_stale,
    }


def _lines_json(charge: Charge) -> list[Json]:
    return [
        {
            "kind": line.kind.value,
            "tokens": line.tokens,
            "usd_per_million": float(usd_per_million(line.price)),
            "priced_as": line.priced_as.value,
            "above_tokens": line.step,
            "usd": float(line.usd),
        }
        for line in charge.lines
    ]


def _price_json(row: PriceRow) -> dict[str, Json]:
    return {
        "provider": row.provider,
        "model": row.model,
        "matched_by": row.matched_by,
        "source": row.source,
        "since": row.since.isoformat() if row.since else None,
        "hours": row.hours,
        "tier": row.tier,
        "url": row.url,
        "usd_per_million": {
            kind.value: {
                "base": float(usd_per_million(rate.base)),
                "above": {str(start): float(usd_per_million(price)) for start, price in rate.steps},
            }
            for kind, rate in row.rates.items()
        },
    }
