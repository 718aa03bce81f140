"""The statistics, whose chunks can be slowed down; and a process that rebuilds them and nothing else.

`python -m tests.workers.slow_statistics WORKER_URL PAGE` calls for the rebuild;
`celery -A tests.workers.slow_statistics worker` is the real application, knowing only them.
"""

import asyncio
import sys
from typing import Any

from workers.celery_app import app
from workers.projections import PROJECTIONS
from workers.projections.statistics import Statistics
from workers.rebuild import rebuild


class SlowStatistics(Statistics):
    async def gather(self, connection: Any, after: int, through: int) -> None:
        await super().gather(connection, after, through)
        # ALTER DATABASE … SET test.pause = 5 holds every chunk open for five seconds.
        await connection.execute(
            "SELECT pg_sleep(coalesce(nullif(current_setting('test.pause', true), ''), '0')::float)"
        )


SLOW: dict[str, Any] = {"statistics": SlowStatistics()}

if "celery" in sys.argv[0]:
    PROJECTIONS.clear()
    PROJECTIONS.update(SLOW)

if __name__ == "__main__":
    asyncio.run(rebuild(sys.argv[1], projections=SLOW, page=int(sys.argv[2])))

__all__ = ["SLOW", "app"]
