"""What went wrong, as `application/problem+json` (RFC 9457): one stable code each, explained at its `type`.

Refusals by rules declare their codes beside the rules (409). What this interface itself refuses is declared
here with its status. An answer never shows what happened inside.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from events.permissions import NOT_PERMITTED
from events.refusals import Language, Refused, Spoken, code, codes
from services.api.faults import FAULTS, Fault, FieldError
from services.banking.refusals import FILE_FAULTS

PROBLEM = "application/problem+json"
_STATUS: dict[str, int] = {}


def problem_code(name: str, status: int, *, vi: str, en: str) -> str:
    """Declare a problem of the interface with its HTTP status. Returns the code."""
    _STATUS[name] = status
    return code(name, vi=vi, en=en)


MALFORMED = problem_code(
    "malformed",
    400,
    vi="Nội dung gửi lên có {count} chỗ chưa đúng; xem «errors».",
    en="What was sent has {count} fault(s); see `errors`.",
)
NO_SUCH_ROUTE = problem_code(
    "no-such-route", 404, vi="Không có địa chỉ này; xem /schema.", en="There is no such address; see /schema."
)
UNIT_NOT_FOUND = problem_code(
    "unit-not-found",
    404,
    vi="Không có đơn vị «{unit}» trên cây tổ chức được hỏi. Đơn vị kế thừa: {named}.",
    en="There is no unit '{unit}' on the tree that was asked for. Its successors: {named}.",
)
FUND_NOT_FOUND = problem_code(
    "fund-not-found", 404, vi="Không có quỹ «{fund}».", en="There is no fund '{fund}'."
)
VOUCHER_NOT_FOUND = problem_code(
    "voucher-not-found",
    404,
    vi="Đơn vị «{unit}» không có chứng từ {series} số {number} năm {year}.",
    en="Unit '{unit}' has no voucher {series} number {number} of {year}.",
)
STATEMENT_NOT_FOUND = problem_code(
    "statement-not-found",
    404,
    vi="Quỹ «{fund}» không có sao kê «{statement}».",
    en="Fund '{fund}' has no bank statement '{statement}'.",
)
STREAM_NOT_FOUND = problem_code(
    "stream-not-found",
    404,
    vi="Chưa có sự kiện nào trên luồng «{stream}».",
    en="No event was ever recorded on stream '{stream}'.",
)
EVENT_NOT_FOUND = problem_code(
    "event-not-found", 404, vi="Không có sự kiện {event}.", en="There is no event {event}."
)
PERSON_NOT_FOUND = problem_code(
    "person-not-found",
    404,
    vi="Không có người nào mang mã {person} trong sổ.",
    en="No person {person} is in the log.",
)
ACTOR_NOT_FOUND = problem_code(
    "actor-not-found",
    404,
    vi="Không có người dùng nào mang mã {actor} trong sổ.",
    en="No actor {actor} is in the log.",
)
NAME_NOT_FOUND = problem_code(
    "name-not-found", 404, vi="Không có «{name}» ở đây.", en="There is no '{name}' here."
)
METHOD_NOT_ALLOWED = problem_code(
    "method-not-allowed",
    405,
    vi="Địa chỉ này không nhận phương thức {method}; các phương thức được nhận: {allowed}.",
    en="This address does not take {method}; it takes: {allowed}.",
)
BOOKS_UNBALANCED = problem_code(
    "books-unbalanced",
    500,
    vi="Sổ quỹ của đơn vị «{unit}» không cân đối, {count} chỗ sai: {found}. Hãy dựng lại (khuyenhoc rebuild"
    " funds); nếu vẫn sai, kiểm tra sổ sự kiện (khuyenhoc verify).",
    en="The books of unit '{unit}' do not balance, {count} fault(s): {found}. Rebuild them (khuyenhoc rebuild"
    " funds); if it remains, check the log (khuyenhoc verify).",
)
BODY_TOO_LARGE = problem_code(
    "body-too-large",
    413,
    vi="Nội dung quá lớn: tối đa {limit} byte.",
    en="The body is too large: at most {limit} bytes are taken.",
)
BATCH_TOO_LONG = problem_code(
    "batch-too-long",
    413,
    vi="Lô có quá nhiều dòng: tối đa {limit}. Từ dòng này trở đi chưa được đọc.",
    en="The batch has too many lines: at most {limit} are taken. From this line on nothing was read.",
)
UNSUPPORTED_MEDIA_TYPE = problem_code(
    "unsupported-media-type",
    415,
    vi="Hãy gửi Content-Type: {expected}; nhận được «{got}».",
    en="Send Content-Type: {expected}; '{got}' came.",
)
MISDIRECTED = problem_code(
    "misdirected",
    421,
    vi="Dịch vụ này chỉ phục vụ ngay trên máy này (localhost).",
    en="This service answers on this machine only (localhost).",
)
BATCH_REFUSED = problem_code(
    "batch-refused",
    409,
    vi="Cả lô không được ghi vì {count} dòng bị từ chối; xem «errors».",
    en="Nothing of the batch was recorded because {count} line(s) were refused; see `errors`.",
)
CUT_OFF = problem_code(
    "cut-off",
    400,
    vi="Nội dung gửi lên bị đứt giữa chừng.",
    en="What was sent broke off half-way.",
)
TOO_SLOW = problem_code(
    "too-slow",
    408,
    vi="Chờ nội dung gửi lên quá {seconds} giây.",
    en="The body did not come within {seconds} seconds.",
)
INTERNAL = problem_code(
    "internal-error",
    500,
    vi="Có lỗi bên trong dịch vụ; đã ghi vào nhật ký. Lệnh gửi lại với cùng mã lệnh sẽ không bị ghi hai lần.",
    en="Something failed inside the service; it was logged. A command sent again with the same id is not "
    "recorded twice.",
)
LOG_UNAVAILABLE = problem_code(
    "log-unavailable",
    503,
    vi="Hiện không ghi hay đọc được sổ. Hãy gửi lại với cùng mã lệnh: đã ghi rồi thì không ghi lần nữa.",
    en="The log cannot be written or read now. Send again with the same command id: what was recorded is "
    "not recorded twice.",
)
LOG_BEHIND = problem_code(
    "log-behind-its-checkpoint",
    503,
    vi="Sổ đang mở ngắn hơn sổ đã có, có lẽ là bản sao lưu cũ. Không ghi gì vào đó; hãy báo người vận hành.",
    en="The log that is open is shorter than it was, probably an older backup. Nothing is recorded on it; "
    "tell whoever runs it.",
)
NOT_ATTEMPTED = problem_code(
    "not-attempted",
    503,
    vi="Chưa thử ghi dòng này vì sổ ngừng nhận ở một dòng trước; hãy gửi lại.",
    en="This line was not tried because the log became unavailable at an earlier one; send it again.",
)
NOT_REACHED = problem_code(
    "position-not-reached",
    503,
    vi="Số liệu mới tới vị trí {reached}, chưa tới {wanted}; hãy hỏi lại.",
    en="The figures are at position {reached}, not yet at {wanted}; ask again.",
)
NOT_SEALED = problem_code(
    "not-sealed-yet",
    503,
    vi="Sổ chưa được ký tới vị trí này; thường chỉ chậm một, hai giây, hãy hỏi lại.",
    en="The log is not signed up to here yet; that takes a second or two, ask again.",
)
NOT_READY = problem_code(
    "not-ready",
    503,
    vi="Dữ liệu này đang được dựng; hãy hỏi lại sau.",
    en="These figures are being built; ask again later.",
)

UNAUTHORISED = problem_code(
    "token-required",
    401,
    vi="Cần thẻ truy cập còn hiệu lực: Authorization: Bearer khn_…",
    en="A valid token is needed: Authorization: Bearer khn_…",
)
FORBIDDEN = problem_code(
    "out-of-reach",
    403,
    vi="Vai trò của thẻ truy cập này không đến được nơi được hỏi.",
    en="The roles of this token do not reach what was asked for.",
)
TOO_MANY = problem_code(
    "too-many-requests",
    429,
    vi="Thẻ này đã gửi quá {limit} yêu cầu trong một phút; hãy đợi {seconds} giây.",
    en="This token sent more than {limit} requests within a minute; wait {seconds} seconds.",
)
_STATUS[NOT_PERMITTED] = 403  # told by a rule, which knows no HTTP
_STATUS |= dict.fromkeys(FILE_FAULTS, 400)  # told by readers of files, likewise

TITLES: dict[int, Spoken] = {
    400: Spoken("Nội dung gửi lên chưa đúng", "What was sent is not well-formed"),
    401: Spoken("Cần thẻ truy cập", "A token is needed"),
    403: Spoken("Không được phép", "Not permitted"),
    404: Spoken("Không tìm thấy", "Not found"),
    405: Spoken("Phương thức không được nhận", "Method not allowed"),
    408: Spoken("Quá thời gian chờ", "Took too long"),
    409: Spoken("Quy tắc không cho ghi", "A rule refuses this"),
    413: Spoken("Nội dung quá lớn", "Too large"),
    415: Spoken("Kiểu nội dung không được nhận", "Unsupported kind of content"),
    421: Spoken("Gửi nhầm nơi", "Misdirected"),
    429: Spoken("Quá nhiều yêu cầu", "Too many requests"),
    500: Spoken("Lỗi bên trong", "Internal error"),
    503: Spoken("Tạm thời chưa phục vụ được", "Not available at the moment"),
}


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """A problem as it is answered (RFC 9457). `code` is stable; `title` and `detail` are for people."""

    type: str
    """`/problems/{code}`, relative to this service."""
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldError] = []
    successors: list[str] | None = None
    """Of a unit that is not there: who to ask instead."""


class ApiProblem(Exception):  # noqa: N818 - answered as a problem; not every one is an error of ours
    """A problem of the interface itself, to be answered."""

    def __init__(
        self,
        code: str,
        *,
        faults: Sequence[Fault] = (),
        successors: Sequence[str] | None = None,
        headers: dict[str, str] | None = None,
        **values: Any,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.faults = faults
        self.successors = successors
        self.headers = headers or {}
        self.values = values

    def told(self, language: Language) -> Problem:
        detail = Refused(self.code, **self.values).sentence(language)
        successors = None if self.successors is None else list(self.successors)
        return problem(self.code, detail, language, [f.told(language) for f in self.faults], successors)


def problem(
    code: str,
    detail: str,
    language: Language,
    errors: Iterable[FieldError] = (),
    successors: list[str] | None = None,
) -> Problem:
    """A problem with the status and title that belong to its code."""
    status = status_of(code)
    title = TITLES[status]
    return Problem(
        type=f"/problems/{code}",
        title=title.vi if language == "vi" else title.en,
        status=status,
        detail=detail,
        code=code,
        errors=list(errors),
        successors=successors,
    )


def refused(refusal: Refused, language: Language) -> Problem:
    """A command that a rule refuses."""
    sentence = refusal.sentence(language)
    at = [FieldError(refusal.field, refusal.code, sentence)] if refusal.field else []
    return problem(refusal.code, sentence, language, at)


def malformed(faults: Sequence[Fault], language: Language) -> Problem:
    """What could not be read, field by field."""
    return ApiProblem(MALFORMED, faults=faults, count=len(faults)).told(language)


def status_of(code: str) -> int:
    """The interface's own codes have the status declared here; faults are 400; rules refuse with 409."""
    return 400 if code in FAULTS else _STATUS.get(code, 409)


def known_codes() -> dict[str, tuple[str, str]]:
    """Every code there is, with its (Vietnamese, English) sentence."""
    return codes()
