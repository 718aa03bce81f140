"""Every fault of a value against a type. msgspec stops at the first; who brings a form wants to hear of all.

This is the slow path: it runs only on what msgspec has refused (or on what looks odd), and it checks the
same limits from the same declarations. It never shows a sealed value.
"""

import datetime as dt
import math
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec.inspect as inspect

from events.refusals import Spoken
from services.api.faults import (
    BAD_PATTERN,
    BAD_UUID,
    CONTROL_CHARACTER,
    DUPLICATE_MEMBER,
    IMPOSSIBLE_DATE,
    INVALID_VALUE,
    MISSING_FIELD,
    NOT_ONE_OF,
    OUT_OF_RANGE,
    TOO_FEW_ITEMS,
    TOO_LONG,
    TOO_MANY_ITEMS,
    TOO_SHORT,
    UNKNOWN_FIELD,
    WRONG_TYPE,
    Fault,
    shown,
)
from services.api.form_words import FORMS, KINDS, NO_CONTROLS, came

EVERY = 100
"""Faults told of one body, at most."""


class Members(dict[str, Any]):
    """A JSON object that remembers which of its names came more than once."""

    doubled: tuple[str, ...] = ()


class LongNumber(int):
    """A number of more digits than any field takes; remembered as written."""

    written = ""

    def __str__(self) -> str:
        return self.written


@lru_cache
def type_of(annotation: Any) -> inspect.Type:
    """msgspec's own view of a type, limits included."""
    return inspect.type_info(annotation)


def faults_of(value: Any, type_: inspect.Type, pointer: str, quiet: bool = False) -> Iterator[Fault]:
    """Faults of a JSON value, in the order of its members. `quiet`: the value is sealed, do not show it."""
    match type_:
        case inspect.Metadata():
            yield from faults_of(value, type_.type, pointer, quiet or "sealed" in (type_.extra or {}))
        case inspect.UnionType():
            yield from _of_union(value, type_, pointer, quiet)
        case inspect.StructType():
            yield from _of_struct(value, type_, pointer, quiet)
        case inspect.ListType() | inspect.VarTupleType() | inspect.CollectionType():
            yield from _of_list(value, type_, pointer, quiet)
        case inspect.DictType():
            yield from _of_dict(value, type_, pointer, quiet)
        case inspect.IntType() | inspect.FloatType():
            yield from _of_number(value, type_, pointer, quiet)
        case inspect.StrType():
            yield from _of_text(value, type_, pointer, quiet)
        case inspect.LiteralType():
            if value not in type_.values or isinstance(value, bool):
                known = ", ".join(str(v) for v in type_.values)
                yield _fault(pointer, NOT_ONE_OF, "enum", known, value, quiet)
        case inspect.DateType():
            yield from _of_form(value, pointer, quiet, IMPOSSIBLE_DATE, "date", _date)
        case inspect.UUIDType():
            yield from _of_form(value, pointer, quiet, BAD_UUID, "uuid", _uuid)
        case inspect.DecimalType():
            if not _is_decimal(value):
                yield _wrong_type(value, "number", pointer, quiet)
        case inspect.BoolType():
            if not isinstance(value, bool):
                yield _wrong_type(value, "boolean", pointer, quiet)
        case inspect.NoneType():
            if value is not None:
                yield _wrong_type(value, "null", pointer, quiet)


def invalid(pointer: str, why: str) -> Fault:
    """A fault that only a struct's own check knows about."""
    return Fault(pointer, INVALID_VALUE, "format", values={"why": why[:200]})


def step(pointer: str, name: object) -> str:
    """One reference token further (RFC 6901 §3)."""
    return f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"


def _of_union(value: Any, type_: inspect.UnionType, pointer: str, quiet: bool) -> Iterator[Fault]:
    if value is None and type_.includes_none:
        return
    tried = [
        list(faults_of(value, t, pointer, quiet)) for t in type_.types if not isinstance(t, inspect.NoneType)
    ]
    if all(tried):  # no alternative is without fault: tell those of the one that came nearest
        yield from min(tried, key=lambda faults: (faults[0].code == WRONG_TYPE, len(faults)))


def _of_struct(value: Any, type_: inspect.StructType, pointer: str, quiet: bool) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield _wrong_type(value, "object", pointer, quiet)
        return
    fields = {f.encode_name: f for f in type_.fields}
    for name in getattr(value, "doubled", ()):
        yield Fault(step(pointer, name), DUPLICATE_MEMBER, "uniqueItems", values={"name": shown(name)})
    for name in value:
        if name not in fields:
            known = ", ".join(fields)
            named = step(pointer, shown(name))
            yield Fault(
                named, UNKNOWN_FIELD, "additionalProperties", values={"name": shown(name), "known": known}
            )
    for name, field in fields.items():
        if name in value:
            yield from faults_of(value[name], field.type, step(pointer, name), quiet)
        elif field.required:
            yield Fault(step(pointer, name), MISSING_FIELD, "required", values={"name": name})


def _of_list(
    value: Any,
    type_: inspect.ListType | inspect.VarTupleType | inspect.CollectionType,
    pointer: str,
    quiet: bool,
) -> Iterator[Fault]:
    if not isinstance(value, list):
        yield _wrong_type(value, "array", pointer, quiet)
        return
    least, most, length = type_.min_length, type_.max_length, len(value)
    if least is not None and length < least:
        yield Fault(pointer, TOO_FEW_ITEMS, "minItems", str(least), str(length), {"length": length})
    if most is not None and length > most:
        yield Fault(pointer, TOO_MANY_ITEMS, "maxItems", str(most), str(length), {"length": length})
        return
    for index, item in enumerate(value):
        yield from faults_of(item, type_.item_type, step(pointer, index), quiet)


def _of_dict(value: Any, type_: inspect.DictType, pointer: str, quiet: bool) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield _wrong_type(value, "object", pointer, quiet)
        return
    if type_.max_length is not None and len(value) > type_.max_length:
        most, length = type_.max_length, len(value)
        yield Fault(pointer, TOO_MANY_ITEMS, "maxProperties", str(most), str(length), {"length": length})
        return
    if type_.min_length is not None and len(value) < type_.min_length:
        least, length = type_.min_length, len(value)
        yield Fault(pointer, TOO_FEW_ITEMS, "minProperties", str(least), str(length), {"length": length})
    for name in getattr(value, "doubled", ()):
        yield Fault(step(pointer, name), DUPLICATE_MEMBER, "uniqueItems", values={"name": shown(name)})
    for name, item in value.items():
        yield from faults_of(name, type_.key_type, step(pointer, shown(name)), quiet)
        yield from faults_of(item, type_.value_type, step(pointer, shown(name)), quiet)


def _of_number(
    value: Any, type_: inspect.IntType | inspect.FloatType, pointer: str, quiet: bool
) -> Iterator[Fault]:
    whole = isinstance(type_, inspect.IntType)
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float, Decimal)):
        yield _wrong_type(value, "integer" if whole else "number", pointer, quiet)
        return
    least, most, above, below = type_.ge, type_.le, type_.gt, type_.lt
    rule = None
    if (least is not None and value < least) or (above is not None and value <= above):
        rule = "minimum" if least is not None else "exclusiveMinimum"
    elif (most is not None and value > most) or (below is not None and value >= below):
        rule = "maximum" if most is not None else "exclusiveMaximum"
    elif not math.isfinite(value) or isinstance(value, LongNumber):
        rule = "maximum"
    if rule:
        low, high = least if least is not None else above, most if most is not None else below
        yield _fault(pointer, OUT_OF_RANGE, rule, f"{_number(low)} … {_number(high)}", value, quiet)


def _of_text(value: Any, type_: inspect.StrType, pointer: str, quiet: bool) -> Iterator[Fault]:
    if not isinstance(value, str):
        yield _wrong_type(value, "string", pointer, quiet)
        return
    length = {"length": len(value)}
    if type_.min_length is not None and len(value) < type_.min_length:
        yield _fault(pointer, TOO_SHORT, "minLength", str(type_.min_length), value, quiet, length)
    elif type_.max_length is not None and len(value) > type_.max_length:
        yield _fault(pointer, TOO_LONG, "maxLength", str(type_.max_length), value, quiet, length)
    # The whole text must match: `$` alone would let a line break through at the end.
    elif type_.pattern is not None and not re.fullmatch(_bare(type_.pattern), value):
        if type_.pattern == NO_CONTROLS:
            yield _fault(pointer, CONTROL_CHARACTER, "pattern", type_.pattern, value, quiet)
        else:
            words = FORMS.get(type_.pattern, Spoken(type_.pattern, type_.pattern))
            yield _fault(pointer, BAD_PATTERN, "pattern", type_.pattern, value, quiet, {"expected": words})


def _of_form(value: Any, pointer: str, quiet: bool, code: str, form: str, read: Any) -> Iterator[Fault]:
    if not isinstance(value, str):
        yield _wrong_type(value, form, pointer, quiet)
        return
    try:
        read(value)
    except ValueError:
        yield _fault(pointer, code, "format", form, value, quiet)


def _is_decimal(value: Any) -> bool:
    """A JSON number, or one written as text, as msgspec takes it."""
    if not isinstance(value, str):
        return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
    try:
        Decimal(value)
    except InvalidOperation:
        return False
    return True


def _date(text: str) -> dt.date:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        raise ValueError(text)
    return dt.date.fromisoformat(text)


def _uuid(text: str) -> UUID:
    if len(text) not in (32, 36):  # Python's own reading would also take braces and urn:uuid:
        raise ValueError(text)
    return UUID(text)


def _bare(pattern: str) -> str:
    return pattern.removeprefix("^").removesuffix("$") if pattern.endswith("$") else pattern


def _number(limit: float | None) -> str:
    return "…" if limit is None else f"{limit:,}".replace(",", ".")


def _wrong_type(value: Any, expected: str, pointer: str, quiet: bool) -> Fault:
    words = {"expected": KINDS[expected], "got": came(value)}
    return _fault(pointer, WRONG_TYPE, "type", expected, value, quiet, words)


def _fault(
    pointer: str,
    code: str,
    rule: str,
    expected: str,
    value: Any,
    quiet: bool,
    values: dict[str, Any] | None = None,
) -> Fault:
    return Fault(pointer, code, rule, expected, None if quiet else shown(value), values or {})
