"""Follow-up questions without a model: the findings whose words the question has, and no pretence of more."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from math import log

from halo_dash.analysis.report.brief import share_words
from halo_dash.analysis.report.marks import escaped
from halo_dash.analysis.report.plain import one_line
from halo_dash.model.report import Report, ReportFinding

MOST = 3
_WORD = re.compile(r"[^\W_]+")
_PLAIN = frozenset(
    _WORD.findall(
        "the and for are was were what why how when where who which that this with from have has had does "
        "did not can could should would will there their they them then than all any some more most about "
        "into you your our its runs run trace traces agent agents please tell show give find happen again "
        "often"
    )
)
"""Words that say nothing of what is asked for."""


def built_in_answer(report: Report, question: str) -> Report:
    """An answer to a follow-up: what of the report has the words of the question."""
    found = fitting(report.findings, question)
    head = (
        "The built-in analyst cannot hold a conversation: it counts, and reads no language. "
        "With a model configured, follow-ups are answered from the traces."
    )
    if not found:
        listed = "\n".join(f"{each.finding_id}. {escaped(one_line(each.title))}" for each in report.findings)
        rest = (
            f"No finding has the words of this question. The report has these:\n\n{listed}" if listed else ""
        )
        text = f"{head}\n\n{rest or 'The report has no findings.'}"
    else:
        blocks = "\n\n".join(_block(each) for each in found)
        text = f"{head}\n\nThese findings have words of your question:\n\n{blocks}"
    return Report(
        title="What the report has on this",
        summary=text,
        not_judged=("The question itself: no model read it.",),
        author="built_in",
        citations=tuple(each.evidence[0] for each in found if each.evidence),
    )


def fitting(findings: Sequence[ReportFinding], question: str) -> tuple[ReportFinding, ...]:
    """Those that have words of a question, the best first: rare words count more."""
    asked = set(_words(question))
    texts = [Counter(_words(_text(each))) for each in findings]
    scores = []
    for finding, text in zip(findings, texts, strict=True):
        score = sum(
            log(1 + len(findings) / sum(bool(other[word]) for other in texts)) for word in asked if text[word]
        )
        scores.append((score, finding))
    best = sorted((each for each in scores if each[0] > 0), key=lambda each: -each[0])
    return tuple(finding for _score, finding in best[:MOST])


def _text(finding: ReportFinding) -> str:
    check = finding.check.query if finding.check is not None else ""
    parts = (finding.title, finding.category, finding.explanation, finding.hypothesis, finding.fix, check)
    return " ".join(parts)


def _words(text: str) -> Iterator[str]:
    for found in _WORD.finditer(text.casefold()):
        word = found[0]
        if len(word) > 2 and word not in _PLAIN and not word.isdigit():
            yield _stem(word)


def _stem(word: str) -> str:
    """`timeouts` and `timeout`, `failed` and `fails`: enough for words of one language among many."""
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word.removesuffix(ending)
    return word


def _block(finding: ReportFinding) -> str:
    lines = [f"**{finding.finding_id}. {escaped(one_line(finding.title))}** ({share_words(finding)})"]
    lines += [finding.hypothesis, finding.fix]
    return "\n\n".join(filter(None, lines))
