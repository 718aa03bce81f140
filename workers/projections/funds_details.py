"""What entries of funds say beside their movements, for `funds`: pledges and the gifts on them, goods item by
item, how many an award went to, and the closings of periods.

What a reversal takes back is known by its movement; of goods it has rows of its own, so that quantities are
sums.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from events.catalogue.corrections import PeriodClosed
from events.catalogue.donations import DonationPledged, DonationReceived
from events.catalogue.payments_out import AwardGranted
from events.log.read import Stored
from workers.projection import columns

TABLES = """
-- Promises, those withdrawn too: an id is free again then.
CREATE TABLE pledge (
    event_id     uuid   PRIMARY KEY,
    fund_id      text   NOT NULL,
    pledge_id    text   NOT NULL,
    position     bigint NOT NULL,
    pledged_on   date   NOT NULL,
    due_on       date,
    amount       bigint NOT NULL,               -- đồng
    party_kind   text   NOT NULL,
    party_name   text,                          -- of organisations and collectives only
    party_person uuid,
    actor        uuid,
    withdrawn_at bigint                         -- the position of what withdrew it
);
CREATE INDEX pledge_place ON pledge (fund_id, position);

-- Gifts that name a pledge of their fund; their amounts are in `movement`.
CREATE TABLE on_pledge (
    event_id  uuid   PRIMARY KEY,
    fund_id   text   NOT NULL,
    pledge_id text   NOT NULL,
    position  bigint NOT NULL
);
CREATE INDEX on_pledge_id ON on_pledge (fund_id, pledge_id);

-- Goods received, by the terms of the lists `item` and `item_unit`; a reversal's quantities are negative.
CREATE TABLE item (
    fund_id     text     NOT NULL,
    occurred_on date     NOT NULL,
    position    bigint   NOT NULL,
    line        smallint NOT NULL,
    event_id    uuid     NOT NULL,
    what        text     NOT NULL,
    quantity    bigint   NOT NULL,
    unit        text     NOT NULL,
    PRIMARY KEY (fund_id, occurred_on, position, line)
);
CREATE INDEX item_event ON item (event_id);

CREATE TABLE award (
    event_id   uuid   PRIMARY KEY,
    recipients bigint NOT NULL,
    measure    text   NOT NULL                  -- what they are counted in: person, person_turn, award
);

-- Nothing dated up to that day is accepted after that position.
CREATE TABLE closing (
    fund_id     text        NOT NULL,
    through     date        NOT NULL,
    position    bigint      NOT NULL,
    event_id    uuid        NOT NULL,
    occurred_on date        NOT NULL,
    recorded_at timestamptz NOT NULL,
    actor       uuid,
    PRIMARY KEY (fund_id, through)
);
"""

_WITHDRAW = """
UPDATE pledge p SET withdrawn_at = w.position
FROM unnest($1::uuid[], $2::bigint[]) AS w (event_id, position) WHERE p.event_id = w.event_id
"""

_TAKE_BACK = """
INSERT INTO item
SELECT i.fund_id, r.occurred_on, r.position, i.line, r.event_id, i.what, -i.quantity, i.unit
FROM unnest($1::uuid[], $2::date[], $3::bigint[], $4::uuid[]) AS r (target, occurred_on, position, event_id)
JOIN item i ON i.event_id = r.target
"""


async def store_details(connection: Any, events: Sequence[Stored]) -> None:
    """A page's pledges, items, awards and closings; then what the page takes back of these."""
    for table, rows in _rows(events).items():
        if rows:
            await connection.copy_records_to_table(table, records=rows)
    withdrawn = [(target, e.position) for e, target in _undone(events, "RecordWithdrawn", "DonationPledged")]
    if withdrawn:
        await connection.execute(_WITHDRAW, *columns(withdrawn, 2))
    reversed_: list[tuple[UUID, dt.date, int, UUID]] = [
        (target, e.fact.occurred_on, e.position, e.fact.event_id)
        for e, target in _undone(events, "EntryReversed", "DonationReceived")
    ]
    if reversed_:
        await connection.execute(_TAKE_BACK, *columns(reversed_, 4))


def _rows(events: Iterable[Stored]) -> dict[str, list[tuple[Any, ...]]]:
    """table → rows, columns in the table's order."""
    rows: dict[str, list[tuple[Any, ...]]] = {
        "pledge": [], "on_pledge": [], "item": [], "award": [], "closing": []
    }  # fmt: skip
    for event in events:
        fact, position = event.fact, event.position
        match data := fact.data:
            case DonationPledged():
                rows["pledge"].append(
                    (fact.event_id, data.fund_id, data.pledge_id, position, fact.occurred_on, data.due_on,
                     data.amount, data.donor.kind, data.donor.name, data.donor.person_id, fact.actor, None)
                )  # fmt: skip
            case DonationReceived():
                if data.pledge_id is not None:
                    rows["on_pledge"].append((fact.event_id, data.fund_id, data.pledge_id, position))
                rows["item"] += [
                    (
                        data.fund_id,
                        fact.occurred_on,
                        position,
                        line,
                        fact.event_id,
                        i.what,
                        i.quantity,
                        i.unit,
                    )
                    for line, i in enumerate(data.items or ())
                ]
            case AwardGranted():
                rows["award"].append((fact.event_id, data.recipients, data.measure))
            case PeriodClosed():
                rows["closing"].append(
                    (data.fund_id, data.through, position, fact.event_id, fact.occurred_on,
                     event.recorded_at, fact.actor)
                )  # fmt: skip
    return rows


def _undone(events: Iterable[Stored], by: str, kind: str) -> list[tuple[Stored, UUID]]:
    """The page's events of that type about that kind, each with what it undoes."""
    return [
        (e, e.fact.effect.target)
        for e in events
        if e.fact.type == by and e.fact.effect.kind == kind and e.fact.effect.target is not None
    ]
