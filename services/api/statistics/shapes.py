"""What the routes about figures answer, where no other part says it."""

import msgspec

from services.statistics.contradictions import Contradiction


class Contradictions(msgspec.Struct, frozen=True):
    """What was printed about a unit and cannot all be right."""

    unit_id: str
    as_known: int
    contradictions: list[Contradiction]
