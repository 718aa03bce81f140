"""Up to where events count, told so that sums by day can be used: whole days of recording, and a rest."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from events.log.read import position_at_end_of, recorded_at
from events.vocabulary import day_of

FOR_EVER = dt.date.max


@dataclass(frozen=True, slots=True)
class Known:
    """The first `position` events: those recorded before the day `since`, and those after `before`."""

    position: int
    since: dt.date
    before: int
    """The last position recorded before the day `since`."""


async def known_up_to(connection: Any, position: int, reached: int) -> Known:
    """`reached`: where the read model stands; up to there its sums are whole."""
    if position >= reached or position == 0:
        return Known(position, FOR_EVER if position else dt.date.min, position)
    day = day_of(await recorded_at(connection, position))
    return Known(position, day, await position_at_end_of(connection, day - dt.timedelta(days=1)))
