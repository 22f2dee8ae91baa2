"""What an answer says of itself: that there is none, that nothing was found, or whose result it uses."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_OPENING: Final = 400
"""Characters of an answer that are looked at: one that gives up says so at its beginning."""

_NOT: Final = r"(?:n[\u2019']t|\ not)"
_GIVES_UP: Final = re.compile(
    rf"""
        \b(?:sorry|apologi[sz]e|apologies|unfortunately|regret(?:tably|fully)?)\b
      | \b(?:unable|not\ able|failed|impossible|not\ possible)\ to\b
      | \b(?:unsuccessful|not\ successful)\b
      | \bcould{_NOT}\b
      | \b(?:can[\u2019']t|cannot|can\ not|(?:was|were|am|is|are|do|does|did){_NOT})
        .{{0,30}}\b(?:able|access|answer|available|book|check|complete|confirm|connect|continue|create|determine
        |do|execute|exist|fetch|find|finish|found|fulfil|get|give|help|identify|know|load|locate|look|open
        |perform|possible|proceed|process|provide|reach|read|respond|retrieve|run|search|see|tell|update|verify
        |work)
      | \b(?:unavailable|not\ available|out\ of\ service|timed\ out|went\ wrong)\b
      | \bcannot\ be\b | \btry\ again\ later\b | \bdid\ not\ manage\b | \bno\ way\ to\b
      | \ban?\ (?:\w+\ )?(?:error|issue|problem)\ (?:occurred|prevented|while|with)\b
      | \b(?:leider|entschuldig\w*|bedaue?r\w*|fehlgeschlagen)\b | \btut\ mir\ (?:sehr\ )?leid\b
      | \b(?:konnte|kann|konnten|können)\b.{{0,60}}\bnicht\b
      | \bnicht\ (?:möglich|verfügbar|gefunden|erreichbar|gelungen)\b
      | \b(?:désolée?s?|malheureusement|indisponible|échoué)\b | \bimpossible\ d[e\u2019']
      | \bje\ (?:ne|n[\u2019'])\s?(?:peux|suis|parviens|ai)\ pas\b
      | \b(?:lo\ siento|lamentablemente|desafortunadamente|por\ desgracia|disculp\w+)\b
      | \bno\ (?:he\ |se\ |ha\ )?(?:puedo|pude|podido|pudo|logré|logrado|encontré|encontrado|está\ disponible
        |fue\ posible|es\ posible|sido\ posible)\b
      | \b(?:desculp\w+|infelizmente)\b | \bnão\ (?:consegui|posso|pude|foi\ possível|encontrei)\b
      | \b(?:mi\ dispiace|purtroppo)\b | \bnon\ (?:posso|riesco|sono\ riuscit[oa]|è\ (?:stato\ )?possibile)\b
      | к\ сожалению | извините | не\ удалось | не\ могу
      | 抱歉 | 对不起 | 對不起 | 很遗憾 | 遺憾 | 无法 | 無法 | 未能 | 没能 | 没有找到 | 找不到
      | 失败 | 失敗 | 不可用
      | 申し訳 | すみません | ごめん | 残念 | できません | できなかった
      | 見つかりません | 見つからな | わかりません
      | 죄송 | 유감 | (?:할|찾을|알)\ 수\ 없 | 못했 | 실패
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""Words with which an answer says that it is none."""

_APOLOGY: Final = re.compile(
    r"""\b(?:sorry|apologi[sz]e|apologies|unfortunately|regret\w*|unable|failed|unavailable
    |leider|tut\ mir|désolée?s?|malheureusement|lo\ siento|lamentablemente|infelizmente|purtroppo)\b
    |抱歉|对不起|申し訳|죄송""",
    re.IGNORECASE | re.VERBOSE,
)
_NOT_THERE: Final = re.compile(
    rf"""\b(?:can[\u2019']t|cannot|(?:could|was|were|did|does|do|is|are){_NOT})\ (?:be\ |been\ |any\ )?
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

_TOKEN: Final = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]{4,}")
_LONGEST: Final = 20_000
_LEAST_WORDS: Final = 2


def gives_up(answer: str) -> bool:
    """Whether an answer says that there is none."""
    return _says_so(answer[:_OPENING])


@lru_cache(maxsize=256)
def _says_so(opening: str) -> bool:
    """Kept, for every failure of a run asks it of the same answer."""
    return _GIVES_UP.search(opening) is not None


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
