"""The in-memory fold of a page for `funds`: entries become movements, linked to what they reverse, to
the other half of their transfer, to their approval and their voucher. Knows no database.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec

from events.catalogue.fund_state import FundRecord
from events.declare import Fact
from events.log.read import Stored
from events.vocabulary import day_of
from workers.accounts import postings
from workers.projection import CannotFoldError

PAYMENTS = ("PaymentProposed", "PaymentChanged", "PaymentApproved", "PaymentRejected")
UNDOING = ("EntryReversed", "RecordWithdrawn")

PaymentKey = tuple[str, str]  # fund, payment
Posted = tuple[str, dt.date, int, int, dt.date, str, int]  # a row of `posting`
TransferKey = tuple[str, str]  # sending fund, transfer
DayKey = tuple[str, dt.date, str, dt.date]  # fund, occurred on, pocket, recorded on


class Movement(msgspec.Struct):
    """A row of `movement`; columns in the table's order."""

    fund_id: str
    occurred_on: dt.date
    position: int
    line: int
    recorded_at: dt.datetime
    event_id: UUID
    type: str
    kind: str
    pocket: str
    amount: int
    late: bool
    party_kind: str | None = None
    party_name: str | None = None
    party_person: UUID | None = None
    other_fund: str | None = None
    transfer_id: str | None = None
    other_half: UUID | None = None
    purpose: str | None = None
    category: str | None = None
    payment_id: str | None = None
    approval: UUID | None = None
    reversal_of: UUID | None = None
    reversed_by: UUID | None = None
    voucher_unit: str | None = None
    voucher_series: str | None = None
    voucher_year: int | None = None
    voucher_number: int | None = None
    unit_id: str | None = None
    level: str | None = None
    actor: UUID | None = None
    approved_by: UUID | None = None


class Payment(msgspec.Struct):
    """A row of `payment`; columns in the table's order."""

    fund_id: str
    payment_id: str
    kind: str
    amount: int
    purpose: str | None
    state: str
    proposal: UUID
    proposed_on: dt.date
    decision: UUID | None = None
    decided_on: dt.date | None = None
    proposed_by: UUID | None = None
    decided_by: UUID | None = None


class DaySum(msgspec.Struct):
    """What a page adds to a row of `fund_day`."""

    amount: int = 0
    receipts: int = 0
    payments: int = 0
    entries: int = 0


class Page:
    """The fold of one page. What it starts from is put into it by whoever reads the tables."""

    def __init__(self) -> None:
        self.earlier: dict[UUID, list[Movement]] = {}  # rows of earlier pages that this one undoes
        self.last_on: dict[str, dt.date] = {}
        self.payments: dict[PaymentKey, Payment] = {}
        self.payment_histories: dict[str, list[Stored]] = {}  # of funds with a withdrawn payment event
        self.sent: dict[TransferKey, UUID] = {}

        self.made: dict[UUID, list[Movement]] = {}
        self.postings: list[Posted] = []
        self.days: dict[DayKey, DaySum] = defaultdict(DaySum)
        self.touched_payments: set[PaymentKey] = set()
        # What is to be noted on rows of earlier pages, by their event.
        self.links: dict[str, dict[UUID, UUID | None]] = {"reversed_by": {}, "other_half": {}}
        self.vouchers: dict[UUID, tuple[str, str, int, int]] = {}

    def apply(self, event: Stored) -> None:
        fact = event.fact
        if fact.effect.kind in PAYMENTS:
            self._payment(event)
        elif fact.type in UNDOING:
            self._undo(event)
        elif isinstance(fact.data, FundRecord):
            self._enter(event, fact.data)

    def _enter(self, event: Stored, data: FundRecord) -> None:
        fact = event.fact
        moved = data.movements(fact.effect)
        if not moved:
            return
        template = self._row(event, data)
        rows = [
            msgspec.structs.replace(
                template, line=line, pocket=m.pocket, amount=m.amount, purpose=m.purpose or template.purpose
            )
            for line, m in enumerate(moved)
        ]
        self._add(event, rows)
        if fact.type == "TransferSent" and template.transfer_id is not None:
            self.sent[template.fund_id, template.transfer_id] = fact.event_id
        elif fact.type == "TransferReceived":
            self._pair(template)

    def _row(self, event: Stored, data: Any) -> Movement:
        fact = event.fact
        fund_id = fact.stream.removeprefix("fund-")
        party = getattr(data, "donor", None) or getattr(data, "payee", None)
        payment_id = getattr(data, "payment_id", None)
        payment = self.payments.get((fund_id, payment_id)) if payment_id else None
        return Movement(
            fund_id=fund_id,
            occurred_on=fact.occurred_on,
            position=event.position,
            line=0,
            recorded_at=event.recorded_at,
            event_id=fact.event_id,
            type=fact.type,
            kind=fact.type,
            pocket="",
            amount=0,
            late=self._is_late(fund_id, fact.occurred_on),
            party_kind=party.kind if party else None,
            party_name=party.name if party else None,
            party_person=party.person_id if party else None,
            other_fund=getattr(data, "to_fund_id", None) or getattr(data, "from_fund_id", None),
            transfer_id=getattr(data, "transfer_id", None),
            purpose=getattr(data, "purpose", None),
            category=getattr(data, "category", None),
            payment_id=payment_id,
            approval=payment.decision if payment and payment.state == "approved" else None,
            unit_id=fact.effect.unit,
            level=fact.effect.level,
            actor=fact.actor,
            approved_by=payment.decided_by if payment and payment.state == "approved" else None,
        )

    def _is_late(self, fund_id: str, day: dt.date) -> bool:
        last = self.last_on.get(fund_id)
        self.last_on[fund_id] = day if last is None else max(day, last)
        return last is not None and day < last

    def _add(self, event: Stored, rows: list[Movement]) -> None:
        recorded_on = day_of(event.recorded_at)
        self.made[event.fact.event_id] = rows
        self.postings += [
            (rows[0].fund_id, rows[0].occurred_on, event.position, line, recorded_on, p.account, p.amount)
            for line, p in enumerate(postings(rows))
        ]
        for row in rows:
            day = self.days[row.fund_id, row.occurred_on, row.pocket, recorded_on]
            day.amount += row.amount
            day.entries += 1
            if (row.amount > 0) == (row.reversal_of is None):
                day.receipts += row.amount
            else:
                day.payments -= row.amount

    def _undo(self, event: Stored) -> None:
        """A reversal has a date of its own; a withdrawn opening never was, from its own first day on."""
        fact, target = event.fact, event.fact.effect.target
        undone = self.made.get(target) or self.earlier.get(target) if target else None
        if target is None or undone is None:
            if fact.type == "RecordWithdrawn":
                return  # of something that moved nothing
            raise CannotFoldError(f"{fact.type} at {event.position} of an entry that is not there: {target}")
        day = fact.occurred_on if fact.type == "EntryReversed" else undone[0].occurred_on
        late = self._is_late(undone[0].fund_id, day)
        rows = [
            msgspec.structs.replace(
                row,
                occurred_on=day,
                position=event.position,
                recorded_at=event.recorded_at,
                event_id=fact.event_id,
                type=fact.type,
                kind=row.type,
                amount=-row.amount,
                late=late,
                other_half=None,
                approval=None,
                reversal_of=target,
                reversed_by=None,
                voucher_unit=None,
                voucher_series=None,
                voucher_year=None,
                voucher_number=None,
                unit_id=fact.effect.unit,
                level=fact.effect.level,
                actor=fact.actor,
                approved_by=None,
            )
            for row in undone
        ]
        self._add(event, rows)
        if fact.type == "RecordWithdrawn":
            self.last_on.pop(undone[0].fund_id, None)  # the fund begins anew
        self._link("reversed_by", target, fact.event_id)
        first = undone[0]
        if first.type == "TransferReceived" and first.other_half is not None:
            self._link("other_half", first.other_half, None)  # on its way again

    def _pair(self, received: Movement) -> None:
        sent = self.sent.get((received.other_fund or "", received.transfer_id or ""))
        if sent is not None:
            self._link("other_half", sent, received.event_id)
            self._link("other_half", received.event_id, sent)

    def _link(self, column: str, of: UUID, to: UUID | None) -> None:
        for row in self.made.get(of, ()):
            setattr(row, column, to)
        if of not in self.made:
            self.links[column][of] = to

    def vouch(self, entry: UUID, voucher: tuple[str, str, int, int]) -> None:
        """The entry's voucher: unit, series, year, number."""
        for row in self.made.get(entry, ()):
            row.voucher_unit, row.voucher_series, row.voucher_year, row.voucher_number = voucher
        if entry not in self.made:
            self.vouchers[entry] = voucher

    def _payment(self, event: Stored) -> None:
        fact = event.fact
        if fact.type != "RecordWithdrawn":
            self.touched_payments.add(_decide(self.payments, fact))
            return
        # A withdrawal brings back what was before: the fund's payments are folded anew up to here.
        fund_id = fact.stream.removeprefix("fund-")
        before = {key for key in self.payments if key[0] == fund_id}
        for key in before:
            del self.payments[key]
        for earlier in standing(e for e in self.payment_histories[fund_id] if e.position <= event.position):
            before.add(_decide(self.payments, earlier))
        self.touched_payments |= before


def standing(history: Iterable[Stored]) -> list[Fact]:
    """What of a history was not withdrawn."""
    facts = [e.fact for e in history]
    gone = {f.effect.target for f in facts if f.type == "RecordWithdrawn"}
    return [f for f in facts if f.type != "RecordWithdrawn" and f.event_id not in gone]


def _decide(payments: dict[PaymentKey, Payment], fact: Fact) -> PaymentKey:
    data: Any = fact.data
    key = (data.fund_id, data.payment_id)
    if fact.type in ("PaymentProposed", "PaymentChanged"):
        payments[key] = Payment(
            data.fund_id,
            data.payment_id,
            data.kind,
            data.amount,
            data.purpose,
            "proposed",
            fact.event_id,
            fact.occurred_on,
            proposed_by=fact.actor,
        )
        return key
    payment = payments.get(key)
    if payment is None:
        raise CannotFoldError(f"{fact.type} of {fact.stream} decides an unknown payment {data.payment_id}")
    payment.state = "approved" if fact.type == "PaymentApproved" else "rejected"
    payment.decision, payment.decided_on = fact.event_id, fact.occurred_on
    payment.decided_by = fact.actor
    return key
