"""The slow path that names faults and the fast path that finds them never disagree, whatever is sent."""

import copy
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from events.declare import CATALOGUE
from events.vocabulary import LOCAL_ACTOR
from services.api.commands.diagnosis import diagnosed
from services.api.commands.reading import read_command
from services.api.faults import FAULTS, INVALID_VALUE, Malformed
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
    try:
        read_command(body, LOCAL_ACTOR)
    except Malformed as e:
        assert e.faults
        assert all(f.code in FAULTS and f.code != INVALID_VALUE for f in e.faults), e.faults
        for fault in e.faults:
            assert fault.told("vi").message
            assert len(fault.got or "") <= 80
    else:
        assert diagnosed(body, None) == []


@settings(max_examples=300, deadline=None)
@given(st.data(), st.sampled_from([k.name for k in commands()]))
def test_broken_bytes_are_told_and_never_raise_anything_else(data: st.DataObject, name: str) -> None:
    body = bytearray(msgspec.json.encode(example_of(CATALOGUE[name])))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(body) - 1))
        body[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    try:
        read_command(bytes(body), LOCAL_ACTOR)
    except Malformed as e:
        assert e.faults


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([k.name for k in commands() if k.sealed]), anything)
def test_nothing_of_a_sealed_field_is_shown(name: str, odd: Any) -> None:
    kind = CATALOGUE[name]
    sent = example_of(kind)
    sealed = next(iter(kind.sealed))
    for value in ([SECRET], {SECRET[:5]: SECRET}, SECRET * 400, SECRET + "\x00", {"x": [SECRET, odd]}):
        sent["data"] = {**kind.example, sealed: value}
        try:
            read_command(msgspec.json.encode(sent), LOCAL_ACTOR)
        except Malformed as e:
            told = [f.told("en") for f in e.faults if f.pointer.startswith(f"/data/{sealed}")]
            assert told
            assert all(SECRET not in (t.got or "") + t.message for t in told)
