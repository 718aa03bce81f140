"""How a kind of event is declared: once, as a frozen struct with its stream, its words and its rules.

Everything else follows from the declaration: codec, OpenAPI schema and example, stream, sealed fields,
references to earlier events, audit label. A stored kind is never taken out; a changed shape gets a new
schema number and an upcaster, since stored bytes never change.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec
from msgspec import Meta

from events.vocabulary import EventRef, LongText

if TYPE_CHECKING:
    from events.book import Book

SEALED = "[sealed]"
"""What a sealed text reads as when an event comes back from the log: the text itself lies elsewhere."""


class Effect(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What an event changes, as typed columns beside its entry: derived by deciding, refillable from the log.

    Figures are sums of these: each event carries the *difference it makes* to what is known. An evaluation
    that replaces another carries the difference between the two; a late count carries the difference to the
    state it corrects, until the next count. So a figure as known at N is the sum over the first N events.
    """

    unit: str | None = None  # whose record it is: access checks and roll-up
    level: str | None = None  # of that unit at the time
    kind: str | None = None  # the type counted; of a reversal or withdrawal, the type it undoes
    year: int | None = None  # the year it counts in; None: the year of occurred_on
    until_year: int | None = None  # a stock's difference holds before this year; None: for good
    subject: str | None = None  # model, award category, topic …
    measure: str | None = None  # person, person_turn, award; or a rating
    measure_was: str | None = None  # the rating it replaces
    pocket: str | None = None
    quantity: int | None = None  # persons, members, registrations, evaluations; signed
    extra: int | None = None  # the second count: achieved of registered, classes beside participants
    amount: int | None = None  # đồng, signed
    target: UUID | None = None  # the earlier event it undoes, replaces or approves

    def undone(self, kind: str, target: UUID, year: int | None = None) -> "Effect":
        """The opposite difference, for a reversal or a withdrawal of an event of `kind`."""
        return msgspec.structs.replace(
            self,
            kind=kind,
            target=target,
            year=self.year if year is None else year,
            measure=self.measure_was if self.measure_was is not None else self.measure,
            measure_was=self.measure if self.measure_was is not None else None,
            quantity=None if self.quantity is None else -self.quantity,
            extra=None if self.extra is None else -self.extra,
            amount=None if self.amount is None else -self.amount,
        )


class Data(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False
):
    """The base of every kind's data. A subclass adds fields and `decide`."""

    def decide(self, book: "Book") -> Effect:
        """Accept, returning what the event changes (and `book.also(…)` for events that come with it).

        Raises `Refused` where a rule forbids it. Reads only through `book`; must not change anything.
        """
        raise TypeError(f"{type(self).__name__} was declared without a rule")

    def names_on_money(self) -> Iterable[UUID]:
        """The persons named as giver, payee or recipient, if this is a money entry (kept for ten years)."""
        return ()


class Fact(msgspec.Struct, frozen=True, gc=False):
    """An event that happened (or is about to, in the append under way), as states fold it."""

    event_id: UUID
    type: str
    stream: str
    version: int
    occurred_on: dt.date
    actor: UUID
    data: Data
    effect: Effect


Upcaster = Callable[[dict[str, Any]], dict[str, Any]]


class Kind(msgspec.Struct, frozen=True):
    """One declared kind of event."""

    name: str
    data: type[Data]
    stream: str | None  # a template such as `fund-{fund_id}`; None: the stream of the event it names
    category: str | None
    vi: str
    en: str
    schema: int
    shapes_tree: bool  # changes the unit tree
    internal: bool  # appended by rules only, never taken as a command
    example: Mapping[str, Any]
    sealed: Mapping[str, str]  # field → whose key: "event" or the name of the field holding the person
    refs: tuple[str, ...]  # fields that name earlier events: one, or a list of them
    upcasters: Mapping[int, Upcaster]  # from schema n to n + 1
    plain: bool  # its members hold no further objects, and are left out only where they are None
    compose: Callable[[Data], str]  # fills the stream's template
    sealed_in: Callable[[Data], list[str]]  # the sealed fields that hold something
    of_persons: bool  # some of them under a person's key

    def stream_of(self, data: Data) -> str:
        """The stream a command of this kind writes. Only for kinds with a template of their own."""
        if self.stream is None:
            raise LookupError(f"{self.name} goes to the stream of the event it names")
        return self.compose(data)

    def from_stored(self, schema: int, raw: dict[str, Any]) -> Data:
        """The data of a stored entry, upcast to today's shape, sealed fields reading as `SEALED`."""
        for old in range(schema, self.schema):
            raw = self.upcasters[old](raw)
        for field in self.sealed:
            if raw.get(field) is not None:
                raw = {**raw, field: _placeholder(self.data, field)}
        return msgspec.convert(raw, self.data)

    def hidden(self, data: Data) -> Data:
        """The data as it will come back from the log: nobody keeps sealed values once they are sealed."""
        filled = self.sealed_in(data)
        if not filled:
            return data
        return msgspec.structs.replace(data, **{field: _stand_in(self.data, field) for field in filled})


CATALOGUE: dict[str, Kind] = {}
"""Every kind of event, by name."""

TREE_KINDS: set[str] = set()
"""Those that change the unit tree."""

PERSONS_NAMED: set[str] = set()
"""Those that may name persons on money entries."""

D = TypeVar("D", bound=type[Data])


def event(
    stream: str | None,
    *,
    vi: str,
    en: str,
    example: Mapping[str, Any],
    schema: int = 1,
    shapes_tree: bool = False,
    internal: bool = False,
    upcasters: Mapping[int, Upcaster] | None = None,
) -> Callable[[D], D]:
    """Declare a kind of event. `example` is valid data, shown in OpenAPI and tried by the tests."""

    def declare(data: D) -> D:
        if data.__name__ in CATALOGUE:
            raise ValueError(f"{data.__name__} is declared twice")
        if data.decide is Data.decide:
            raise TypeError(f"{data.__name__} is declared without a rule")
        hints = get_type_hints(data, include_extras=True)
        sealed = dict(_marked(hints, "sealed"))
        CATALOGUE[data.__name__] = Kind(
            name=data.__name__,
            data=data,
            stream=stream,
            category=stream.split("-", 1)[0].split("{", 1)[0] if stream else None,
            vi=vi,
            en=en,
            schema=schema,
            shapes_tree=shapes_tree,
            internal=internal,
            example=example,
            sealed=sealed,
            refs=tuple(name for name, _ in _marked(hints, "ref")) + _refs(hints),
            upcasters=upcasters or {},
            plain=_plain(data, hints),
            compose=_composer(stream or ""),
            sealed_in=_filled([*sealed]),
            of_persons=any(whose != "event" for whose in sealed.values()),
        )
        if shapes_tree:
            TREE_KINDS.add(data.__name__)
        if data.names_on_money is not Data.names_on_money:
            PERSONS_NAMED.add(data.__name__)
        return data

    return declare


def _composer(template: str) -> Callable[[Data], str]:
    """Fills `voucher-{unit_id}.{series}.{year}` from data; made once, called for every command."""
    fields = re.findall(r"\{(\w+)\}", template)
    pattern = re.sub(r"\{\w+\}", "{}", template)
    if not fields:
        return lambda _: template
    get = attrgetter(*fields)
    if len(fields) == 1:
        before, after = pattern.split("{}")
        return lambda data: f"{before}{get(data)}{after}"
    return lambda data: pattern.format(*get(data))


def _filled(fields: Sequence[str]) -> Callable[[Data], list[str]]:
    """Which of those fields hold something: nearly always none, and asked of every command."""
    if not fields:
        return lambda _: []
    get = attrgetter(*fields)
    if len(fields) == 1:
        return lambda data: [] if get(data) is None else [*fields]
    return lambda data: [f for f, value in zip(fields, get(data), strict=True) if value is not None]


def _plain(data: type[Data], hints: Mapping[str, Any]) -> bool:
    defaults = (*data.__struct_defaults__,)
    return not any(map(_holds_objects, hints.values())) and all(
        d is None or d is msgspec.NODEFAULT for d in defaults
    )


def _holds_objects(hint: Any) -> bool:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return True
    return any(map(_holds_objects, get_args(hint)))


def _metas(hint: Any) -> Iterator[Meta]:
    if get_origin(hint) is Annotated:
        yield from (m for m in hint.__metadata__ if isinstance(m, Meta))
    for part in get_args(hint):
        if get_origin(hint) is not Annotated or part is get_args(hint)[0]:
            yield from _metas(part)


def _marked(hints: Mapping[str, Any], mark: str) -> Iterator[tuple[str, str]]:
    for name, hint in hints.items():
        for meta in _metas(hint):
            if meta.extra and mark in meta.extra:
                yield name, meta.extra[mark]


_REF_PATTERN = next(m.pattern for m in _metas(EventRef))


def _refs(hints: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(n for n, h in hints.items() if any(m.pattern == _REF_PATTERN for m in _metas(h)))


@lru_cache(1_000)
def _placeholder(data: type[Data], field: str) -> Any:
    """What stands for a sealed value before it has its type; never changed."""
    hint = get_type_hints(data)[field]
    texts = hint is str or str in get_args(hint)
    return SEALED if texts else {}


@lru_cache(1_000)
def _stand_in(data: type[Data], field: str) -> Any:
    return msgspec.convert(_placeholder(data, field), get_type_hints(data)[field])


SealedText = Annotated[LongText, Meta(extra={"sealed": "event"}, description="Sealed: kept beside the log")]
"""A free note or reason: encrypted under the event's own key, the entry holds only a hash."""


def words_of(name: str) -> str:
    """`DonationReceived` as `donation received`, for schema titles."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", name).lower()
