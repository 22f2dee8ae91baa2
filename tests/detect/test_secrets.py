"""Secrets and personal data are told by their form, and by nothing less."""

from __future__ import annotations

import pytest
from agent_run import Run

from halo_dash.detect.secrets import sightings

A36, H32 = "aB3dE6gH9jK2mN5pQ8rS1tU4vW7xY0zA1bC2", "0123456789abcdef0123456789abcdef"
# Put together here, so that no scanner takes this file for a leak.
PLANTED = {
    "OpenAI key": "sk-" + "proj-" + A36 + A36,
    "Anthropic key": "sk-" + "ant-api03-" + A36,
    "AWS access key": "AKIA" + "Z7QRSTUVWXYZ2345",
    "AWS secret key": "aws_secret_access_key = " + A36 + "abcd",
    "Google API key": "AIza" + A36[:35],
    "Google OAuth token": "ya29." + A36,
    "GitHub token": "ghp_" + A36,
    "GitLab token": "glpat-" + A36[:20],
    "Slack token": "xoxb-" + "123456789012-" + A36,
    "Slack webhook": "https://hooks.slack.com/services/T01ABCDEF/B01ABCDEF/" + A36[:24],
    "Stripe key": "sk_" + "live_" + A36[:24],
    "Twilio key": "SK" + H32,
    "SendGrid key": "SG." + A36[:22] + "." + A36 + "abcdefg",
    "npm token": "npm_" + A36,
    "PyPI token": "pypi-AgEIcHlwaS5vcmc" + A36 + A36,
    "Hugging Face token": "hf_" + A36[:34],
    "Langfuse key": "sk-lf-01234567-89ab-cdef-0123-456789abcdef",
    "JSON web token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0." + A36,
    "private key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "password in an address": "postgres://admin:hunter22secret@db.internal/app",
    "bearer token": "Authorization: Bearer " + A36,
    "password": 'password: "correct-horse-battery"',
    "e-mail address": "ada.lovelace@analytical.org",
    "card number": "4111 1111 1111 1111",
    "IBAN": "DE89 3704 0044 0532 0130 00",
    "social security number": "078-05-1120",
    "phone number": "+47 22 12 34 56",
}

PLAIN = [
    "018f6a2e-7c1b-7e2a-9d3f-0123456789ab",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "call_9aB3dE6gH9jK2mN5pQ8rS1tU",
    "chatcmpl-9aB3dE6gH9jK2mN5pQ8rS1tU4vW7x",
    "4111 1111 1111 1112",
    "DE89 3704 0044 0532 0130 01",
    "user@example.com",
    "sk-your-key-goes-here-and-nowhere-else-please",
    "https://example.org/a:b@c",
    "The password is secret.",
    "order SKU-00123, 12.5 kg, 2031-05-06T07:08:09Z",
    "1780000000000000000",
    "tokens: 123456789012",
    "skating-proj-abc",
]


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_secret_is_found_where_it_stands(kind):
    text = f"before {PLANTED[kind]} after"
    found = {each.kind: text[each.start : each.end] for each in sightings(text)}
    assert found[kind] in text


@pytest.mark.parametrize("text", PLAIN)
def test_what_only_looks_like_one_is_none(text):
    assert not list(sightings(text))


def test_a_trace_with_a_key_shows_only_its_beginning():
    key = PLANTED["OpenAI key"]
    run = Run(question=f"My key is {key}, is it valid?").llm("Do not share it.")
    (found,) = run.findings("secret")
    assert found.evidence[0].quote == "sk-p…"
    assert key not in repr(found)


def test_a_secret_that_every_call_repeats_is_one_finding():
    run = Run(question=f"Write to {PLANTED['e-mail address']}").llm("a").say("user", "b").llm("c")
    (found,) = run.findings("personal-data")
    assert len(found.evidence) == 1
    assert found.severity == "info"


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("on 2024-05-27 and 2024-05-28 15:00 to 16:00", set()),
        ("2024-05-27 078-05-1120", {"social security number"}),
        ("NL91ABNA0417164300", {"IBAN"}),
        ("GB82 WEST 1234 5698 7654 32", {"IBAN"}),
        ("4111-1111-1111-1111", {"card number"}),
    ],
)
def test_a_number_beside_a_date_is_seen_and_a_date_is_none(text, kinds):
    assert {each.kind for each in sightings(text)} == kinds
