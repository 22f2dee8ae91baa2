"""What an answer says of itself: that there is none, that nothing was found, or whose result it uses."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from halo_dash.detect.error_shape import error_shape
from halo_dash.detect.giving_up import CONDITION, ENDING, NOT, OPENING, QUOTED, WHOLE

_OPENING: Final = 400
"""Characters of an answer that are looked at: one that gives up says so at its beginning, or at its end."""
_ENDING: Final = 400

_APOLOGY: Final = re.compile(
    r"""\b(?:sorry|apologi[sz]e|apologies|unfortunately|regret\w*|unable|failed|unavailable
    |leider|tut\ mir|désolée?s?|malheureusement|lo\ siento|lamentablemente|infelizmente|purtroppo)\b
    |抱歉|对不起|申し訳|죄송""",
    re.IGNORECASE | re.VERBOSE,
)
_NOT_THERE: Final = re.compile(
    rf"""\b(?:can[\u2019']t|cannot|(?:could|was|were|did|does|do|is|are){NOT})\ (?:be\ |been\ |any\ )?
        (?:find|found|exist|locate|located|there|recognised|recognized|match)
      | \b(?:no\ such|not\ found|nothing\ found)\b | \b(?:there\ (?:is|are)|found)\ no\b
      | \bno\ [\w\ -]{{1,40}}\b(?:found|exists?|matche[sd]?|with|by|named|called)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)

_NOTHING_OPENING: Final = 200
_NOTHING: Final = re.compile(
    r"""\b(?:no|none|nothing|nobody|neither|zero|without\ any|empty)\b | (?<![\d.,])0(?![\d.,])
      | (?:n[\u2019']t|\bnot|\bnever)\b.{0,30}\b(?:any\w*|appear\w*|contain\w*|exist\w*|find|found|have|know
        |listed|match\w*|present|return\w*|see|seen|sure|there|used|yet)\b
      | \b(?:kein\w*|nichts?|niemand|aucune?|rien|ning[uú]n[oa]?|nada)\b
      | \b(?:nessun[oa]?|niente|nenhuma?|não)\b | 没有 | 沒有 | ありません | ない | なし | 없""",
    re.IGNORECASE | re.VERBOSE,
)

_AROUND_ERROR: Final = 60
"""Characters beside the message of an error that is an answer: `{"answer": null, "error": …}`."""
_TOKEN: Final = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]{4,}")
_LONGEST: Final = 20_000
_LEAST_WORDS: Final = 2


def gives_up(answer: str) -> bool:
    """Whether an answer says that there is none, or that a part of it is missing.

    Not what it quotes, nor what it says of cases that may arise.
    """
    return _says_so(answer[:_OPENING], answer[_OPENING:][-_ENDING:])


@lru_cache(maxsize=256)
def _says_so(opening: str, ending: str) -> bool:
    """Kept, for every failure of a run asks it of the same answer."""
    if not ending and (WHOLE.fullmatch(opening) or _is_error(opening)):
        return True
    return OPENING.search(_own_words(opening)) is not None or ENDING.search(_own_words(ending)) is not None


def _is_error(answer: str) -> bool:
    """Whether it is an error as tools return them, and nothing else."""
    found = error_shape(answer)
    return found is not None and not found.is_prose and len(answer) - len(found.message) <= _AROUND_ERROR


def _own_words(text: str) -> str:
    left = CONDITION.sub(" ", QUOTED.sub(" ", text))
    return left if any(letter.isalnum() for letter in left) else text


def says_not_there(answer: str) -> bool:
    """Whether it tells as a fact, without an apology, that what was asked for does not exist."""
    opening = answer[:_OPENING]
    return _APOLOGY.search(opening) is None and _NOT_THERE.search(opening) is not None


def says_nothing(answer: str) -> bool:
    """Whether it tells at its beginning that there is nothing: it goes by what was (not) found."""
    return _NOTHING.search(answer[:_NOTHING_OPENING]) is not None or gives_up(answer)


def uses(answer: str, result: str, known: str, least: int = _LEAST_WORDS) -> bool:
    """Whether an answer tells what a result told and nobody had said before: so many words, or a number."""
    news = (_tokens(answer) & _tokens(result)) - _tokens(known)
    return len(news) >= least or any(token[0].isdigit() and len(token) > 1 for token in news)


def _tokens(text: str) -> set[str]:
    return {token.lower() for token in _TOKEN.findall(text[:_LONGEST])}
