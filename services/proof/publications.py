"""Statistics that were published, held against the log: the root they name, and the table's digest.

The digest is the SHA-256 of the canonical CSV (`khuyenhoc statistics --csv`) of exactly the indicators named,
as known at the position named. `then` and `now` are meant from the day on which the publication was recorded.
"""

from typing import Any

from services.proof import findings as f
from services.proof.collected import Collected
from services.proof.report import Report, WrongError
from services.proof.roots import Roots
from services.proof.sources import Source
from services.statistics.canonical import digest_of
from services.statistics.published import declared_in, recomputed
from services.statistics.scope import UnknownUnitError


def check_roots(collected: Collected, roots: Roots, source: Source, report: Report) -> None:
    """Each names the root that the log had at its position. Raises `WrongError`."""
    for position, _, published in collected.statistics:
        asked = published.position
        if asked >= position:
            raise WrongError(f.PUBLISHED_AHEAD, position, asked=asked)
        root = roots.at(asked, source).hex()
        if root != published.root:
            raise WrongError(f.PUBLISHED_ROOT, position, asked=asked, theirs=published.root, ours=root)
    if collected.statistics:
        report.holds(f.PUBLISHED_ROOTS_HOLD, count=len(collected.statistics))


async def check_digests(pool: Any, collected: Collected, report: Report) -> None:
    """Each table, computed anew, has the digest published. Raises `WrongError`."""
    held = 0
    async with pool.acquire() as connection:
        for position, on, published in collected.statistics:
            _, unknown = declared_in(published)
            if unknown:
                report.leaves(f.UNKNOWN_DEFINITIONS, position, names=unknown)
                continue
            told = {"unit": published.unit_id, "year": str(published.year)}
            try:
                digest = digest_of(await recomputed(connection, published, on))
            except UnknownUnitError as e:
                raise WrongError(f.PUBLISHED_NO_UNIT, position, **told) from e
            if digest != published.digest:
                raise WrongError(f.PUBLISHED_DIGEST, position, **told, theirs=published.digest, ours=digest)
            held += 1
    if held:
        report.holds(f.PUBLISHED_HOLD, count=held)
