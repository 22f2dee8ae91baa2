"""The demo's researcher: searches the web, reads pages, answers with what it found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from halo_dash.transfer.demo.script import Agent, Ask, Refused, Run, Say, Tool, Trouble, Use

RESEARCHER = Agent(
    id="researcher",
    name="Researcher",
    service="research-agent",
    dialect="openinference",
    provider="google",
    model="gemini-2.5-pro",
    system=(
        "You are a careful research assistant. Search the web before you answer, read the most promising "
        "page, and "
        "say where a fact comes from. If nothing can be found, say so."
    ),
    tools=(
        Tool("web_search", "Search the web; a list of titles, addresses and snippets.", {"query": "string"}),
        Tool("fetch_page", "The text of a page.", {"url": "string"}),
    ),
    tokens_per_s=110.0,
)


@dataclass(frozen=True, slots=True)
class Question:
    """One thing people ask, with what the web says about it."""

    asked: str
    query: str
    site: str
    found: str
    answer: str


QUESTIONS = (
    Question(
        "How tall is the Eiffel Tower including its antennas?",
        "Eiffel Tower height with antennas",
        "toureiffel.example/facts",
        "Since a new antenna was mounted in March 2022 the tower measures 330 metres; the roof is at 300 "
        "metres.",
        "330 metres, since a new antenna was mounted in March 2022; without it the tower ends at about 300 "
        "metres.",
    ),
    Question(
        "What did the first transatlantic telegraph cable carry, and for how long did it work?",
        "first transatlantic telegraph cable 1858 how long did it work",
        "atlantic-cable.example/1858",
        "Queen Victoria's message of 98 words took 16 hours. The cable failed after three weeks, in "
        "September 1858.",
        "It carried greetings between Queen Victoria and President Buchanan, and failed after about three "
        "weeks in 1858.",
    ),
    Question(
        "Which countries run on 100 % renewable electricity today?",
        "countries with 100 percent renewable electricity",
        "energy-atlas.example/renewables",
        "Iceland, Albania, Paraguay, Bhutan, Nepal and Ethiopia generate more than 99 % of their power "
        "from renewables.",
        "A handful: Iceland, Albania, Paraguay, Bhutan, Nepal and Ethiopia are at more than 99 %, mostly "
        "with hydropower.",
    ),
    Question(
        "Compare the battery life of the three newest e-ink readers.",
        "e-ink reader battery life comparison",
        "readertests.example/battery",
        "In our loop the Folio 4 lasted 41 hours of page turning, the Inkpad Air 36, and the Leaf 29.",
        "In an independent loop test the Folio 4 lasted 41 hours, the Inkpad Air 36 and the Leaf 29.",
    ),
    Question(
        "What changed in the EU rules for home solar storage this year?",
        "EU home solar battery storage rules change",
        "eu-energy.example/storage",
        "Batteries under 30 kWh no longer need a separate grid permit; installers register them online in "
        "one step.",
        "Batteries under 30 kWh no longer need their own grid permit: the installer registers them online, "
        "in one step.",
    ),
    Question(
        "Why do aircraft cabins use bleed air, and which airliner does not?",
        "aircraft bleed air cabin pressure airliner without bleed air",
        "aero-notes.example/bleed-air",
        "Most jets tap compressor stages to pressurise the cabin. The 787 uses electric compressors instead.",
        "Because hot, pressurised air from the engine is there anyway. The Boeing 787 uses electric "
        "compressors instead.",
    ),
    Question(
        "How many people speak Basque as a first language?",
        "number of native Basque speakers",
        "linguistica.example/basque",
        "The 2021 survey counts about 806,000 speakers; roughly 430,000 of them learned it at home.",
        "About 430,000 learned it at home; with later learners there were some 806,000 speakers in the "
        "2021 survey.",
    ),
    Question(
        "Find the best supported open file formats for long-term photo archives.",
        "long-term photo archive open file formats recommendation",
        "archives.example/formats",
        "National libraries recommend uncompressed TIFF and, increasingly, lossless JPEG XL for masters.",
        "Uncompressed TIFF is the safe choice; several national libraries now also accept lossless JPEG XL "
        "for masters.",
    ),
    Question(
        "What is the usual lead time for a heat pump installation in the Netherlands?",
        "heat pump installation lead time Netherlands",
        "warmte.example/wachttijd",
        "Installers quote 8 to 14 weeks in spring and up to 20 weeks from September.",
        "Eight to fourteen weeks in spring; from September on plan with up to twenty.",
    ),
    Question(
        "Who designed the typeface on European motorway signs?",
        "typeface European motorway signs designer",
        "type-history.example/roads",
        "There is no single one: Britain uses Transport (Kinneir and Calvert), Germany DIN 1451, Spain "
        "Autopista.",
        "There is no single one: Britain uses Transport by Kinneir and Calvert, Germany DIN 1451, Spain "
        "Autopista.",
    ),
)
OBSCURE = (
    Question(
        "Who won the 2031 Lisbon robotics cup?",
        "Lisbon robotics cup winner",
        "",
        "",
        "Team Atlântico won the cup.",
    ),
    Question(
        "What is the weather station reading in Reykjavík harbour right now?",
        "Reykjavík harbour weather station reading",
        "",
        "",
        "It is around 4 °C with a light wind from the south-west.",
    ),
    Question(
        "What did analysts say about Fernhill Outdoor's third quarter?",
        "Fernhill Outdoor third quarter analysts",
        "",
        "",
        "Analysts were cautiously positive and pointed at strong sales of camping gear.",
    ),
    Question(
        "Which of our competitors launched a repair programme last month?",
        "outdoor brand repair programme launched",
        "",
        "",
        "I could not find a launch last month, but several brands are known to offer repairs.",
    ),
    Question(
        "How many visitors did the Aarhus trail fair have?",
        "Aarhus trail fair visitors",
        "",
        "",
        "The fair had roughly 12,000 visitors.",
    ),
)
_RATE_LIMIT = Trouble(
    "RateLimitError",
    "429 RESOURCE_EXHAUSTED: quota of 60 requests per minute for gemini-2.5-pro, retry in 2 s",
)
_FETCH_TIMEOUT = Trouble("ReadTimeout", "https://{site} did not answer within 15 s")


def research_run(number: int, planted: str | None) -> Run:
    """The question of that number to the researcher, with the failure `planted` in it."""
    make = _PLANTED.get(planted or "")
    return make(number) if make is not None else _found(_question(number))


def _question(number: int) -> Question:
    return QUESTIONS[number % len(QUESTIONS)]


def _search(of: Question) -> Use:
    result = [{"title": of.query.capitalize(), "url": f"https://{of.site}", "snippet": of.found[:70] + "…"}]
    return Use("web_search", {"query": of.query}, result, seconds=0.9)


def _fetch(of: Question) -> Use:
    return Use("fetch_page", {"url": f"https://{of.site}"}, of.found, seconds=0.7)


def _found(of: Question) -> Run:
    return Run(RESEARCHER, of.asked, (Ask((_search(of),)), Ask((_fetch(of),)), Say(of.answer)))


def _empty_search(number: int) -> Run:
    # The silent failure of this agent: the same query again, and an answer out of thin air.
    of = OBSCURE[number % len(OBSCURE)]
    nothing = Use("web_search", {"query": of.query}, [], seconds=0.8)
    tries = (2, 3, 3)[number % 3]
    return Run(RESEARCHER, of.asked, (*(Ask((nothing,)) for _ in range(tries)), Say(of.answer)))


def _fetch_recovers(number: int) -> Run:
    of = _question(number)
    trouble = Trouble(_FETCH_TIMEOUT.type, _FETCH_TIMEOUT.message.format(site=of.site))
    failing = Use("fetch_page", {"url": f"https://{of.site}"}, trouble=trouble, seconds=15.0)
    return Run(
        RESEARCHER, of.asked, (Ask((_search(of),)), Ask((failing,)), Ask((_fetch(of),)), Say(of.answer))
    )


def _rate_limit_recovers(number: int) -> Run:
    of = _question(number)
    return Run(
        RESEARCHER,
        of.asked,
        (Ask((_search(of),)), Refused(_RATE_LIMIT), Refused(_RATE_LIMIT), Ask((_fetch(of),)), Say(of.answer)),
    )


def _rate_limit_escapes(number: int) -> Run:
    of = _question(number)
    refused = (Refused(_RATE_LIMIT), Refused(_RATE_LIMIT), Refused(_RATE_LIMIT))
    return Run(RESEARCHER, of.asked, (Ask((_search(of),)), *refused), failed=_RATE_LIMIT)


def _prompt_growth(number: int) -> Run:
    # Whole pages go into the history and are resent with every call.
    picked = [_question(number + step) for step in range(0, 10, 2)]
    asked = "Write me a briefing on these: " + " ".join(of.asked for of in picked)
    reads = tuple(
        Ask((Use("fetch_page", {"url": f"https://{of.site}"}, _long_page(of), seconds=1.1),)) for of in picked
    )
    answer = "Here is your briefing.\n\n" + "\n\n".join(f"**{of.asked}** {of.answer}" for of in picked)
    return Run(RESEARCHER, asked, (Ask(tuple(_search(of) for of in picked)), *reads, Say(answer)))


def _long_page(of: Question) -> str:
    boilerplate = (
        "Cookie settings · Newsletter · About us · Imprint · Related: "
        + " · ".join(other.query for other in QUESTIONS)
        + ".\n"
    )
    return (boilerplate * 12) + of.found + "\n" + (boilerplate * 12)


_PLANTED: dict[str, Callable[[int], Run]] = {
    "empty_search_retried": _empty_search,
    "page_timeout_recovered": _fetch_recovers,
    "rate_limit_recovered": _rate_limit_recovers,
    "rate_limit_escaped": _rate_limit_escapes,
    "prompt_growth": _prompt_growth,
}
