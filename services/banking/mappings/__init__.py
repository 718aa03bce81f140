"""How one bank lays out its tables: declared in TOML, a file a bank beside this one, or sent by the user.

A column or label is given in every wording that means it; wordings are compared without accents, case and
punctuation, and otherwise exactly.
"""

import datetime as dt
import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from events.refusals import Refused
from services.banking.numbers import Style
from services.banking.refusals import BAD_MAPPING, FIELD, UNKNOWN_MAPPING
from workers.projections.searching import plain

LONGEST = 8_000
"""Characters of a mapping that is sent."""

Words = Annotated[list[Annotated[str, Meta(min_length=1, max_length=100)]], Meta(max_length=20)]
Encoding = Literal["utf-8-sig", "utf-8", "utf-16", "windows-1258", "windows-1252"]


class Columns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The header of each column. Either `debit` (out) and `credit` (in), or a signed `amount`."""

    date: Words
    text: Words
    debit: Words = []
    credit: Words = []
    amount: Words = []
    reference: Words = []
    balance: Words = []
    """What lay there after the line: opening and closing follow from it where no label gives them."""


class Labels(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"since": "from", "until": "to"}
):
    """What stands before a value outside of the table. Without words the value is not looked for: the period
    is then that of the lines."""

    account: Words = []
    currency: Words = []
    since: Words = []
    until: Words = []
    opening: Words = []
    closing: Words = []


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One bank's layout."""

    bank: Annotated[str, Meta(min_length=1, max_length=60)]
    numbers: Style
    dates: Annotated[list[Annotated[str, Meta(max_length=40)]], Meta(min_length=1, max_length=10)]
    """As `strptime` reads them."""
    columns: Columns
    labels: Labels = Labels()
    marks: Words = []
    """One of these stands somewhere outside of the lines; none: any file with these columns is taken."""
    encoding: Encoding = "utf-8-sig"
    delimiter: Literal[",", ";", "\t", "|"] = ","
    newest_first: bool = False

    def __post_init__(self) -> None:
        columns = self.columns
        if not columns.date or not columns.text:
            raise ValueError("columns.date and columns.text need words")
        if bool(columns.amount) == bool(columns.debit and columns.credit):
            raise ValueError("columns need either amount, or debit and credit")
        for form in self.dates:
            if not _reads_back(form):
                raise ValueError("dates need %d, %m and %Y, each once")
        for struct in (self.columns, self.labels):
            for words in msgspec.structs.astuple(struct):
                if not all(map(same, words)):
                    raise ValueError("columns and labels need letters")


def _reads_back(form: str) -> bool:
    """Whether a day written in that form is read as the same day."""
    day = dt.datetime(2017, 9, 30)
    try:
        return dt.datetime.strptime(day.strftime(form), form).date() == day.date()
    except (ValueError, re.error):
        return False


def same(text: str) -> str:
    """A header or label as it is compared: `Số tiền ghi nợ/ Debit` → `so tien ghi no debit`."""
    return " ".join(re.findall(r"\w+", plain(text)))


def shipped() -> list[str]:
    """The banks there are mappings for."""
    return sorted(file.stem for file in Path(__file__).parent.glob("*.toml"))


def of_bank(name: str) -> Mapping:
    """The mapping that came with this program. Raises `statement-unknown-bank`."""
    if name not in shipped():
        raise Refused(UNKNOWN_MAPPING, FIELD, bank=name[:40], known=shipped())
    return parsed(Path(__file__).with_name(f"{name}.toml").read_text("utf-8"))


def parsed(text: str) -> Mapping:
    """A mapping in TOML. Raises `statement-bad-mapping`."""
    if len(text) > LONGEST:
        raise Refused(BAD_MAPPING, "/mapping", why=f"> {LONGEST}")
    try:
        return msgspec.convert(tomllib.loads(text), Mapping)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, ValueError, RecursionError) as e:
        raise Refused(BAD_MAPPING, "/mapping", why=str(e)[:200]) from None
