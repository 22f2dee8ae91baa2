"""What others add to halo: rules of your own, from a folder or from an installed package.

A rule of your own is a function in a file of `halo_rules/`:

    from halo_dash.plugins import Finding, Evidence, Subject, rule

    @rule("no-apology", title="The answer apologises")
    def no_apology(subject: Subject):
        \"\"\"Claims: the last words of the run contain "sorry".\"\"\"
        if subject.answer and "sorry" in subject.answer.lower():
            call = subject.last_call
            yield Finding(
                rule="no-apology", severity="low", title="The answer apologises",
                explanation="Customers asked us not to.", ending="none",
                evidence=(Evidence(call.span.span_id, "output", "sorry"),),
            )

A package offers rules through the entry point group `halo_dash`: an object or module with a function
`halo_rules()` marked with `hookimpl`, which returns them.
"""

from halo_dash.detect.rule import Rule, rule
from halo_dash.model.finding import Evidence, Finding, Waste
from halo_dash.model.judged import RuleProblem
from halo_dash.model.subject import LlmCall, Subject, SubjectSpan, ToolUse
from halo_dash.plugins.hooks import hookimpl
from halo_dash.plugins.loading import LoadedRules, load_rules

__all__ = [
    "Evidence",
    "Finding",
    "LlmCall",
    "LoadedRules",
    "Rule",
    "RuleProblem",
    "Subject",
    "SubjectSpan",
    "ToolUse",
    "Waste",
    "hookimpl",
    "load_rules",
    "rule",
]
