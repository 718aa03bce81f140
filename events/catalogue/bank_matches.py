"""What became of a bank's line: matched with entries of the book, or set aside with a reason.

A line is settled once; `RecordWithdrawn` unsettles it. Nothing here moves value: a fee that only the bank
knew is set aside, or booked as an expense and then matched.
"""

from collections.abc import Iterator
from typing import Annotated
from uuid import UUID

from msgspec import Meta
from msgspec.structs import replace

from events.book import UNKNOWN_EVENT, Book
from events.catalogue.bank import BankLineRecorded, LineNumber
from events.catalogue.corrections import OF_ANOTHER_FUND
from events.catalogue.fund_standing import Standing, fund_taking
from events.catalogue.fund_state import FundRecord, FundState
from events.catalogue.standing import told
from events.declare import Effect, Fact, SealedText, event
from events.refusals import Refused, code
from events.vocabulary import EventRef, Id

UNKNOWN_LINE = code(
    "unknown-bank-line",
    vi="Sao kê «{statement}» của quỹ «{fund}» không có dòng {line} còn hiệu lực.",
    en="Statement '{statement}' of fund '{fund}' has no standing line {line}.",
)
LINE_SETTLED = code(
    "bank-line-settled",
    vi="Dòng {line} của sao kê «{statement}» đã được xử lý: {settled}. Muốn làm lại, hãy rút ghi chép đó.",
    en="Line {line} of statement '{statement}' is settled already: {settled}. Withdraw that first.",
)
NOT_AT_BANK = code(
    "entry-not-at-bank",
    vi="{entry} không làm thay đổi ngăn «bank» nên không khớp được với sao kê.",
    en="{entry} does not move pocket 'bank', so no bank line can match it.",
)
ENTRY_MATCHED = code(
    "entry-already-matched",
    vi="{entry} đã khớp với một dòng sao kê; mỗi bút toán chỉ khớp một lần.",
    en="{entry} is matched with a bank line already; an entry is matched once.",
)
MATCH_DIFFERS = code(
    "match-amount-differs",
    vi="Dòng {line} của sao kê là {amount} ₫, các bút toán được nêu cộng lại {sum} ₫.",
    en="Line {line} of the statement is {amount} ₫, the entries named add up to {sum} ₫.",
)

_LINE = {"fund_id": "quy-bac-kan-city", "statement_id": "sao-ke-2017-09", "line": 1}


class _Settling(FundRecord, frozen=True):
    """The base of what settles a line."""

    fund_id: Id
    statement_id: Id
    line: LineNumber

    def unsettled(self, fund: Standing) -> Fact:
        """The line. Raises `unknown-bank-line`, `bank-line-settled`."""
        names = {"statement": self.statement_id, "line": self.line}
        found = fund.state.lines.get(self.statement_id, {}).get(self.line)
        if found is None or not fund.state.stands(found):
            raise Refused(UNKNOWN_LINE, "/data/line", fund=self.fund_id, **names)
        settled = fund.state.settled.get((self.statement_id, self.line))
        if settled is not None and fund.state.stands(settled):
            raise Refused(LINE_SETTLED, "/data/line", settled=told([settled]), **names)
        return found

    def settling(self, fund: Standing, line: Fact) -> Effect:
        amount = line.data.amount if isinstance(line.data, BankLineRecorded) else None
        return replace(fund.effect(), pocket="bank", amount=amount, target=line.event_id)

    def fold(self, fund: FundState, fact: Fact) -> None:
        fund.settled[self.statement_id, self.line] = fact


@event(
    "fund-{fund_id}",
    vi="Khớp dòng sao kê",
    en="Bank line matched",
    example=_LINE | {"event_ids": ["0192f0c1-2b7e-7c3a-9d53-0a7a3b1c5d10"]},
)
class BankLineMatched(_Settling, frozen=True):
    """The line is these entries: together they moved at the bank what the line says. A returned payment is
    two lines, one for the entry and one for its reversal."""

    event_ids: Annotated[list[EventRef], Meta(min_length=1, max_length=100)]

    def decide(self, book: Book) -> Effect:
        fund = fund_taking(book, self.fund_id)
        line = self.unsettled(fund)
        effect = self.settling(fund, line)
        moved = sum(self._at_bank(book, fund.state))
        if moved != effect.amount:
            raise Refused(MATCH_DIFFERS, "/data/event_ids", line=self.line, amount=effect.amount, sum=moved)
        return effect

    def _at_bank(self, book: Book, fund: FundState) -> Iterator[int]:
        """What each entry moved at the bank, in đồng. Raises what forbids one of them."""
        seen = set[UUID]()
        for place, event_id in enumerate(map(UUID, self.event_ids)):
            field = f"/data/event_ids/{place}"
            entry = fund.facts.get(event_id)
            if entry is None:
                if book.memory.stream_of_event(event_id) is None:
                    raise Refused(UNKNOWN_EVENT, field, event=str(event_id))
                raise Refused(OF_ANOTHER_FUND, field, event=str(event_id), fund=self.fund_id)
            moved = [m.amount for m in fund.moved(entry) if m.pocket == "bank"]
            if not moved:
                raise Refused(NOT_AT_BANK, field, entry=told([entry]))
            if event_id in seen or fund.stands(fund.at_bank.get(event_id)):
                raise Refused(ENTRY_MATCHED, field, entry=told([entry]))
            seen.add(event_id)
            yield sum(moved)

    def fold(self, fund: FundState, fact: Fact) -> None:
        super().fold(fund, fact)
        for event_id in self.event_ids:
            fund.at_bank[UUID(event_id)] = fact


@event(
    "fund-{fund_id}",
    vi="Để riêng dòng sao kê",
    en="Bank line set aside",
    example=_LINE | {"line": 2, "reason": "Phí ngân hàng, sẽ ghi chi ở kỳ sau"},
)
class BankLineSetAside(_Settling, frozen=True):
    """The line has no entry, and why: a fee still to be booked, money of somebody else's."""

    reason: SealedText

    def decide(self, book: Book) -> Effect:
        fund = fund_taking(book, self.fund_id)
        return self.settling(fund, self.unsettled(fund))
