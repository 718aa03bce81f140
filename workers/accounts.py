"""The chart of accounts: what every entry of a fund posts, by construction summing to nothing.

An entry moves value in one pocket of a fund or more; whatever does not cancel out among its pockets comes
from or goes to one other account: who gave, what it was paid for, a transfer on its way, the opening. Debit
is positive. Goods, at appraised value, have accounts of their own throughout, so that no sum mixes them with
money.

Accounts are paths of fixed words and ids (`income:money:organisation`), the same in every language; people
read them by `label`.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple, Protocol, get_args

from events.catalogue.terms import BUILT_IN
from events.refusals import Language
from events.vocabulary import AwardCategory, PartyKind, Pocket

Sort = Literal["money", "goods"]
"""Cash and bank are money; goods never are."""
Head = Literal["assets", "income", "expenses", "equity", "transit"]


class Moved(Protocol):
    """What an entry does to one pocket, with what decides where it comes from or goes to."""

    fund_id: str
    kind: str  # the type of event; of a reversal, the type it reverses
    pocket: str
    amount: int  # đồng: what comes in is positive
    party_kind: str | None
    category: str | None
    purpose: str | None
    other_fund: str | None


class Posting(NamedTuple):
    """One line of an entry in the journal."""

    account: str
    amount: int  # đồng: debit positive, credit negative


GOODS = "^((assets|income|transit):goods|(expenses|equity):[a-z]+:goods)(:|$)"
"""What accounts of goods look like, as a regular expression for SQL and Python alike."""


def sort_of(pocket: str) -> Sort:
    return "goods" if pocket == "goods" else "money"


def postings(movements: Iterable[Moved]) -> list[Posting]:
    """The balanced postings of one entry: a line for each pocket, then one for each other account.

    Raises `ValueError` for a kind that moves no value.
    """
    lines, others = [], dict[str, int]()
    for movement in movements:
        lines.append(Posting(f"assets:{movement.pocket}", movement.amount))
        if movement.kind != "CashMoved":  # from pocket to pocket: its own lines cancel out
            account = _other(movement)
            others[account] = others.get(account, 0) - movement.amount
    return lines + [Posting(account, amount) for account, amount in others.items()]


def _other(m: Moved) -> str:
    sort = sort_of(m.pocket)
    match m.kind:
        case "FundOpened":
            return f"equity:opening:{sort}"
        case "DonationReceived":
            return f"income:{sort}:{m.party_kind}"
        case "AwardGranted":
            return f"expenses:award:{sort}:{m.category}"
        case "ExpensePaid":
            return f"expenses:cost:{sort}:{m.purpose}"
        case "TransferSent":
            return f"transit:{sort}:{m.fund_id}:{m.other_fund}"
        case "TransferReceived":
            return f"transit:{sort}:{m.other_fund}:{m.fund_id}"
        case "DifferenceBooked":
            return f"equity:difference:{sort}"
    raise ValueError(f"{m.kind} moves no value")


_HEADS: dict[str, tuple[str, str]] = {
    "assets": ("Tài sản", "Assets"),
    "income": ("Thu", "Income"),
    "expenses": ("Chi", "Expenses"),
    "equity": ("Nguồn", "Equity"),
    "transit": ("Đang chuyển", "In transit"),
}
_WORDS: dict[str, tuple[str, str]] = {
    "cash": ("Tiền mặt", "Cash"),
    "bank": ("Tiền gửi ngân hàng", "Bank"),
    "goods": ("Hiện vật", "Goods"),
    "money": ("Tiền", "Money"),
    "opening": ("Số dư đầu", "Opening balance"),
    "difference": ("Chênh lệch kiểm kê", "Difference on counting"),
    "award": ("Trao thưởng, hỗ trợ", "Awards"),
    "cost": ("Chi phí", "Costs"),
    "organisation": ("Tổ chức", "Organisations"),
    "person": ("Cá nhân", "Persons"),
    "household": ("Hộ gia đình", "Households"),
    "collective": ("Tập thể", "Collectives"),
    "anonymous": ("Ẩn danh", "Anonymous"),
    "excellent_student": ("Học sinh giỏi", "Excellent students"),
    "scholarship": ("Học bổng", "Scholarships"),
    "university_entrant": ("Đỗ đại học", "University entrants"),
    "hardship": ("Hoàn cảnh khó khăn", "Hardship"),
    "teacher": ("Giáo viên", "Teachers"),
    "member": ("Hội viên", "Members"),
    "mixed": ("Nhiều đối tượng", "Mixed"),
}
assert _WORDS.keys() >= {*get_args(PartyKind), *get_args(AwardCategory), *get_args(Pocket)}


def label(account: str, language: Language = "vi", terms: dict[str, str] | None = None) -> tuple[str, ...]:
    """An account's path in people's words; ids of funds and purposes nobody labelled stay as they are.

    `terms`: purposes added by `TermDefined`, with their labels.
    """
    head, *rest = account.split(":")
    which = 0 if language == "vi" else 1
    labels = [_HEADS[head][which]]
    for place, word in enumerate(rest):
        if head == "transit" and place > 0:
            labels.append(word)
        elif account.startswith("expenses:cost:") and place == 2:
            purposes = (BUILT_IN["purpose"] if which == 0 else {}) | (terms or {})
            labels.append(purposes.get(word, word))
        else:
            labels.append(_WORDS[word][which])
    return tuple(labels)
