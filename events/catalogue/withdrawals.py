"""An earlier event no longer counts. What exactly that changes, the state of its stream knows (`undo`)."""

from events.book import Book, State
from events.catalogue.standing import told
from events.declare import Data, Effect, Fact, SealedText, event
from events.refusals import Refused, Spoken, code
from events.vocabulary import EventRef

MOVES_VALUE = (
    "DonationReceived",
    "AwardGranted",
    "ExpensePaid",
    "TransferSent",
    "TransferReceived",
    "CashMoved",
    "DifferenceBooked",
)

STAYS: dict[str, Spoken] = {
    "RecordWithdrawn": Spoken("hãy ghi lại sự kiện đúng", "record the right event anew"),
    "EntryReversed": Spoken("hãy ghi lại bút toán đúng", "record the right entry anew"),
    "TokenIssued": Spoken("hãy dùng TokenWithdrawn", "use TokenWithdrawn"),
    "TokenWithdrawn": Spoken("hãy cấp mã mới bằng TokenIssued", "issue a new one with TokenIssued"),
    "RoleGranted": Spoken("hãy dùng RoleWithdrawn", "use RoleWithdrawn"),
    "RoleWithdrawn": Spoken("hãy dùng RoleGranted", "use RoleGranted"),
    "ConsentGiven": Spoken("hãy dùng ConsentWithdrawn", "use ConsentWithdrawn"),
    "ConsentWithdrawn": Spoken("hãy dùng ConsentGiven", "use ConsentGiven"),
    "StatisticsPublished": Spoken("hãy công bố bảng mới", "publish a new table"),
}
"""What stays for good, with what to do instead."""

FOR_GOOD = Spoken("sự kiện này ở lại mãi", "it stays for good")
ALWAYS = frozenset(
    {
        "LogStarted",
        "LogRestarted",
        "LogKeyAdded",
        "VoucherIssued",
        "PersonRead",
        "PersonErased",
        "NoteErased",
        "PeriodClosed",
    }
)

ALREADY_WITHDRAWN = code(
    "already-withdrawn",
    vi="{record} đã được rút hoặc đảo trước đó.",
    en="{record} was withdrawn or reversed before.",
)
REVERSE_INSTEAD = code(
    "reverse-instead",
    vi="{record} là bút toán tiền, hàng: không rút mà lập bút toán đảo (EntryReversed).",
    en="{record} moves value: it is not withdrawn but reversed (EntryReversed).",
)
NOT_WITHDRAWABLE = code(
    "not-withdrawable",
    vi="{record} không rút được: {instead}.",
    en="{record} cannot be withdrawn: {instead}.",
)
WITHDRAWN_TOO_EARLY = code(
    "withdrawn-before-recorded-day",
    vi="Không thể rút ngày {day}: sự kiện xảy ra ngày {occurred}.",
    en="It cannot be withdrawn on {day}: it happened on {occurred}.",
)


@event(
    None,
    vi="Rút ghi chép",
    en="Record withdrawn",
    example={
        "event_id": "0192f0c1-2b7e-7c3a-9d53-0a7a3b1c5d10",
        "reason": "Ghi thừa một chữ số ở số lượt người học.",
    },
)
class RecordWithdrawn(Data, frozen=True):
    """An event no longer counts, from here on; the right one is recorded anew. Both stay in history."""

    event_id: EventRef
    reason: SealedText

    def decide(self, book: Book) -> Effect:
        state, fact = book.fact(self.event_id)
        _require_withdrawable(state, fact)
        if fact.event_id in state.gone:
            raise Refused(ALREADY_WITHDRAWN, "/data/event_id", record=told([fact]))
        if book.occurred_on < fact.occurred_on:
            raise Refused(
                WITHDRAWN_TOO_EARLY, "/occurred_on", day=book.occurred_on, occurred=fact.occurred_on
            )
        return state.undo(fact, book)


def _require_withdrawable(state: State, fact: Fact) -> None:
    if fact.type in MOVES_VALUE:
        raise Refused(REVERSE_INSTEAD, "/data/event_id", record=told([fact]))
    keeps = fact.type in ALWAYS or type(state).undo is State.undo
    if keeps or fact.type in STAYS:
        instead = STAYS.get(fact.type, FOR_GOOD)
        raise Refused(NOT_WITHDRAWABLE, "/data/event_id", record=told([fact]), instead=instead)
