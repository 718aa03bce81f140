"""What a check found: what holds, what could not be checked, and the first thing that is wrong."""

from dataclasses import dataclass, field


class WrongError(Exception):
    """Something does not hold. `position`: the first event that it is about, where it is about one."""

    def __init__(self, what: str, position: int | None = None) -> None:
        super().__init__(what if position is None else f"position {position}: {what}")
        self.position = position
        self.what = what


@dataclass(slots=True)
class Report:
    """Lines for people."""

    origin: str = ""
    size: int = 0
    root: str = ""
    held: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    wrong: WrongError | None = None
