"""Why a command is not accepted: stable codes, and the sentences people read, in Vietnamese and English.

A code never changes its meaning and is never taken out; wording may. `Refused` carries the code and the
values; which language is spoken is decided where the answer is written. No value of a sealed field may
ever be put into a refusal.
"""

from dataclasses import dataclass
from typing import Any, Literal

Language = Literal["vi", "en"]

_CODES: dict[str, tuple[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Spoken:
    """A value of a refusal that reads differently in the two languages."""

    vi: str
    en: str


def code(name: str, *, vi: str, en: str) -> str:
    """Declare a refusal; each rule declares its own beside itself. Returns the code."""
    if _CODES.get(name, (vi, en)) != (vi, en):
        raise ValueError(f"refusal {name} is declared twice with different sentences")
    _CODES[name] = (vi, en)
    return name


def codes() -> dict[str, tuple[str, str]]:
    """Every declared code with its (Vietnamese, English) sentence."""
    return dict(_CODES)


class Refused(Exception):  # noqa: N818 - the domain's word: a command is accepted or refused
    """A rule refuses a command. `field` is the field at fault, a JSON Pointer into the command."""

    def __init__(self, code: str, field: str | None = None, /, **values: Any) -> None:
        if code not in _CODES:
            raise LookupError(f"refusal {code} is not declared")
        super().__init__(code)
        self.code = code
        self.field = field
        self.values = values

    def sentence(self, language: Language) -> str:
        """What a person reads."""
        vi, en = _CODES[self.code]
        return (vi if language == "vi" else en).format_map(
            {k: _people(v, language) for k, v in self.values.items()}
        )

    def __str__(self) -> str:
        return f"{self.code}: {self.sentence('en')}"


def _people(value: Any, language: Language) -> str:
    """Values as Vietnamese people write them: 1.234.567 and dd/mm/yyyy."""
    import datetime as dt

    if isinstance(value, Spoken):
        return value.vi if language == "vi" else value.en
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:,}".replace(",", ".")
    if isinstance(value, dt.date):
        return value.strftime("%d/%m/%Y")
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(_people(v, language) for v in value)
    return str(value)
