"""Bank statements beside the books: what the bank says, line by line. They move nothing themselves."""

import datetime as dt
from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from events.book import Book
from events.catalogue.fund_standing import fund_taking
from events.catalogue.fund_state import FundRecord, FundState
from events.catalogue.standing import refuse_if_stood_on
from events.declare import Effect, Fact, SealedText, event
from events.refusals import Refused, code
from events.vocabulary import DongOrNone, Id, SignedDong

FileDigest = Annotated[
    str, Meta(pattern=r"^[0-9a-f]{64}(?!\n)$", description="SHA-256 of the bank's file, in hex")
]
LineNumber = Annotated[int, Meta(ge=1, le=1_000_000, description="The line of the statement, from 1")]

STATEMENT_ENDS_FIRST = code(
    "statement-ends-before-start",
    vi="Sao kê từ ngày {from_date} đến ngày {to_date}: ngày cuối phải từ ngày đầu trở đi.",
    en="A statement from {from_date} to {to_date}: the last day must not lie before the first.",
)
STATEMENT_NOT_OVER = code(
    "statement-in-future",
    vi="Sao kê đến ngày {to_date}, sau hôm nay ({today}).",
    en="The statement runs to {to_date}, after today ({today}).",
)
STATEMENT_TWICE = code(
    "statement-file-twice",
    vi="Tệp này đã được ghi thành sao kê «{statement}» của quỹ «{fund}»; mỗi tệp chỉ ghi một lần.",
    en="This file was already recorded as statement '{statement}' of fund '{fund}'; a file is recorded once.",
)
STATEMENT_OVERLAPS = code(
    "statement-overlaps",
    vi="Sao kê từ {from_date} đến {to_date} trùng ngày với sao kê «{statement}» (từ {other_from} đến"
    " {other_to}) của quỹ «{fund}».",
    en="The statement of {from_date} to {to_date} overlaps statement '{statement}' ({other_from} to"
    " {other_to}) of fund '{fund}'.",
)
UNKNOWN_STATEMENT = code(
    "unknown-statement",
    vi="Quỹ «{fund}» không có sao kê «{statement}» còn hiệu lực.",
    en="Fund '{fund}' has no standing statement '{statement}'.",
)
LINE_OUTSIDE = code(
    "line-outside-statement",
    vi="Dòng {line} ngày {day} nằm ngoài sao kê «{statement}» (từ {from_date} đến {to_date}).",
    en="Line {line} of {day} lies outside statement '{statement}' ({from_date} to {to_date}).",
)
EMPTY_LINE = code(
    "line-of-zero",
    vi="Dòng {line} có số tiền 0; dòng sao kê phải có số tiền.",
    en="Line {line} has the amount 0; a line of a statement has an amount.",
)


@event(
    "fund-{fund_id}",
    vi="Ghi sao kê ngân hàng",
    en="Bank statement recorded",
    example={
        "fund_id": "quy-bac-kan-city",
        "statement_id": "sao-ke-2017-09",
        "from_date": "2017-09-01",
        "to_date": "2017-09-30",
        "opening": 12_500_000,
        "closing": 17_500_000,
    },
)
class BankStatementRecorded(FundRecord, frozen=True):
    """What the bank says the account held before the first and after the last day."""

    fund_id: Id
    statement_id: Id
    from_date: dt.date
    to_date: dt.date
    opening: DongOrNone
    closing: DongOrNone
    account: SealedText | None = None
    file_digest: FileDigest | None = None
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        fund = fund_taking(book, self.fund_id)
        self._refuse_twice(fund.state)
        fund.state.refuse_used(self.fund_id, self.used_id())
        if self.to_date < self.from_date:
            raise Refused(
                STATEMENT_ENDS_FIRST, "/data/to_date", from_date=self.from_date, to_date=self.to_date
            )
        if self.to_date > book.today:
            raise Refused(STATEMENT_NOT_OVER, "/data/to_date", to_date=self.to_date, today=book.today)
        self._refuse_overlapping(fund.state)
        return replace(fund.effect(), pocket="bank")

    def _refuse_twice(self, fund: FundState) -> None:
        for other in _statements(fund):
            if self.file_digest is not None and other.file_digest == self.file_digest:
                raise Refused(
                    STATEMENT_TWICE, "/data/file_digest", fund=self.fund_id, statement=other.statement_id
                )

    def _refuse_overlapping(self, fund: FundState) -> None:
        """A day's lines stand on one statement: twice recorded they would be matched twice."""
        for other in _statements(fund):
            if self.from_date <= other.to_date and other.from_date <= self.to_date:
                raise Refused(
                    STATEMENT_OVERLAPS,
                    "/data/from_date",
                    fund=self.fund_id,
                    from_date=self.from_date,
                    to_date=self.to_date,
                    statement=other.statement_id,
                    other_from=other.from_date,
                    other_to=other.to_date,
                )

    def used_id(self) -> tuple[str, ...]:
        return ("statement_id", self.statement_id)

    def fold(self, fund: FundState, fact: Fact) -> None:
        fund.statements[self.statement_id] = fact

    def undo(self, fund: FundState, fact: Fact, book: Book) -> None:
        refuse_if_stood_on(fund.standing_of(fund.lines[self.statement_id].values()))


@event(
    "fund-{fund_id}",
    vi="Ghi dòng sao kê",
    en="Bank line recorded",
    example={
        "fund_id": "quy-bac-kan-city",
        "statement_id": "sao-ke-2017-09",
        "line": 1,
        "date": "2017-09-05",
        "amount": 5_000_000,
        "text": "UNG HO QUY KHUYEN HOC",
    },
)
class BankLineRecorded(FundRecord, frozen=True):
    """One line of a statement: positive came in, negative went out. Its text may name persons: sealed."""

    fund_id: Id
    statement_id: Id
    line: LineNumber
    date: dt.date
    amount: SignedDong
    text: SealedText
    reference: SealedText | None = None
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        fund = fund_taking(book, self.fund_id)
        fund.state.refuse_used(self.fund_id, self.used_id())
        recorded = fund.state.statements.get(self.statement_id)
        if recorded is None or not fund.state.stands(recorded):
            raise Refused(
                UNKNOWN_STATEMENT, "/data/statement_id", fund=self.fund_id, statement=self.statement_id
            )
        statement = recorded.data
        assert isinstance(statement, BankStatementRecorded)
        if not statement.from_date <= self.date <= statement.to_date:
            raise Refused(
                LINE_OUTSIDE,
                "/data/date",
                line=self.line,
                day=self.date,
                statement=self.statement_id,
                from_date=statement.from_date,
                to_date=statement.to_date,
            )
        if self.amount == 0:
            raise Refused(EMPTY_LINE, "/data/amount", line=self.line)
        return replace(fund.effect(), pocket="bank", amount=self.amount)

    def used_id(self) -> tuple[str, ...]:
        return ("line", self.statement_id, str(self.line))

    def fold(self, fund: FundState, fact: Fact) -> None:
        fund.lines[self.statement_id][self.line] = fact

    def undo(self, fund: FundState, fact: Fact, book: Book) -> None:
        settled = fund.settled.get((self.statement_id, self.line))
        refuse_if_stood_on(fund.standing_of([settled] if settled is not None else []))


def _statements(fund: FundState) -> Iterator[BankStatementRecorded]:
    """Those that stand."""
    for fact in fund.standing_of(fund.statements.values()):
        assert isinstance(fact.data, BankStatementRecorded)
        yield fact.data
