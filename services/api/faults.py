"""What can be wrong with a single field, before any rule is asked: stable codes, and sentences for them.

A fault names the field (a JSON Pointer), the rule it breaks (a keyword of JSON Schema), what was expected and
what came. What came is shown in at most 80 characters, and never where the field is sealed.
"""

from dataclasses import dataclass, field
from typing import Any

import msgspec

from events.refusals import Language, Refused, code

SHOWN = 80
"""Characters of a faulty value that are shown back."""

MALFORMED_JSON = code(
    "malformed-json",
    vi="Đây không phải JSON hợp lệ (dòng {line}, cột {column}).",
    en="This is not valid JSON (line {line}, column {column}).",
)
NOT_UTF8 = code(
    "not-utf-8",
    vi="Văn bản phải mã hóa bằng UTF-8; byte thứ {byte} không đúng.",
    en="The text must be encoded in UTF-8; byte {byte} is not.",
)
TOO_DEEP = code(
    "nested-too-deep",
    vi="JSON lồng quá nhiều tầng.",
    en="The JSON is nested too deeply.",
)
DUPLICATE_MEMBER = code(
    "duplicate-member",
    vi="Trường «{name}» xuất hiện nhiều lần; mỗi trường chỉ ghi một lần.",
    en="The field '{name}' occurs more than once; give each field once.",
)
UNKNOWN_FIELD = code(
    "unknown-field",
    vi="Không có trường «{name}» ở đây; các trường được nhận: {known}.",
    en="There is no field '{name}' here; the fields taken are: {known}.",
)
MISSING_FIELD = code(
    "missing-field",
    vi="Thiếu trường bắt buộc «{name}».",
    en="The required field '{name}' is missing.",
)
WRONG_TYPE = code(
    "wrong-type",
    vi="Trường này phải là {expected}, nhưng nhận được {got}.",
    en="This must be {expected}, but {got} came.",
)
OUT_OF_RANGE = code(
    "out-of-range",
    vi="Số phải nằm trong khoảng {expected}.",
    en="The number must be within {expected}.",
)
TOO_SHORT = code(
    "text-too-short",
    vi="Văn bản phải có ít nhất {expected} ký tự.",
    en="The text must have at least {expected} character(s).",
)
TOO_LONG = code(
    "text-too-long",
    vi="Văn bản dài {length} ký tự, tối đa {expected}.",
    en="The text has {length} characters, at most {expected} are taken.",
)
TOO_FEW_ITEMS = code(
    "too-few-items",
    vi="Danh sách có {length} mục, phải có ít nhất {expected}.",
    en="The list has {length} item(s), at least {expected} must be given.",
)
TOO_MANY_ITEMS = code(
    "too-many-items",
    vi="Danh sách có {length} mục, tối đa {expected}; hãy chia thành nhiều lệnh.",
    en="The list has {length} items, at most {expected} are taken; send it in parts.",
)
BAD_PATTERN = code(
    "bad-pattern",
    vi="Giá trị không đúng dạng: {expected}.",
    en="The value does not have the right form: {expected}.",
)
CONTROL_CHARACTER = code(
    "control-character",
    vi="Văn bản có ký tự điều khiển (ví dụ NUL), không lưu được.",
    en="The text holds a control character (such as NUL), which is not kept.",
)
IMPOSSIBLE_DATE = code(
    "impossible-date",
    vi="Không có ngày này; hãy viết năm-tháng-ngày với năm bốn chữ số, ví dụ 2017-02-28.",
    en="There is no such date; write year-month-day with a year of four digits, such as 2017-02-28.",
)
BAD_UUID = code(
    "bad-uuid",
    vi="Phải là một UUID, ví dụ 0192f0c1-2b7e-7c3a-9d53-0a7a3b1c5d10.",
    en="This must be a UUID, such as 0192f0c1-2b7e-7c3a-9d53-0a7a3b1c5d10.",
)
NOT_ONE_OF = code(
    "not-one-of",
    vi="Giá trị phải là một trong: {expected}.",
    en="The value must be one of: {expected}.",
)
UNKNOWN_COMMAND_TYPE = code(
    "unknown-command",
    vi="Không có loại lệnh này. Gần giống: {near}. Danh mục ở /v1/catalogue.",
    en="There is no such command. Similar ones: {near}. The catalogue is at /v1/catalogue.",
)
NOT_A_COMMAND = code(
    "not-a-command",
    vi="«{type}» do quy tắc tự ghi, không gửi được như một lệnh.",
    en="'{type}' is recorded by rules only; it cannot be sent as a command.",
)
INVALID_VALUE = code(
    "invalid-value",
    vi="Giá trị không hợp lệ: {why}.",
    en="The value is not valid: {why}.",
)
UNKNOWN_PARAMETER = code(
    "unknown-parameter",
    vi="Không có tham số «{name}»; các tham số được nhận: {known}.",
    en="There is no parameter '{name}'; the parameters taken are: {known}.",
)

PARAMETER_TWICE = code(
    "parameter-twice",
    vi="Tham số «{name}» có mặt nhiều lần.",
    en="The parameter '{name}' is given more than once.",
)
BAD_CURSOR = code(
    "bad-cursor",
    vi="Con trỏ trang không do dịch vụ này viết; hãy lấy từ Link của trang trước.",
    en="This cursor was not written by this service; take it from the Link of the page before.",
)
DAYS_REVERSED = code(
    "days-reversed",
    vi="Ngày cuối {last} ở trước ngày đầu {first}.",
    en="The last day, {last}, is before the first, {first}.",
)

FAULTS = frozenset(
    {
        MALFORMED_JSON, NOT_UTF8, TOO_DEEP, DUPLICATE_MEMBER, UNKNOWN_FIELD, MISSING_FIELD, WRONG_TYPE,
        OUT_OF_RANGE, TOO_SHORT, TOO_LONG, TOO_FEW_ITEMS, TOO_MANY_ITEMS, BAD_PATTERN, CONTROL_CHARACTER,
        IMPOSSIBLE_DATE, BAD_UUID, NOT_ONE_OF, UNKNOWN_COMMAND_TYPE, NOT_A_COMMAND, INVALID_VALUE,
        UNKNOWN_PARAMETER, PARAMETER_TWICE, BAD_CURSOR, DAYS_REVERSED,
    }
)  # fmt: skip
"""All of the above: what `errors[]` of a 400 may hold."""


class FieldError(msgspec.Struct, frozen=True, omit_defaults=True):
    """One faulty field, as it is answered."""

    pointer: str
    """JSON Pointer (RFC 6901) into what was sent; `/query/…` and `/path/…` name parameters."""
    code: str
    message: str
    rule: str | None = None
    """The keyword of JSON Schema that is broken."""
    expected: str | None = None
    got: str | None = None
    """What came, in at most 80 characters; never of a sealed field."""
    line: int | None = None
    """In a batch: the line, from 1."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One faulty field, before it is known in which language it will be read."""

    pointer: str
    code: str
    rule: str | None = None
    expected: str | None = None
    got: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    line: int | None = None

    def told(self, language: Language) -> FieldError:
        values = {"expected": self.expected, "got": self.got, **self.values}
        return FieldError(
            pointer=self.pointer,
            code=self.code,
            message=Refused(self.code, **values).sentence(language),
            rule=self.rule,
            expected=self.expected,
            got=self.got,
            line=self.line,
        )


class Malformed(Exception):  # noqa: N818 - what was sent is malformed; no rule was asked yet
    """What was sent cannot be read; every fault that was found."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(", ".join(f"{f.pointer} {f.code}" for f in faults))
        self.faults = faults


def shown(value: Any) -> str:
    """A value for showing back, cut to `SHOWN` characters; a structure by its kind only."""
    if isinstance(value, str):
        text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in value[: SHOWN + 1])
    elif isinstance(value, dict):
        return "{…}"
    elif isinstance(value, list):
        return "[…]"
    elif value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    else:
        text = str(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
