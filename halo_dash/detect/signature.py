"""What makes two findings the same failure: the rule, the thing it is about, and the wording of its cause."""

from __future__ import annotations

import re
from dataclasses import dataclass

from halo_dash.detect.templates import masked
from halo_dash.model.finding import Finding


@dataclass(frozen=True, slots=True)
class Signature:
    """Findings with equal signatures are the same failure."""

    rule: str
    subject: str
    cause: str
    template: str
    """The masked words of the error; empty where the rule and its subject say it all."""

    @property
    def family(self) -> tuple[str, str, str]:
        """What stays when wordings are left aside: near-equal templates are merged within one family."""
        return self.rule, self.subject, self.cause


def signature(finding: Finding) -> Signature:
    """The signature of a finding."""
    return Signature(
        rule=finding.rule,
        subject=_named(finding.subject)[:120],
        cause=finding.cause or "",
        template=masked(finding.detail),
    )


_NAME = re.compile(r"[\w.:@+-]{1,80}")
_LONG_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-f]{12,}|\d{6,}")


def _named(subject: str) -> str:
    """A name of a model or a tool as it is (`gpt-4o-mini` is no id), but for ids inside it; else masked."""
    return _LONG_ID.sub("<id>", subject) if _NAME.fullmatch(subject) else masked(subject)
