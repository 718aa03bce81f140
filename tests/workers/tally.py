"""A read model for tests of the machinery: how many events each stream has. Can be slowed down."""

from collections.abc import Sequence
from typing import Any, ClassVar

from workers.projection import Projection


class Tally(Projection):
    name: ClassVar[str] = "tally"
    version: ClassVar[int] = 1
    tables: ClassVar[str] = "CREATE TABLE tally (stream text PRIMARY KEY, events bigint NOT NULL)"

    async def fold(self, connection: Any, after: int, through: int, parked: Sequence[str]) -> None:
        await connection.execute(
            "INSERT INTO tally AS t SELECT stream, count(*) FROM log.events"
            " WHERE position > $1 AND position <= $2 AND stream <> ALL($3) GROUP BY stream"
            " ON CONFLICT (stream) DO UPDATE SET events = t.events + excluded.events",
            after,
            through,
            list(parked),
        )
        # ALTER DATABASE … SET test.pause = 5 holds every page open for five seconds.
        await connection.execute(
            "SELECT pg_sleep(coalesce(nullif(current_setting('test.pause', true), ''), '0')::float)"
        )


TALLY = Tally()
