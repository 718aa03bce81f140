"""A story with every kind of event that has a sealed field, each field filled with a mark to search for."""

from typing import Any
from uuid import UUID, uuid5

import msgspec

import events.catalogue.everything  # noqa: F401
from events.catalogue.person_details import PersonDetails
from events.declare import CATALOGUE

MARK = "XqBiMatZk7"
"""Part of every marked value. ASCII, so that no escaping hides it."""

LAN, ACTOR, TOKEN = (f"0192f0c1-0000-7000-8000-0000000000{n}" for n in ("a1", "b1", "b2"))
_HOA = "0192f0c1-0000-7000-8000-0000000000a2"
_IDS = UUID("6f5c1f0e-6a0c-5b1f-9a66-3d5f0c1c2a77")
_CASH = {"pocket": "cash", "amount": 9_000_000}
_PAYMENT = {"fund_id": "q", "kind": "expense", "amount": 1_000, "purpose": "administration"}
_GIVEN = {"donor": {"kind": "person", "person_id": LAN}, "pocket": "cash", "amount": 5_000}
_SENT = {"transfer_id": "t1", "amount": 1_000, "pocket": "cash"}

Told = tuple[str, str, dict[str, Any]]
"""Type, label (others refer to it), data."""

STORY: list[Told] = [
    ("UnitEstablished", "p", {"unit_id": "p", "name": "Tỉnh", "level": "province"}),
    ("UnitEstablished", "d", {"unit_id": "d", "name": "Huyện", "level": "district", "parent_id": "p"}),
    *(
        ("UnitEstablished", x, {"unit_id": x, "name": f"Xã {x}", "level": "commune", "parent_id": "d"})
        for x in ("a", "b", "e", "f", "g", "h")
    ),
    ("UnitRenamed", "", {"unit_id": "a", "name": "Xã Mới"}),
    ("UnitMoved", "", {"unit_id": "b", "parent_id": "p"}),
    ("UnitCodeAssigned", "", {"unit_id": "a", "scheme": "gso", "code": "01843"}),
    ("ExternalIdAssigned", "", {"unit_id": "a", "scheme": "qd-20-2020", "id": "H55"}),
    ("UnitMerged", "", {"unit_id": "e", "into_unit_id": "a"}),
    ("UnitSplit", "", {"unit_id": "f", "into": [{"unit_id": u, "parts": 1} for u in ("g", "h")]}),
    ("UnitDissolved", "", {"unit_id": "h"}),
    ("PersonRegistered", "", {"person_id": LAN, "kind": "child", "unit_id": "a"}),
    ("PersonRegistered", "", {"person_id": _HOA, "kind": "adult"}),
    ("PersonDetailsChanged", "", {"person_id": LAN}),
    ("TokenIssued", "", {"actor_id": ACTOR, "token_id": TOKEN}),
    ("TrainingHeld", "t", {"unit_id": "a", "topic": "Nghiệp vụ", "classes": 1, "participants": 28}),
    ("RecordWithdrawn", "", {"event_id": "t"}),
    ("ActivityHeld", "", {"unit_id": "a", "kind": "lifelong_learning_week", "title": "Tuần lễ"}),
    ("TargetSet", "", {"unit_id": "a", "year": 2020, "indicator": "model.family.rate", "value": 70}),
    ("MembersCounted", "", {"unit_id": "a", "members": 68}),
    ("MembersJoined", "", {"unit_id": "a", "members": 4}),
    ("MembersLeft", "", {"unit_id": "a", "members": 1}),
    ("PopulationStated", "", {"unit_id": "a", "persons": 3_120}),
    ("ReportSubmitted", "", {"unit_id": "a", "year": 2016}),
    ("StatisticsPublished", "", CATALOGUE["StatisticsPublished"].example | {"unit_id": "a", "position": 1}),
    ("FigurePublished", "", CATALOGUE["FigurePublished"].example | {"unit_id": "a"}),
    ("LearningCentreOpened", "", {"centre_id": "c", "unit_id": "a", "name": "Trung tâm"}),
    ("ClassHeld", "", {"centre_id": "c", "topic": "Rau an toàn", "participants": 42}),
    ("CentreRated", "", {"centre_id": "c", "year": 2017, "rating": "good"}),
    ("ProgrammeSigned", "", {"programme_id": "m", "unit_id": "a", "title": "Phối hợp", "partners": ["MTTQ"],
                             "from_year": 2016, "to_year": 2020}),
    ("ProgrammeEnded", "", {"programme_id": "m"}),
    ("ModelsCounted", "", {"unit_id": "b", "model": "family", "year": 2015, "registered": 9, "achieved": 8}),
    ("ModelRegistered", "", {"candidate_id": "k", "model": "community", "unit_id": "a", "year": 2017,
                             "name": "Thôn 1"}),
    ("ModelEvaluated", "", {"candidate_id": "k", "year": 2017, "rule_set": "qd-448-2015", "achieved": True}),
    ("ModelRecognised", "", {"candidate_id": "k", "year": 2017, "decision_no": "1/QĐ",
                             "decided_by": "UBND"}),
    ("RecognitionRevoked", "", {"candidate_id": "k", "year": 2017}),
    ("FundOpened", "", {"fund_id": "q", "unit_id": "a", "name": "Quỹ", "opening": [_CASH]}),
    ("FundOpened", "", {"fund_id": "r", "unit_id": "b", "name": "Quỹ"}),
    ("FundOpened", "", {"fund_id": "s", "unit_id": "b", "name": "Quỹ"}),
    ("FundHandedOver", "", {"fund_id": "r", "to_unit_id": "g"}),
    ("FundClosed", "", {"fund_id": "s"}),
    ("PaymentProposed", "v1", _PAYMENT | {"payment_id": "v1"}),
    ("PaymentChanged", "v2", _PAYMENT | {"payment_id": "v1", "amount": 900}),
    ("PaymentApproved", "", {"fund_id": "q", "payment_id": "v1", "event_id": "v2"}),
    ("PaymentProposed", "w", _PAYMENT | {"payment_id": "w"}),
    ("PaymentRejected", "", {"fund_id": "q", "payment_id": "w"}),
    ("ApprovalThresholdSet", "", {"unit_id": "a", "amount": 5_000_000}),
    ("BankStatementRecorded", "", {"fund_id": "q", "statement_id": "s", "from_date": "2017-04-01",
                                   "to_date": "2017-04-30", "opening": 0, "closing": 5_000}),
    ("BankLineRecorded", "", {"fund_id": "q", "statement_id": "s", "line": 1, "date": "2017-04-05",
                              "amount": 5_000}),
    ("BankLineSetAside", "", {"fund_id": "q", "statement_id": "s", "line": 1}),
    ("DonationPledged", "", {"fund_id": "q", "pledge_id": "i", "amount": 1_000, "donor": _GIVEN["donor"]}),
    ("DonationReceived", "n", _GIVEN | {"fund_id": "q", "donation_id": "n"}),
    ("EntryReversed", "", {"fund_id": "q", "event_id": "n"}),
    ("AwardGranted", "", {"fund_id": "q", "award_id": "o", "category": "scholarship", "recipients": 1,
                          "measure": "person", "amount": 1_000, "pocket": "cash", "person_ids": [LAN]}),
    ("ExpensePaid", "", {"fund_id": "q", "expense_id": "x", "amount": 1_000, "pocket": "cash",
                         "purpose": "administration"}),
    ("TransferSent", "", _SENT | {"fund_id": "q", "to_fund_id": "r"}),
    ("TransferReceived", "", _SENT | {"fund_id": "r", "from_fund_id": "q"}),
    ("CashMoved", "", {"fund_id": "q", "from_pocket": "cash", "to_pocket": "bank", "amount": 1_000}),
    ("BalanceCounted", "", {"fund_id": "q", "pocket": "cash", "amount": 8_995_995}),
    ("DifferenceBooked", "", {"fund_id": "q", "pocket": "cash", "amount": -5}),
    ("PeriodClosed", "", {"fund_id": "r", "through": "2017-04-30"}),
]  # fmt: skip

CHECKED_BY_ANOTHER = frozenset({"PaymentApproved", "PaymentRejected"})


def marked(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    """The data with every sealed field of the kind filled."""
    return data | {field: _details() if field == "details" else mark(kind, field)
                   for field in CATALOGUE[kind].sealed}  # fmt: skip


def mark(kind: str, field: str) -> str:
    return f"{MARK} {kind} {field}"


def _details() -> dict[str, Any]:
    other = {"birth_date": "2010-01-02", "sex": "female"}
    texts = [f for f in PersonDetails.__struct_fields__ if f not in other]
    return other | {field: mark("details", field) for field in texts}


def commands() -> list[dict[str, Any]]:
    """The story as it is sent. References to earlier events go by command id."""
    made = []
    for n, (kind, label, data) in enumerate(STORY):
        filled = marked(kind, dict(data))
        if "event_id" in filled:
            filled["event_id"] = f"command:{command_id(filled['event_id'])}"
        told = str(command_id(label)) if label else str(uuid5(_IDS, f"#{n}"))
        made.append({"type": kind, "occurred_on": "2017-05-01", "command_id": told, "data": filled})
    return made


def command_id(label: str) -> UUID:
    return uuid5(_IDS, label)


def as_ndjson(some: list[dict[str, Any]]) -> bytes:
    return b"".join(msgspec.json.encode(one) + b"\n" for one in some)
