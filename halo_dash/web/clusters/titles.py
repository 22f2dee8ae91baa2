"""What a failure cluster is called: the title of its first finding, without what differs from run to run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile

from halo_dash.detect.templates import HOLE, masked
from halo_dash.model.cluster_note import ClusterNote
from halo_dash.model.judged import ClusterIdentity

OPEN = "…"
_LEAST_WORDS = 2
"""That titles of a group must begin with alike to be called by these words."""

_MASK = re.compile(r"<(?:url|email|id|time|path|value|n|\*)>")
# `{'error': {'message': …, 'type': …}}` says no more than one hole does.
_HOLES = re.compile(r"…(?:[\s.{}\[\]():,;'\"<>=-]*…)+")
_DANGLING = re.compile(r"(?<=\w)[\s{\[(:,;'\"-]*…[\s{\[(:,;'\"-]*$")


def title_of(
    identity: ClusterIdentity,
    members: Sequence[ClusterIdentity] = (),
    *,
    note: ClusterNote | None = None,
    rules: Mapping[str, str] | None = None,
    known: Iterable[str] = (),
) -> str:
    """The name that people gave it, else its title in plain words.

    `rules` has the titles of rules, `known` what its runs used: a model whose name has digits stands masked
    in the identity.
    """
    if note is not None and note.title:
        return note.title
    if identity.title:
        return readable(identity, known)
    words = _common([readable(each, known) for each in members])
    if len(words.split()) >= _LEAST_WORDS:
        return _with_cause(words.rstrip(": "), identity.cause)
    rule = (rules or {}).get(identity.rule) or identity.rule.replace("-", " ").capitalize()
    return _with_cause(rule, identity.cause)


def readable(identity: ClusterIdentity, known: Iterable[str] = ()) -> str:
    """The title of one cluster with its holes open."""
    text = masked(identity.title)
    if "<" in identity.subject and identity.subject in text:
        names = sorted({name for name in known if masked(name) == identity.subject})
        text = text.replace(identity.subject, " or ".join(names) if 0 < len(names) <= 2 else OPEN, 1)
    text = opened(_with_holes(text, identity.template))
    return text if re.search(r"[^\W\d_]{3}", text) else identity.title


def opened(wording: str) -> str:
    """A masked text with its masks as ellipses."""
    text = _HOLES.sub(OPEN, _MASK.sub(OPEN, wording))
    return _DANGLING.sub(f" {OPEN}", text)


def _with_holes(text: str, template: str) -> str:
    """A title that quotes a wording has the holes of that wording; the title may break off before its end."""
    words, wording = text.split(), template.split()
    if HOLE not in wording:
        return text
    for begin in range(len(words)):
        pairs = list(zip(words[begin:], wording, strict=False))
        # The last word of a title may be cut off.
        equal = [other in {one, HOLE} for one, other in pairs]
        if sum(one == other for one, other in pairs) >= min(_LEAST_WORDS, len(pairs)) and all(equal[:-1]):
            quoted = [OPEN if other == HOLE else one for one, other in pairs]
            return " ".join([*words[:begin], *quoted, *words[begin + len(pairs) :]])
    return text


def _common(titles: Sequence[str]) -> str:
    """The words that all titles begin with."""
    rows = zip(*(title.split() for title in titles), strict=False)
    return " ".join(row[0] for row in takewhile(lambda row: len(set(row)) == 1, rows))


def _with_cause(words: str, cause: str) -> str:
    return f"{words}: {cause}" if cause and cause not in words else words
