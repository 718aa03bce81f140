"""Builds a read model anew beside the live one, compares the two, and switches in one transaction.

Whoever calls `rebuild` and all Celery workers fold chunks of the log, each in a transaction of its own; what
is done stands in `projections.chunk`. So whatever dies, what was folded stays folded: call it again, and it
goes on. Queries answer throughout, from the live tables until the switch and from the new ones after it.
"""

from workers.compare import Difference
from workers.rebuild.errors import CannotGoBackError, CannotRebuildError, RebuildRunningError
from workers.rebuild.kept import back, drop_old
from workers.rebuild.run import Progress, Rebuilt, rebuild

__all__ = [
    "CannotGoBackError",
    "CannotRebuildError",
    "Difference",
    "Progress",
    "RebuildRunningError",
    "Rebuilt",
    "back",
    "drop_old",
    "rebuild",
]
