"""Why a command could not be read: every fault, each with the field it is in."""

import difflib
import json
import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from events.declare import CATALOGUE
from services.api.checking import EVERY, LongNumber, Members, faults_of, invalid, step, type_of
from services.api.commands.envelope import FIELDS, FIRST_YEAR
from services.api.faults import (
    DUPLICATE_MEMBER,
    MALFORMED_JSON,
    MISSING_FIELD,
    NOT_A_COMMAND,
    NOT_UTF8,
    OUT_OF_RANGE,
    TOO_DEEP,
    UNKNOWN_COMMAND_TYPE,
    UNKNOWN_FIELD,
    WRONG_TYPE,
    Fault,
    Malformed,
    shown,
)
from services.api.form_words import KINDS, came

_LONGEST_NUMBER = 60
"""Digits that are read as a number; longer ones are out of every range."""
_DEEPEST = 100
"""Lists and objects in one another. No kind has a tenth of them, and whatever goes through them later still
finds room on the stack."""


def diagnosed(body: bytes, why: str | None, within: str = "") -> list[Fault]:
    """Every fault of a command, `EVERY` at most. `why`: what msgspec said, if it refused it, of the part
    `within` (a pointer)."""
    try:
        value = parsed(body)
    except Malformed as e:
        return list(e.faults)
    faults = []
    for fault in _of_command(value):
        faults.append(fault)
        if len(faults) == EVERY:
            break
    if not faults and why is not None:
        faults.append(as_told(why, within))
    return faults


def undoubled(body: bytes) -> None:
    """Raises `Malformed` if an object names a member twice, anywhere, or if it cannot be read at all."""
    faults = list(_doubled(parsed(body), ""))
    if faults:
        raise Malformed(*faults[:EVERY])


def parsed(body: bytes) -> Any:
    """JSON as Python values, objects as `Members`. Raises `Malformed`."""
    try:
        text = body.decode()
    except UnicodeDecodeError as e:
        raise Malformed(Fault("", NOT_UTF8, "format", values={"byte": e.start + 1})) from None
    try:
        value = json.loads(
            text,
            object_pairs_hook=_members,
            parse_int=_integer,
            parse_float=_fraction,
            parse_constant=_no_constant,
        )
    except json.JSONDecodeError as e:
        raise Malformed(_malformed_json(e.lineno, e.colno)) from None
    except RecursionError:
        raise Malformed(Fault("", TOO_DEEP, "type")) from None
    except ValueError:
        raise Malformed(_malformed_json(1, 1)) from None
    if _is_deeper(value, _DEEPEST):
        raise Malformed(Fault("", TOO_DEEP, "type"))
    if _lone_surrogate(text, value):
        raise Malformed(_malformed_json(1, 1))
    return value


def normalised(value: Any) -> Any:
    """All texts in NFC, names of members included."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        return {normalised(k): normalised(v) for k, v in value.items()}
    if isinstance(value, list):
        return [normalised(v) for v in value]
    return value


def _of_command(value: Any) -> Iterator[Fault]:
    if not isinstance(value, dict):
        words = {"expected": KINDS["object"], "got": came(value)}
        yield Fault("", WRONG_TYPE, "type", "object", shown(value), words)
        return
    for name in getattr(value, "doubled", ()):
        yield Fault(step("", name), DUPLICATE_MEMBER, "uniqueItems", values={"name": shown(name)})
    for name in value:
        if name not in FIELDS:
            named = {"name": shown(name), "known": ", ".join(FIELDS)}
            yield Fault(step("", shown(name)), UNKNOWN_FIELD, "additionalProperties", values=named)
    for name, field in FIELDS.items():
        if name not in value:
            if field.required:
                yield Fault(step("", name), MISSING_FIELD, "required", values={"name": name})
        elif name == "occurred_on":
            yield from _of_day(value[name])
        elif name == "data":
            yield from _of_data(value.get("type"), value[name])
        else:
            found = list(faults_of(value[name], field.type, step("", name)))
            yield from found or (_of_type(value[name]) if name == "type" else ())


def _of_day(value: Any) -> Iterator[Fault]:
    faults = list(faults_of(value, FIELDS["occurred_on"].type, "/occurred_on"))
    if not faults and value < str(FIRST_YEAR):
        faults = [Fault("/occurred_on", OUT_OF_RANGE, "minimum", f"{FIRST_YEAR}-01-01 …", shown(value))]
    yield from faults


def _of_type(name: str) -> Iterator[Fault]:
    kind = CATALOGUE.get(name)
    if kind is None:
        commands = [k for k, kind in CATALOGUE.items() if not kind.internal]
        near = difflib.get_close_matches(name[:64], commands, n=3, cutoff=0.5)
        words = {"near": ", ".join(near) or "–"}
        yield Fault("/type", UNKNOWN_COMMAND_TYPE, "enum", got=shown(name), values=words)
    elif kind.internal:
        yield Fault("/type", NOT_A_COMMAND, "enum", got=name, values={"type": name})


def _of_data(name: Any, value: Any) -> Iterator[Fault]:
    kind = CATALOGUE.get(name) if isinstance(name, str) else None
    if kind is not None and not kind.internal:
        yield from faults_of(value, type_of(kind.data), "/data")


def _doubled(value: Any, pointer: str) -> Iterator[Fault]:
    if isinstance(value, dict):
        for name in getattr(value, "doubled", ()):
            yield Fault(
                step(pointer, shown(name)), DUPLICATE_MEMBER, "uniqueItems", values={"name": shown(name)}
            )
        for name, item in value.items():
            yield from _doubled(item, step(pointer, shown(name)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _doubled(item, step(pointer, index))


def _members(pairs: list[tuple[str, Any]]) -> Members:
    members = Members(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        members.doubled = tuple(dict.fromkeys(n for n, _ in pairs if n in seen or seen.add(n)))  # type: ignore[func-returns-value]
    return members


def _integer(digits: str) -> int:
    if len(digits) <= _LONGEST_NUMBER:
        return int(digits)
    number = LongNumber(-(10**_LONGEST_NUMBER) if digits.startswith("-") else 10**_LONGEST_NUMBER)
    number.written = digits
    return number


def _fraction(written: str) -> Decimal | int:
    try:
        value = Decimal(written)
    except InvalidOperation:  # an exponent that even a Decimal has no room for
        value = None
    if value is not None and value.adjusted() < _LONGEST_NUMBER:
        return value
    number = LongNumber(-(10**_LONGEST_NUMBER) if written.startswith("-") else 10**_LONGEST_NUMBER)
    number.written = written
    return number


def _no_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are no JSON


def _malformed_json(line: int, column: int) -> Fault:
    return Fault("", MALFORMED_JSON, "format", values={"line": line, "column": column})


def _is_deeper(value: Any, levels: int) -> bool:
    """Whether more than so many lists and objects lie in one another; it looks no deeper than that."""
    if not isinstance(value, (dict, list)):
        return False
    items = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_deeper(item, levels - 1) for item in items)


def _lone_surrogate(text: str, value: Any) -> bool:
    """Half of an escaped pair: msgspec refuses it, Python's own reader does not."""
    if "\\u" not in text:
        return False
    try:
        json.dumps(value, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        return True
    return False


def as_told(why: str, within: str) -> Fault:
    """What only msgspec (or a struct's own check) saw: its words, and the place it named."""
    words, _, path = why.partition(" - at `")
    steps = re.findall(r"[^.$`\[\]]+", path.replace("[...]", ""))
    pointer = "".join(f"/{one}" for one in steps)
    return invalid(within + pointer, words)
