"""How types and forms are called in words, in both languages, when a field is told to be wrong."""

from decimal import Decimal
from typing import Any, get_args

from msgspec import Meta

from events import vocabulary
from events.refusals import Spoken

KINDS: dict[str, Spoken] = {
    "object": Spoken("một đối tượng {…}", "an object {…}"),
    "array": Spoken("một danh sách […]", "a list […]"),
    "string": Spoken("văn bản", "text"),
    "integer": Spoken("số nguyên", "a whole number"),
    "number": Spoken("một số", "a number"),
    "boolean": Spoken("true hoặc false", "true or false"),
    "null": Spoken("null", "null"),
    "date": Spoken("ngày dạng năm-tháng-ngày, ví dụ 2017-02-28", "a date such as 2017-02-28"),
    "uuid": Spoken("một UUID", "a UUID"),
}
"""By the names of JSON Schema's types and formats."""

_CAME: tuple[tuple[type | tuple[type, ...], Spoken], ...] = (
    (bool, Spoken("true/false", "true/false")),
    (dict, Spoken("một đối tượng", "an object")),
    (list, Spoken("một danh sách", "a list")),
    (str, Spoken("văn bản", "text")),
    (int, Spoken("số nguyên", "a whole number")),
    ((float, Decimal), Spoken("số viết với dấu chấm hoặc số mũ", "a number with a point or exponent")),
)


def came(value: Any) -> Spoken:
    """What kind of JSON value came."""
    return next((words for types, words in _CAME if isinstance(value, types)), KINDS["null"])


def _pattern(annotation: Any) -> str:
    """The pattern of one of the vocabulary's types, wherever among its marks it stands."""
    return next(m.pattern for m in get_args(annotation) if isinstance(m, Meta) and m.pattern)


NO_CONTROLS = _pattern(vocabulary.Text)
ID = _pattern(vocabulary.Id)

FORMS: dict[str, Spoken] = {
    ID: Spoken(
        "chữ thường a–z, chữ số và gạch nối, tối đa 64 ký tự, ví dụ bac-kan-city",
        "lower-case a–z, digits and hyphens, at most 64 characters, such as bac-kan-city",
    ),
    _pattern(vocabulary.EventRef): Spoken(
        "mã sự kiện (UUID) hoặc command:<mã lệnh>",
        "an event's id (a UUID) or command:<command_id>",
    ),
    _pattern(vocabulary.SchoolYear): Spoken("năm học dạng 2016-2017", "a school year such as 2016-2017"),
    _pattern(vocabulary.Code): Spoken(
        "mã gồm chữ, số, dấu chấm và gạch nối, tối đa 35 ký tự",
        "a code of letters, digits, dots and hyphens, at most 35 characters",
    ),
    _pattern(vocabulary.Scheme): Spoken(
        "tên hệ mã: chữ thường, số, gạch nối, tối đa 32 ký tự",
        "a scheme's name: lower-case letters, digits, hyphens, at most 32 characters",
    ),
    _pattern(vocabulary.Term): Spoken(
        "mục của danh mục: chữ thường, số, gạch dưới, gạch nối",
        "a term of a list: lower-case letters, digits, underscores, hyphens",
    ),
    _pattern(vocabulary.IndicatorName): Spoken(
        "tên chỉ tiêu, ví dụ fund.raised",
        "an indicator's name, such as fund.raised",
    ),
}
"""By pattern: what the vocabulary's patterns ask for, in words."""
