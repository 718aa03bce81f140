"""Whatever a parameter holds, nothing fails inside: a text that no database keeps, a number that none has, a
cursor that was not ours."""

from typing import Any

import pytest

from services.api import ledger
from services.api.parameters import written
from tests.services.conftest import Service
from tests.services.town import OPERATIONS, OWN, Town

EARLY, DAY, LATE = "0001-01-01", "2017-01-01", "9999-12-31"
ODD = ("\0", "a\0b", "\ufffd\uffff", "\\", "%", "-5", "-0", "9" * 40, "1e30", "null", "", EARLY, LATE)
NUMBERS = (0, -1, 2**31, 2**62, 2**63, -(2**63), -(2**70), 10**30)
FORGED: tuple[Any, ...] = (
    *NUMBERS,
    *((DAY, number) for number in NUMBERS),
    *((DAY, number, 1) for number in NUMBERS),
    *((LATE, 1, number) for number in NUMBERS),
    *("", "a", "\0", "a\0b", "\x1f"),
    *((DAY, text) for text in ("", "a", "a\0b")),
    *((text, "b") for text in ("", "a", "a\0")),
    *(None, {}, [], [[]], 1.5),
)
NOT_YET = {"position-not-reached", "not-sealed-yet"}
STATEMENT = (
    b":20:ST2017\r\n:25:0123456789\r\n:28C:1/1\r\n:60F:C170101VND1000,\r\n:61:1701020102C500,NTRFNONREF\r\n"
    b":62F:C170131VND1500,\r\n-\r\n"
)
IMPORTED = "thang-1"
INSTEAD = {"{indicator}": "member.total", "{statement_id}": IMPORTED}
"""Of what the town is asked for: each list answers."""


@pytest.fixture
async def town(service: Service, monkeypatch: pytest.MonkeyPatch) -> Town:
    monkeypatch.setattr(ledger, "WAIT_SECONDS", 0.05)  # nobody folds what is recorded by asking
    made = Town(service)
    await made.build()
    path, how = f"/v1/funds/fund-{OWN}/statements", {"format": "mt940", "statement_id": IMPORTED}
    imported = await service.client.post(path, params=how, content=STATEMENT)
    assert imported.status_code == 201, imported.text
    await service.fold()
    return made


def questions(town: Town, *, paged: bool = False) -> list[tuple[str, Any]]:
    """Every GET, its path filled where the town's own filling finds nothing."""
    found = []
    for method, path, operation in OPERATIONS:
        if method == "get" and (not paged or "cursor" in query_of(operation)):
            for name, value in (INSTEAD | {"{actor_id}": town.actor}).items():
                path = path.replace(name, value)
            found.append((path, operation))
    return found


def local(town: Town) -> str:
    """The token of whoever runs the service: it reaches everything."""
    return town.service.client.headers["authorization"].removeprefix("Bearer ")


async def fails(town: Town, path: str, operation: Any, name: str, value: str) -> str | None:
    answer = await town.ask("get", path, operation, OWN, local(town), **{name: value})
    if answer.status_code < 500:
        return None
    code = answer.json()["code"]
    return None if code in NOT_YET else f"{path} {name}={value!r}: {answer.status_code} {code}"


def query_of(operation: Any) -> list[str]:
    return [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]


async def test_no_odd_value_fails_inside(town: Town) -> None:
    asked = [
        (path, op, name, value) for path, op in questions(town) for name in query_of(op) for value in ODD
    ]
    assert len(asked) > 500
    found = [one for each in asked if (one := await fails(town, *each))]
    assert not found, "\n".join(found)


async def test_no_forged_cursor_fails_inside(town: Town) -> None:
    paged = questions(town, paged=True)
    assert len(paged) >= 20
    for path, operation in paged:
        assert (await town.ask("get", path, operation, OWN, local(town))).is_success, path
    cursors = [written(one) for one in FORGED]
    asked = [(path, op, "cursor", cursor) for path, op in paged for cursor in cursors]
    found = [one for each in asked if (one := await fails(town, *each))]
    assert not found, "\n".join(found)


async def test_the_document_says_what_else_is_refused(service: Service) -> None:
    """`null`, which would be taken for left out, and positions below 0."""
    asked = {p["name"]: p["schema"] for *_, operation in OPERATIONS for p in operation.get("parameters", ())}
    assert asked["q"]["not"] == {"const": "null"}
    assert "not" not in asked["limit"]
    assert [kind.get("minimum") for kind in asked["known"]["items"]["anyOf"]] == [0, None]
    for path in ("/v1/units?q=null", "/v1/units/any/revisions/member.total?from_year=2017&known=-1"):
        answer = await service.client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed"), path
