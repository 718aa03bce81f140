"""Whatever is sent wrongly gets one clear problem naming the field and the rule; the log holds exactly what
was acknowledged; the service goes on."""

from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest

from tests.services.conftest import Service

DONATION: dict[str, Any] = {
    "fund_id": "quy-bac-kan",
    "donation_id": "ung-ho-1",
    "amount": 1_000_000,
    "pocket": "cash",
    "donor": {"kind": "organisation", "name": "Công ty Bắc Kạn"},
}


def command(type_: str = "DonationReceived", on: str = "2017-06-30", **data: Any) -> bytes:
    """A command as a client writes it; by default a donation, with some fields otherwise."""
    fields = data if type_ != "DonationReceived" else DONATION | data
    return msgspec.json.encode({"type": type_, "occurred_on": on, "data": fields})


async def refused_as_malformed(service: Service, answer: httpx.Response, *expected: tuple[str, str]) -> Any:
    """400, naming exactly these (pointer, code); nothing was recorded, and the next command is."""
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "/problems/malformed"
    assert [(e["pointer"], e["code"]) for e in problem["errors"]] == list(expected)
    assert all(e["rule"] and e["message"] for e in problem["errors"])
    assert await service.positions() == 2
    await service.recorded("UnitRenamed", "2001-01-01", unit_id="bac-kan-city", name="Tên mới")
    return problem


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"type":',
        b"{]}",
        b'{"a":1}}',
        b"nul",
        b"\xef\xbb\xbf{}",
        b'{"a":NaN}',
        b'{"a":"\\ud800"}',
    ],
)
async def test_malformed_json(service: Service, body: bytes) -> None:
    answer = await service.post(body)
    await refused_as_malformed(service, answer, ("", "malformed-json"))


async def test_malformed_json_says_where(service: Service) -> None:
    answer = await service.post(b'{\n  "type": oops}', accept_language="en")
    assert "line 2, column 11" in answer.json()["errors"][0]["message"]


async def test_not_utf8(service: Service) -> None:
    answer = await service.post(command().replace("ắ".encode(), b"\xff"))
    await refused_as_malformed(service, answer, ("", "not-utf-8"))


async def test_nested_too_deeply(service: Service) -> None:
    answer = await service.post(b"[" * 60_000 + b"]" * 60_000)
    await refused_as_malformed(service, answer, ("", "nested-too-deep"))


async def test_nested_too_deeply_for_one_reader_and_not_for_the_next(service: Service) -> None:
    """A body with escapes is gone through several times, and each way goes down so far and no further."""
    told = set()
    for depth in range(900, 1_001, 5):
        for deep in (b"[" * depth + b"]" * depth, b'{"a":' * depth + b"1" + b"}" * depth):
            answer = await service.post(b'{"type":"\\u00e9","data":%b}' % deep)
            told |= {(answer.status_code, error["code"]) for error in answer.json()["errors"]}
    assert told == {(400, "nested-too-deep")}


async def test_not_an_object(service: Service) -> None:
    await refused_as_malformed(service, await service.post(b"[]"), ("", "wrong-type"))


@pytest.mark.parametrize("amount", ["1000000", True, None, [], {}])
async def test_wrong_type(service: Service, amount: Any) -> None:
    answer = await service.post(command(amount=amount))
    problem = await refused_as_malformed(service, answer, ("/data/amount", "wrong-type"))
    assert problem["errors"][0]["expected"] == "integer"


async def test_unknown_field(service: Service) -> None:
    answer = await service.post(command(ammount=5))
    problem = await refused_as_malformed(service, answer, ("/data/ammount", "unknown-field"))
    assert "amount" in problem["errors"][0]["message"]


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (b"-1", "out-of-range"),
        (b"0", "out-of-range"),
        (b"1.5", "wrong-type"),
        (b"1e6", "wrong-type"),
        (b"1000000.0", "wrong-type"),
        (b"9223372036854775808", "out-of-range"),
        (b"-9223372036854775809", "out-of-range"),
        (b"9" * 5_000, "out-of-range"),
        (b"3e33333333333333333333333333", "out-of-range"),  # more than a Decimal's exponent has room for
        (b"1e-33333333333333333333333333", "out-of-range"),
        (b"1e999999999", "out-of-range"),
    ],
)
async def test_negative_fractional_and_enormous_amounts(service: Service, amount: bytes, code: str) -> None:
    answer = await service.post(command().replace(b"1000000", amount))
    problem = await refused_as_malformed(service, answer, ("/data/amount", code))
    assert len(problem["errors"][0]["got"]) <= 80


@pytest.mark.parametrize(
    "day", ["20177-01-01", "2017-02-30", "2017-13-01", "30/06/2017", "2017-6-1", "", "now"]
)
async def test_dates_that_do_not_exist(service: Service, day: str) -> None:
    answer = await service.post(command(on=day))
    await refused_as_malformed(service, answer, ("/occurred_on", "impossible-date"))


async def test_a_date_before_all_records(service: Service) -> None:
    answer = await service.post(command(on="0217-06-30"))
    await refused_as_malformed(service, answer, ("/occurred_on", "out-of-range"))


async def test_a_date_in_the_future_is_refused_by_a_rule(service: Service) -> None:
    answer = await service.post(command("UnitRenamed", "2999-01-01", unit_id="bac-kan-city", name="x"))
    assert (answer.status_code, answer.json()["code"]) == (409, "date-in-future")
    assert await service.positions() == 2


async def test_year_20177(service: Service) -> None:
    answer = await service.post(command("ReportSubmitted", unit_id="bac-kan-city", year=20177))
    await refused_as_malformed(service, answer, ("/data/year", "out-of-range"))


async def test_text_with_nul(service: Service) -> None:
    answer = await service.post(command("UnitRenamed", unit_id="bac-kan-city", name="Bắc\x00Kạn"))
    await refused_as_malformed(service, answer, ("/data/name", "control-character"))


async def test_an_id_ending_with_a_line_break(service: Service) -> None:
    answer = await service.post(command("UnitRenamed", unit_id="bac-kan-city\n", name="Bắc Kạn"))
    await refused_as_malformed(service, answer, ("/data/unit_id", "bad-pattern"))


async def test_text_too_long(service: Service) -> None:
    answer = await service.post(command("UnitRenamed", unit_id="bac-kan-city", name="ạ" * 301))
    problem = await refused_as_malformed(service, answer, ("/data/name", "text-too-long"))
    assert len(problem["errors"][0]["got"]) == 80


async def test_text_of_ten_megabytes(service: Service) -> None:
    answer = await service.post(command("UnitRenamed", unit_id="bac-kan-city", name="a" * 10_000_000))
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")
    assert await service.positions() == 2


async def test_unknown_command(service: Service) -> None:
    answer = await service.post(command("UnitRenammed", unit_id="bac-kan-city"))
    problem = await refused_as_malformed(service, answer, ("/type", "unknown-command"))
    assert "UnitRenamed" in problem["errors"][0]["message"]


async def test_what_only_rules_record(service: Service) -> None:
    answer = await service.post(command("LogStarted", log_id="x", origin="x"))
    await refused_as_malformed(service, answer, ("/type", "not-a-command"))


async def test_every_faulty_field_is_named(service: Service) -> None:
    body = {
        "type": "DonationReceived",
        "occurred_on": "2017-02-30",
        "command_id": "not-a-uuid",
        "expected_version": -1,
        "metadata": {"page": "three", "who": "x"},
        "data": {
            "fund_id": "Quỹ",
            "amount": 0,
            "pocket": "purse",
            "donor": {"kind": "organisation", "name": ""},
            "items": [{"what": "bicycle", "quantity": 1, "unit": "piece"}, {"what": 5, "quantity": 0}],
        },
    }
    answer = await service.post(msgspec.json.encode(body))
    await refused_as_malformed(
        service,
        answer,
        ("/occurred_on", "impossible-date"),
        ("/data/fund_id", "bad-pattern"),
        ("/data/donation_id", "missing-field"),
        ("/data/amount", "out-of-range"),
        ("/data/pocket", "not-one-of"),
        ("/data/donor/name", "text-too-short"),
        ("/data/items/1/what", "wrong-type"),
        ("/data/items/1/quantity", "out-of-range"),
        ("/data/items/1/unit", "missing-field"),
        ("/command_id", "bad-uuid"),
        ("/expected_version", "out-of-range"),
        ("/metadata/who", "unknown-field"),
        ("/metadata/page", "wrong-type"),
    )


async def test_a_member_named_twice(service: Service) -> None:
    answer = await service.post(command().replace(b'"amount":1000000', b'"amount":1,"amount":1000000'))
    await refused_as_malformed(service, answer, ("/data/amount", "duplicate-member"))


async def test_a_member_named_twice_by_an_escape(service: Service) -> None:
    answer = await service.post(command().replace(b'"amount":1000000', b'"amount":1,"\\u0061mount":1000000'))
    await refused_as_malformed(service, answer, ("/data/amount", "duplicate-member"))


async def test_a_sealed_value_is_never_shown_back(service: Service) -> None:
    secret = "Nguyễn Văn A, 0912345678"
    for note in (secret + "\x00", secret * 300, [secret], {"x": secret}):
        answer = await service.post(command(note=note))
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == "/data/note"
        assert "Nguyễn" not in answer.text


async def test_a_list_of_1001_items(service: Service) -> None:
    items = [{"what": "bicycle", "quantity": 1, "unit": "piece"}] * 1_001
    answer = await service.post(command(pocket="goods", items=items))
    await refused_as_malformed(service, answer, ("/data/items", "too-many-items"))


async def test_an_entry_above_65535_bytes(service: Service) -> None:
    await service.recorded(
        "FundOpened", "2010-01-01", fund_id="quy-bac-kan", unit_id="bac-kan-city", name="Quỹ"
    )
    await service.recorded("TermDefined", "2010-01-01", list="item", term="t" * 64, label="Xe đạp")
    items = [{"what": "t" * 64, "quantity": 1, "unit": "piece"}] * 900
    answer = await service.post(command(pocket="goods", items=items))
    assert (answer.status_code, answer.json()["code"]) == (409, "entry-too-large")
    assert await service.positions() == 4


async def test_an_unknown_unit(service: Service) -> None:
    answer = await service.record("UnitRenamed", "2017-01-01", unit_id="nowhere", name="Không đâu")
    assert (answer.status_code, answer.json()["code"]) == (409, "unknown-unit")
    assert answer.json()["errors"][0]["pointer"] == "/data/unit_id"
    assert await service.positions() == 2


async def test_a_stale_expected_version(service: Service) -> None:
    body = msgspec.json.decode(command("UnitRenamed", unit_id="bac-kan-city", name="Mới"))
    for stale in (0, 7):
        answer = await service.post(msgspec.json.encode(body | {"expected_version": stale}))
        assert (answer.status_code, answer.json()["code"]) == (409, "version-conflict")
        assert answer.json()["errors"][0]["pointer"] == "/expected_version"
    assert await service.positions() == 2
    assert (await service.post(msgspec.json.encode(body | {"expected_version": 1}))).status_code == 201


async def test_the_same_command_id_again_and_with_other_content(service: Service) -> None:
    body = {"command_id": str(uuid4())} | msgspec.json.decode(
        command("UnitRenamed", unit_id="bac-kan-city", name="Mới")
    )
    first = await service.post(msgspec.json.encode(body))
    again = await service.post(msgspec.json.encode(body))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.content == again.content
    assert again.headers["command-id"] == body["command_id"]
    body["data"]["name"] = "Khác"
    other = await service.post(msgspec.json.encode(body))
    assert (other.status_code, other.json()["code"]) == (409, "command-id-reused")
    assert await service.positions() == 3


async def test_text_is_the_same_however_it_is_written(service: Service) -> None:
    """Decomposed letters and JSON escapes are the same command as plain NFC."""
    body = {"command_id": str(uuid4())} | msgspec.json.decode(
        command("UnitRenamed", unit_id="bac-kan-city", name="Bắc Kạn")
    )
    plain = msgspec.json.encode(body)
    assert (await service.post(plain)).status_code == 201
    decomposed = plain.replace("ắ".encode(), "a\u0306\u0301".encode())
    escaped = plain.replace("ắ".encode(), b"\\u1eaf")
    assert (await service.post(decomposed)).status_code == 200
    assert (await service.post(escaped)).status_code == 200


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16"]
)
async def test_other_kinds_of_content(service: Service, kind: str) -> None:
    answer = await service.client.post("/v1/commands", content=command(), headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported-media-type")
    assert await service.positions() == 2
