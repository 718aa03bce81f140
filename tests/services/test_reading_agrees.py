"""The slow path that names faults and the fast path that finds them never disagree, whatever is sent."""

import copy
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.declare import CATALOGUE
from events.vocabulary import LOCAL_ACTOR
from services.api.commands.diagnosis import diagnosed
from services.api.commands.reading import read_command
from services.api.faults import FAULTS, INVALID_VALUE, Fault, Malformed
from services.api.openapi.kinds import commands, example_of

SECRET = "Điều không ai được đọc"

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(["", "a\n", "A b", "\x00", "2017-02-29", "2016-02-29", "x" * 5_000, "a\u0306", "cash"])
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something can be put instead."""
    inner: list[tuple[Any, ...]] = []
    if isinstance(value, dict):
        inner = [p for k, v in value.items() for p in places(v, (*path, k))] + [(*path, "unheard-of")]
    elif isinstance(value, list):
        inner = [p for k, v in enumerate(value) for p in places(v, (*path, k))]
    return [path, *inner] if path else inner


def faults_of(body: bytes) -> Sequence[Fault]:
    """None if the command is read; at least one otherwise."""
    try:
        read_command(body, LOCAL_ACTOR)
    except Malformed as e:
        return e.faults or pytest.fail("refused without saying why")
    return ()


@settings(max_examples=500, deadline=None)
@given(st.data(), st.sampled_from([k.name for k in commands()]), anything)
def test_faults_are_named_if_and_only_if_a_command_is_refused(
    data: st.DataObject, name: str, odd: Any
) -> None:
    sent = copy.deepcopy(example_of(CATALOGUE[name]))
    *path, last = data.draw(st.sampled_from(places(sent)))
    at: Any = sent
    for step in path:
        at = at[step]
    if data.draw(st.booleans()) and isinstance(at, dict) and last in at:
        del at[last]
    else:
        at[last] = odd
    body = msgspec.json.encode(sent)
    faults = faults_of(body)
    assert all(f.code in FAULTS and f.code != INVALID_VALUE for f in faults), faults
    assert all(f.told("vi").message and len(f.got or "") <= 80 for f in faults)
    if not faults:
        assert diagnosed(body, None) == []


@settings(max_examples=300, deadline=None)
@given(st.data(), st.sampled_from([k.name for k in commands()]))
def test_broken_bytes_are_told_and_never_raise_anything_else(data: st.DataObject, name: str) -> None:
    body = bytearray(msgspec.json.encode(example_of(CATALOGUE[name])))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(body) - 1))
        body[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    faults_of(bytes(body))


@settings(max_examples=300, deadline=None)
@given(st.data(), st.sampled_from([k.name for k in commands()]), st.sampled_from(["", " ", "\n\t"]))
def test_a_member_named_twice_anywhere_is_named(data: st.DataObject, name: str, space: str) -> None:
    sent = copy.deepcopy(example_of(CATALOGUE[name]))
    assert not faults_of(msgspec.json.encode(sent))
    *path, last = data.draw(st.sampled_from([p for p in places(sent) if p[-1] != "unheard-of"]))
    at: Any = sent
    for step in path:
        at = at[step]
    if isinstance(at, dict):
        at["again"] = at[last]
        body = msgspec.json.encode(sent).replace(b'"again":', f'"{last}"{space}:{space}'.encode())
        assert "duplicate-member" in [f.code for f in faults_of(body)]


def test_a_value_may_read_like_a_name_or_another_value() -> None:
    data = {"list": "purpose", "term": "term", "label": "list"}
    said = {"type": "TermDefined", "occurred_on": "2017-01-01", "data": data}
    assert not faults_of(msgspec.json.encode(said))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([k.name for k in commands() if k.sealed]), anything)
def test_nothing_of_a_sealed_field_is_shown(name: str, odd: Any) -> None:
    kind = CATALOGUE[name]
    sent = example_of(kind)
    sealed = next(iter(kind.sealed))
    for value in ([SECRET], {SECRET[:5]: SECRET}, SECRET * 400, SECRET + "\x00", {"x": [SECRET, odd]}):
        sent["data"] = {**kind.example, sealed: value}
        faults = [f for f in faults_of(msgspec.json.encode(sent)) if f.pointer.startswith(f"/data/{sealed}")]
        assert faults
        assert all(SECRET not in (f.got or "") + f.told("en").message for f in faults)
