"""Every route of the interface, with every role, in its own and in a foreign unit, and without a token."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from events.vocabulary import today
from services.api.tokens.secret import digest_of, new_token
from tests.services.conftest import Service
from tests.services.town import CITY, FOREIGN, OPERATIONS, OWN, ROLES, Town

RECORDING = {"recorder", "approver", "administrator"}
BOOKS = {"recorder", "approver", "auditor", "administrator"}
ALL = set(ROLES)
AUDIT = {"auditor", "administrator"}

IN_OWN_UNIT: dict[str, set[str]] = {
    "recordCommand": {"recorder", "administrator"},
    "recordCommands": ALL - {"auditor"},
    "createToken": {"administrator"},
    "listTokens": {"administrator"},
    "listUnits": ALL,
    "previewUnits": ALL - {"auditor", "approver"},
    "getUnit": ALL,
    "getYearlyStatistics": ALL,
    "exportStatistics": ALL,
    "listEventsBehindFigure": ALL,
    "getComparison": ALL,
    "getReport": ALL,
    "getRevisions": ALL,
    "listContradictions": ALL,
    "getFigureByTopic": ALL,
    "getTargets": ALL,
    "listPublishedStatistics": ALL,
    "getChangesSincePublished": ALL,
    "getFund": BOOKS,
    "listFundMovements": BOOKS,
    "importStatement": {"recorder", "administrator"},
    "listStatements": BOOKS,
    "getStatement": BOOKS,
    "listCounts": BOOKS,
    "getUnitBalances": BOOKS,
    "listPayments": BOOKS,
    "listUnitMovements": BOOKS,
    "getAccounts": BOOKS,
    "checkAccounts": BOOKS,
    "getUnitBooks": BOOKS,
    "listVouchers": BOOKS,
    "getVoucher": BOOKS,
    "getFundStatement": BOOKS,
    "getUnitStatement": BOOKS,
    "getGoods": BOOKS,
    "listFundPledges": BOOKS,
    "listUnitPledges": BOOKS,
    "getDisclosure": BOOKS,
    "getPerson": BOOKS,
    "listShownPersons": BOOKS,
    "auditStream": AUDIT,
    "auditEvent": AUDIT,
    "auditUnit": AUDIT,
    "auditPerson": AUDIT,
    "auditEventNotes": AUDIT,
    "getEventProof": AUDIT,
    "listEvents": AUDIT | {"integrator"},
    "listProjections": ALL,
    "getMetrics": ALL,
    "getCatalogue": ALL,
    "getKind": ALL,
    "listIndicators": ALL,
}
"""Who is let in with a role at a ward. What is not here takes a role on the whole log."""
OF_NO_UNIT = {
    "recordCommands",  # says so line by line
    "previewUnits",  # likewise
    "listUnits",
    "listTokens",
    "listEvents",
    "listProjections",
    "getMetrics",
    "getCatalogue",
    "getKind",
    "listIndicators",
}


RECORD_THAT_A_CHILD_IS_READ = {"getPerson", "getEverythingOnPerson"}


@pytest.fixture
async def town(service: Service) -> Town:
    made = Town(service)
    await made.build()
    return made


async def walk(town: Town, unit: str, token: str | None) -> dict[str, int]:
    """Operation → status."""
    found = {}
    for method, path, operation in OPERATIONS:
        answer = await town.ask(method, path, operation, unit, token)
        if method == "post" or operation["operationId"] in RECORD_THAT_A_CHILD_IS_READ:
            await town.service.fold()  # else whatever is asked next waits for the read models
        found[operation["operationId"]] = answer.status_code
        assert answer.status_code != 503 or answer.json()["code"] == "not-sealed-yet", answer.text
        if answer.status_code == 401:
            assert answer.headers["www-authenticate"] == "Bearer"
            assert answer.json()["code"] == "token-required"
    return found


def secured(operation: Any) -> bool:
    return {"token": []} in operation.get("security", []) and {} not in operation["security"]


async def test_with_every_role_in_its_own_unit_and_in_a_foreign_one(town: Town) -> None:
    for role in ROLES:
        own = await walk(town, OWN, town.tokens[role])
        foreign = await walk(town, FOREIGN, town.tokens[role])
        for _, _, operation in OPERATIONS:
            name = operation["operationId"]
            let_in = not secured(operation) or role in IN_OWN_UNIT.get(name, set())
            assert (own[name] not in (401, 403)) == let_in, (role, name, own[name])
            everywhere = not secured(operation) or name in OF_NO_UNIT
            assert (foreign[name] not in (401, 403)) == (let_in and everywhere), (role, name, foreign[name])


async def expired_token(town: Town) -> str:
    """An administrator's, issued years ago for a year."""
    actor, (token_id, token) = uuid4(), new_token()
    issued = {"actor_id": str(actor), "token_id": str(token_id), "name": "Cũ", "expires_on": "2020-12-31"}
    await town.service.recorded("TokenIssued", "2020-01-01", **issued)
    role = {"actor_id": str(actor), "role": "administrator", "unit_id": CITY}
    await town.service.recorded("RoleGranted", "2020-01-01", **role)
    connection = await asyncpg.connect(town.service.addresses.database_url)
    await connection.execute(
        "INSERT INTO log.tokens (token_id, actor_id, digest) VALUES ($1, $2, $3)",
        token_id,
        actor,
        digest_of(token),
    )
    await connection.close()
    return token


async def test_without_a_token_with_an_expired_and_with_a_withdrawn_one(town: Town) -> None:
    expired = await expired_token(town)
    withdrawn = (await town.token("administrator", CITY)).json()
    assert (await walk(town, OWN, withdrawn["token"]))["listUnits"] == 200
    names = {name: withdrawn[name] for name in ("actor_id", "token_id")}
    await town.service.recorded("TokenWithdrawn", str(today()), **names)
    unknown = f"khn_{UUID(int=1).hex}_{'a' * 43}"
    mangled = town.tokens["auditor"][:-2] + ("AA" if town.tokens["auditor"][-2:] != "AA" else "BB")
    for token in (None, "", "x", "khn_ắ", unknown, mangled, withdrawn["token"], expired):
        found = await walk(town, OWN, token)
        for _, _, operation in OPERATIONS:
            assert (found[operation["operationId"]] == 401) == secured(operation), operation["operationId"]


async def test_what_is_open_to_all_is_a_short_list() -> None:
    openly = {
        o["operationId"] for _, path, o in OPERATIONS if not secured(o) and not path.startswith("/log/")
    }
    assert openly == {"getHealth", "getProblem"}


async def test_a_role_on_the_root_reaches_the_whole_log(town: Town) -> None:
    token = (await town.token("administrator", CITY)).json()["token"]
    for unit in (OWN, FOREIGN):
        found = await walk(town, unit, token)
        assert not {name for name, status in found.items() if status in (401, 403)}


@pytest.mark.parametrize(
    "path", ["/log/tile/entries/000", "/log/tile/entries/000.p/1", "/log/tile//entries/000"]
)
async def test_entries_are_for_auditors_of_the_whole_log(town: Town, path: str) -> None:
    client = town.service.client
    whole = (await town.token("auditor", CITY)).json()["token"]
    for token, expected in ((None, {401, 400, 404}), (town.tokens["auditor"], {403, 400, 404})):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = await client.send(httpx.Request("GET", "http://localhost" + path, headers=headers))
        assert answer.status_code in expected
        assert "//" in path or answer.status_code in (401, 403)
    answer = await client.get(path, headers={"Authorization": f"Bearer {whole}"})
    assert answer.status_code not in (401, 403)
