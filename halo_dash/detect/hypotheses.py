"""Why something may go wrong again and again, and what one may try: words for each rule.

They are about what the rule has shown; nothing else is guessed. A rule of the user's own has none, so its
own words stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """`{}` is the subject: a tool, a model, a step."""

    why: str
    direction: str

    def about(self, subject: str) -> Hypothesis:
        """With the subject in its place."""
        name = subject or "a step"
        return Hypothesis(self.why.replace("{}", name), self.direction.replace("{}", name))


_PATIENCE: Final = (
    "Look at how long the good ones take: raise the limit, ask for less, or try once more after a pause."
)
_WAIT = "Wait longer between tries, ask for less at once, or raise the limit with the provider."
_LIMITED: Final = Hypothesis("{} is called faster than its limit allows.", _WAIT)
_SHORTEN: Final = "Shorten tool results before they enter the history, and sum up old turns."
_BY_RULE: Final[Mapping[str, Hypothesis]] = {
    "error-status": Hypothesis(
        "{} fails in the same way each time.",
        "Open an example: the error stands at the span in which it began. Mend the cause there, and say "
        "what to do without {}.",
    ),
    "error-result": Hypothesis(
        "{} returns errors as ordinary results: nothing around it notices, and the model takes them for "
        "answers.",
        "Raise the error in {} or set the span's status, and tell the model in the prompt what to do about "
        "it.",
    ),
    "swallowed-exception": Hypothesis(
        "{} catches its exceptions and returns nothing: whoever called it cannot tell failure from an empty "
        "answer.",
        "Return what went wrong from {}, or let the exception pass.",
    ),
    "unrecovered-tool": Hypothesis(
        "When {} fails the agent gives up: it has no second way to an answer.",
        "Give it a fallback for {} (another source, another query, a question to the user) and say so in "
        "the prompt.",
    ),
    "empty-answer": Hypothesis(
        "{} ends its turn without text or a tool call, and the run takes that for an answer.",
        "Ask again when the answer is empty, and look at what the last message before it asks for.",
    ),
    "cut-off": Hypothesis(
        "The output of {} does not fit: it is longer than the limit for output allows, or is withheld.",
        "Raise the limit for output tokens, or ask for a shorter answer in parts.",
    ),
    "refusal": Hypothesis(
        "{} takes the request for one that it must refuse.",
        "Read a few of the refused questions: say in the system prompt what the agent is for, or answer "
        "such questions before the model does.",
    ),
    "budget-exhausted": Hypothesis(
        "Runs use up their turns or their time before they are done: they do not come nearer to an end.",
        "Look at the last turns of an example for steps that repeat. Say in the prompt when to stop, before "
        "you raise the limit.",
    ),
    "malformed-arguments": Hypothesis(
        "The model writes arguments for {} that are no valid JSON.",
        "Use the provider's strict mode for {}, simplify its parameters, or send the error back to be "
        "mended.",
    ),
    "schema-violation": Hypothesis(
        "The model misreads how {} is to be called: its arguments break the schema that it was shown.",
        "Describe the parameters of {} with examples, use strict mode, or accept what the model tends to "
        "write.",
    ),
    "undeclared-tool": Hypothesis(
        "The model calls {}, which it was not offered: the prompt or an earlier turn speaks of it.",
        "Offer {}, or take its name out of the prompt.",
    ),
    "unanswered-call": Hypothesis(
        "{} is asked for and the loop goes on without its result.",
        "See that each tool call is answered, also when {} fails or is skipped.",
    ),
    "retry-loop": Hypothesis(
        "{} does not help and is asked again in nearly the same words: the query is not reformulated.",
        "Tell the model what to change after a vain try (broader terms, another tool), and stop after two.",
    ),
    "cycle": Hypothesis(
        "The same steps ({}) come round again with the same arguments: what they return does not change the "
        "plan.",
        "Return from each step what is still missing, and stop a circle after its second round.",
    ),
    "duplicate-call": Hypothesis(
        "{} is called again with the same arguments although its answer stands in the conversation.",
        "Keep answers of {} for the run, or return the first one with a note that it was asked before.",
    ),
    "repeated-output": Hypothesis(
        "{} says the same again, word for word: nothing new reaches it between its turns.",
        "Give it the result of its last step, and end the run when an output repeats.",
    ),
    "redundant-call": Hypothesis(
        "{} is asked the very same again, although its answer is known.",
        "Keep answers by their messages for the length of a run, or take out the second call.",
    ),
    "empty-result": Hypothesis(
        "{} finds nothing and the model answers without it.",
        "Say in the result of {} that nothing was found and what to try, and in the prompt what to answer "
        "then.",
    ),
    "context-filling": Hypothesis(
        "The history of {} grows with each turn until it nearly fills the window.",
        _SHORTEN,
    ),
    "history-truncated": Hypothesis(
        "Older messages are dropped before calls of {} without a word about what they said.",
        "Sum up what is dropped, and keep what the user asked for.",
    ),
    "outlier": Hypothesis(
        "{} is now and then far slower or dearer than it usually is.",
        "Compare an example with a usual run: its input is larger, or what it calls is slow.",
    ),
    "stall": Hypothesis(
        "Nothing happens for a while before {}: the run waits for something that is not traced.",
        "Trace what runs there (a queue, a lock, a retry with a pause), or give it a limit.",
    ),
    "unfinished": Hypothesis(
        "Spans of {} never end: the process is killed, or leaves without flushing.",
        "Shut the tracer provider down before the process ends.",
    ),
    "secret": Hypothesis(
        "Secrets ({}) reach the model and the trace: some prompt, argument or result holds them in the open.",
        "Take them out where they enter, and replace those that were seen.",
    ),
    "personal-data": Hypothesis(
        "Personal data ({}) reaches the model's provider.",
        "Mask it before it enters the prompt, if it need not be there.",
    ),
    "too-large": Hypothesis(
        "Runs are too long to be judged.",
        "Begin a new trace for each task of a process that runs on.",
    ),
}

_BY_CAUSE: Final[Mapping[tuple[str, str], Hypothesis]] = {
    ("retry-loop", "nothing found"): Hypothesis(
        "{} finds nothing and is asked again in nearly the same words: the query is not reformulated after "
        "an empty result.",
        "Say in the empty result what to change (broader terms, fewer words, another source), and stop "
        "after two tries.",
    ),
    ("error-status", "rate limit"): _LIMITED,
    ("error-result", "rate limit"): _LIMITED,
    ("retry-loop", "rate limit"): Hypothesis(
        "{} is over its limit and is asked again at once, so that the limit holds.", _WAIT
    ),
    ("error-status", "quota"): Hypothesis(
        "The account behind {} has used up its quota.", "Raise the quota, or use another account or model."
    ),
    ("error-status", "timeout"): Hypothesis(
        "{} does not answer in time.",
        _PATIENCE,
    ),
    ("error-result", "timeout"): Hypothesis(
        "{} does not answer in time, and says so only in its result.",
        _PATIENCE,
    ),
    ("error-status", "authentication"): Hypothesis(
        "{} does not accept the credentials that it is given.",
        "Renew them, and check them when the agent starts.",
    ),
    ("error-status", "context window"): Hypothesis(
        "The prompt of {} grows beyond its context window.",
        _SHORTEN,
    ),
    ("error-status", "invalid arguments"): Hypothesis(
        "{} is called with arguments that it does not accept.",
        "Describe its parameters with examples, and send the error back so that the model can mend them.",
    ),
    ("error-result", "not found"): Hypothesis(
        "{} is asked for things that do not exist, and says so only in its result.",
        "Let the model look names and ids up before it uses them.",
    ),
}


def hypothesis(rule: str, cause: str, subject: str) -> Hypothesis | None:
    """What a rule's findings point to; None for a rule that nothing is known of."""
    found = _BY_CAUSE.get((rule, cause)) or _BY_RULE.get(rule)
    return None if found is None else found.about(subject)
