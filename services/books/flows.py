"""What came into funds and what left them in a period, by source and by use, and the check that it adds up.

Opening and closing come from the sums by day, what happened between from the single movements: two ways that
must meet. Transfers between two of the funds, and from the cash box to the bank, are neither received nor
spent; what is on its way between two of them is held.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import msgspec

from events.refusals import Language
from services.books.known import Known
from services.books.movements import POCKETS, balances
from workers.accounts import label

FlowKind = Literal["opening", "donation", "transfer", "difference", "award", "cost", "cash_moved"]
Place = Literal["cash", "bank", "money_in_transit", "goods", "goods_in_transit"]

_ONE_DAY = dt.timedelta(days=1)


class Flow(msgspec.Struct, frozen=True):
    """One source or one use, less reversals, in đồng. Goods are at appraised value and in no other sum."""

    kind: FlowKind
    of: str | None
    """Of a donation the kind of donor, of an award its category, of a cost its purpose, of a transfer the
    other fund."""
    label: str
    cash: int
    bank: int
    money: int
    """Cash and bank."""
    goods: int
    entries: int
    """Reversals included."""


class PlaceLine(msgspec.Struct, frozen=True):
    """A pocket, or what is on its way between two of the funds, in đồng:
    opening + received − spent + moved = closing."""

    place: Place
    opening: int
    received: int
    spent: int
    moved: int
    """By transfers within, and between cash and bank: it sums to nothing."""
    closing: int


class Total(msgspec.Struct, frozen=True):
    """All money, or all goods, with what is on its way: opening + received − spent = closing."""

    opening: int
    received: int
    spent: int
    closing: int


class Flows(msgspec.Struct, frozen=True):
    """A period of one or more funds."""

    places: list[PlaceLine]
    money: Total
    goods: Total
    sources: list[Flow]
    uses: list[Flow]
    moved: list[Flow]
    """Between cash and bank, and between the funds: shown apart."""


class NotAddingUpError(ValueError):
    """Opening + received − spent is not the closing. Says where, and by how much."""

    def __init__(self, wrong: Mapping[str, int]) -> None:
        self.count = len(wrong)
        self.found = "; ".join(f"{place}: {difference:+d} ₫" for place, difference in wrong.items())
        super().__init__(self.found)


# $1 funds, $2 first day, $3 last day, $4 position
_FLOWS = """
    SELECT CASE WHEN kind = 'CashMoved' OR other_fund IN (SELECT unnest($1::text[])) THEN 'moved'
            WHEN (amount > 0) = (reversal_of IS NULL) THEN 'received' ELSE 'spent' END AS side,
        kind,
        CASE kind WHEN 'DonationReceived' THEN party_kind WHEN 'AwardGranted' THEN category
            WHEN 'ExpensePaid' THEN purpose WHEN 'TransferSent' THEN other_fund
            WHEN 'TransferReceived' THEN other_fund END AS of,
        coalesce(sum(amount) FILTER (WHERE pocket = 'cash'), 0)::bigint AS cash,
        coalesce(sum(amount) FILTER (WHERE pocket = 'bank'), 0)::bigint AS bank,
        coalesce(sum(amount) FILTER (WHERE pocket = 'goods'), 0)::bigint AS goods,
        count(DISTINCT position)::integer AS entries
    FROM read_funds.movement
    WHERE fund_id IN (SELECT unnest($1::text[])) AND occurred_on BETWEEN $2 AND $3 AND position <= $4
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""

_ON_ITS_WAY = """
    SELECT CASE pocket WHEN 'goods' THEN 'goods' ELSE 'money' END AS sort, -sum(amount)::bigint AS amount
    FROM read_funds.movement
    WHERE fund_id IN (SELECT unnest($1::text[])) AND other_fund IN (SELECT unnest($1::text[]))
        AND transfer_id IS NOT NULL AND occurred_on < $2 AND position <= $3
    GROUP BY 1
"""

_NAMES = "SELECT fund_id, name FROM read_funds.fund WHERE fund_id IN (SELECT unnest($1::text[]))"

_KINDS: dict[str, FlowKind] = {
    "FundOpened": "opening",
    "DonationReceived": "donation",
    "TransferSent": "transfer",
    "TransferReceived": "transfer",
    "DifferenceBooked": "difference",
    "AwardGranted": "award",
    "ExpensePaid": "cost",
    "CashMoved": "cash_moved",
}
_ORDER = {kind: place for place, kind in enumerate(("opening", "donation", "award", "cost"))}

_WORDS: dict[tuple[str, str], tuple[str, str]] = {
    ("received", "difference"): ("Thừa khi kiểm kê", "Surplus on counting"),
    ("spent", "difference"): ("Thiếu khi kiểm kê", "Loss on counting"),
    ("received", "transfer"): ("Nhận chuyển từ", "Transferred from"),
    ("spent", "transfer"): ("Chuyển cho", "Transferred to"),
    ("moved", "transfer"): ("Chuyển giữa các quỹ trong sổ này", "Transfers between these funds"),
    ("moved", "cash_moved"): ("Nộp, rút tiền ngân hàng", "Between cash box and bank"),
}


async def flows(
    connection: Any,
    fund_ids: Sequence[str],
    first: dt.date,
    last: dt.date,
    known: Known,
    *,
    language: Language,
    purposes: dict[str, str],
) -> Flows:
    """What these funds' period says. `purposes`: their labels. Raises `NotAddingUpError`."""
    rows = await connection.fetch(_FLOWS, list(fund_ids), first, last, known.position)
    others = [row["of"] for row in rows if _KINDS[row["kind"]] == "transfer"]
    names = {row["fund_id"]: row["name"] for row in await connection.fetch(_NAMES, others)}
    speech = (language, purposes, names)
    found: dict[str, list[Flow]] = {"received": [], "spent": [], "moved": []}
    for row in rows:
        found[row["side"]].append(_flow(row, *speech))
    places = [
        *await _pockets(connection, list(fund_ids), first, last, known, found),
        *await _transits(connection, list(fund_ids), first, last, known, found["moved"]),
    ]
    _check(places)
    return Flows(
        sorted(places, key=lambda line: get_args(Place).index(line.place)),
        _total(places, ("cash", "bank", "money_in_transit")),
        _total(places, ("goods", "goods_in_transit")),
        sorted(found["received"], key=_place),
        sorted(found["spent"], key=_place),
        _together(found["moved"]),
    )


def _flow(row: Any, language: Language, purposes: dict[str, str], names: dict[str, str]) -> Flow:
    kind, side = _KINDS[row["kind"]], row["side"]
    sign = -1 if side == "spent" else 1
    cash, bank, goods = (sign * row[pocket] for pocket in POCKETS)
    of = row["of"] if side != "moved" else None
    words = _WORDS.get((side, kind))
    if words is not None:
        text = words[0 if language == "vi" else 1] + (f" {names.get(of, of)}" if of else "")
    else:
        text = label(_ACCOUNTS[kind].format(of), language, purposes)[-1]
    return Flow(kind, of, text, cash, bank, cash + bank, goods, row["entries"])


# Whose last word is the label; money's and goods' are the same.
_ACCOUNTS = {
    "opening": "equity:opening",
    "donation": "income:money:{}",
    "award": "expenses:award:money:{}",
    "cost": "expenses:cost:money:{}",
}


def _place(flow: Flow) -> tuple[int, str, str]:
    return _ORDER.get(flow.kind, len(_ORDER)), flow.kind, flow.of or ""


def _together(moved: list[Flow]) -> list[Flow]:
    """Both halves of transfers as one line."""
    lines: dict[str, Flow] = {}
    for flow in moved:
        before = lines.get(flow.kind)
        if before is not None:
            sums = {n: getattr(before, n) + getattr(flow, n) for n in (*POCKETS, "money", "entries")}
            flow = msgspec.structs.replace(before, **sums)
        lines[flow.kind] = flow
    return list(lines.values())


async def _pockets(
    connection: Any,
    funds: list[str],
    first: dt.date,
    last: dt.date,
    known: Known,
    found: dict[str, list[Flow]],
) -> list[PlaceLine]:
    """Every pocket's line, opening and closing out of the sums by day."""
    before = await balances(connection, funds, first - _ONE_DAY, known) if first > dt.date.min else {}
    after = await balances(connection, funds, last, known)
    lines = []
    for pocket in POCKETS:
        opening, closing = (sum(held.get(pocket, 0) for held in day.values()) for day in (before, after))
        received, spent, moved = (sum(getattr(f, pocket) for f in found[side]) for side in found)
        lines.append(PlaceLine(pocket, opening, received, spent, moved, closing))  # type: ignore[arg-type]
    return lines


async def _transits(
    connection: Any, funds: list[str], first: dt.date, last: dt.date, known: Known, moved: list[Flow]
) -> list[PlaceLine]:
    """What is on its way between two of the funds: it takes what the pockets give."""
    ends = []
    for day in (first, last + _ONE_DAY):
        rows = await connection.fetch(_ON_ITS_WAY, funds, day, known.position)
        ends.append({row["sort"]: row["amount"] for row in rows})
    lines = []
    for sort in ("money", "goods"):
        taken = -sum(getattr(flow, sort) for flow in moved)
        opening, closing = (end.get(sort, 0) for end in ends)
        lines.append(PlaceLine(f"{sort}_in_transit", opening, 0, 0, taken, closing))  # type: ignore[arg-type]
    return lines


def _check(places: list[PlaceLine]) -> None:
    wrong: dict[str, int] = {p.place: p.opening + p.received - p.spent + p.moved - p.closing for p in places}
    wrong = {place: difference for place, difference in wrong.items() if difference}
    if wrong:
        raise NotAddingUpError(wrong)


def _total(places: list[PlaceLine], of: Sequence[str]) -> Total:
    lines = [p for p in places if p.place in of]
    names = ("opening", "received", "spent", "closing")
    return Total(*(sum(getattr(p, name) for p in lines) for name in names))
