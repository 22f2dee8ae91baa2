"""The ledger of one span: the reading and the formula that made its stored tokens and cost, told."""

from __future__ import annotations

from collections.abc import Iterator

from halo_dash.model.ledger import Charge, Ledger, NotCounted, Rule, SaidOfUsage, TokenKind
from halo_dash.model.observation import MODEL_KINDS, NO_USAGE, Observation
from halo_dash.model.span import Attributes, Span
from halo_dash.semconv.call_terms import read_terms
from halo_dash.semconv.calls import has_figures
from halo_dash.semconv.fields import FIELDS, RULES
from halo_dash.semconv.ledger_rules import LEDGER_RULES
from halo_dash.semconv.observe import gather
from halo_dash.semconv.pricing import TABLE_PRICES, PriceBook
from halo_dash.semconv.usage import BLOBS, Found, read_usage, stated_cost, usage_members

_MEANS = {
    "input_tokens": "input",
    "output_tokens": "output",
    "total_tokens": "total",
    "cache_read_tokens": "cache_read",
    "cache_write_tokens": "cache_write",
    "reasoning_tokens": "reasoning",
    "input_audio_tokens": "input_audio",
    "output_audio_tokens": "output_audio",
    "response_tier": "service tier served",
    "request_tier": "service tier asked for",
    "cost": "cost",
    "input_cost": "cost of the input",
    "output_cost": "cost of the output",
}
"""Field -> what it says, of the fields that tokens and cost are made of."""

_AUDIO = frozenset({"input_audio", "output_audio"})
"""Told only where there is some: senders that never heard a sound say 0."""


def has_ledger(observation: Observation) -> bool:
    """Whether there is anything to account for: a model call, or whatever reports tokens or a cost."""
    return observation.kind in MODEL_KINDS or has_figures(observation)


def ledger(
    span: Span,
    observation: Observation,
    *,
    prices: PriceBook = TABLE_PRICES,
    is_counted: bool = True,
    why_not: NotCounted | None = None,
) -> Ledger:
    """How the tokens and the cost of a span came about, read again from what was sent.

    `observation` is the stored reading of the span. `prices` are those in effect now; where they make
    another cost than the stored one, the ledger is marked as stale and explains the new one.
    """
    found, ranks = gather(span.attributes)
    tokens, rules = read_usage(found)
    terms, more = read_terms(found)
    charge = prices.charge(observation.provider, observation.model, tokens, span.start_ns, terms)
    stated = stated_cost(found)
    cost = charge.cost_usd if stated is None else stated[0]
    by = [FIELDS[field][ranks[field]] for field in stated[1]] if stated else []
    codes = [*rules, *(more if tokens is not NO_USAGE else ()), *_of_charge(charge, is_reported=bool(by))]
    if tokens.input and tokens.cache_read is None and _could_be_less(charge) and not by:
        codes.append("cache_unsaid")
    if by:
        codes.append("cost_reported")
        codes += ["cost_zero"] if not cost and tokens is not NO_USAGE else []
        codes += ["cost_in_parts"] if len(by) > 1 else []
    return Ledger(
        said=tuple(_said(span.attributes, found, ranks)),
        rules=tuple(Rule(code, LEDGER_RULES[code]) for code in codes),
        usage=tokens,
        charge=charge,
        cost_usd=cost,
        reported_by=" + ".join(by) or None,
        model=observation.model,
        provider=observation.provider,
        is_counted=is_counted,
        why_not=None if is_counted else why_not,
        is_stale=(tokens, cost) != (observation.usage, observation.cost_usd),
    )


def _of_charge(charge: Charge, *, is_reported: bool) -> Iterator[str]:
    row = charge.row
    if row is None or is_reported:
        return
    if row.is_own:
        yield "own_price"
    elif row.matched_by != "provider and model":
        yield "by_name_alone"
    if any(line.step is not None for line in charge.lines):
        yield "long_call"


def _could_be_less(charge: Charge) -> bool:
    """Whether the row has a lower price for cached tokens."""
    row = charge.row
    if row is None or charge.unknown is not None:
        return False
    return TokenKind.CACHE_READ in row.rates


def _said(attributes: Attributes, found: Found, ranks: dict[str, int]) -> Iterator[SaidOfUsage]:
    """Everything the span says of tokens, cost and tier, in the order in which fields are told."""
    told: list[tuple[int, int, SaidOfUsage]] = []
    order = list(_MEANS)
    for key, value in attributes.items():
        for field, rank, read in RULES.get(key, ()):
            if field in _MEANS and read(value) is not None:
                is_used = ranks[field] == rank
                said = SaidOfUsage(key, "", _MEANS[field], value, is_used)
                if read(value) or said.means not in _AUDIO:
                    told.append((order.index(field), rank, said))
    yield from (said for _order, _rank, said in sorted(told, key=lambda each: each[:2]))
    yield from _said_inside(found, ranks)


def _said_inside(found: Found, ranks: dict[str, int]) -> Iterator[SaidOfUsage]:
    """The members of the usage objects, and the object of costs."""
    blobs = {field: FIELDS[field][ranks[field]] for field in BLOBS if field in found}
    if blobs:
        fields = {means: field for field, means in _MEANS.items()}
        for name, (count, path) in usage_members(found).items():
            if count or name not in _AUDIO:
                is_used = fields.get(name, "") not in found
                yield SaidOfUsage(_blob_of(path, blobs), path, name, count, is_used)
    if "cost_blob" in found:
        key = FIELDS["cost_blob"][ranks["cost_blob"]]
        yield SaidOfUsage(key, "", "cost", found["cost_blob"], "cost" not in found)


def _blob_of(path: str, blobs: dict[str, str]) -> str:
    """The attribute that the member of the merged usage object came in."""
    if "usage_blob" not in blobs:
        field = "input_details_blob" if path.startswith("input_token_details") else "output_details_blob"
        return blobs.get(field, next(iter(blobs.values())))
    return blobs["usage_blob"]
