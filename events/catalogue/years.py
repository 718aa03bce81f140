"""Whether a record may speak of a year on the day it is dated."""

import datetime as dt

from events.book import Book
from events.refusals import Refused, code

YEAR_NOT_BEGUN = code(
    "year-not-begun",
    vi="Năm {year} chưa bắt đầu vào ngày xảy ra {day}.",
    en="The year {year} had not begun on {day}, the day it happened.",
)


def require_begun(book: Book, year: int) -> None:
    """Refuse what is said to have happened before the year it speaks of began."""
    if book.occurred_on < dt.date(year, 1, 1):
        raise Refused(YEAR_NOT_BEGUN, "/data/year", year=str(year), day=book.occurred_on)
