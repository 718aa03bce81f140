"""Every kind of event there is: importing this module fills `CATALOGUE`."""

from events.catalogue import (
    terms,
)

__all__ = ["terms"]
