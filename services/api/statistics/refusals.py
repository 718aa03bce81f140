"""What questions about figures may find missing, beyond units and names."""

from services.api.problems import problem_code

NO_TOPICS = problem_code(
    "no-topics",
    404,
    vi="Chỉ tiêu «{name}» không chia theo chủ đề được; chia được: {known}.",
    en="The indicator '{name}' cannot be divided by topic; these can: {known}.",
)
NOTHING_PUBLISHED = problem_code(
    "nothing-published",
    404,
    vi="Đơn vị «{unit}» chưa công bố số liệu năm {year}; hãy nêu vị trí cần so (position), hoặc công bố.",
    en="Unit '{unit}' has published no figures of {year}; name a position to compare with, or publish.",
)
DEFINITIONS_GONE = problem_code(
    "definitions-unknown",
    404,
    vi="Bảng đã công bố theo những định nghĩa mà phần mềm này không có: {names}.",
    en="What was published is by definitions that this software does not have: {names}.",
)
TOO_MANY_EVENTS = problem_code(
    "too-many-events",
    400,
    vi="Hơn {most} sự kiện làm thay đổi chỉ tiêu «{indicator}» năm {year}; hãy hỏi từ một vị trí sau đó, hoặc"
    " hỏi đơn vị cấp dưới.",
    en="More than {most} events made the difference to '{indicator}' of {year}; ask since a later position,"
    " or of a unit below.",
)
