"""Values that are made quickly behave like any frozen dataclass."""

import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, replace

import pytest

from halo_dash.model.observation import Observation
from halo_dash.model.quick import quick
from halo_dash.model.span import Span
from halo_dash.model.trace import SpanReading


@dataclass(frozen=True, slots=True)
class Plain:
    name: str
    tags: dict[str, int] = field(default_factory=dict)
    size: int = 3


@quick
@dataclass(frozen=True, slots=True)
class Quick:
    name: str
    tags: dict[str, int] = field(default_factory=dict)
    size: int = 3


def test_it_takes_the_same_arguments_and_has_the_same_defaults() -> None:
    assert asdict(Quick("a")) == asdict(Plain("a"))
    assert asdict(Quick("a", {"b": 1}, size=9)) == asdict(Plain("a", {"b": 1}, size=9))
    for cls in (Quick, Span, Observation, SpanReading):
        assert list(inspect.signature(cls).parameters) == [each.name for each in fields(cls)]
    with pytest.raises(TypeError):
        Quick()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Quick("a", colour="red")  # type: ignore[call-arg]


def test_a_default_that_is_made_is_made_anew_each_time() -> None:
    assert Quick("a").tags is not Quick("a").tags


def test_it_is_frozen_and_has_no_other_attributes() -> None:
    value = Quick("a")
    assert type(value) is Quick
    with pytest.raises(FrozenInstanceError):
        value.name = "b"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del value.name
    assert not hasattr(value, "__dict__")


def test_equality_hashes_copies_and_pickles_are_those_of_a_dataclass() -> None:
    one = Observation(model="m", session_id="s")
    same = Observation(model="m", session_id="s")
    assert one == same
    assert hash(one) == hash(same)
    assert replace(one, model="n") != one
    assert copy.deepcopy(one) == one
    assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301 - our own
    assert repr(Quick("a")) == repr(Plain("a")).replace("Plain", "Quick")
