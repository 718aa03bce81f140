"""A journal in beancount's language (https://beancount.github.io/docs/beancount_language_syntax.html).

Parts of an account begin with a capital or a digit and hold letters, digits and dashes only: words run
together, each with a capital, and ids, which hold no capitals, get one at their beginning.
"""

import datetime as dt
from collections.abc import Iterable

from services.books.journal_accounts import Account, Chart, letters_of, one_line
from services.books.journal_entries import Entry, Lines

_ROOTS = {
    "assets": "TàiSản",
    "liabilities": "NợPhảiTrả",
    "equity": "Nguồn",
    "income": "Thu",
    "expenses": "Chi",
}


class Beancount:
    """A journal being written for beancount."""

    def __init__(self, chart: Chart) -> None:
        self._chart = chart
        self._names: dict[Account, str] = {}

    def head(self, title: Iterable[str]) -> str:
        names = [f'option "name_{kind}" "{name}"' for kind, name in _ROOTS.items()]
        return "\n".join([*_comments(title), "", *names]) + "\n"

    def opened(self, account: Account, on: dt.date) -> str:
        name = f"{on} open {self.name(account)} {account.commodity}"
        return f"\n{name}\n  fund_name: {_quoted(self._chart.described(account))}\n"

    def entry(self, one: Entry) -> str:
        party = f"{_quoted(one.party)} " if one.party else ""
        link = f" ^transfer-{one.transfer}" if one.transfer else ""
        told = [("voucher_code", one.code), *one.told] if one.code else one.told
        data = "".join(f"  {name}: {_quoted(v) if isinstance(v, str) else v}\n" for name, v in told)
        lines = "".join(
            f"  {self.name(account)}  {amount} {account.commodity}\n" for account, amount in one.lines
        )
        return f"\n{one.occurred_on} * {party}{_quoted(one.what)}{link}\n{data}{lines}"

    def assertions(self, last: dt.date, held: Lines) -> str:
        """What each account holds at the end of that day, which is the beginning of the next."""
        after = last + dt.timedelta(days=1)
        lines = (
            f"{after} balance {self.name(account)}  {amount} {account.commodity}\n"
            for account, amount in held
        )
        return "\n" + "".join(lines)

    def tail(self, words: Iterable[str]) -> str:
        return "\n" + "\n".join(_comments(words)) + "\n"

    def name(self, account: Account) -> str:
        if account not in self._names:
            self._names[account] = self._spelt(account)
        return self._names[account]

    def _spelt(self, account: Account) -> str:
        name = self._chart.name(account)
        parts = [letters_of([word]) for word in name.words]
        if name.term is not None:
            text = parts[-1]
            if not (text[:1].isupper() or text[:1].isdecimal()):
                text = f"Mục{text}"
            parts[-1] = f"{text}-{name.term.replace('_', 'X')}"  # terms hold no capitals: nothing is lost
        if parts[0] == "ĐangChuyển":
            parts.insert(0, _ROOTS["assets"])
        return ":".join([*parts, *(fund[0].upper() + fund[1:] for fund in name.funds)])


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _comments(lines: Iterable[str]) -> list[str]:
    return [f"; {one_line(line)}" for line in lines]
