"""The demo's handbook assistant: retrieval over a company's handbook."""

from __future__ import annotations

from dataclasses import dataclass

from halo_dash.transfer.demo.script import Agent, Retrieve, Run, Say

HANDBOOK = Agent(
    id="handbook",
    name="Handbook",
    service="handbook-rag",
    dialect="openinference",
    provider="openai",
    model="gpt-4.1-mini",
    system="Answer questions about working at Fernhill from the handbook excerpts. Quote the section.",
)


@dataclass(frozen=True, slots=True)
class Page:
    """A question and the handbook sections that answer it."""

    asked: str
    sections: tuple[tuple[str, float, str], ...]
    answer: str


PAGES = (
    Page(
        "How many days can I work from another country?",
        (
            ("remote-4", 0.83, "§4 You may work from another EU country for up to 30 days a year."),
            ("remote-5", 0.61, "§5 Tell People Operations two weeks before you leave."),
        ),
        "Up to 30 days a year within the EU (Remote work §4); tell People Operations two weeks before.",
    ),
    Page(
        "Who approves travel above 1,000 euros?",
        (("travel-2", 0.79, "§2 Trips above 1,000 EUR are approved by your lead and Finance."),),
        "Your lead together with Finance (Travel §2).",
    ),
    Page(
        "What do I do when I lose my laptop?",
        (
            ("security-7", 0.88, "§7 Report a lost device within one hour to security on call."),
            ("security-8", 0.64, "§8 Your lead orders the replacement the same day."),
        ),
        "Report it to security on call within one hour (Security §7); your lead orders a replacement the "
        "same day (§8).",
    ),
    Page(
        "Can I carry over unused vacation?",
        (("leave-3", 0.81, "§3 Up to five days carry over until the end of March."),),
        "Yes, up to five days until the end of March (Leave §3).",
    ),
    Page(
        "How is parental leave shared between partners?",
        (
            (
                "leave-9",
                0.77,
                "§9 Each parent takes 20 weeks at full pay; 8 of them can be given to the partner.",
            ),
        ),
        "Each parent has 20 weeks at full pay, and 8 of those can be given to the other (Leave §9).",
    ),
)
UNANSWERED = Page(
    "Is there a bike leasing programme?",
    (),
    "Yes, Fernhill offers bike leasing through your salary. (Benefits §2)",
)


def handbook_run(number: int, planted: str | None) -> Run:
    """The question of that number to the handbook; `nothing_retrieved` answers out of thin air."""
    of = UNANSWERED if planted == "nothing_retrieved" else PAGES[number % len(PAGES)]
    return Run(HANDBOOK, of.asked, (Retrieve(of.asked, of.sections), Say(of.answer)))
