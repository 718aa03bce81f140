"""A voucher as a page to print on A5 and sign."""

from services.books.printing import rendered
from services.books.voucher_sheet import VoucherSheet

POCKETS = {"cash": "tiền mặt", "bank": "tiền gửi ngân hàng"}


def page(sheet: VoucherSheet) -> str:
    """The whole page, in Vietnamese."""
    return rendered("voucher.html", v=sheet, pocket=POCKETS[sheet.pocket])
