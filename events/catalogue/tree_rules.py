"""Rules that keep the tree of units a tree on every day: levels, circles, codes, children, endings.

They only look; what a day's tree is, `events/tree.py` says.
"""

import datetime as dt
from collections.abc import Iterator

from events.book import Book
from events.catalogue.standing import handful, told
from events.catalogue.unit_state import UnitState
from events.declare import Fact
from events.refusals import Refused, code
from events.tree import Tree, Unit
from events.vocabulary import LEVELS

FOREVER = dt.date.max

LEVEL_NOT_ABOVE = code(
    "unit-level-not-above",
    vi="Đơn vị cấp «{level}» phải ở dưới một cấp cao hơn; «{parent}» là cấp «{parent_level}».",
    en="A unit of level '{level}' goes under a higher level; '{parent}' is of level '{parent_level}'.",
)
CIRCLE = code(
    "unit-circle",
    vi="Không thể: đến ngày {day}, «{unit}» sẽ nằm dưới chính nó (qua «{through}»).",
    en="Not possible: by {day} unit '{unit}' would lie below itself (through '{through}').",
)
CODE_IN_USE = code(
    "unit-code-in-use",
    vi="Mã {code} ({scheme}) từ ngày {day} đang thuộc đơn vị «{holder}»; mỗi mã một đơn vị.",
    en="Code {code} ({scheme}) belongs to unit '{holder}' from {day} on; a code is one unit's at a time.",
)
EXTERNAL_ID_IN_USE = code(
    "external-id-in-use",
    vi="Định danh «{id}» ({scheme}) đang thuộc đơn vị «{holder}».",
    en="The id '{id}' ({scheme}) belongs to unit '{holder}'.",
)
CHILDREN_LIVE = code(
    "unit-has-children",
    vi="Đơn vị «{unit}» ngày {day} còn {count} đơn vị trực thuộc: {children}. Hãy chuyển hoặc kết thúc "
    "chúng trước.",
    en="Unit '{unit}' still has {count} unit(s) below it on {day}: {children}. Move or end them first.",
)
RECORDS_AFTER = code(
    "unit-has-later-records",
    vi="Đơn vị «{unit}» còn {count} ghi chép sau ngày kết thúc {day}; sớm nhất: {first}.",
    en="Unit '{unit}' has {count} record(s) dated after its end on {day}; the first: {first}.",
)
ALREADY_ENDED = code(
    "unit-already-ended",
    vi="Đơn vị «{unit}» đã kết thúc ngày {day}; một đơn vị chỉ kết thúc một lần.",
    en="Unit '{unit}' already ended on {day}; a unit ends once.",
)
SUCCESSOR_ENDS = code(
    "unit-successor-not-living",
    vi="Đơn vị «{unit}» đã kết thúc ngày {until} nên không tiếp nhận được gì ngày {day}.",
    en="Unit '{unit}' ended on {until} and can take over nothing on {day}.",
)
PARENT_ENDED = code(
    "unit-parent-ended",
    vi="Không thể: «{unit}» sẽ nằm dưới «{parent}», đơn vị giải thể hoặc chia tách ngày {day}. "
    "Hãy ghi nơi «{unit}» chuyển đến từ ngày đó trước.",
    en="Not possible: '{unit}' would lie below '{parent}', which was dissolved or split on {day}. "
    "First record where '{unit}' goes from that day.",
)


def rank(level: str) -> int:
    """0 is the top. Chapters, boards and clans stand side by side at the bottom."""
    return min(LEVELS.index(level), LEVELS.index("chapter"))


def require_above(parent: Unit, level: str, field: str) -> None:
    """Levels may be skipped (communes sit under provinces since 2025), never turned round."""
    if rank(parent.level) >= rank(level):
        raise Refused(LEVEL_NOT_ABOVE, field, level=level, parent=parent.unit_id, parent_level=parent.level)


def living(book: Book, unit_id: str, field: str) -> Unit:
    """A unit that is there at the end of the command's day, so that others can be put under or into it."""
    unit = book.unit(unit_id, field=field)
    if not unit.lives(book.occurred_on):
        raise Refused(SUCCESSOR_ENDS, field, unit=unit_id, until=unit.ended_on, day=book.occurred_on)
    return unit


def require_no_circle(
    tree: Tree, unit_id: str, above: str, since: dt.date, until: dt.date, field: str
) -> None:
    """Refuse `above` as the parent or successor of a unit if on any day of that time it lies below it."""
    for day in tree.turning_days(since):
        if day >= until:
            return
        for end, _ in tree.standing_for(above, day):
            if end == unit_id or unit_id in tree.ancestors(end, day):
                raise Refused(CIRCLE, field, unit=unit_id, through=above, day=day)


def next_move(unit: Unit, since: dt.date) -> dt.date:
    """Until when a parent given on that day stays: the next recorded move or the end."""
    later = [day for day, _ in unit.parents if day > since]
    return min([*later, unit.ended_on or FOREVER])


def holdings(unit: Unit, scheme: str, code: str) -> Iterator[tuple[dt.date, dt.date]]:
    """From when (included) until when (excluded) a unit has that code."""
    rows = [(day, held) for day, of, held in unit.codes if of == scheme]
    for (day, held), until in zip(rows, [*(d for d, _ in rows[1:]), FOREVER], strict=True):
        if held == code:
            yield day, min(until, unit.ended_on or FOREVER)


def require_free_code(
    tree: Tree, unit_id: str, scheme: str, code: str, since: dt.date, until: dt.date, field: str
) -> None:
    """Refuse a code that another unit has at any time from `since` (included) until `until` (excluded)."""
    for other in tree.holders(scheme, code):
        if other.unit_id == unit_id:
            continue
        for begins, ends in holdings(other, scheme, code):
            if max(begins, since) < min(ends, until):
                raise Refused(CODE_IN_USE, field, code=code, scheme=scheme, holder=other.unit_id, day=begins)


def next_code(unit: Unit, scheme: str, since: dt.date) -> dt.date:
    """Until when a code given on that day stays."""
    later = [day for day, of, _ in unit.codes if of == scheme and day > since]
    return min([*later, unit.ended_on or FOREVER])


def require_free_external_id(
    tree: Tree, unit: Unit, scheme: str, held: str, since: dt.date, field: str
) -> None:
    """Refuse what another system calls another unit that lives beside this one on any day from `since` on."""
    for other in tree.holders(scheme, held):
        if other.unit_id != unit.unit_id and other.external_ids.get(scheme) == held:
            both = max(unit.established_on, other.established_on, since)
            if both < min(unit.ended_on or FOREVER, other.ended_on or FOREVER):
                raise Refused(EXTERNAL_ID_IN_USE, field, id=held, scheme=scheme, holder=other.unit_id)


def children_living(tree: Tree, unit_id: str, on: dt.date) -> list[str]:
    """`tree.children` for one unit, found through the events that name it rather than over the whole tree."""
    found: set[str] = set()
    for fact in tree.naming(unit_id):
        other = fact.data.unit_id  # type: ignore[attr-defined]
        if other == unit_id:
            continue
        if tree.parent(other, on) == unit_id and _lives(tree, other, on):
            found.add(other)
        elif not _lives(tree, other, on):
            # What a merged, split or dissolved unit had below it may have passed here.
            found |= {c for c in _passed_on(tree, other, on, {unit_id}) if tree.parent(c, on) == unit_id}
    return sorted(found)


def _passed_on(tree: Tree, ended: str, on: dt.date, seen: set[str]) -> Iterator[str]:
    if ended in seen:
        return
    seen.add(ended)
    for fact in tree.naming(ended):
        other = fact.data.unit_id  # type: ignore[attr-defined]
        if _lives(tree, other, on):
            yield other
        else:
            yield from _passed_on(tree, other, on, seen)


def _lives(tree: Tree, unit_id: str, on: dt.date) -> bool:
    unit = tree.get(unit_id)
    return unit is not None and unit.lives(on)


def require_no_children(book: Book, unit_id: str) -> None:
    children = children_living(book.tree, unit_id, book.occurred_on)
    if children:
        raise Refused(
            CHILDREN_LIVE,
            "/data/unit_id",
            unit=unit_id,
            day=book.occurred_on,
            count=len(children),
            children=handful(children),
        )


def ending(book: Book, unit_id: str) -> Unit:
    """The unit, if it may end that day: there, not ended before, and with nothing dated after its end."""
    unit = book.known_unit(unit_id)
    if unit.ended_on is not None:
        raise Refused(ALREADY_ENDED, "/data/unit_id", unit=unit_id, day=unit.ended_on)
    book.unit(unit_id)
    after = _dated_after(book, unit_id)
    if after:
        raise Refused(
            RECORDS_AFTER,
            "/occurred_on",
            unit=unit_id,
            day=book.occurred_on,
            count=len(after),
            first=told(after[:1]),
        )
    return unit


def _dated_after(book: Book, unit_id: str) -> list[Fact]:
    own = list(book.own(UnitState).life())
    others = [f for f in book.tree.naming(unit_id) if f.stream != book.stream]
    after = [f for f in [*own, *others] if f.occurred_on > book.occurred_on]
    return sorted(after, key=lambda f: f.occurred_on)


def require_sound(tree: Tree, unit_id: str, since: dt.date) -> None:
    """Refuse a tree in which from that day on a unit lies under an ended one, its equal or itself, or
    shares a code. For withdrawals: `tree` is the tree without what is withdrawn."""
    field = "/data/event_id"
    unit = tree.get(unit_id)
    assert unit is not None
    for day in tree.turning_days(max(since, unit.established_on)):
        if not unit.lives(day):
            break
        recorded = unit.parent_recorded(day)
        if recorded is None:
            continue
        parent = _standing_parent(tree, unit_id, recorded, day)
        require_above(parent, unit.level, field)
        if parent.unit_id == unit_id or unit_id in tree.ancestors(parent.unit_id, day):
            raise Refused(CIRCLE, field, unit=unit_id, through=recorded, day=day)
    for day, scheme, held in unit.codes:
        require_free_code(tree, unit_id, scheme, held, day, next_code(unit, scheme, day), field)


def _standing_parent(tree: Tree, unit_id: str, recorded: str, day: dt.date) -> Unit:
    parent = _without_whole_successor(tree, recorded, day)
    if parent.ended_on is not None and parent.ended_on <= day:
        raise Refused(
            PARENT_ENDED, "/data/event_id", unit=unit_id, parent=parent.unit_id, day=parent.ended_on
        )
    return parent


def require_parent_lasts(tree: Tree, unit_id: str, parent_id: str, until: dt.date, field: str) -> None:
    """Refuse a parent, or successor of one, that is dissolved or split before that day."""
    parent = _without_whole_successor(tree, parent_id, FOREVER)
    if parent.ended_on is not None and parent.ended_on < until:
        raise Refused(PARENT_ENDED, field, unit=unit_id, parent=parent.unit_id, day=parent.ended_on)


def require_children_last(tree: Tree, unit_id: str, into: str, field: str) -> None:
    """The same for what a merged unit passes on: its children that still live when the successor ends."""
    end = _without_whole_successor(tree, into, FOREVER)
    if end.ended_on is not None:
        for child in children_living(tree, unit_id, end.ended_on):
            raise Refused(PARENT_ENDED, field, unit=child, parent=end.unit_id, day=end.ended_on)


def _without_whole_successor(tree: Tree, unit_id: str, day: dt.date) -> Unit:
    """Along mergers until that day: the unit that lives, or was dissolved or split."""
    unit = tree.get(unit_id)
    while unit is not None and unit.ended_on is not None and unit.ended_on <= day and unit.ending == "merged":
        unit = tree.get(unit.into[0][0])
    assert unit is not None
    return unit
