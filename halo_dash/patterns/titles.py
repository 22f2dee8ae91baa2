"""What a failure cluster is called: the title of its first finding, without what differs from run to run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile

from halo_dash.detect.templates import HOLE, masked
from halo_dash.model.cluster_note import ClusterNote
from halo_dash.model.judged import ClusterIdentity
from halo_dash.patterns.predicates import cause_of, predicate_of

OPEN = "…"
_LEAST_WORDS = 2
"""That titles of a group must begin with alike to be called by these words."""

_LISTED = 2
"""Things that are named before the others are counted."""
_MANY_HOLES = 2
"""A title with so many, and not more words, says little."""
_WORD = re.compile(r"[^\W\d_]{2,}")

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
    rule = (rules or {}).get(identity.rule) or identity.rule.replace("-", " ").capitalize()
    known = tuple(known)
    if identity.title:
        words = readable(identity, known)
        rest = words.replace(named(identity, known), "", 1)
        if rest.count(OPEN) < _MANY_HOLES or len(_WORD.findall(rest)) > _MANY_HOLES:
            return _with_cause(words, identity) if identity.name == identity.group else words
    return _told(identity, members or [identity], rule, known)


def _told(
    identity: ClusterIdentity, members: Sequence[ClusterIdentity], rule: str, known: Sequence[str]
) -> str:
    """What several titles say, or one that says little: what it is about, and what went wrong."""
    titles = [readable(each, known) for each in members if each.title]
    names = [named(each, known) for each in members]
    words = _common(titles)
    if len(words.split()) >= _LEAST_WORDS and len(titles) > 1 and not _breaks_off(words, titles, names):
        return _with_cause(words.rstrip(": "), identity)
    rests = {title.replace(name, "", 1).strip(" :") for title, name in zip(titles, names, strict=False)}
    subjects = list(dict.fromkeys(name for name in names if name != OPEN))
    is_one = len(rests) == 1 and len(titles) > 1 and all(rest.count(OPEN) < _MANY_HOLES for rest in rests)
    # What stands around a subject is no predicate of it.
    is_one = is_one and all(title.startswith(name) for title, name in zip(titles, names, strict=False))
    said = rests.pop().removeprefix("was ") if is_one else predicate_of(identity.rule, rule, identity.cause)
    if not subjects:
        return said[:1].upper() + said[1:]
    return f"{_listed(subjects)}: {said}"


def named(identity: ClusterIdentity, known: Iterable[str] = ()) -> str:
    """What a cluster is about; `OPEN` where that is not known."""
    if "<" not in identity.subject:
        return identity.subject or OPEN
    names = sorted({name for name in known if masked(name) == identity.subject})
    return " or ".join(names) if 0 < len(names) <= _LISTED else _listed(names) if names else OPEN


def _listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and 3 others`."""
    if len(names) <= _LISTED:
        return " and ".join(names)
    others = len(names) - _LISTED
    return f"{', '.join(names[:_LISTED])} and {others} other{'' if others == 1 else 's'}"


def readable(identity: ClusterIdentity, known: Iterable[str] = ()) -> str:
    """The title of one cluster with its holes open."""
    subject = identity.subject
    if subject and "<" not in subject and subject in identity.title:
        # The name of a model has digits, which is no reason to leave it out.
        before, _, after = identity.title.partition(subject)
        gaps = (" " if before.endswith(" ") else "", " " if after.startswith(" ") else "")
        text = f"{masked(before)}{gaps[0]}{subject}{gaps[1]}{masked(after)}"
    else:
        text = masked(identity.title)
        if subject in text and "<" in subject:
            text = text.replace(subject, named(identity, known), 1)
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


def _breaks_off(words: str, titles: Iterable[str], names: Iterable[str]) -> bool:
    """Whether words that titles begin with end before what these are about: `The run gave up after`."""
    return any(
        title.find(name) + len(name) > len(words)
        for title, name in zip(titles, names, strict=False)
        if name in title
    )


def _with_cause(words: str, identity: ClusterIdentity) -> str:
    said = cause_of(identity.rule, identity.cause)
    return words if not said or said in words or identity.cause in words else f"{words}: {said}"
