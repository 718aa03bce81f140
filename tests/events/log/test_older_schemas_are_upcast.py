"""A changed shape gets a new schema number and an upcaster; stored bytes never change.

The example: `GrantNoted` once held an amount in thousand đồng; schema 2 holds đồng and names its currency.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from events.book import Book
from events.declare import CATALOGUE, Data, Effect, event
from events.log.read import read_stream
from tests.events.log.commands import command, must
from tests.events.log.conftest import Opens

V1 = {"list": "item", "thousands": 250}
V2 = {"list": "item", "amount": 250_000, "currency": "VND"}


def _declare_schema_1() -> None:
    @event("term-{list}", vi="Ghi khoản cấp", en="Grant noted", example=V1)
    class GrantNoted(Data, frozen=True):
        list: str
        thousands: int

        def decide(self, book: Book) -> Effect:
            return Effect(amount=self.thousands * 1000)


def _declare_schema_2() -> None:
    def from_1(raw: dict[str, Any]) -> dict[str, Any]:
        return {"list": raw["list"], "amount": raw["thousands"] * 1000, "currency": "VND"}

    @event("term-{list}", vi="Ghi khoản cấp", en="Grant noted", example=V2, schema=2, upcasters={1: from_1})
    class GrantNoted(Data, frozen=True):
        list: str
        amount: int
        currency: str

        def decide(self, book: Book) -> Effect:
            return Effect(amount=self.amount)


@pytest.fixture
def undeclared() -> Iterator[None]:
    yield
    CATALOGUE.pop("GrantNoted", None)


async def test_an_event_of_schema_1_reads_as_schema_2(
    open_log: Opens, service: Any, undeclared: None
) -> None:
    _declare_schema_1()
    (first,) = await must(await open_log(), command("GrantNoted", **V1))
    bytes_then = await service.fetchval("SELECT entry FROM log.events WHERE position = $1", first.position)
    del CATALOGUE["GrantNoted"]

    _declare_schema_2()
    later = await open_log()  # a process of the new version: it folds the old event, too
    (second,) = await must(later, command("GrantNoted", **V2))
    assert (first.version, second.version) == (1, 2)
    old, new = (e.fact.data for e in await read_stream(service, "term-item"))
    assert old == new
    assert old.currency == "VND"  # type: ignore[attr-defined]
    bytes_now = await service.fetchval("SELECT entry FROM log.events WHERE position = $1", first.position)
    assert bytes_now == bytes_then
    assert b'"schema":1' in bytes_then
    assert b'"thousands":250' in bytes_then
