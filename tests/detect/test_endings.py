"""What came of a failure: the run ended in it, got over it, or nothing shows either."""

from __future__ import annotations

import pytest
from agent_run import Run

FAILS = "Error: boom"


def ending(run: Run, rule: str = "error-result") -> str:
    return next(iter(run.findings(rule))).ending


def run_of(*steps, answer: str | None) -> Run:
    run = Run()
    for name, arguments, result in steps:
        run.tool(name, arguments, result)
    return run if answer is None else run.llm(answer)


FAILED = ("get_weather", {"city": "Oslo"}, FAILS)


@pytest.mark.parametrize(
    ("later", "answer", "expected"),
    [
        ((), "It is 4 degrees.", "unclear"),
        ((), "Sorry, I could not find out.", "failed"),
        ((), "", "failed"),
        ((("get_weather", {"city": "Oslo"}, {"t": 4}),), "4 degrees.", "recovered"),
        ((("get_weather", {"city": "Oslo"}, {"t": 4}),), "Sorry, it is cold.", "recovered"),
        ((("get_weather", {"city": "Bergen"}, {"t": 4}),), "4 degrees.", "unclear"),
        ((("get_weather", {"city": "Bergen"}, {"t": 4}),), "I could not get Oslo.", "unclear"),
        ((("get_weather", {"city": "Oslo"}, FAILS),), "It is 4 degrees.", "unclear"),
        ((("forecast", {"city": "Oslo"}, "sunny"),), "It is sunny.", "recovered"),
        ((("weather2", {"city": "Oslo"}, "sunny"),), "Fine.", "recovered"),
        ((("get_station", {"city": "Oslo"}, "Blindern"),), "Fine.", "unclear"),
        ((("forecast", {"city": "Oslo"}, "sunny"),), "It is foggy.", "unclear"),
        ((("web_search", {"q": "Oslo rain"}, "It rains, 17.5 mm"),), "There were 17.5 mm.", "recovered"),
        ((("web_search", {"q": "Oslo rain"}, "heavy showers"),), "Expect heavy showers.", "recovered"),
        ((("web_search", {"q": "Oslo rain"}, "heavy showers"),), "I could not see heavy showers.", "unclear"),
        ((("web_search", {"q": "Oslo rain"}, "heavy showers"),), "It is so.", "unclear"),
        ((("web_search", {"q": "Bergen"}, "heavy showers"),), "Expect heavy showers.", "unclear"),
        (
            (("get_profile", {"user": "u1"}, {"name": "Ingrid Solberg"}),),
            "You are Ingrid Solberg.",
            "unclear",
        ),
        ((("list_users", {"q": "x"}, ["Ada"]),), "It is 4 degrees in Oslo.", "unclear"),
    ],
)
def test_the_ending_of_a_failed_tool(later, answer, expected):
    run = run_of(FAILED, *later, answer=answer)
    assert ending(run) == expected
    reported = Run().tool("get_weather", {"city": "Oslo"}, error="boom")
    for step in later:
        reported.tool(*step)
    assert ending(reported.llm(answer), "error-status") == expected


PAYS = ("refund_order", {"order": 7}, {"error": "payment gateway down"})
WRITES = ("write_file", {"path": "a.txt", "text": "x"}, "Error: EACCES: permission denied, open 'a.txt'")
MAILS = ("send_email", {"to": "ann@example.org", "body": "hi"}, "Error: SMTP 550 mailbox unavailable")
RUNS = ("bash", {"cmd": "ls reports"}, "Error: no such directory")


@pytest.mark.parametrize(
    ("failed", "later", "answer", "expected"),
    [
        (PAYS, ("get_order", {"order": 7}, {"item": "Walnut desk", "price": 349}),
         "Your refund of 349 for the Walnut desk has been issued.", "unclear"),
        (PAYS, ("refund_order", {"order": 8}, {"refund": "r8"}), "The refund is r8.", "unclear"),
        (PAYS, ("refund_order", {"order": 7}, {"refund": "r7"}), "The refund is r7.", "recovered"),
        (WRITES, ("list_files", {}, "readme.md license.md"),
         "I saved it next to readme.md and license.md.", "unclear"),
        (MAILS, ("send_email", {"to": "bob@example.org", "body": "hi"}, "sent"),
         "Both mails are sent.", "unclear"),
        (("order_status", {"order": 7}, FAILS), ("get_order", {"order": 7}, "It was shipped"),
         "It was shipped.", "recovered"),
        (RUNS, ("bash", {"cmd": "ls old/reports"}, "a.csv"), "There is a.csv.", "recovered"),
        (RUNS, ("bash", {"cmd": "date"}, "Monday"), "There is a.csv.", "unclear"),
        (("get_price", {"item": "item_a"}, "Error: no such item"), ("get_price", {"item": "item_b"}, 98),
         "Prices: b is 98.", "unclear"),
        (("book", {"day": "1 May"}, "Error: missing 1 required argument: seat"),
         ("book", {"day": "1 May", "seat": "4A"}, "Booked"), "Booked.", "recovered"),
        (("book", {"day": "1 May"}, "Error: full"),
         ("book", {"day": "1 May", "seat": "4A"}, "Booked"), "Booked.", "unclear"),
        (("get_time", {}, FAILS), ("get_time", {}, "12:30"), "It is 12:30.", "recovered"),
    ],
)  # fmt: skip
def test_what_acts_is_made_up_for_by_itself_alone(failed, later, answer, expected):
    assert ending(run_of(failed, later, answer=answer)) == expected


def test_a_tool_that_ran_beside_it_makes_up_for_nothing():
    run = Run().llm(calls=[("get_weather", {"city": "Oslo"}), ("get_weather", {"city": "Bergen"})])
    asked = [part["id"] for part in run.history[-1]["parts"]]
    for call_id, result in zip(asked, (FAILS, "4"), strict=True):
        said = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "get_weather"}
        run.span(
            "execute_tool get_weather",
            {**said, "gen_ai.tool.call.id": call_id, "gen_ai.tool.call.result": result},
        )
    assert ending(run.llm("It is so.")) == "unclear"


GIVING_UP = [
    "I couldn't look that up.",
    "I can't do it.",
    "I can\u2019t open the page.",
    "I was unable to get it.",
    "We did not manage to reach them.",
    "It failed to load.",
    "I'm sorry.",
    "That did not work.",
    "Something went wrong. Please try again later.",
    "Leider konnte ich die Datei nicht finden.",
    "Das ist nicht möglich.",
    "Désolé, le service est indisponible.",
    "Je n'ai pas pu ouvrir le fichier, c'est impossible d'y accéder.",
    "Lo siento, no pude encontrarlo.",
    "No he podido abrir el archivo.",
    "抱歉 我无法打开该页面。",
    "没有找到该文件。",
    "申し訳ありませんが、見つかりませんでした。",
    "ファイルを開くことができませんでした。",
    "죄송합니다.",
    "Извините, не удалось.",
    "I don't have that information right now.",
    "The lookup service encountered an error. Please contact support.",
    "It looks like the tool hit a snag, so please check back later.",
    "The weather service returned an error, so I don't have current conditions.",
    "There was a problem retrieving the data.",
    "No data was returned because the API is down.",
    "The lookup did not succeed.",
    "The system is down right now; please try again in a few minutes.",
    "I have no way of checking this.",
    "Based on general knowledge, it has 700,000 inhabitants; live data is currently inaccessible.",
    "N/A",
    "Unknown.",
    '{"answer": null, "error": "lookup down"}',
    "Error: boom",
    "## Report\n\n"
    + "This is the weekly report that you asked for. " * 12
    + "\n\nI was unable to retrieve the sales figures because the database is down.",
    "No tengo acceso a esos datos en este momento.",
    "Non ho trovato i dati richiesti.",
    "Helaas kon ik deze gegevens niet ophalen.",
    "Niestety nie udało się pobrać danych.",
    "Tyvärr kunde jag inte hämta uppgifterna.",
    "Üzgünüm, bu bilgiye ulaşamad\u0131m.",
    "Bu bilgiye ulaşamad\u0131m.",
    "عذراً، لم أتمكن من الحصول على البيانات.",
    "माफ़ कीजिए, मैं यह जानकारी नहीं ला सका।",
    "Det kunne jeg ikke finde.",
    "Je n'ai pas pu récupérer les données.",
]
ANSWERS = [
    "It is 4 degrees in Oslo.",
    "You can work with it now.",
    "Es sind vier Grad in Oslo.",
    "Il fait quatre degrés.",
    "Hace cuatro grados.",
    "奥斯陆现在四度。",
    "オスロは四度です。",
    "The canteen is open; do not forget your card.",
    'It means "Sorry, I could not find the file".',
    "In English: \u201cUnfortunately, the service is unavailable.\u201d",
    "Set the flag `--retry`. If the server is down, the client waits.",
    "The docs name two: `Error: not found` and `Error: service unavailable`.",
    "Prices are down 3 % on the week.",
    "You do not have to bring anything.",
    "Whenever a call returned an error, the client tries again.",
    "Steps:\n" + "Open the page and read it. " * 30 + "If you cannot log in, call us.",
    "Steps:\n" + "Open the page and read it. " * 30 + "Sorry for the length!",
    '{"answer": 5, "error": null}',
    "Er zijn vier graden in Oslo.",
    "Det är fyra grader.",
    "\U0001f44d",
    "Ajustei tudo: quatro graus.",
    "Ho trovato quattro gradi.",
    "Bilgiye ulaşt\u0131m: dört derece.",
    "I got the weather: it is 4 degrees, and the ferry is on time.",
]


@pytest.mark.parametrize("answer", GIVING_UP)
def test_an_answer_that_gives_up_ends_the_run(answer):
    assert ending(run_of(FAILED, answer=answer)) == "failed"


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_that_does_not_give_up_shows_nothing(answer):
    assert ending(run_of(FAILED, answer=answer)) == "unclear"


def test_to_say_as_a_fact_that_something_is_not_there_is_an_answer():
    step = ("find_customer", {"mail": "a"}, {"error": "Customer not found"})
    fact = run_of(step, answer="I could not find a customer with that address; please check the spelling.")
    assert ending(fact) == "unclear"
    assert not fact.verdict().is_failed_in_effect
    assert run_of(step, answer="Sorry, I could not find that customer.").verdict().is_failed_in_effect
    other = ("find_customer", {"mail": "a"}, {"error": "database is down"})
    assert run_of(other, answer="I could not find a customer.").verdict().is_failed_in_effect


def test_a_call_of_a_model_is_made_up_for_by_the_next():
    assert ending(Run().llm(error="HTTP 429").llm("It is 4 degrees."), "error-status") == "recovered"
    assert ending(Run().llm("a").llm(error="HTTP 429"), "error-status") == "unclear"


def test_a_step_that_went_well_later_is_recovered_and_another_is_not():
    run = Run()
    run.span("rerank", {}, status_code=2, status_message="boom")
    assert ending(run.llm("Fine."), "error-status") == "unclear"
    run.span("rerank", {})
    assert ending(run.llm("Fine."), "error-status") == "recovered"


def test_what_a_run_got_over_before_it_failed_of_something_else():
    run = Run(root_error="HTTP 500").tool("get_weather", {"city": "Oslo"}, error="timed out")
    run.tool("get_weather", {"city": "Oslo"}, {"t": 4}).llm(error="HTTP 500")
    endings = {found.subject: found.ending for found in run.findings("error-status")}
    assert endings == {"get_weather": "recovered", "gpt-4o-mini": "failed"}


def test_an_exception_inside_a_call_that_went_well_is_recovered():
    run = Run().llm("It is 4 degrees.")
    run.span("POST", {}, parent_span_id=run.spans[-1].span_id, status_code=2, status_message="HTTP 503")
    assert ending(run, "error-status") == "recovered"


def test_a_swallowed_exception_ends_as_its_tool_does():
    raised = "ValueError: bad"
    silent = Run().tool("get_weather", {"city": "Oslo"}, exception=raised)
    assert ending(silent.llm("4 degrees."), "swallowed-exception") == "unclear"
    again = Run().tool("get_weather", {"city": "Oslo"}, exception=raised)
    again.tool("get_weather", {"city": "Oslo"}, {"t": 4})
    assert ending(again.llm("4 degrees."), "swallowed-exception") == "recovered"


def test_malformed_arguments_that_the_tool_took_did_no_harm():
    took = Run().tool("x", "{'a': 1}", "fine").llm("Fine.")
    assert ending(took, "malformed-arguments") == "recovered"
    refused = Run().tool("x", '{"a": 1,', "Error: bad JSON").llm("I can't do it.")
    assert ending(refused, "malformed-arguments") == "failed"


def test_an_answer_that_was_cut_is_recovered_by_the_same_agent_only():
    assert ending(Run().llm("The three", finish="length").llm("One, two."), "cut-off") == "recovered"
    run = Run().llm("The three", finish="length")
    assert ending(run.llm("One, two", finish="length").llm("a", error="x"), "cut-off") == "unclear"
