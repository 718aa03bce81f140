"""A small town in which every route has something to answer."""

from typing import Any, get_args
from uuid import UUID, uuid4

import httpx
import msgspec

from events.vocabulary import LOCAL_ACTOR, Role
from services.api.openapi.document import encoded_document
from tests.services.conftest import Service

ROLES = get_args(Role)
CITY, OWN, FOREIGN = "bac-kan-city", "duc-xuan", "song-cau"
OPERATIONS = [
    (method, path, operation)
    for path, methods in msgspec.json.decode(encoded_document())["paths"].items()
    for method, operation in methods.items()
]


class Town:
    """A city with two wards, each with a fund, and a token for every role at the first ward."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.tokens: dict[str, str] = {}
        self.events: dict[str, str] = {}
        self.actor = str(LOCAL_ACTOR)  # who recorded all this
        self.persons = {OWN: str(uuid4()), FOREIGN: str(uuid4())}

    async def build(self) -> None:
        record = self.service.recorded
        for ward in (OWN, FOREIGN):
            await record(
                "UnitEstablished", "2000-01-01", unit_id=ward, name=ward, level="commune", parent_id=CITY
            )
            opened = await record("FundOpened", "2001-01-01", fund_id=f"fund-{ward}", unit_id=ward, name=ward)
            self.events[ward] = opened["event_id"]
            person = {"person_id": self.persons[ward], "kind": "child", "details": {"name": "Nguyễn Văn A"}}
            await record("PersonRegistered", "2020-01-01", unit_id=ward, **person)
        for role in ROLES:
            self.tokens[role] = (await self.token(role, OWN)).json()["token"]
        await self.service.fold()

    async def token(self, role: str, unit: str, **more: Any) -> httpx.Response:
        wanted = {"name": "Máy", "role": role, "unit_id": unit, **more}
        return await self.service.client.post("/v1/tokens", json=wanted)

    async def ask(
        self, method: str, path: str, operation: Any, unit: str, token: str | None, **more: str
    ) -> httpx.Response:
        """`more`: parameters of the query beside those it takes."""
        named = {
            "unit_id": unit,
            "fund_id": f"fund-{unit}",
            "stream": f"fund-fund-{unit}",
            "event_id": self.events[unit],
            "person_id": self.persons[unit],
            "actor_id": str(UUID(int=1)),
            "year": "2017",
            "program": "hledger",
            "series": "pt",
            "number": "1",
            "indicator": "unit.members",
            "name": "DonationReceived",
            "code": "not-permitted",
        }
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "path":
                value = named.get(parameter["name"], "0")
                path = path.replace("{" + parameter["name"] + "}", value)
        query = {"purpose": "contact"} if "purpose" in str(operation.get("parameters")) else {}
        if operation["operationId"] == "importStatement":
            query = {"format": "mt940"}
        if "'name': 'from'" in str(operation.get("parameters")):
            query |= {"from": "2017-01-01", "to": "2017-12-31"}
        headers: dict[str, bytes] = {"Host": b"localhost"}
        if token is not None:
            headers["Authorization"] = b"Bearer " + token.encode()
        request: dict[str, Any] = {"params": query | more}
        if method == "post":
            request |= self.body(operation["operationId"], unit)
        request["headers"] = headers | request.get("headers", {})
        made = httpx.Request(method, "http://localhost" + path, **request)
        return await self.service.client.send(made)  # with no header of the client's own

    def body(self, operation: str, unit: str) -> dict[str, Any]:
        counted = {
            "type": "MembersCounted",
            "occurred_on": "2018-01-01",
            "data": {"unit_id": unit, "members": 5},
        }
        if operation == "recordCommand":
            return {"json": counted}
        if operation == "previewUnits":
            name = {"unit_id": unit, "name": "Hội Khuyến học"}
            return {"json": [{"type": "UnitRenamed", "occurred_on": "2018-01-01", "data": name}]}
        if operation == "createToken":
            return {"json": {"name": "Máy", "role": "auditor", "unit_id": unit}}
        return {
            "content": msgspec.json.encode(counted) + b"\n",
            "headers": {"Content-Type": b"application/x-ndjson"},
        }
