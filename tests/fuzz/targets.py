"""What is fuzzed without a service: each takes bytes, and may refuse them in one way only.

Each begins from good inputs, so that a fuzzer finds its way past the first bracket.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

import events.catalogue.everything  # noqa: F401 - the commands there are
from events.declare import CATALOGUE
from events.refusals import Language, Refused
from events.vocabulary import LOCAL_ACTOR
from services.api.commands.reading import read_command
from services.api.faults import Malformed
from services.api.openapi.kinds import commands, example_of
from services.banking import mappings
from services.banking.mappings import of_bank, parsed, shipped
from services.banking.reading import read_statement
from services.banking.statement import Format, Statement, checked
from tests.services.banking import files

LANGUAGES: tuple[Language, ...] = ("vi", "en")


@dataclass(frozen=True)
class Target:
    """`reads` must raise nothing, whatever it is given; `seeds` are good inputs."""

    name: str
    reads: Callable[[bytes], None]
    seeds: tuple[bytes, ...]


def _decodes(body: bytes) -> None:
    try:
        read = read_command(body, LOCAL_ACTOR)
    except Malformed as refused:
        _says_why(*(fault.told(language).message for fault in refused.faults for language in LANGUAGES))
        return
    # what was taken is written, and read again as the same
    again = msgspec.json.decode(msgspec.json.encode(read.data), type=type(read.data))
    assert again == read.data


def _says_why(*sentences: str) -> None:
    assert sentences
    assert all(sentences)


def _statement(format: Format, bank: str | None = None) -> Callable[[bytes], None]:
    mapping = of_bank(bank) if bank else None

    def reads(content: bytes) -> None:
        try:
            found = read_statement(content, format, mapping)
        except Refused as refused:
            _says_why(*(refused.sentence(language) for language in LANGUAGES))
            return
        assert isinstance(found, Statement)
        assert checked(found) == found
        assert found.opening + sum(line.amount for line in found.lines) == found.closing
        assert [line.line for line in found.lines] == list(range(1, len(found.lines) + 1))

    return reads


def _mapping(text: bytes) -> None:
    with contextlib.suppress(Refused, UnicodeDecodeError):
        parsed(text.decode())


def _mappings() -> tuple[bytes, ...]:
    folder = Path(mappings.__file__).parent
    return tuple((folder / f"{bank}.toml").read_bytes() for bank in shipped())


def _examples() -> tuple[bytes, ...]:
    return tuple(msgspec.json.encode(example_of(CATALOGUE[kind.name])) for kind in commands())


TARGETS = (
    Target("command", _decodes, _examples()),
    Target("camt", _statement("camt"), (files.CAMT.encode(),)),
    Target("mt940", _statement("mt940"), (files.MT940.encode(),)),
    Target("csv-vietcombank", _statement("csv", "vietcombank"), (files.VIETCOMBANK.encode(),)),
    Target("csv-agribank", _statement("csv", "agribank"), (files.AGRIBANK.encode(),)),
    Target("xlsx-bidv", _statement("xlsx", "bidv"), (files.workbook(),)),
    Target("mapping", _mapping, _mappings()),
)
