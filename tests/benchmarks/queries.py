"""Every query route beside a bare Litestar route that runs the same SQL, both behind granian, in turns.

The statements are those that the route was heard to send (`capturing.py`), with their arguments and over the
same kind of connections; the bare route answers the bytes that ours answered, so that what is compared is all
that lies around the SQL: the door, the rules, the folding and the encoding.
"""

import asyncio
import pickle
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from events.log.naming import Signing
from events.proof.keys import key_file
from events.proof.outside import checkpoint_file
from events.vocabulary import LOCAL_ACTOR
from services.api.app import create_app
from services.api.openapi.document import encoded_document
from services.api.settings import Settings, local_token_path
from services.cli.screen import progress
from tests.benchmarks.access import ask
from tests.benchmarks.bare import REPLAYED
from tests.benchmarks.capturing import Capture, Captured
from tests.benchmarks.memory import Memory, family
from tests.benchmarks.province import PROVINCE, Command, Province
from tests.benchmarks.recorded import fold, head, open_log, record
from tests.benchmarks.results import Ground, Latency, Result, middle, not_measured
from tests.benchmarks.sending import Job, Sender, request_of
from tests.benchmarks.serving import BARE, Served, serving, token
from workers.sealing import sealer

ROUNDS = 3
CONNECTIONS = 8
ASKED_FOR = 0.5
BESIDE = "a bare Litestar route running the same SQL"

COMMUNE, YEAR = "xa-000", 2020
MONEY = {"pocket": "bank", "amount": 2_000_000}
FUND = {"fund_id": f"quy-{COMMUNE}"}
PERSON = "0192f0c1-2b7e-7c3a-9d53-0a7a3b1c5d11"
ORGANISATION = {"kind": "organisation", "name": "Đơn vị thí dụ số 01"}

MORE: list[tuple[str, dict[str, Any]]] = [
    (
        "PersonRegistered",
        {"person_id": PERSON, "kind": "child", "unit_id": COMMUNE, "details": {"name": "Bé A"}},
    ),
    ("DonationPledged", FUND | {"pledge_id": "hua-1", "amount": 5_000_000, "donor": ORGANISATION}),
    ("DonationReceived", FUND | {"donation_id": "nh-1", "donor": ORGANISATION} | MONEY),
    (
        "PaymentProposed",
        FUND | {"payment_id": "de-nghi-1", "kind": "award", "amount": 900_000, "purpose": "excellence_award"},
    ),
    (
        "BankStatementRecorded",
        FUND
        | {"statement_id": "sk-1", "from_date": "2020-03-01", "to_date": "2020-03-31"}
        | {"opening": 0, "closing": 2_000_000},
    ),
]
"""Of what the province's history has none: in the fund that is asked about."""

LEFT_OUT = {
    "getPerson": "records that it was read",
    "listShownPersons": "records that it was read",
    "getPersonNotes": "records that it was read",
    "getEverythingOnPerson": "records that it was read",
    "auditEventNotes": "records that it was read",
    "auditPerson": "records that it was read",
    "getBooks": "an export, read by a cursor",
    "getUnitBooks": "an export, read by a cursor",
    "exportStatistics": "an export",
}
QUERY = {
    "getRevisions": "?from_year=2018&to_year=2020",
    "getFundStatement": f"?from={YEAR}-01-01&to={YEAR}-12-31",
    "getUnitStatement": f"?from={YEAR}-01-01&to={YEAR}-12-31",
    "getChangesSincePublished": "?position=1500",
    "listEvents": "?after=1000&limit=100",
}


@dataclass(frozen=True)
class Question:
    """One route, asked about one thing."""

    name: str
    path: str


async def every_route(ground: Ground) -> list[Result]:
    """Each GET route of the OpenAPI document that asks the database."""
    await _recorded(ground)
    settings = Settings(
        ground.addresses.database_url,
        None,
        ground.folder / "master.key",
        None,
        local_token_path(ground.folder),
        Signing(_key(ground), checkpoint_file({}, ground.folder)),
    )
    with serving(ground) as served, Sender() as sender:
        reader = token(ground, served, "administrator")
        await _sealed(ground, settings)
        questions = await _questions(ground)
        captured, missing = await _captured(settings, questions, reader)
        file = ground.folder / "replayed"
        pools, found = captured
        file.write_bytes(pickle.dumps((pools, found)))
        results = []
        with (
            serving(ground, BARE, **{REPLAYED: str(file)}) as bare,
            progress("routes", len(found)) as bar,
        ):
            for n, one in enumerate(found):
                bar.at(n)
                results.append(await _compared(ground, sender, served, bare, n, one, reader))
    return [*results, *missing]


async def _recorded(ground: Ground) -> None:
    log = await open_log(ground)
    await record(log, Province(ground.events).history(), "recording a province", ground.events)
    more: list[Command] = [{"type": t, "occurred_on": f"{YEAR}-03-02", "data": data} for t, data in MORE]
    await record(log, more, "more", len(more))
    await log.close()
    await fold(ground)


def _key(ground: Ground) -> Path:
    found = key_file({}, ground.folder)
    assert found is not None
    return found


async def _sealed(ground: Ground, settings: Settings) -> None:
    """The tree and its checkpoint, as the sealing worker makes them."""
    assert settings.signing is not None
    secrets = sealer.Secrets(settings.signing.key_file, settings.signing.checkpoints)
    async with asyncpg.create_pool(ground.addresses.worker_url, min_size=0, max_size=2) as pool:
        until = await head(ground)
        while await pool.fetchval("SELECT size FROM proof.sealing") < until:
            await sealer.seal(pool, secrets)


async def _questions(ground: Ground) -> list[Question]:
    connection = await asyncpg.connect(ground.addresses.owner_url)
    event = await connection.fetchval(
        "SELECT event_id FROM log.events WHERE stream = $1 AND type = 'DonationReceived' LIMIT 1",
        f"fund-quy-{COMMUNE}",
    )
    issued = await connection.fetchval(
        "SELECT split_part(stream, '.', 3) FROM log.events WHERE stream ^@ $1 LIMIT 1",
        f"voucher-{COMMUNE}.pt.",
    )
    await connection.close()
    named = {
        "unit_id": COMMUNE,
        "fund_id": f"quy-{COMMUNE}",
        "stream": f"fund-quy-{COMMUNE}",
        "event_id": str(event),
        "person_id": PERSON,
        "actor_id": str(LOCAL_ACTOR),
        "series": "pt",
        "number": "1",
        "indicator": "model.family.registered",
        "statement_id": "sk-1",
        "name": "DonationReceived",
        "code": "not-permitted",
        "tile": "0/000",
    }
    found = [Question("getYearlyStatistics, province", f"/v1/units/{PROVINCE}/statistics/{YEAR}")]
    for path, methods in msgspec.json.decode(encoded_document())["paths"].items():
        operation = methods.get("get", {}).get("operationId")
        if operation is None or operation in LEFT_OUT:
            continue
        year = issued if "/vouchers/" in path else str(YEAR)
        about = named | ({"indicator": "centre.classes"} if path.endswith("/topics") else {})
        filled = path.format(**about, year=year)
        found.append(Question(operation, filled + QUERY.get(operation, "")))
    return found


async def _captured(
    settings: Settings, questions: list[Question], reader: str
) -> tuple[tuple[list[Any], list[Captured]], list[Result]]:
    """(what to replay, the routes that gave no good answer). A route without SQL is left out."""
    capture, found, missing = Capture(), list[Captured](), list[Result]()
    with capture.installed():
        app = create_app(lambda: settings)
        async with app.lifespan():
            for question in questions:
                try:
                    for _ in range(3):  # what is kept in memory is there from the second time on
                        await asyncio.sleep(0.01)
                        capture.begin()
                        body = await ask(app, question.path, reader)
                    await asyncio.sleep(0.01)
                except AssertionError as e:
                    missing.append(not_measured(f"query: {question.name}", _code(e)))
                    continue
                one = Captured(question.name, question.path, body, capture.said())
                if one.statements:
                    found.append(one)
    return (capture.pools, found), missing


def _code(refused: AssertionError) -> str:
    """Of the problem that was answered instead."""
    found = re.search(r'"code":"([a-z-]+)"', str(refused))
    return f"it answers {found[1]}" if found else str(refused)[:200]


async def _compared(
    ground: Ground, sender: Sender, served: Served, bare: Served, number: int, one: Captured, reader: str
) -> Result:
    seconds = min(1.0, max(0.1, ground.events / 100_000))
    ours = Job(served.port, [request_of("GET", one.path, reader)], CONNECTIONS, seconds)
    theirs = Job(bare.port, [request_of("GET", f"/replayed/{number}")], CONNECTIONS, seconds)
    rates: dict[int, list[float]] = {ours.port: [], theirs.port: []}
    waits: list[float] = []
    name = f"query: {one.name}"
    try:
        with Memory(family(served.pid)) as memory:
            for turn in range(ROUNDS + 1):
                for job in (ours, theirs) if turn % 2 else (theirs, ours):
                    sent = (await sender.send(job)).all_good()
                    if turn:  # the first warms up
                        rates[job.port].append(sent.rate)
                        waits += sent.latencies if job is ours else []
    except RuntimeError as e:
        return not_measured(name, str(e))
    rate, ratio = middle(rates[ours.port], rates[theirs.port])
    latency = Latency.of(waits)
    return Result(
        name,
        rate,
        "queries/s",
        ratio,
        f"{BESIDE} ({one.statements} statements)",
        ASKED_FOR,
        latency.p50_ms,
        latency.p95_ms,
        latency.p99_ms,
        memory.all_mb,
    )
