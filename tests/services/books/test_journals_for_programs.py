"""The books as a foreign program gets them from the service: whose, as known when, and what people may write
into names without breaking them."""

import re
from typing import Any

import pytest
from beancount import loader
from beancount.core.data import Open, Transaction
from hypothesis import given
from hypothesis import strategies as st

from events.catalogue.terms import BUILT_IN
from services.books.journal_accounts import Account, Chart
from services.books.journal_beancount import Beancount
from services.books.journal_hledger import Hledger
from tests.services.conftest import Service

NASTY = 'Công ty "Hai\\Ba"; event:giả | (x)\n  Assets:Bịa  5 VND'
PERSON = "0192f0c1-2b7e-7c3a-9d53-0a7a3b1c5d10"


@pytest.fixture
async def town(service: Service) -> Service:
    """A city and a ward, each with a fund; the ward's has an odd name and is paid for an odd purpose."""
    record = service.recorded
    for unit in ("duc-xuan", "song-cau"):
        await record(
            "UnitEstablished",
            "2000-01-01",
            unit_id=unit,
            name=unit,
            level="commune",
            parent_id="bac-kan-city",
        )
    await record("TermDefined", "2017-01-01", list="purpose", term="tu_sach", label="Chi quản lý")
    city = {"fund_id": "quy-tp", "unit_id": "bac-kan-city", "name": "Quỹ thành phố"}
    await record("FundOpened", "2017-01-01", **city, opening=[{"pocket": "cash", "amount": 900_000}])
    await record("FundOpened", "2017-01-01", fund_id="quy-dx", unit_id="duc-xuan", name=f"Quỹ {NASTY}")
    await record(
        "PersonRegistered", "2017-01-01", person_id=PERSON, kind="adult", details={"name": "Lê Thị B"}
    )
    gift = {"fund_id": "quy-dx", "pocket": "cash"}
    for number, donor in enumerate(
        ({"kind": "organisation", "name": NASTY}, {"kind": "person", "person_id": PERSON})
    ):
        await record(
            "DonationReceived", "2017-02-01", **gift, donation_id=f"d-{number}", amount=500_000, donor=donor
        )
    for purpose in ("tu_sach", "administration"):
        spent = {"expense_id": f"e-{len(purpose)}", "purpose": purpose, "amount": 20_000}
        await record("ExpensePaid", "2017-03-01", **gift, **spent)
    half = {"transfer_id": "t-1", "amount": 100_000, "pocket": "cash"}
    await record("TransferSent", "2017-03-02", fund_id="quy-tp", to_fund_id="quy-dx", **half)
    await record("TransferReceived", "2017-03-04", fund_id="quy-dx", from_fund_id="quy-tp", **half)
    await service.fold()
    return service


async def books(service: Service, path: str, **query: Any) -> str:
    answer = await service.client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    return answer.text


def read(text: str) -> list[Any]:
    entries, faults, _ = loader.load_string(text)
    assert faults == []
    return list(entries)


async def test_names_people_give_break_nothing_and_persons_are_not_named(town: Service) -> None:
    for program in ("hledger", "beancount"):
        text = await books(town, f"/v1/books/{program}")
        assert PERSON not in text
        assert "\n  Assets:Bịa" not in text
    given = [e for e in read(text) if isinstance(e, Transaction) and "quy-dx" in e.meta["fund"]]
    assert given[0].payee == " ".join(NASTY.split())
    assert given[1].payee is None
    ledger = await books(town, "/v1/books/hledger")
    assert 'Tiếp nhận ủng hộ – Công ty "Hai\\Ba", event:giả / (x) Assets:Bịa 5 VND\n' in ledger
    tags = re.findall(r";\s*event:(\S+)", ledger)
    assert len(tags) == len([e for e in read(text) if isinstance(e, Transaction)])
    assert all(re.fullmatch(r"[0-9a-f-]{36}", tag) for tag in tags)


async def test_a_purpose_labelled_like_another_is_another_account(town: Service) -> None:
    names = {e.account for e in read(await books(town, "/v1/books/beancount")) if isinstance(e, Open)}
    assert {"Chi:ChiPhí:Tiền:ChiQuảnLý:Quy-dx", "Chi:ChiPhí:Tiền:ChiQuảnLý-tuXsach:Quy-dx"} <= names


async def test_the_same_position_gives_the_same_bytes_whatever_came_after(town: Service) -> None:
    before = await town.client.get("/v1/books/hledger")
    known = before.headers["ledger-position"]
    await town.recorded("TermDefined", "2017-01-02", list="purpose", term="tu_sach", label="Tủ sách")
    gift = {"fund_id": "quy-dx", "donation_id": "d-9", "pocket": "cash", "donor": {"kind": "anonymous"}}
    await town.recorded("DonationReceived", "2017-01-15", **gift, amount=7)
    await town.fold()
    assert await books(town, "/v1/books/hledger", as_known=known) == before.text
    now = await books(town, "/v1/books/hledger")
    assert now != before.text
    assert now == await books(town, "/v1/books/hledger")


async def test_a_unit_gets_its_own_funds_only(town: Service) -> None:
    whole = await books(town, "/v1/units/bac-kan-city/books/beancount")
    assert read(whole)[2:] == read(await books(town, "/v1/books/beancount"))[2:]
    ward = read(await books(town, "/v1/units/duc-xuan/books/beancount"))
    assert {e.meta["fund"] for e in ward if isinstance(e, Transaction)} == {"quy-dx"}
    assert read(await books(town, "/v1/units/song-cau/books/beancount")) == []
    early = read(await books(town, "/v1/units/bac-kan-city/books/beancount", as_of="2017-02-28"))
    assert max(e.date.isoformat() for e in early) == "2017-03-01"  # the assertions of February's end


async def test_a_ward_s_own_auditor_gets_the_same_books_and_not_all(town: Service) -> None:
    wanted = {"name": "Máy", "role": "auditor", "unit_id": "duc-xuan"}
    token = (await town.client.post("/v1/tokens", json=wanted)).json()["token"]
    own = {"Authorization": f"Bearer {token}"}
    path = "/v1/units/duc-xuan/books/hledger"
    expected = await town.client.get(path)
    known = expected.headers["ledger-position"]
    await town.fold()
    assert (await town.client.get(path, params={"as_known": known}, headers=own)).text == expected.text
    assert (await town.client.get("/v1/books/hledger", headers=own)).status_code == 403


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/books/ledger", 400, "malformed"),
        ("/v1/books/hledger?as_known=999999", 503, "position-not-reached"),
        ("/v1/units/nowhere/books/hledger", 404, "unit-not-found"),
        ("/v1/units/bac-kan-city/books/hledger?as_of=1999-01-01", 404, "unit-not-found"),
    ],
)
async def test_refusals(town: Service, path: str, status: int, code: str) -> None:
    answer = await town.client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


IDS = st.from_regex(r"[a-z0-9][a-z0-9-]{0,6}", fullmatch=True)
TERMS = st.one_of(
    st.sampled_from(sorted(BUILT_IN["purpose"])), st.from_regex(r"[a-z0-9][a-z0-9_-]{0,4}", fullmatch=True)
)
LABELS = st.one_of(st.sampled_from(sorted(BUILT_IN["purpose"].values())), st.text(min_size=1, max_size=6))


@given(st.dictionaries(TERMS, LABELS, max_size=8), st.lists(IDS, min_size=2, max_size=4, unique=True))
def test_two_accounts_never_get_one_name(added: dict[str, str], funds: list[str]) -> None:
    chart = Chart(BUILT_IN["purpose"] | added, {}, frozenset(funds[:2]))
    paths = [f"expenses:cost:{sort}:{p}" for sort in ("money", "goods") for p in chart.purposes]
    paths += ["assets:cash", "assets:goods", "equity:opening:money", "income:goods:person"]
    accounts = [Account(path, fund) for path in paths for fund in funds]
    accounts += [Account(f"transit:money:{a}:{b}", None) for a in funds for b in funds if a != b]
    for language in (Hledger(chart), Beancount(chart)):
        assert len({language.name(account) for account in accounts}) == len(accounts)
    for account in accounts:
        for part in Beancount(chart).name(account).split(":"):
            assert part[0].isupper() or part[0].isdecimal()
            assert all(c.isalpha() or c.isdecimal() or c == "-" for c in part)
