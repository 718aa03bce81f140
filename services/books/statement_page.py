"""A period's statement as a page to print on A4."""

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


def page(statement: PeriodStatement) -> str:
    """The whole page, in Vietnamese; labels of sources and uses are as they were asked for."""
    return rendered("statement.html", s=statement, places=PLACES, why=WHY)
