"""What makes two findings the same failure: the rule, the thing it is about, and the wording of its cause."""

from __future__ import annotations

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
        subject=masked(finding.subject)[:120],
        cause=finding.cause or "",
        template=masked(finding.detail),
    )
