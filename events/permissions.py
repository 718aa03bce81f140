"""Who may record what, and whose records a role reaches. Pure; decisions ask it with what a book lends them.

Roles are held at a unit and reach its subtree of today. A role at a unit that has ended follows its records:
it reaches what was below that unit on its last day, and nothing else of its successor's.

A person's record lies with the unit that keeps it; where no unit does, with whoever registered the person and
who holds the whole log. Reading it is also for who reaches a money entry naming the person that somebody else
recorded.
"""

import datetime as dt
from collections.abc import Collection, Iterator
from functools import cache, lru_cache
from uuid import UUID

from events.book import Book, State, category_of
from events.catalogue.access import AccessState, TokenWithdrawn
from events.catalogue.fund_state import FundState
from events.catalogue.model_state import ModelState
from events.catalogue.persons import PersonState
from events.declare import TREE_KINDS, Data, Effect, Fact, Kind
from events.refusals import Refused, code
from events.tree import Tree, named_by
from events.vocabulary import LOCAL_ACTOR, Role

NOT_PERMITTED = code(
    "not-permitted",
    vi="Thẻ truy cập này không được ghi «{kind}» cho nơi được nêu; cần vai trò {roles}.",
    en="This token may not record '{kind}' there; it takes the role {roles}.",
)

Roles = Collection[tuple[str, str]]
"""(role, unit) pairs."""

RECORDING: frozenset[Role] = frozenset({"recorder", "integrator", "administrator"})
APPROVING: frozenset[Role] = frozenset({"approver", "administrator"})
ADMINISTERING: frozenset[Role] = frozenset({"administrator"})
OPENING: frozenset[Role] = frozenset({"recorder", "approver", "auditor", "administrator"})
"""Who is shown a person's details, and so records that they were read."""

APPROVALS = frozenset(
    {
        "PaymentApproved",
        "PaymentRejected",
        "PeriodClosed",
        "ReportSubmitted",
        "StatisticsPublished",
        "ApprovalThresholdSet",
    }
)
ACCESS = frozenset({"TokenIssued", "TokenWithdrawn", "RoleGranted", "RoleWithdrawn"})
ERASURES = frozenset({"PersonErased", "NoteErased"})


REMEMBERED = 20_000
"""Answers kept until the tree changes: whether such roles reach a unit is asked with every command."""


@lru_cache(REMEMBERED)
def _stream_of(actor: UUID) -> str:
    return f"access-{actor}"


@cache
def roles_for(kind: str) -> frozenset[Role]:
    """The roles that may record (or withdraw) events of that kind."""
    if kind in APPROVALS:
        return APPROVING
    if kind in ACCESS or kind in ERASURES:
        return ADMINISTERING
    return OPENING if kind == "PersonRead" else RECORDING


def roots(tree: Tree, today: dt.date) -> set[str]:
    """The living units with nobody above them."""
    return {u.unit_id for u in tree if u.lives(today) and tree.parent(u.unit_id, today) is None}


def has_whole_log(tree: Tree, roles: Roles, wanted: Collection[str], today: dt.date) -> bool:
    """Whether one of the wanted roles is held on every root: so on everything there is."""
    top = roots(tree, today)
    return bool(top) and top <= {unit for role, unit in roles if role in wanted}


def reached(tree: Tree, unit_id: str, today: dt.date) -> set[str]:
    """Every unit, past ones included, whose records a role at that unit reaches."""
    unit = tree.get(unit_id)
    if unit is None:
        return set()
    day = today if unit.lives(today) or unit.ended_on is None else unit.ended_on - dt.timedelta(days=1)
    return {unit_id, *(u for u, _ in tree.rolled_up(unit_id, day))}


def covers(tree: Tree, role_unit: str, unit_id: str, today: dt.date) -> bool:
    """Whether a role at `role_unit` reaches the records of `unit_id`; the same as being in `reached`."""
    holder = tree.get(role_unit)
    if holder is None or tree.get(unit_id) is None:
        return False
    if role_unit == unit_id:
        return True
    day = today
    if not holder.lives(today) and holder.ended_on is not None:
        day = holder.ended_on - dt.timedelta(days=1)
    return role_unit in tree.standing_over(unit_id, day)


def require_permitted(book: Book, kind: Kind, data: Data, state: State) -> None:
    """Before the rules are asked, so that a refusal tells nothing of a foreign unit. Raises `Refused`."""
    if book.actor == LOCAL_ACTOR or kind.internal:
        return
    withdrawn = _withdrawn(data, state)
    standing = _Standing(book, kind.name, roles_for(withdrawn.type if withdrawn else kind.name))
    if kind.name in ("TokenIssued", "TokenWithdrawn") and isinstance(state, AccessState):
        standing.require_over_actor(data, state)
    elif isinstance(state, PersonState):
        standing.require_person(data, state)
    elif units := _concerned(book.tree, kind, data, state, withdrawn):
        for unit in units:
            standing.require(unit)
    else:
        standing.require_whole()


def require_effects_permitted(book: Book, kind: Kind, effect: Effect) -> None:
    """After the rules: what the event and those with it change lies within reach too. Raises `Refused`."""
    if not book.with_it and (effect.unit is None or effect.unit in book.permitted):
        return  # nearly always
    if book.actor == LOCAL_ACTOR or kind.internal or category_of(book.stream) == PersonState.category:
        return  # of a person's record, what is known before deciding is all
    effects = (effect, *(e for _, _, e, _ in book.with_it))
    units = {e.unit for e in effects if e.unit is not None and e.unit not in book.permitted}
    # One being established lies under its parent, checked before.
    if known := [unit for unit in units if book.tree.get(unit) is not None]:
        wanted = roles_for(kind.name)
        standing = _Standing(
            book, kind.name, wanted | APPROVING if kind.name == "RecordWithdrawn" else wanted
        )
        for unit in known:
            standing.require(unit)


class _Standing:
    """What the actor of one decision holds; its stream is one of those the decision was based on."""

    __slots__ = ("book", "kind", "roles", "wanted")

    def __init__(self, book: Book, kind: str, wanted: frozenset[Role]) -> None:
        self.book = book
        self.kind = kind
        self.wanted = wanted
        self.roles = book.state(_stream_of(book.actor), AccessState).roles

    def require(self, unit: str) -> None:
        if not self._reaches(unit):
            raise self._refused()
        self.book.permitted.add(unit)

    def require_any(self) -> None:
        if not self._holds_any():
            raise self._refused()

    def require_whole(self) -> None:
        if not has_whole_log(self.book.tree, self.roles, ADMINISTERING, self.book.today):
            raise self._refused()

    def require_person(self, data: Data, person: PersonState) -> None:
        """Who reaches the unit that keeps the record, or registered it where none does; who holds the whole
        log; of reading, who reaches a money entry. Someone not registered yet is of the unit being named."""
        registered = person.registered
        home = person.home if registered is not None else getattr(data, "unit_id", None)
        if registered is None and self.kind == "PersonErased" and (registered := person.ever_registered):
            home = registered.effect.unit
        mine = registered is None or registered.actor == self.book.actor
        allowed = self._reaches(home) if home is not None else mine and self._holds_any()
        allowed = allowed or self._reaches_all()
        if not allowed and self.kind == "PersonRead":
            allowed = self._reaches_money(getattr(data, "person_id", None))
        if not allowed:
            raise self._refused()

    def require_over_actor(self, data: Data, other: AccessState) -> None:
        """Tokens of an actor are the business of who administers every unit it has a role at."""
        own = getattr(data, "actor_id", None) == self.book.actor
        if own and isinstance(data, TokenWithdrawn):
            return
        if getattr(data, "actor_id", None) == LOCAL_ACTOR:
            raise self._refused()
        self.require_any()
        for _, unit in other.roles:
            self.require(unit)

    def _reaches(self, unit: str) -> bool:
        tree, today = self.book.tree, self.book.today
        asked = (self.roles, self.wanted, unit, today)
        if (found := tree.answers.get(asked)) is None:
            if len(tree.answers) > REMEMBERED:
                tree.answers.clear()
            found = any(role in self.wanted and covers(tree, at, unit, today) for role, at in self.roles)
            tree.answers[asked] = found
        return found

    def _reaches_all(self) -> bool:
        return has_whole_log(self.book.tree, self.roles, self.wanted, self.book.today)

    def _reaches_money(self, person_id: UUID | None) -> bool:
        """Whether it reaches a money entry that names the person and that somebody else recorded: knowing an
        id, anybody may name whom they like."""
        named = self.book.named_by_money(person_id).units if person_id is not None else ()
        return any(by != self.book.actor and self._reaches(unit) for unit, by in named)

    def _holds_any(self) -> bool:
        return any(role in self.wanted for role, _ in self.roles)

    def _refused(self) -> Refused:
        return Refused(NOT_PERMITTED, kind=self.kind, roles=sorted(self.wanted))


def _withdrawn(data: Data, state: State) -> Fact | None:
    """The event that a withdrawal names: withdrawing takes what recording took, wherever it concerned."""
    if type(data).__name__ != "RecordWithdrawn":
        return None
    return state.facts.get(UUID(getattr(data, "event_id", "")))


def _concerned(tree: Tree, kind: Kind, data: Data, state: State, withdrawn: Fact | None) -> list[str]:
    """The units a command is about, as far as that is known before deciding."""
    if withdrawn is not None and withdrawn.type in TREE_KINDS:
        return list(named_by(withdrawn))
    if withdrawn is not None and withdrawn.effect.unit is not None and not isinstance(state, FundState):
        return [withdrawn.effect.unit]  # of a stream that several units write, or that has moved on
    if kind.shapes_tree:
        return list(_concerned_in_tree(tree, kind, data, state))
    if (own := getattr(data, "unit_id", None)) is not None:
        return [own]
    if isinstance(state, ModelState) and (of_year := state.registration(getattr(data, "year", 0))):
        return [] if of_year.effect.unit is None else [of_year.effect.unit]  # it may be another's since
    return [] if (recorded := _unit_of(state)) is None else [recorded]


def _unit_of(state: State) -> str | None:
    """To which a stream's records belong."""
    if isinstance(state, FundState) and state.owners:
        return state.owners[-1][1]
    return state.unit


def _concerned_in_tree(tree: Tree, kind: Kind, data: Data, state: State) -> Iterator[str]:
    if kind.name == "UnitEstablished":
        if parent := getattr(data, "parent_id", None):
            yield parent
        return
    if (own := getattr(data, "unit_id", None) or _unit_of(state)) is not None:
        yield own
    for name in ("parent_id", "into_unit_id"):
        if other := getattr(data, name, None):
            yield other
    for share in getattr(data, "into", ()):
        if tree.get(share.unit_id) is not None:
            yield share.unit_id
