"""A period's statement as a page to print on A4."""

from events.declare import CATALOGUE
from services.books.printing import rendered
from services.books.statement import PeriodStatement

PLACES = {
    "cash": "Tiền mặt",
    "bank": "Tiền gửi ngân hàng",
    "money_in_transit": "Tiền đang chuyển giữa các quỹ",
    "goods": "Hiện vật (theo giá trị)",
    "goods_in_transit": "Hiện vật đang chuyển giữa các quỹ",
}
WHY = {"after_period": "ghi sau khi hết kỳ", "reversed_later": "đảo ở ngày sau kỳ"}


def words_of(type_: str) -> str:
    """A kind of entry as people call it."""
    return CATALOGUE[type_].vi


def page(statement: PeriodStatement) -> str:
    """The whole page, in Vietnamese; labels of sources and uses are as they were asked for."""
    return rendered("statement.html", s=statement, places=PLACES, why=WHY, words_of=words_of)
