"""Every kind of event there is: importing this module fills `CATALOGUE`."""

from events.catalogue import (
    activities,
    centres,
    log,
    members,
    model_counts,
    models,
    population,
    programmes,
    reports,
    reshaping,
    sources,
    terms,
    units,
    withdrawals,
)

__all__ = [
    "activities",
    "centres",
    "log",
    "members",
    "model_counts",
    "models",
    "population",
    "programmes",
    "reports",
    "reshaping",
    "sources",
    "terms",
    "units",
    "withdrawals",
]
