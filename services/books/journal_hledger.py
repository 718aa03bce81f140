"""A journal in hledger's language (https://hledger.org/hledger.html). Amounts are plain digits, which nobody
can read as decimals; hledger prints them as the commodity directives say, 1.234.567."""

import datetime as dt
from collections.abc import Iterable

from services.books.journal_accounts import IN_KIND, MONEY, Account, Chart, one_line
from services.books.journal_entries import Entry, Lines

_KINDS = {"Tài sản": "A", "Đang chuyển": "A", "Nguồn": "E", "Thu": "R", "Chi": "X"}
_IN_LINE = str.maketrans(";|", ",/")
"""A comment would begin there, and a payee end."""
_IN_NAMES = str.maketrans(";:()[]", ",：    ")
"""Signs that mean something in the names of accounts, and would make a tag in a comment."""


class Hledger:
    """A journal being written for hledger."""

    def __init__(self, chart: Chart) -> None:
        self._chart = chart
        self._names: dict[Account, str] = {}

    def head(self, title: Iterable[str]) -> str:
        types = [f"account {name}  ; type: {kind}" for name, kind in _KINDS.items()]
        commodities = [f"commodity 1.000, {name}" for name in (MONEY, IN_KIND)]
        return "\n".join([*_comments(title), "", *commodities, "", *types]) + "\n"

    def opened(self, account: Account, on: dt.date) -> str:
        return f"\naccount {self.name(account)}  ; {_plain(self._chart.described(account))}\n"

    def entry(self, one: Entry) -> str:
        code = f" ({one.code})" if one.code else ""
        what = f"{one.what} – {one.party}" if one.party else one.what
        tags = "".join(f"    ; {name}:{value}\n" for name, value in one.told)
        lines = "".join(
            f"    {self.name(account)}  {amount} {account.commodity}\n" for account, amount in one.lines
        )
        return f"\n{one.occurred_on} *{code} {what.translate(_IN_LINE)}\n{tags}{lines}"

    def assertions(self, last: dt.date, held: Lines) -> str:
        """What each account holds at the end of that day, and that it holds nothing else."""
        lines = (
            f"    {self.name(account)}  0 {account.commodity} == {amount} {account.commodity}\n"
            for account, amount in held
        )
        return f"\n{last} * Số dư cuối tháng {last:%m/%Y}\n{''.join(lines)}"

    def tail(self, words: Iterable[str]) -> str:
        return "\n" + "\n".join(_comments(words)) + "\n"

    def name(self, account: Account) -> str:
        if account not in self._names:
            self._names[account] = self._spelt(account)
        return self._names[account]

    def _spelt(self, account: Account) -> str:
        name = self._chart.name(account)
        *words, last = name.words
        if name.term is not None:
            last = f"{_plain(last)} ({name.term})"
        return ":".join([*words, last, " → ".join(name.funds)])


def _plain(text: str) -> str:
    return one_line(text.translate(_IN_NAMES))


def _comments(lines: Iterable[str]) -> list[str]:
    return [f"; {one_line(line)}" for line in lines]
