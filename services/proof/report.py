"""What a check found: what holds, what could not be checked, and the first thing that is wrong.

A finding is a stable code with its values; the sentences, Vietnamese and English, are in `findings.py`.
"""

from dataclasses import dataclass, field
from typing import Any

import msgspec

from events.refusals import Language, Spoken
from services.proof.findings import sentences
from services.writing import number


@dataclass(frozen=True, slots=True)
class Finding:
    """`position`: the first event that it is about, where it is about one."""

    code: str
    position: int | None = None
    values: dict[str, Any] = field(default_factory=dict)

    def sentence(self, language: Language) -> str:
        """What a person reads."""
        vi, en = sentences(self.code)
        told = {name: _people(value, language) for name, value in self.values.items()}
        text = (vi if language == "vi" else en).format_map(told)
        if self.position is None:
            return text
        return f"{'vị trí' if language == 'vi' else 'position'} {self.position}: {text}"


class WrongError(Exception):
    """Something does not hold."""

    def __init__(self, code: str, position: int | None = None, /, **values: Any) -> None:
        self.finding = Finding(code, position, values)
        super().__init__(self.finding.sentence("en"))

    @property
    def position(self) -> int | None:
        return self.finding.position


class ToldFinding(msgspec.Struct, frozen=True, omit_defaults=True):
    """A finding for machines: `code` is stable, `text` is in the language asked for."""

    code: str
    text: str
    position: int | None = None


class ToldReport(msgspec.Struct, frozen=True):
    """A report for machines. `wrong`: null where everything that was checked holds."""

    origin: str
    size: int
    root: str
    held: list[ToldFinding]
    unchecked: list[ToldFinding]
    wrong: ToldFinding | None


@dataclass(slots=True)
class Report:
    """Everything found, in the order of checking."""

    origin: str = ""
    size: int = 0
    root: str = ""
    held: list[Finding] = field(default_factory=list)
    unchecked: list[Finding] = field(default_factory=list)
    wrong: WrongError | None = None

    def holds(self, code: str, position: int | None = None, /, **values: Any) -> None:
        self.held.append(Finding(code, position, values))

    def leaves(self, code: str, position: int | None = None, /, **values: Any) -> None:
        """Say what was not checked."""
        self.unchecked.append(Finding(code, position, values))

    def told(self, language: Language) -> ToldReport:
        def one(found: Finding) -> ToldFinding:
            return ToldFinding(found.code, found.sentence(language), found.position)

        return ToldReport(
            self.origin,
            self.size,
            self.root,
            [one(found) for found in self.held],
            [one(found) for found in self.unchecked],
            one(self.wrong.finding) if self.wrong else None,
        )


def _people(value: Any, language: Language) -> str:
    if isinstance(value, Spoken):
        return value.vi if language == "vi" else value.en
    if isinstance(value, int):
        return number(value)
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "–"
    return str(value)
