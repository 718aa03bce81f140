"""What the accounts of an exported journal are called: in Vietnamese, the fund part of every account.

Two accounts never get one name. Words of the chart are distinct; a purpose that is not one of the built-in
words carries its term; funds carry their ids, since names may be given twice.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from events.catalogue.terms import BUILT_IN
from workers.accounts import GOODS, label

MONEY, IN_KIND = "VND", "HIENVAT"
"""Goods, at appraised value in đồng, are a commodity of their own: no program adds them to money."""

_GOODS = re.compile(GOODS)
_OUTSIDE = ("Nguồn", "Chuyển với quỹ ngoài sổ này")
_COST = "expenses:cost:"


class Account(NamedTuple):
    """An account of a fund; one in transit belongs to the two funds that its path names."""

    path: str  # as in `workers/accounts.py`
    fund_id: str | None

    @property
    def commodity(self) -> str:
        return IN_KIND if _GOODS.match(self.path) else MONEY


class Name(NamedTuple):
    """An account's name before a program's own rules of spelling."""

    words: tuple[str, ...]
    term: str | None  # of a purpose whose label alone would not tell it from others
    funds: tuple[str, ...]  # one; of a transfer the sender and the receiver


def account_of(path: str, fund_id: str) -> Account:
    """Both halves of a transfer share one account, so that it is empty again once the transfer arrived."""
    return Account(path, None if path.startswith("transit:") else fund_id)


@dataclass(frozen=True, slots=True)
class Chart:
    """What naming needs to know of one export."""

    purposes: dict[str, str]  # term → label
    fund_names: dict[str, str]
    funds: frozenset[str] | None  # those in this journal; None: all there are

    def name(self, account: Account) -> Name:
        if account.fund_id is None:
            _, sort, sender, receiver = account.path.split(":")
            words = label(f"transit:{sort}")
            if self.funds is not None and not {sender, receiver} <= self.funds:
                words = (*_OUTSIDE, *words[1:])  # its other half is in another journal
            return Name(words, None, (sender, receiver))
        words, term = label(account.path, "vi", self.purposes), None
        if account.path.startswith(_COST):
            purpose = account.path.rpartition(":")[2]
            if self.purposes.get(purpose) != BUILT_IN["purpose"].get(purpose, ""):
                term = purpose
        return Name(words, term, (account.fund_id,))

    def described(self, account: Account) -> str:
        """The names of its funds."""
        return " → ".join(one_line(self.fund_names.get(f, f)) for f in self.name(account).funds)


def one_line(text: str) -> str:
    """Text given by people, in NFC and on one line."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def letters_of(words: Iterable[str]) -> str:
    """Words run together, each with a capital: «Tiền gửi ngân hàng» as TiềnGửiNgânHàng."""
    kept = (
        "".join(c if c.isalpha() or c.isdecimal() else " " for c in unicodedata.normalize("NFC", word))
        for word in words
    )
    return "".join(part[0].upper() + part[1:] for word in kept for part in word.split())
