"""The X-ray of a prompt: what filled it, what changed since the call before, and what repeating it cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from difflib import SequenceMatcher
from fractions import Fraction

from halo_dash.model.ledger import ATTO_USD, plain
from halo_dash.model.message import Media, Message, Part, Reasoning, Role, Text, ToolCall, ToolResult
from halo_dash.model.observation import ToolDefinition, Usage
from halo_dash.model.twin.values import as_text
from halo_dash.model.xray import Change, Fill, Prefix, Prompt, PromptMessage, Repetition, Segment, Xray

CHARACTERS_A_TOKEN = 4
"""Of English text, as OpenAI's tokenizer page says; used only where no tokens were reported, and for the text
beside images, whose tokens no character tells."""

_LONGEST_ALIGNMENT = 500
"""Messages that are aligned one by one; of longer differences only beginning and end are compared."""

_WORDS_OF: dict[Role, Segment] = {
    "system": Segment.SYSTEM,
    "user": Segment.EARLIER_USER,
    "assistant": Segment.ASSISTANT,
    "tool": Segment.TOOL_RESULTS,
}


def prompt_of(messages: Sequence[Message], tools: Sequence[ToolDefinition] = ()) -> Prompt:
    """What a call sent, measured."""
    definitions = [f"{tool.name}{tool.description or ''}{as_text(tool.parameters or '')}" for tool in tools]
    return Prompt(
        messages=tuple(map(_measured, messages)),
        tools=len(tools),
        tools_characters=sum(map(len, definitions)),
        tools_digest=hash(tuple(definitions)),
    )


def _measured(message: Message) -> PromptMessage:
    sizes: dict[Segment, int] = {}
    said: list[tuple[Segment, str]] = []
    media = 0
    for part in message.parts:
        segment, text = _said(message.role, part)
        said.append((segment, text))
        if segment is Segment.MEDIA:
            media += 1
        else:
            sizes[segment] = sizes.get(segment, 0) + len(text)
    return PromptMessage(hash((message.role, tuple(said))), message.role, tuple(sizes.items()), media)


def _said(role: Role, part: Part) -> tuple[Segment, str]:
    if isinstance(part, Text):
        return _WORDS_OF[role], part.text
    if isinstance(part, Reasoning):
        return Segment.ASSISTANT, part.text
    if isinstance(part, ToolCall):
        return Segment.ASSISTANT, part.name + as_text(part.arguments if part.arguments is not None else "")
    if isinstance(part, ToolResult):
        return Segment.TOOL_RESULTS, as_text(part.content)
    if isinstance(part, Media):
        return Segment.MEDIA, part.uri or part.data or ""
    return Segment.OTHER, as_text(part.raw)


def xray(
    previous: Prompt | None,
    prompt: Prompt,
    usage: Usage,
    window: int | None = None,
    *,
    prices: tuple[int, int] | None = None,
    previous_span_id: str | None = None,
) -> Xray:
    """Look through the prompt of a call.

    `previous` is the prompt of the call before of the same agent and conversation. `prices` are those of a
    fresh and of a cached input token, in 10^-18 USD.
    """
    kept = _kept(previous, prompt) if previous else []
    characters = prompt.characters
    media = sum(message.media for message in prompt.messages)
    reported = usage.input
    tokens = reported if reported is not None else _estimate(characters) if characters else None
    of_text = _of_text(tokens, characters, media, is_reported=reported is not None)
    if previous is None:
        return Xray(
            _fills(prompt, _last_words(prompt), tokens, of_text),
            characters,
            tokens,
            reported is not None,
            media,
            window,
        )
    change = _change(previous, prompt, kept)
    again = sum(prompt.messages[at].characters for _before, at in kept)
    if previous.tools_digest == prompt.tools_digest:
        again += prompt.tools_characters
    known = {at for _before, at in kept}
    new = {at for at in range(len(prompt.messages)) if at not in known}
    return Xray(
        fills=_fills(prompt, new, tokens, of_text),
        characters=characters,
        tokens=tokens,
        is_reported=reported is not None,
        media=media,
        window=window,
        previous_span_id=previous_span_id,
        change=change,
        prefix=_prefix(previous, prompt, usage, of_text, characters),
        repetition=_repetition(_share(of_text, again, characters), usage, prices),
    )


def _estimate(characters: int) -> int:
    return -(-characters // CHARACTERS_A_TOKEN)


def _of_text(tokens: int | None, characters: int, media: int, *, is_reported: bool) -> int:
    """Tokens of everything that has characters; what is left of the reported ones is media."""
    if tokens is None:
        return 0
    return min(tokens, _estimate(characters)) if media and is_reported else tokens if characters else 0


def _share(tokens: int, part: int, whole: int) -> int:
    return round(Fraction(tokens * part, whole)) if whole else 0


def _fills(prompt: Prompt, new: set[int], tokens: int | None, of_text: int) -> tuple[Fill, ...]:
    """What each segment takes; tokens add up to the whole. `new`: messages that were not sent before."""
    characters: Counter[Segment] = Counter()
    pieces: Counter[Segment] = Counter()
    if prompt.tools:
        characters[Segment.TOOLS] = prompt.tools_characters
        pieces[Segment.TOOLS] = prompt.tools
    for at, message in enumerate(prompt.messages):
        for segment, size in message.sizes:
            is_new = segment is Segment.EARLIER_USER and at in new
            characters[Segment.USER if is_new else segment] += size
            pieces[Segment.USER if is_new else segment] += 1
        pieces[Segment.MEDIA] += message.media
    shown = [segment for segment in Segment if characters[segment] or pieces[segment]]
    estimated = apportion(of_text, [characters[segment] for segment in shown])
    fills = [
        Fill(segment, pieces[segment], characters[segment], share)
        for segment, share in zip(shown, estimated, strict=True)
    ]
    left = (tokens or 0) - sum(fill.tokens for fill in fills)
    return tuple(
        Fill(fill.segment, fill.pieces, 0, left) if fill.segment is Segment.MEDIA else fill for fill in fills
    )


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """Whole numbers in proportion to the weights that add up to the total (largest remainders)."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    shares = [total * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda at: -(total * weights[at] % whole))
    for at in order[: total - sum(shares)]:
        shares[at] += 1
    return shares


def _last_words(prompt: Prompt) -> set[int]:
    """Without a call before, the user's last words are the new ones, if the model has not answered them."""
    for at in range(len(prompt.messages) - 1, -1, -1):
        message = prompt.messages[at]
        if message.role == "user" and any(s is Segment.EARLIER_USER for s, _size in message.sizes):
            return {at}
    return set()


def _kept(previous: Prompt, prompt: Prompt) -> list[tuple[int, int]]:
    """(place before, place now) of each message that was sent before, in order."""
    before = [message.digest for message in previous.messages]
    now = [message.digest for message in prompt.messages]
    same = _same_beginning(before, now)
    pairs = [(at, at) for at in range(same)]
    rest_before, rest_now = before[same:], now[same:]
    if max(len(rest_before), len(rest_now)) > _LONGEST_ALIGNMENT:
        same_end = _same_beginning(rest_before[::-1], rest_now[::-1])
        ends = (len(before) - same_end, len(now) - same_end)
        return [*pairs, *((ends[0] + at, ends[1] + at) for at in range(same_end))]
    matcher = SequenceMatcher(None, rest_before, rest_now, autojunk=False)
    for a, b, size in matcher.get_matching_blocks():
        pairs += [(same + a + at, same + b + at) for at in range(size)]
    return pairs


def _same_beginning(before: Sequence[int], now: Sequence[int]) -> int:
    length = min(len(before), len(now))
    return next((at for at in range(length) if before[at] != now[at]), length)


def _change(previous: Prompt, prompt: Prompt, kept: Sequence[tuple[int, int]]) -> Change:
    """What stands between two kept messages on both sides was changed, the rest added or dropped."""
    roles: Counter[Role] = Counter()
    dropped = changed = 0
    at_before = at_now = 0
    for before, now in [*kept, (len(previous.messages), len(prompt.messages))]:
        replaced = min(before - at_before, now - at_now)
        changed += replaced
        dropped += before - at_before - replaced
        roles.update(message.role for message in prompt.messages[at_now + replaced : now])
        at_before, at_now = before + 1, now + 1
    return Change(
        kept=len(kept),
        added=tuple(roles.items()),
        dropped=dropped,
        changed=changed,
        tools_changed=previous.tools_digest != prompt.tools_digest,
    )


def _prefix(previous: Prompt, prompt: Prompt, usage: Usage, of_text: int, characters: int) -> Prefix:
    if previous.tools_digest != prompt.tools_digest:
        return Prefix(0, 0, -1, None, usage.cache_read)
    same = _same_beginning(
        [message.digest for message in previous.messages], [message.digest for message in prompt.messages]
    )
    size = prompt.tools_characters + sum(message.characters for message in prompt.messages[:same])
    is_whole = same == len(previous.messages)
    at = None if is_whole else same
    role = prompt.messages[same].role if at is not None and same < len(prompt.messages) else None
    return Prefix(same, _share(of_text, size, characters), at, role, usage.cache_read)


def _repetition(tokens: int, usage: Usage, prices: tuple[int, int] | None) -> Repetition:
    cached = None if usage.cache_read is None else min(usage.cache_read, tokens)
    if prices is None:
        return Repetition(tokens, cached, None, None)
    fresh_price, cached_price = prices
    had = cached or 0
    return Repetition(
        tokens,
        cached,
        usd=_usd((tokens - had) * fresh_price + had * cached_price),
        saved_usd=_usd(had * (fresh_price - cached_price)),
    )


def _usd(atto: int) -> Decimal:
    return plain(Decimal(atto) / ATTO_USD)
