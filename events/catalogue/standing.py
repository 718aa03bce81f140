"""How a refusal names the records in its way: a handful, each with its label and day, in both languages."""

from collections.abc import Iterable, Sequence

from events.declare import CATALOGUE, Fact
from events.refusals import Refused, Spoken, code

HANDFUL = 5

STOOD_ON = code(
    "record-stood-on",
    vi="Chưa rút được: còn dựa vào sự kiện này là {standing}. Hãy rút những ghi chép đó trước.",
    en="It cannot be withdrawn yet: {standing} stand(s) on it. Withdraw those first.",
)


def told(facts: Iterable[Fact]) -> Spoken:
    """Events by label, day and id; at most a handful, then how many more."""
    found = list(facts)
    return Spoken(
        vi=handful([_sentence(f, CATALOGUE[f.type].vi, "ngày") for f in found]),
        en=handful([_sentence(f, CATALOGUE[f.type].en, "of") for f in found]),
    )


def handful(names: Sequence[str]) -> str:
    """`a, b, c, d, e … (+7)`"""
    shown = ", ".join(names[:HANDFUL])
    return shown if len(names) <= HANDFUL else f"{shown} … (+{len(names) - HANDFUL})"


def refuse_if_stood_on(facts: Iterable[Fact]) -> None:
    """Raises `record-stood-on`, naming what stands there, if there is anything."""
    if found := list(facts):
        raise Refused(STOOD_ON, "/data/event_id", standing=told(found))


def _sentence(fact: Fact, label: str, of: str) -> str:
    return f"«{label}» {of} {fact.occurred_on:%d/%m/%Y} ({fact.event_id})"
