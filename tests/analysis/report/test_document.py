"""The document: something one would send, and nothing in it takes effect that others wrote."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from halo_dash.analysis.report.archive import report_from_json, report_json
from halo_dash.analysis.report.brief import share_words
from halo_dash.analysis.report.document import check_path, citation_path, render_markdown
from halo_dash.analysis.report.marks import is_own_page
from halo_dash.analysis.report.prose import safe_html, safe_markdown
from halo_dash.analysis.report.provenance import Provenance
from halo_dash.errors import InvalidInputError
from halo_dash.model.filter import Filter
from halo_dash.model.report import Check, Citation, CodePlace, Report, ReportFinding
from halo_dash.model.run import Run, RunRequest, SelectionSize

QUOTED = Citation(
    trace_id="a" * 32, span_id="b" * 16, field="output", quote="timed out after 10 s", is_verified=True
)
DOUBTED = replace(
    QUOTED, quote="it never said so", is_verified=False, problem="The quote does not stand in 'output'."
)
FINDING = ReportFinding(
    finding_id="1",
    title="get_weather times out",
    category="tool failure",
    severity="high",
    explanation="It waits 10 s.",
    hypothesis="The backend is **slow**.",
    fix="Retry once.",
    runs=21,
    base=140,
    counted_runs=23,
    evidence=(QUOTED, DOUBTED),
    brief="Problem: get_weather times out\n```text\nquoted\n```\n",
    check=Check(query="tool=get_weather&status=error", hits=23, base=140),
    code=(CodePlace(path="a_b/c_d.py", line=3, commit="abcdef1", is_verified=True),),
)
REPORT = Report(
    title="Why runs fail",
    summary="Tools time out. **Retry them.**",
    findings=(FINDING,),
    not_judged=("Whether answers are right.",),
)
RUN = Run(
    run_id="r1",
    conversation_id="c1",
    kind="report",
    request=RunRequest(prompt="Why?", filter=Filter(agent=("support",))),
    state="completed",
    created_ns=1_800_000_000_000_000_000,
    size=SelectionSize(traces=20_000, spans=300_000, read_traces=700, read_spans=10_000),
)

# A renderer that lets raw HTML through.
EAGER = MarkdownIt("commonmark", {"html": True}).enable("table")


def test_the_document_says_it_all_in_order() -> None:
    text = render_markdown(REPORT, Provenance.of(RUN))
    parts = [
        "# Why runs fail",
        "Tools time out. **Retry them.**",
        "## Findings",
        "| 1 | get_weather times out | high | 21 of 140 runs as reported; the check counts 23 of 140 runs",
        "| 1 of 2 verified |",
        "### 1. get_weather times out",
        "**Evidence**",
        f"(/traces/{'a' * 32}?span={'b' * 16})",
        "  timed out after 10 s",
        "**Root cause (hypothesis)**",
        "The backend is **slow**.",
        "**Fix**",
        "`a_b/c_d.py:3`",
        "(/traces?status=error&tool=get_weather)",
        "23 of 140 runs of the selection match",
        "## Unverified evidence",
        "it never said so",
        "## Not judged",
        "## Briefs for a coding agent",
        "Problem: get_weather times out",
        "Run r1, 2027-01-15 08:00 UTC",
        "a sample of 700 of 20,000 traces",
    ]
    places = [text.find(part) for part in parts]
    assert -1 not in places, parts[places.index(-1)]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("runs", "base", "counted", "words"),
    [
        (21, 140, 21, "21 of 140 runs"),
        (21, None, 21, "21 of 140 runs"),
        (21, 140, 23, "21 of 140 runs as reported; the check counts 23 of 140 runs"),
        (21, 60, 21, "21 of 60 runs as reported; the check counts 21 of 140 runs"),
        (None, None, 1, "1 of 140 runs"),
    ],
)
def test_both_numbers_are_shown_where_they_differ(
    runs: int | None, base: int | None, counted: int, words: str
) -> None:
    check = Check(query="tool=a", hits=counted, base=140)
    assert share_words(replace(FINDING, runs=runs, base=base, counted_runs=counted, check=check)) == words


def test_a_number_that_nobody_counted_says_so() -> None:
    alone = replace(FINDING, check=None, counted_runs=None)
    assert share_words(alone) == "21 of 140 runs as reported, not counted"
    assert share_words(replace(alone, runs=None)) == ""


def test_what_is_missing_is_said_or_left_out() -> None:
    bare = replace(
        FINDING, evidence=(DOUBTED,), check=None, code=(), brief="", runs=None, base=None, counted_runs=None
    )
    text = render_markdown(replace(REPORT, findings=(bare,), is_partial=True, not_judged=()))
    assert "Nothing that is quoted for this finding could be verified." in text
    assert "Partial report" in text
    assert "not counted" in text
    assert "Briefs" not in text
    assert "Not judged" not in text
    answer = render_markdown(Report(title="No.", summary="It was the tool.", citations=(QUOTED,)))
    assert "## Sources" in answer
    assert "## Findings" not in answer


HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](https://evil.example/?leak=1)",
    "![x][1]\n\n[1]: https://evil.example/a.png",
    "[click me](https://evil.example)",
    "[click me](//evil.example)",
    "[click me](/\\evil.example)",
    "[click me](javascript:alert(1))",
    "[click me](data:text/html;base64,AAAA)",
    "<https://evil.example>",
    "see https://evil.example/x now, or www.evil.example",
    "a | b\n--- | ---\n<b>1</b> | ![i](http://evil.example)",
    "```\n</code><script>\n```\n<iframe src=x>",
    "````\n```\n# not ours\n````",
    "`` ` ``</code><svg onload=x>",
    "&lt;script&gt; &#60;script&#62; \\<script>",
    "> quote\n> <style>*{}</style>",
    "- [x](http://evil.example)\n  - <a href=x>",
    "\u202e<b>\x1b[31m",
    "[a](/traces/../../x)",
    "x\n\n    <script>indented()</script>",
)


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _value in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]


ALLOWED = set(
    re.findall(
        r"\w+",
        "p ul ol li blockquote table thead tbody tr th td strong em code pre br hr a h1 h2 h3 h4 h5 h6",
    )
)


def is_harmless(html: str) -> bool:
    seen = Tags(html)
    return (
        seen.tags <= ALLOWED
        and seen.attributes <= {"href", "class", "start"}
        and all(map(is_own_page, seen.links))
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_do_nothing_anywhere(text: str) -> None:
    hostile = replace(
        FINDING,
        title=text,
        category=text,
        explanation=text,
        hypothesis=text,
        fix=text,
        brief=text,
        evidence=(
            replace(QUOTED, quote=text, field=text),
            replace(DOUBTED, quote=text, problem=text, trace_id=text),
        ),
        check=Check(query=text, label=text, problem=text),
        code=(CodePlace(path=text, problem=text),),
    )
    document = render_markdown(Report(title=text, summary=text, findings=(hostile,), not_judged=(text,)))
    html = EAGER.render(document)
    assert is_harmless(html), html
    assert is_harmless(safe_html(text)), safe_html(text)
    assert "\u202e" not in document
    assert "\x1b" not in document
    # Renderers that make links of bare addresses find none outside of code.
    outside = re.sub(r"<(code|pre)>.*?</\1>|<pre>.*?</pre>", "", html, flags=re.DOTALL)
    assert not re.search(r"https?://|www\.", re.sub(r"<[^>]*>", "", outside)), outside


@given(st.text(st.sampled_from("ab1 `*_[]()<>!#|\\\n-=&;:/\"'~+.>"), max_size=80))
def test_whatever_the_summary_is_no_renderer_does_more_than_words(text: str) -> None:
    assert is_harmless(safe_html(text))
    once = safe_markdown(text)
    assert is_harmless(EAGER.render(once)), once


@given(st.text(st.sampled_from("ab1 `*_[]()<>!#|\\\n-=&~+."), max_size=40))
def test_titles_show_as_they_are(text: str) -> None:
    shown = " ".join(text.split())
    document = render_markdown(Report(title=f"T {text} T", summary="s"))
    (heading,) = re.findall(r"<h1>(.*)</h1>", EAGER.render(document))
    plain = re.sub(r"<[^>]*>", "", heading)
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        plain = plain.replace(entity, character)
    assert plain.split() == ["T", *shown.split(), "T"]


def test_the_safe_subset_keeps_its_form() -> None:
    text = "## Head\n\nOne **bold** and *lean* `code` [x](/traces/ab).\n\n- a\n- b\n\n1. c\n\n```\nx < 1\n```"
    assert safe_markdown(text, below=1) == text.replace("## Head", "### Head")
    assert safe_html(text, below=1) == (
        "<h3>Head</h3><p>One <strong>bold</strong> and <em>lean</em> <code>code</code> "
        '<a href="/traces/ab">x</a>.</p>'
        "<ul><li>a</li><li>b</li></ul><ol><li>c</li></ol><pre><code>x &lt; 1\n</code></pre>"
    )


def test_addresses_lead_to_our_own_pages() -> None:
    assert is_own_page(citation_path(QUOTED))
    assert citation_path(replace(QUOTED, trace_id="../x?", span_id="&y")) == "/traces/..%2Fx%3F?span=%26y"
    assert check_path(Check(query="tool=a b")) == "/traces?tool=a+b"
    assert check_path(Check(query="toool=a")) == ""


TEXT = st.text(max_size=30)
CITED = st.builds(
    Citation, trace_id=TEXT, span_id=TEXT, field=TEXT, quote=TEXT, is_verified=st.booleans(), problem=TEXT
)
REPORTS = st.builds(
    Report,
    title=TEXT,
    summary=TEXT,
    findings=st.lists(
        st.builds(
            ReportFinding,
            finding_id=TEXT,
            title=TEXT,
            category=TEXT,
            severity=st.sampled_from(["high", "medium", "low"]),
            explanation=TEXT,
            hypothesis=TEXT,
            fix=TEXT,
            runs=st.none() | st.integers(0, 99),
            evidence=st.lists(CITED, max_size=2).map(tuple),
            check=st.none() | st.builds(Check, query=TEXT, hits=st.none() | st.integers(0, 99)),
            code=st.lists(st.builds(CodePlace, path=TEXT), max_size=2).map(tuple),
        ),
        max_size=2,
    ).map(tuple),
    not_judged=st.lists(TEXT, max_size=2).map(tuple),
    author=st.sampled_from(["model", "built_in"]),
    is_partial=st.booleans(),
    citations=st.lists(CITED, max_size=2).map(tuple),
)


@given(REPORTS)
def test_json_keeps_every_report(report: Report) -> None:
    assert report_from_json(report_json(report)) == report
    render_markdown(report)


def test_json_of_others_is_refused_in_words() -> None:
    for text, words in (
        ("{", "no report"),
        ("[]", "no version"),
        ('{"version": 99}', "newer halo-dash"),
        ('{"version": 1, "title": "t"}', "summary"),
    ):
        with pytest.raises(InvalidInputError) as caught:
            report_from_json(text)
        assert words in f"{caught.value.message} {caught.value.hint}"
