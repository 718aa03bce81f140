"""Words for what the statistics tell by code: how an indicator adds up, why a figure changed, what print
contradicts."""

from events.refusals import Spoken
from services.statistics.contradictions import Kind
from services.statistics.revisions import Reason
from workers.indicator import Sort

SORTS: dict[Sort, Spoken] = {
    Sort.FLOW: Spoken("phát sinh trong năm", "flow"),
    Sort.STOCK: Spoken("có đến 31/12", "stock"),
    Sort.RATE: Spoken("tỷ lệ", "rate"),
}
MEASURES: dict[str | None, Spoken] = {
    None: Spoken("theo sự kiện", "as the event says"),
    "count": Spoken("đơn vị đếm", "count"),
    "person": Spoken("người", "persons"),
    "person_turn": Spoken("lượt người", "person turns"),
    "award": Spoken("suất", "awards"),
    "vnd": Spoken("đồng", "đồng"),
    "percent": Spoken("%", "%"),
}
REASONS: dict[Reason, Spoken] = {
    "entry": Spoken("ghi trong năm", "entry"),
    "late_entry": Spoken("ghi muộn", "late entry"),
    "correction": Spoken("sửa số đã ghi", "correction"),
    "reversal": Spoken("bút toán đảo", "reversal"),
    "evaluation_replaced": Spoken("đánh giá lại", "evaluation replaced"),
}
TERRITORY = Spoken("địa giới", "territory")
CONTRADICTIONS: dict[Kind, Spoken] = {
    "rate_against_counts": Spoken("tỷ lệ không khớp hai số đếm", "rate against its counts"),
    "more_achieved_than_registered": Spoken("đạt nhiều hơn đăng ký", "more achieved than registered"),
    "parts_above_whole": Spoken("các phần lớn hơn tổng", "parts above their whole"),
    "sources_differ": Spoken("hai nguồn khác nhau", "sources differ"),
    "change_against_year_before": Spoken(
        "tăng giảm không khớp số năm trước", "change against the year before"
    ),
}
