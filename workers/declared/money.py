"""What the funds raised, awarded, were promised and hold. Amounts in đồng; goods at appraised value.

Every fund indicator is kept by the level of the unit that had the fund: an amount raised in a commune is the
commune's, wherever it was sent afterwards. Money and goods are never added up in what a fund holds.

What was raised and awarded stays with the unit that had the fund on that day. What a fund holds goes along
when it is handed over: at the year's end a balance is of the unit that has the fund then (`handed_over.py`).
"""

from collections.abc import Iterator

from workers.indicator import Indicator, Sort, Term
from workers.plausibility import Leap, NotAbove, NotBelowZero, Rule

_LEAP = Leap(5, 20_000_000)
_IN, _OUT = (
    ("DonationReceived", "TransferReceived", "DifferenceBooked"),
    ("AwardGranted", "ExpensePaid", "TransferSent"),
)


def _flow(name: str, vi: str, en: str, *terms: Term, part_of: str | None = None) -> Indicator:
    rules: tuple[Rule, ...] = (_LEAP,)
    if part_of is not None:
        above = NotAbove(part_of, "more-than-raised", "nhiều hơn số vận động được", "more than was raised")
        rules = (above, _LEAP)
    return Indicator(name, vi, en, "vnd", Sort.FLOW, terms, by_level=True, rules=rules)


def _moved(pocket: str) -> Iterator[Term]:
    """Everything that moves value in or out of a pocket (`CashMoved` stays within money; a difference and a
    reversal carry their own sign; what is handed over is money or goods)."""
    for kind in _IN:
        yield Term(kind, "amount", pocket=pocket)
    for kind in _OUT:
        yield Term(kind, "amount", pocket=pocket, sign=-1)


FUNDS = (
    _flow("fund.raised", "Kinh phí vận động được", "Funds raised", Term("DonationReceived", "amount")),
    _flow("fund.awarded", "Kinh phí khen thưởng, hỗ trợ", "Funds awarded", Term("AwardGranted", "amount")),
)
MORE_OF_FUNDS = (
    _flow(
        "fund.in_kind",
        "Trong đó vận động bằng hiện vật",
        "Of funds raised, in kind",
        Term("DonationReceived", "amount", pocket="goods"),
        part_of="fund.raised",
    ),
    _flow("fund.pledged", "Kinh phí được cam kết ủng hộ", "Pledged", Term("DonationPledged", "amount")),
    Indicator(
        "fund.balance.money",
        "Số dư quỹ: tiền mặt và tiền gửi",
        "Fund balances: cash and bank",
        "vnd",
        Sort.STOCK,
        (
            Term("FundOpened", "rest"),
            *_moved("cash"),
            *_moved("bank"),
            Term("FundHandedOver", "amount", pocket="money"),
        ),
        by_level=True,
        rules=(NotBelowZero(), _LEAP),
    ),
    Indicator(
        "fund.balance.goods",
        "Số dư quỹ: hiện vật",
        "Fund balances: goods",
        "vnd",
        Sort.STOCK,
        (Term("FundOpened", "extra"), *_moved("goods"), Term("FundHandedOver", "amount", pocket="goods")),
        by_level=True,
        rules=(NotBelowZero(), _LEAP),
    ),
)

_CATEGORIES = {
    "excellent_student": ("Học sinh giỏi được khen thưởng", "Excellent pupils awarded"),
    "scholarship": ("Học bổng đã trao", "Scholarships granted"),
    "university_entrant": ("Học sinh đỗ đại học được khen thưởng", "University entrants awarded"),
    "hardship": ("Học sinh hoàn cảnh khó khăn được hỗ trợ", "Pupils in hardship supported"),
    "teacher": ("Giáo viên được khen thưởng", "Teachers awarded"),
    "member": ("Cán bộ, hội viên được khen thưởng", "Officers and members awarded"),
    "mixed": ("Cán bộ, hội viên và học sinh được khen thưởng", "Officers, members and pupils awarded"),
}
RECIPIENTS = tuple(
    Indicator(
        f"award.{category}.recipients",
        vi,
        en,
        None,
        Sort.FLOW,
        (Term("AwardGranted", "quantity", category),),
        by_level=True,
        rules=(Leap(5, 100),),
    )
    for category, (vi, en) in _CATEGORIES.items()
)
AMOUNTS = tuple(
    Indicator(
        f"award.{category}.amount",
        f"{vi}: số tiền",
        f"{en}: amount",
        "vnd",
        Sort.FLOW,
        (Term("AwardGranted", "amount", category),),
        by_level=True,
        rules=(_LEAP,),
    )
    for category, (vi, en) in _CATEGORIES.items()
)
