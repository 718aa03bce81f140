"""What was before an event and what is after it: declared by kind, found among what its stream held.

An event that takes the place of an earlier one is set beside it, as things stood on the event's day;
withdrawing or reversing is the same the other way round. Free text is left out, and a person's details are
told by the hash of their ciphertext: nothing sealed is opened.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from events.catalogue.series import Series
from events.catalogue.unit_state import OF_MEMBERS, told_of_members
from events.declare import CATALOGUE
from events.log.read import Stored

UNDOING = ("RecordWithdrawn", "EntryReversed")

Values = dict[str, Any]


class Change(NamedTuple):
    """The fields that an event changed. `before`: null where nothing was; `after`: where nothing is left."""

    before: Values | None
    after: Values | None


@dataclass(frozen=True, slots=True)
class Replaces:
    """An event takes the place of the last one on its stream, of its kind or of `of`, that agrees in `by`."""

    by: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    called: Mapping[str, str] = field(default_factory=dict)
    """What the kinds `of` call its fields, where they do it otherwise."""
    fields: tuple[str, ...] = ()
    """Those that it changes; none named: all of its own."""
    last_recorded: bool = False
    """The last recorded holds; else the one of the last day."""
    apart: bool = False
    """Each field is stated by itself: one left out stays as it was."""
    ends: bool = False
    """It only puts an end to what one of `of` said."""
    named: bool = False
    """The earlier one is the event's own target: its stream is too long to look through."""


REPLACES: dict[str, Replaces] = {
    "UnitRenamed": Replaces(of=("UnitEstablished",)),
    "UnitMoved": Replaces(of=("UnitEstablished",)),
    "UnitCodeAssigned": Replaces(by=("scheme",), of=("UnitEstablished",), fields=("code",)),
    "ExternalIdAssigned": Replaces(by=("scheme",), last_recorded=True),
    "PopulationStated": Replaces(apart=True),
    "ApprovalThresholdSet": Replaces(),
    "TargetSet": Replaces(by=("year", "indicator")),
    "ModelsCounted": Replaces(by=("model", "year"), last_recorded=True),
    "StatisticsPublished": Replaces(by=("year", "tree"), last_recorded=True),
    "ModelEvaluated": Replaces(by=("year",), last_recorded=True),
    "RecognitionRevoked": Replaces(by=("year",), of=("ModelRecognised",), ends=True),
    "CentreRated": Replaces(by=("year",), last_recorded=True),
    "ProgrammeEnded": Replaces(of=("ProgrammeSigned",), ends=True),
    "TermDefined": Replaces(by=("term",)),
    "FundHandedOver": Replaces(of=("FundOpened",), called={"to_unit_id": "unit_id"}),
    "PeriodClosed": Replaces(last_recorded=True),
    "PaymentChanged": Replaces(named=True),
    "PersonDetailsChanged": Replaces(of=("PersonRegistered",), last_recorded=True),
    "PersonHandedOver": Replaces(
        of=("PersonRegistered",), called={"to_unit_id": "unit_id"}, last_recorded=True
    ),
    "PersonErased": Replaces(of=("PersonRegistered", "PersonDetailsChanged"), fields=("details",), ends=True),
    "ConsentWithdrawn": Replaces(by=("purpose",), of=("ConsentGiven",), ends=True),
    "TokenWithdrawn": Replaces(by=("token_id",), of=("TokenIssued",), ends=True),
    "RoleWithdrawn": Replaces(by=("role", "unit_id"), of=("RoleGranted",), ends=True),
}
"""By kind. What is not here, nor a count of members, has nothing before it."""


def kinds_before(kind: str) -> tuple[str, ...]:
    """The kinds of events to look for on a stream, to tell what was before one of that kind."""
    if kind in OF_MEMBERS:
        return OF_MEMBERS
    rule = REPLACES.get(kind)
    return () if rule is None or rule.named else (kind, *rule.of)


def target_needed(event: Stored) -> UUID | None:
    """The earlier event that has to be at hand to tell what this one changed."""
    rule = REPLACES.get(event.fact.type)
    named = event.fact.type in (*UNDOING, "NoteErased") or (rule is not None and rule.named)
    return event.fact.effect.target if named else None


def change_of(event: Stored, history: Iterable[Stored], targets: Mapping[UUID, Stored]) -> Change:
    """`history`: the events of its stream and of `kinds_before` it; `targets`: those of `target_needed`."""
    if not (event.fact.type in UNDOING or event.fact.type == "NoteErased" or kinds_before(event.fact.type)):
        return _change(event, (), targets)
    earlier = [e for e in history if e.fact.version < event.fact.version]
    gone = {e.fact.effect.target for e in earlier if e.fact.type in UNDOING}
    standing = [e for e in earlier if e.fact.type not in UNDOING and e.fact.event_id not in gone]
    target = targets.get(event.fact.effect.target) if event.fact.effect.target else None
    if event.fact.type in UNDOING:
        if target is None:
            return Change(None, None)
        others = [e for e in standing if e.fact.event_id != target.fact.event_id]
        done = _change(target, others, targets)
        return Change(done.after, done.before)
    if event.fact.type == "NoteErased":
        name: str = event.fact.data.field  # type: ignore[attr-defined]
        note = None if target is None else _stored(target).get(name)
        return Change({name: note}, {name: None})
    return _change(event, standing, targets)


def _change(event: Stored, standing: Sequence[Stored], targets: Mapping[UUID, Stored]) -> Change:
    if event.fact.type in OF_MEMBERS:
        return _members(event, standing)
    said, rule = _said(event), REPLACES.get(event.fact.type)
    if rule is None:
        return Change(None, {name: value for name, value in said.items() if value is not None})
    found = _earlier(event, rule, standing, targets)
    if rule.ends:
        return Change(_ended(found[-1], rule) if found else None, None)
    own: Sequence[str] = rule.fields or [name for name in said if name not in rule.by]
    after = {name: said[name] for name in own if not (rule.apart and said[name] is None)}
    if not found:
        return Change(None, {name: value for name, value in after.items() if value is not None})
    before = {name: _last(name, event.fact.type, rule, found) for name in after}
    changed = [name for name in after if after[name] != before[name]]
    return Change({n: before[n] for n in changed}, {n: after[n] for n in changed})


def _earlier(
    event: Stored, rule: Replaces, standing: Sequence[Stored], targets: Mapping[UUID, Stored]
) -> list[Stored]:
    """What the event may have taken the place of; the last one it did."""
    fact = event.fact
    if rule.named:
        target = targets.get(fact.effect.target) if fact.effect.target else None
        return [] if target is None else [target]

    def rank(e: Stored) -> tuple[dt.date, int]:
        last_recorded = rule.last_recorded or rule.ends
        return (dt.date.min if last_recorded else e.fact.occurred_on, e.fact.version)

    kinds = rule.of if rule.ends else (fact.type, *rule.of)
    agreeing = (
        e
        for e in standing
        if e.fact.type in kinds
        and all(getattr(e.fact.data, name) == getattr(fact.data, name) for name in rule.by)
    )
    return sorted((e for e in agreeing if rank(e) < rank(event)), key=rank)


def _last(name: str, kind: str, rule: Replaces, found: Sequence[Stored]) -> Any:
    """What the last of them says of a field; where fields are stated apart, the last that says anything."""
    for e in reversed(found):
        value = _said(e, keys=True).get(name if e.fact.type == kind else rule.called.get(name, name))
        if value is not None or not rule.apart:
            return value
    return None


def _ended(event: Stored, rule: Replaces) -> Values:
    said = _said(event)
    return {
        name: value for name, value in said.items() if value is not None and name in (rule.fields or said)
    }


def _members(event: Stored, standing: Sequence[Stored]) -> Change:
    """The unit's own members at that day's end, without the event and with it."""
    day = event.fact.occurred_on
    told = (told_of_members(one.fact) for one in standing if one.fact.type in OF_MEMBERS)
    before = Series(tuple(sorted(told)))
    after = before.plus(told_of_members(event.fact))
    return Change({"members": before.at(day)} if before.entries else None, {"members": after.at(day)})


def _said(event: Stored, *, keys: bool = False) -> Values:
    """Its fields but for free text and, unless `keys`, for those its stream is named by."""
    data = event.fact.data
    names, sealed = _telling(event.fact.type, keys)
    values = {name: getattr(data, name) for name in names}
    if any(values[name] is not None for name in sealed):
        stored = _stored(event)
        values |= {name: stored.get(name) for name in sealed}
    return values


@lru_cache(1_000)
def _telling(type_: str, keys: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The fields that `_said` tells of a kind, and those of them that are sealed."""
    kind = CATALOGUE[type_]
    named = () if keys else re.findall(r"\{(\w+)\}", kind.stream or "")
    fields = kind.data.__struct_fields__
    names = tuple(n for n in fields if n not in named and kind.sealed.get(n) != "event")
    return names, tuple(n for n in names if n in kind.sealed)


def _stored(event: Stored) -> Values:
    data: Values = msgspec.json.decode(event.content().data)
    return data
