"""Many clients that record events of many kinds, with command ids of their own making, until told to stop.

A client that gets no answer, or is told that the log is away, sends the same command again until it is
acknowledged. What was acknowledged is kept: it is what must never be lost.
"""

import asyncio
import itertools
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import msgspec

from tests.faults.house import House, until

PROVINCE = "tinh"
SINGLES, BATCHERS = 12, 2
LINES = 40
"""Commands in a batch."""
PATIENCE = 120.0
"""Seconds after which a command that is still not acknowledged fails the test."""
Command = dict[str, Any]
Answer = dict[str, Any]


class Load:
    """The clients of one house, and everything the service has acknowledged to them."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.acknowledged: dict[str, Answer] = {}
        self.refused: list[tuple[Command, Any]] = []
        self.repeated: set[str] = set()
        """Command ids whose first acknowledgement said that they had been recorded before."""
        self.troubles = 0
        """Errors met on the way: broken connections, 503."""
        self.atomic: list[list[str]] = []
        """The command ids of every batch sent as all or nothing."""
        self._tellers = [_teller(n) for n in range(SINGLES + BATCHERS)]
        self._stopping = asyncio.Event()

    async def found(self) -> None:
        """Units and funds for all the clients."""
        async with self.house.client() as http:
            for command in _beginnings(SINGLES + BATCHERS):
                await self._settle(http, command)
        assert not self.refused, self.refused[:3]

    @asynccontextmanager
    async def running(self, least: int = 20) -> AsyncIterator[None]:
        """Clients at work. Begins when `least` commands are through; at the end, `least` more are recorded
        after whatever was done meanwhile, and every command that was begun is acknowledged."""
        self._stopping = asyncio.Event()
        async with self.house.client() as http:
            working = [asyncio.create_task(self._single(http, t)) for t in self._tellers[:SINGLES]]
            batchers = enumerate(self._tellers[SINGLES:])
            working += [asyncio.create_task(self._batches(http, t, atomic=n == 0)) for n, t in batchers]
            try:
                await self._more(least, working)
                yield
                await self._more(least, working)
            finally:
                self._stopping.set()
                await asyncio.gather(*working)

    async def _more(self, count: int, working: list[asyncio.Task[None]]) -> None:
        goal = len(self.acknowledged) + count

        def there() -> bool:
            for task in working:
                if task.done():
                    task.result()  # a client that fails is told at once
            return len(self.acknowledged) >= goal

        await until(there, PATIENCE, f"{count} more commands")

    async def recorded(self, *commands: Command) -> list[Answer]:
        """These, one after the other, until each is acknowledged."""
        async with self.house.client() as http:
            return [await self._settle(http, command) for command in commands]

    def acknowledge(self, command_id: str, answer: Answer, status: int) -> None:
        """A second acknowledgement says what the first one said."""
        if status == 200 and command_id not in self.acknowledged:
            self.repeated.add(command_id)
        known = self.acknowledged.setdefault(command_id, answer)
        assert known == answer, (known, answer)

    async def _single(self, http: httpx.AsyncClient, commands: Iterator[Command]) -> None:
        while not self._stopping.is_set():
            await self._settle(http, next(commands))

    async def _settle(self, http: httpx.AsyncClient, command: Command) -> Answer:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                answer = await http.post("/v1/commands", json=command)
            except httpx.TransportError:
                status = 0
            else:
                status = answer.status_code
                if status in (200, 201):
                    self.acknowledge(command["command_id"], answer.json(), status)
                    return self.acknowledged[command["command_id"]]
                if status != 503:
                    self.refused.append((command, answer.text))
                    return {}
            self.troubles += 1
            assert time.monotonic() < end, f"not acknowledged: {command} (last: {status})"
            await asyncio.sleep(random.uniform(0.02, 0.2))

    async def _batches(self, http: httpx.AsyncClient, commands: Iterator[Command], *, atomic: bool) -> None:
        while not self._stopping.is_set():
            await self.batch(http, list(itertools.islice(commands, LINES)), atomic=atomic)

    async def batch(self, http: httpx.AsyncClient, commands: list[Command], *, atomic: bool = False) -> None:
        """One batch, sent whole again until each of its lines is acknowledged."""
        if atomic:
            self.atomic.append([c["command_id"] for c in commands])
        body = b"".join(msgspec.json.encode(c) + b"\n" for c in commands)
        end = time.monotonic() + PATIENCE
        while not await self._batch_once(http, commands, body, atomic):
            self.troubles += 1
            assert time.monotonic() < end, "a batch is not acknowledged"
            await asyncio.sleep(random.uniform(0.02, 0.2))

    async def _batch_once(
        self, http: httpx.AsyncClient, commands: list[Command], body: bytes, atomic: bool
    ) -> bool:
        headers = {"Content-Type": "application/x-ndjson"}
        asked = {"atomic": "true"} if atomic else {}
        try:
            answer = await http.post("/v1/commands/batch", params=asked, content=body, headers=headers)
        except httpx.TransportError:
            return False
        if answer.status_code != 200:
            assert answer.status_code == 503, answer.text
            return False
        lines = [msgspec.json.decode(line) for line in answer.content.splitlines()]
        assert [line["line"] for line in lines] == list(range(1, len(commands) + 1))
        whole = True
        for command, line in zip(commands, lines, strict=True):
            status = line.pop("status")
            if status in (200, 201):
                del line["line"]
                line.pop("command_id", None)
                self.acknowledge(command["command_id"], line, status)
            elif status == 503:
                whole = False
            else:
                self.refused.append((command, line))
        return whole


def command(type_: str, on: str, **data: Any) -> Command:
    return {"type": type_, "occurred_on": on, "data": data, "command_id": str(uuid4())}


def _beginnings(count: int) -> Iterator[Command]:
    yield command("UnitEstablished", "2000-01-01", unit_id=PROVINCE, name="Hội tỉnh", level="province")
    for n in range(count):
        unit = {"unit_id": f"xa-{n}", "name": f"Hội xã {n}", "level": "commune", "parent_id": PROVINCE}
        opening = [{"pocket": p, "amount": 10**12} for p in ("cash", "bank")]
        yield command("UnitEstablished", "2000-01-02", **unit)
        yield command(
            "FundOpened",
            "2015-12-31",
            fund_id=f"quy-{n}",
            unit_id=f"xa-{n}",
            name=f"Quỹ {n}",
            opening=opening,
        )
        yield command(
            "LearningCentreOpened",
            "2016-01-01",
            centre_id=f"tt-{n}",
            unit_id=f"xa-{n}",
            name=f"Trung tâm {n}",
        )


def _teller(n: int) -> Iterator[Command]:
    """What happens in one commune, for ever: each command acceptable once those before it are recorded."""
    chance = random.Random(n)
    unit, fund, centre = f"xa-{n}", f"quy-{n}", f"tt-{n}"
    for turn in itertools.count():
        year = 2017 + turn % 3
        on = f"{year}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
        key, amount = uuid4().hex[:12], chance.randint(1, 999) * 1000
        pocket = chance.choice(("cash", "bank"))
        donor = {"kind": "organisation", "name": f"Đơn vị thí dụ {turn % 9}"}
        yield command(
            "DonationReceived",
            on,
            fund_id=fund,
            donation_id=f"d-{key}",
            amount=amount,
            pocket=pocket,
            donor=donor,
        )
        yield command(
            "AwardGranted", on, fund_id=fund, award_id=f"a-{key}", category="excellent_student",
            recipients=chance.randint(1, 30), measure="person", amount=amount // 2 + 1, pocket=pocket,
            purpose="excellence_award", occasion="school_year_end",
        )  # fmt: skip
        yield command("MembersCounted", on, unit_id=unit, members=chance.randint(100, 900))
        candidate = str(uuid4())
        yield command(
            "ModelRegistered",
            f"{year}-01-15",
            candidate_id=candidate,
            model="family",
            unit_id=unit,
            year=year,
        )
        yield command(
            "ModelEvaluated", f"{year}-11-20", candidate_id=candidate, year=year, rule_set="qd-448-2015",
            achieved=chance.random() < 0.9,
        )  # fmt: skip
        yield command(
            "ClassHeld", on, centre_id=centre, topic="Trồng rau an toàn", participants=turn % 40 + 5
        )
        yield command(
            "PersonRegistered", on, person_id=str(uuid4()), kind="child", unit_id=unit,
            details={"name": f"Học sinh thí dụ {key}"},
        )  # fmt: skip
        yield command(
            "ExpensePaid", on, fund_id=fund, expense_id=f"e-{key}", amount=1000, pocket=pocket,
            payee=donor, purpose="administration",
        )  # fmt: skip
