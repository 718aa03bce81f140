"""How far the log is signed, for whoever runs it."""

from typing import Any, NamedTuple


class SealingStatus(NamedTuple):
    """`signed`: entries under the last checkpoint. `trouble`: why the sealer refuses, if it does."""

    signed: int
    trouble: str | None


async def sealing_status(connection: Any) -> SealingStatus:
    row = await connection.fetchrow(
        "SELECT (SELECT coalesce(max(size), 0) FROM proof.checkpoint), trouble FROM proof.sealing"
    )
    return SealingStatus(*row)
