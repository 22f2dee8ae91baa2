"""Looking through a whole trace at once for what is worth a look finds what looking at each text finds."""

from __future__ import annotations

from agent_run import Run
from hypothesis import given
from hypothesis import strategies as st

from halo_dash.detect.secrets import kinds_worth_a_look, sightings
from halo_dash.detect.sighted import sighted

PIECES = (
    "sk-",
    " task-list ",
    "AKIAABCDEFGHIJKLMNOP",
    " alice.b@corp.io ",
    "4111 1111 1111 1111",
    "+49 170 1234567",
    "https://u:passw0rd@host.de",
    "password = 'abcdefgh1'",
    "Bearer " + "a" * 30,
    "hf_" + "a" * 33,
    "DE89 3704 0044 0532 0130 00",
    "plain words",
    "123-45-6789",
)
texts = st.lists(st.lists(st.sampled_from(PIECES), max_size=4).map(" ".join), min_size=1, max_size=5)


@given(texts)
def test_a_text_says_the_same_alone_and_among_others(found):
    kinds = kinds_worth_a_look("\n".join(found))
    for text in found:
        assert list(sightings(text)) == list(sightings(text, kinds))


def test_each_trace_is_looked_through_for_itself():
    leaking = Run().llm("Write to alice.b@corp.io").subject()
    clean = Run().llm("All is well.").subject()
    assert set(sighted(leaking, "personal")) == {"e-mail address"}
    assert sighted(clean, "personal") == {}
    assert set(sighted(leaking, "personal")) == {"e-mail address"}
    assert sighted(leaking, "secret") == {}
