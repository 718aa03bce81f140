"""A short history in which nothing goes smoothly: what read models must get right."""

from typing import Any
from uuid import UUID

from events.declare import Fact
from tests.events.funds import city_fund, give, open_fund, pay, receive, reverse, send, spend
from tests.events.history import History
from tests.events.units import establish, withdraw

MAKER, CHECKER = UUID(int=0xA), UUID(int=0xB)
FAMILY, CLAN = "0192f0c1-2b7e-7c3a-9d53-0a7a3b1c5d10", "ho-hoang"


def history() -> History:
    given = city_fund(cash=5_000_000, bank=20_000_000)
    _money(given)
    _payments(given)
    _opened_twice(given)
    _promises(given)
    _bank(given)
    _units(given)
    _models(given)
    return given


def _money(given: History) -> None:
    open_fund(given, "ward", "duc-xuan", restricted_to=["scholarship", "hardship_support"])
    give(given, 3_000_000, "2017-06-01")
    give(given, 1_000_000, "2017-03-01")  # late
    wrong = give(given, 9_000_000, "2017-04-01", pocket="bank")
    pay(given, 500_000, "2017-07-01", payee={"kind": "collective", "name": "Lớp 9A"})
    spend(given, 200_000, "administration", "2017-07-02")
    reverse(given, wrong)
    moved = given.record(
        "CashMoved", "2017-07-03", fund_id="city", from_pocket="bank", to_pocket="cash", amount=700_000
    )[0]
    reverse(given, moved)
    sent = send(given, 400_000, "ward", "2017-08-01", purpose="scholarship")
    received = receive(given, sent, "2017-08-03")
    reverse(given, received)
    receive(given, sent, "2017-08-09")
    back = send(given, 100_000, "ward", "2017-08-10")
    reverse(given, back)
    send(given, 50_000, "ward", "2017-09-01")  # still on its way
    given.record("BalanceCounted", "2017-09-30", fund_id="ward", pocket="cash", amount=380_000)
    given.record(
        "DifferenceBooked", "2017-09-30", fund_id="ward", pocket="cash", amount=-20_000, reason="Thiếu"
    )
    goods = {"what": "bicycle", "quantity": 2, "unit": "piece"}
    give(given, 4_000_000, "2017-10-01", pocket="goods", items=[goods])
    given.record("PeriodClosed", "2018-01-05", fund_id="city", through="2017-06-30")
    handed = given.record("FundHandedOver", "2018-02-01", fund_id="ward", to_unit_id="song-cau")[0]
    withdraw(given, handed)
    given.record("FundHandedOver", "2018-03-01", fund_id="ward", to_unit_id="to-9")


def _payments(given: History) -> None:
    def propose(payment_id: str, amount: int, kind: str = "PaymentProposed") -> str:
        return str(
            given.record(
                kind,
                "2018-04-01",
                actor=MAKER,
                fund_id="city",
                payment_id=payment_id,
                kind="award",
                amount=amount,
                purpose="scholarship",
            )[0].event_id
        )

    def approve(payment_id: str, proposal: str) -> None:
        given.record(
            "PaymentApproved",
            "2018-04-02",
            actor=CHECKER,
            fund_id="city",
            payment_id=payment_id,
            event_id=proposal,
        )

    approve("paid", propose("paid", 300_000))
    award = pay(given, 300_000, "2018-04-03", payment_id="paid", purpose="scholarship")
    reverse(given, award)
    approve("changed", propose("changed", 100_000))
    changed = propose("changed", 120_000, "PaymentChanged")
    approve("changed", changed)
    withdraw(given, given.log[-1])  # the approval
    given.record(
        "PaymentRejected",
        "2018-04-05",
        actor=CHECKER,
        fund_id="city",
        payment_id="changed",
        reason="Chưa đủ hồ sơ",
    )
    propose("dropped", 90_000)
    withdraw(given, given.log[-1])
    propose("waiting", 80_000)


def _opened_twice(given: History) -> None:
    first = open_fund(given, "twice", "song-cau", cash=1_000_000)
    withdraw(given, first)
    open_fund(given, "twice", "duc-xuan", bank=2_000_000)
    give(given, 20_000, "2018-04-01", fund_id="twice")
    withdraw(given, open_fund(given, "never", "song-cau", cash=3_000_000))


def _promises(given: History) -> None:
    """A pledge made twice, a gift on it reversed, goods given twice and once taken back."""
    of = {"fund_id": "twice", "donor": {"kind": "organisation", "name": "Công ty Bắc Kạn"}}
    pledge = {**of, "pledge_id": "p", "amount": 500_000, "due_on": "2018-12-31"}
    withdraw(given, given.record("DonationPledged", "2018-04-10", **pledge | {"amount": 5_000_000})[0])
    given.record("DonationPledged", "2018-04-10", **pledge)
    give(given, 100_000, "2018-04-11", **of, pledge_id="p")
    goods: dict[str, Any] = {**of, "pocket": "goods", "pledge_id": "p"}
    rice, pens = (
        {"what": what, "quantity": 3, "unit": unit} for what, unit in (("rice", "kg"), ("pen", "box"))
    )
    wrong = give(given, 70_000, "2018-04-12", **goods, items=[rice, pens])
    reverse(given, wrong)
    give(given, 60_000, "2018-04-12", **goods, items=[rice, rice])


def _bank(given: History) -> None:
    """A statement recorded twice, one of its lines matched twice, one set aside; a count taken back."""
    on, of = "2018-06-01", {"fund_id": "city", "statement_id": "may"}
    days = {"from_date": "2018-05-01", "to_date": "2018-05-31", "opening": 0, "closing": 70_000}
    gifts = [give(given, amount, "2018-05-04", pocket="bank") for amount in (50_000, 20_000, 30_000)]
    ids = [str(gift.event_id) for gift in gifts]

    def line(number: int, amount: int) -> Fact:
        more = {"line": number, "date": "2018-05-04", "amount": amount, "text": "UNG HO"}
        return given.record("BankLineRecorded", on, **of, **more)[0]

    wrong = given.record("BankStatementRecorded", on, **of, **days | {"closing": 90_000})[0]
    withdraw(given, line(1, 90_000))
    withdraw(given, wrong)
    given.record("BankStatementRecorded", on, **of, **days, file_digest="a" * 64)
    for number, amount in enumerate((70_000, 30_000, -30_000), 1):
        line(number, amount)
    withdraw(given, given.record("BankLineMatched", on, **of, line=2, event_ids=ids[2:])[0])
    given.record("BankLineMatched", on, **of, line=1, event_ids=ids[:2])
    given.record("BankLineMatched", on, **of, line=2, event_ids=ids[2:])
    withdraw(given, given.record("BankLineSetAside", on, **of, line=3, reason="Nhầm")[0])
    given.record("BankLineSetAside", on, **of, line=3, reason="Ngân hàng thu nhầm")
    counted = {"fund_id": "city", "pocket": "bank", "amount": 1}
    withdraw(given, given.record("BalanceCounted", on, **counted)[0])


def _units(given: History) -> None:
    for unit, members in (("to-1", 40), ("to-2", 30), ("to-9", 20)):
        given.record("MembersCounted", "2016-12-31", unit_id=unit, members=members)
    given.record("MembersJoined", "2018-02-01", unit_id="to-1", members=5)
    late = given.record("MembersCounted", "2017-12-31", unit_id="to-1", members=44)[0]
    given.record("MembersLeft", "2017-06-01", unit_id="to-2", members=3)
    withdraw(given, late)
    given.record("UnitRenamed", "2019-01-01", unit_id="duc-xuan", name="Hội Khuyến học phường Đức Xuân mới")
    given.record("UnitCodeAssigned", "2019-02-01", unit_id="duc-xuan", code="01841")
    given.record("ExternalIdAssigned", "2019-02-01", unit_id="duc-xuan", scheme="moet", id="H06.1")
    withdraw(given, establish(given, "by-mistake", "chapter", "song-cau", "2019-03-01"))
    mistaken = establish(given, "to-8", "chapter", "song-cau", "2019-03-01")
    counted = given.record("MembersCounted", "2019-04-01", unit_id="to-8", members=7)[0]
    withdraw(given, counted)
    withdraw(given, mistaken)
    establish(given, "to-8", "chapter", "song-cau", "2019-05-01")
    establish(given, "to-9a", "chapter", "song-cau", "2020-01-01")
    establish(given, "to-9b", "chapter", "song-cau", "2020-01-01")
    establish(given, "bac-kan-2025", "commune", "bac-kan", "2020-01-01")
    into = [{"unit_id": "to-9a", "parts": 2}, {"unit_id": "to-9b", "parts": 1}]
    given.record("UnitSplit", "2020-02-01", unit_id="to-9", into=into)
    given.record("UnitMerged", "2025-07-01", unit_id="duc-xuan", into_unit_id="bac-kan-2025")
    song_cau = given.record("UnitMerged", "2025-07-01", unit_id="song-cau", into_unit_id="bac-kan-2025")[0]
    withdraw(given, song_cau)
    given.record("UnitMerged", "2025-07-02", unit_id="song-cau", into_unit_id="bac-kan-2025")
    given.record("UnitDissolved", "2025-07-03", unit_id="city", reason="Không còn cấp huyện")


def _models(given: History) -> None:
    def register(candidate: str, model: str, year: int, **more: Any) -> None:
        given.record(
            "ModelRegistered",
            f"{year}-01-10",
            candidate_id=candidate,
            model=model,
            unit_id="to-1",
            year=year,
            **more,
        )

    def evaluate(candidate: str, year: int, achieved: bool, **more: Any) -> None:
        given.record(
            "ModelEvaluated",
            f"{year}-12-01",
            candidate_id=candidate,
            year=year,
            rule_set="qd-448-2015",
            achieved=achieved,
            **more,
        )

    for year in (2016, 2017, 2018):
        register(FAMILY, "family", year)
    evaluate(FAMILY, 2016, False)
    evaluate(FAMILY, 2016, True, total="81.5", rating="good")
    evaluate(FAMILY, 2017, True, rating="fair")
    evaluate(FAMILY, 2017, False)
    withdraw(given, given.log[-1])  # the one before holds again
    register(CLAN, "clan", 2017, name="Dòng họ Hoàng Đức")
    evaluate(CLAN, 2017, True)
    decision: dict[str, Any] = {"candidate_id": CLAN, "year": 2017, "decided_by": "UBND phường Đức Xuân"}
    given.record("ModelRecognised", "2018-01-15", decision_no="12/QĐ", **decision)
    given.record(
        "RecognitionRevoked", "2018-06-01", candidate_id=CLAN, year=2017, reason="Không còn đủ tiêu chí"
    )
    withdraw(given, given.log[-1])
    register(CLAN, "clan", 2018, name="Dòng họ Hoàng Đức (chi 2)")
    withdraw(given, given.log[-1])
