"""Why a bank's file is not taken. Nothing is guessed: a file that fits only nearly is refused as a whole.

A refusal shows rows, columns and figures, never a line's text: that may name persons.
"""

from events.refusals import Refused, code

FIELD = "/file"
"""Where a refusal of a file points: the body of the request, not a field of a command."""

FILE_FAULTS: set[str] = set()
"""Codes that say a file cannot be read; the others say that a rule forbids recording it."""


def _fault(name: str, *, vi: str, en: str) -> str:
    FILE_FAULTS.add(name)
    return code(name, vi=vi, en=en)


TOO_LARGE = _fault(
    "statement-too-large",
    vi="Tệp sao kê quá lớn: tối đa {limit} {what}. Hãy tải về từng tháng.",
    en="The statement file is too large: at most {limit} {what}. Download it month by month.",
)
UNREADABLE = _fault(
    "statement-unreadable",
    vi="Tệp này không đọc được như một tệp {format} của ngân hàng.",
    en="This file cannot be read as a bank's {format} file.",
)
BROKEN_ENCODING = _fault(
    "statement-broken-encoding",
    vi="Tệp không đúng bảng mã {encoding} của mẫu (byte thứ {byte}). Hãy lưu lại đúng bảng mã hoặc sửa mẫu.",
    en="The file is not in the mapping's encoding {encoding} (byte {byte}). Save it in that encoding, or mend"
    " the mapping.",
)
BAD_MAPPING = _fault(
    "statement-bad-mapping",
    vi="Mẫu đọc sao kê chưa đúng: {why}.",
    en="The mapping for statements is not right: {why}.",
)
UNKNOWN_MAPPING = _fault(
    "statement-unknown-bank",
    vi="Chưa có mẫu cho ngân hàng «{bank}»; các mẫu có sẵn: {known}. Có thể gửi mẫu riêng.",
    en="There is no mapping for bank '{bank}'; those there are: {known}. A mapping of your own may be sent.",
)
NEEDS_MAPPING = _fault(
    "statement-needs-mapping",
    vi="Tệp {format} cần biết là của ngân hàng nào: hãy nêu ngân hàng hoặc gửi mẫu.",
    en="A {format} file needs to be told whose it is: name the bank or send a mapping.",
)
WRONG_BANK = _fault(
    "statement-wrong-bank",
    vi="Tệp không theo mẫu của {bank}: không thấy {missing}.",
    en="The file does not follow the mapping of {bank}: there is no {missing}.",
)
INCOMPLETE = _fault(
    "statement-incomplete",
    vi="Sao kê thiếu {missing}.",
    en="The statement lacks {missing}.",
)
UNCLEAR_ROW = _fault(
    "statement-row-unclear",
    vi="Dòng {row} của tệp không rõ: {why}.",
    en="Row {row} of the file is unclear: {why}.",
)
NUMBER_STYLE = _fault(
    "statement-number-style",
    vi="Dòng {row} của tệp: số «{text}» không viết theo kiểu {style} của mẫu.",
    en="Row {row} of the file: the number '{text}' is not written in the mapping's style {style}.",
)
FRACTION = _fault(
    "statement-fraction-of-dong",
    vi="Dòng {row} của tệp: số «{text}» có phần lẻ của đồng.",
    en="Row {row} of the file: the number '{text}' has a fraction of a đồng.",
)
BAD_DATE = _fault(
    "statement-bad-date",
    vi="Dòng {row} của tệp: ngày không theo dạng {expected} của mẫu.",
    en="Row {row} of the file: the date is not in the mapping's form {expected}.",
)
OTHER_CURRENCY = _fault(
    "statement-other-currency",
    vi="Sao kê bằng {currency}; sổ này chỉ ghi đồng Việt Nam (VND).",
    en="The statement is in {currency}; these books are in Vietnamese đồng (VND).",
)
SEVERAL = _fault(
    "statement-several",
    vi="Tệp có {count} sao kê; mỗi lần chỉ ghi một.",
    en="The file holds {count} statements; one is recorded at a time.",
)
NO_SUM = _fault(
    "statement-does-not-add-up",
    vi="Sao kê không khớp: đầu kỳ {opening} ₫ cộng các dòng {moved} ₫ là {sum} ₫, cuối kỳ ghi {closing} ₫.",
    en="The statement does not add up: opening {opening} ₫ and lines of {moved} ₫ make {sum} ₫, its closing"
    " balance is {closing} ₫.",
)
OUTSIDE_PERIOD = _fault(
    "statement-line-outside",
    vi="Dòng {row} của tệp ngày {day} nằm ngoài kỳ sao kê (từ {from_date} đến {to_date}).",
    en="Row {row} of the file, of {day}, lies outside the statement's period ({from_date} to {to_date}).",
)
OUT_OF_RANGE = _fault(
    "statement-out-of-range",
    vi="Sao kê có số ngoài khoảng ghi được (số dư không âm, tối đa 1.000.000.000.000.000 ₫).",
    en="The statement has a figure beyond what is recorded (balances are not negative, at most"
    " 1.000.000.000.000.000 ₫).",
)
OTHER_ACCOUNT = code(
    "statement-other-account",
    vi="Sao kê là của một tài khoản khác với {expected} của quỹ «{fund}».",
    en="The statement is of another account than {expected} of fund '{fund}'.",
)
UNKNOWN_ACCOUNT = code(
    "statement-account-not-named",
    vi="Tệp không nêu số tài khoản nên không đối chiếu được với tài khoản đã yêu cầu.",
    en="The file names no account, so it cannot be held against the one asked for.",
)


def unreadable(format: str) -> Refused:
    return Refused(UNREADABLE, FIELD, format=format)
