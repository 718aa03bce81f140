"""A bundle is a tlog-tiles log that foreign programs accept, and `khuyenhoc verify`; so is the service."""
# ruff: noqa: ASYNC212 - a client of another process, asked one thing after another

import asyncio
import base64
import hashlib
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import msgspec
import pytest
from beancount import loader
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pymerkle import InmemoryTree

from deploy.addresses import Addresses
from events.log.naming import identity_of
from events.proof.checkpoints import parse_checkpoint
from events.proof.notes import SignerKey, VerifierKey, parse_note
from events.proof.outside import CheckpointFile
from events.proof.proofs import check_proof, parse_proof
from events.proof.tiles import Tile, tiles_of, unbundle
from services.proof import findings as f
from services.proof.bundle import write_bundle
from services.proof.report import Report
from services.proof.sources import Directory, Service
from services.proof.verify import verify
from tests.databases import Databases
from tests.services.conftest import ROOT, UNIT, bearer, serving
from workers import projector
from workers.projections import PROJECTIONS
from workers.sealing.sealer import Secrets, seal

COMMANDS = 360


class Office:
    """A running service with a signed log of some hundred events, and its bundle."""

    def __init__(
        self, url: str, http: httpx.Client, vkey: VerifierKey, bundle: Path, ledger: Addresses
    ) -> None:
        self.url, self.http, self.vkey, self.bundle, self.ledger = url, http, vkey, bundle, ledger

    def copy(self, folder: Path) -> Path:
        return Path(shutil.copytree(self.bundle, folder / "copy"))


@pytest.fixture(scope="module")
async def office(
    databases: Databases, migrated: Addresses, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    """For tests that alter nothing of it, or only copies of its bundle."""
    addresses = await databases.create(migrated)
    async with opened(addresses, tmp_path_factory.mktemp("office")) as made:
        yield made
    await databases.drop(addresses)


@asynccontextmanager
async def opened(addresses: Addresses, folder: Path) -> AsyncIterator[Office]:
    """A process of its own, so that the check talks to it as anybody would."""
    with serving(addresses, folder) as url:
        secrets = Secrets(folder / "secrets" / "signing.key", CheckpointFile(folder / "checkpoints.log"))
        headers = bearer(folder)
        async with asyncpg.create_pool(addresses.worker_url, min_size=0, max_size=2) as pool:
            with httpx.Client(base_url=url, headers=headers, timeout=60) as http:
                for part in range(3):
                    await asyncio.to_thread(_record, http, part)
                    for projection in PROJECTIONS.values():
                        await projector.advance(pool, projection)
                    assert await seal(pool, secrets, page=256)
                identity = await identity_of(pool)
                assert identity
                bundle = folder / "bundle"
                await asyncio.to_thread(write_bundle, Service(http, url), bundle, {})
                yield Office(url, http, VerifierKey.parse(identity.vkeys[0]), bundle, addresses)


def _record(http: httpx.Client, part: int) -> None:
    def line(type_: str, on: str, **data: Any) -> bytes:
        return msgspec.json.encode({"type": type_, "occurred_on": on, "data": data})

    lines = []
    if part == 0:
        lines += [
            line("UnitEstablished", "2000-01-01", **UNIT),
            line("FundOpened", "2010-01-01", fund_id="quy", unit_id="bac-kan-city", name="Quỹ Khuyến học"),
            line(
                "FigurePublished", "2018-01-05", source_id="bao-cao", unit_id="bac-kan-city",
                year=2017, indicator="fund.raised", measure="vnd", value=1200, step=1,
                qualifier="exact", printed="1.200",
            ),
        ]  # fmt: skip
    for n in range(COMMANDS // 3):
        lines.append(
            line(
                "DonationReceived", "2017-05-01", fund_id="quy", donation_id=f"d{part}-{n}", amount=1000 + n,
                pocket="cash", donor={"kind": "anonymous"}, note="một lời ghi kín",
            )
        )  # fmt: skip
    if part == 2:
        lines.append(line("ReportSubmitted", "2018-01-05", unit_id="bac-kan-city", year=2017))
    answer = http.post(
        "/v1/commands/batch", content=b"\n".join(lines), headers={"Content-Type": "application/x-ndjson"}
    )
    assert '"status":4' not in answer.text, answer.text[:600]


def check(office: Office, folder: Path | None = None, **how: Any) -> Report:
    return verify(Directory(folder or office.bundle), office.vkey, **how)


async def test_bundle_and_service_verify_whole(office: Office) -> None:
    for source in (Directory(office.bundle), Service(office.http, office.url)):
        report = await asyncio.to_thread(verify, source, office.vkey)
        assert report.wrong is None, report.wrong
        held = {one.code for one in report.held}
        assert {f.TABLES_HOLD, f.CHECKPOINTS_HOLD} <= held
        assert (f.FIGURES_HOLD if isinstance(source, Directory) else f.COLUMNS_HOLD) in held
    assert (office.bundle / "tables" / "bac-kan-city" / "2017.csv").read_text().count("\n") > 10
    assert "bao-cao" in (office.bundle / "published.csv").read_text()


async def test_foreign_programs_accept_the_bundle(office: Office) -> None:
    """Read by hand, hashed by pymerkle, checked by cryptography: none of our code but the paths' names."""
    note = (office.bundle / "checkpoint").read_text()
    text, _, lines = note.rpartition("\n\n")
    origin, size, root = text.split("\n")
    name, blob = lines.removeprefix("\u2014 ").removesuffix("\n").split(" ")
    assert name == origin == office.vkey.name
    signature = base64.b64decode(blob)
    Ed25519PublicKey.from_public_bytes(office.vkey.public).verify(signature[4:], (text + "\n").encode())
    tree = InmemoryTree(algorithm="sha256")
    hashes = b""
    for tile in tiles_of(int(size)):
        if tile.level < 0:
            for entry in unbundle((office.bundle / tile.path).read_bytes()):
                tree.append_entry(entry)
                hashes += hashlib.sha256(b"\x00" + entry).digest()
    assert base64.b64encode(tree.get_root(int(size))).decode() == root
    level0 = [t for t in tiles_of(int(size)) if t.level == 0]
    assert b"".join((office.bundle / t.path).read_bytes() for t in level0) == hashes
    earlier = sorted((office.bundle / "checkpoints").iterdir(), key=lambda f: int(f.name))
    assert len(earlier) == 2
    for file in earlier:
        checkpoint = parse_checkpoint(parse_note(file.read_bytes()).text)
        assert checkpoint.root == tree.get_root(checkpoint.size)

    event = office.http.get("/v1/events?after=299&limit=1").json()["events"][0]
    assert f"khuyenhoc_log_signed_position {size}" in office.http.get("/metrics").text
    shown = office.http.get(f"/v1/audit/events/{event['event_id']}").json()
    proof = office.http.get(shown["proof"])
    assert check_proof(proof.content, shown["entry"].encode(), [office.vkey]).size == int(size)
    theirs = tree.prove_inclusion(300, int(size)).serialize()["path"]
    assert [bytes.fromhex(h) for h in theirs[1:]] == list(parse_proof(proof.content).path)


async def test_tiles_are_served_as_the_format_says(office: Office) -> None:
    full, partial = office.http.get("/log/tile/0/000"), office.http.get("/log/tile/1/000.p/2")
    assert len(full.content) == 8192
    assert "immutable" in full.headers["cache-control"]
    assert full.headers["content-type"] == "application/octet-stream"
    assert len(partial.content) == 64
    assert office.http.get("/log/checkpoint").headers["cache-control"] == "no-store"
    for path in ("0/001.p/0", "0/009", "0/1", "3/000.p/1", "entries/0000", "x", "0/002"):
        assert office.http.get("/log/tile/" + path).status_code == 404, path
    with httpx.Client(base_url=office.url) as stranger:
        assert stranger.get("/log/tile/0/000").status_code == 200
        assert stranger.get("/log/checkpoints").status_code == 200
        assert stranger.get("/log/tile/entries/000").status_code == 401
        assert stranger.get("/log/tile//entries/000").status_code in (401, 404)


async def test_another_key_is_named(office: Office) -> None:
    other = SignerKey.generate(office.vkey.name).verifier
    wrong = verify(Directory(office.bundle), other).wrong
    assert wrong
    assert other.id.hex() in str(wrong)


def entry_bundle(folder: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    from events.proof.tiles import bundle

    path = folder / Tile(-1, 1).path
    path.write_bytes(bundle(change(unbundle(path.read_bytes()))))


def _change_amount(entries: list[bytes]) -> list[bytes]:
    assert b'"amount":1' in entries[9], entries[9]
    return [*entries[:9], entries[9].replace(b'"amount":1', b'"amount":9'), *entries[10:]]


def _swap(entries: list[bytes]) -> list[bytes]:
    return [*entries[:40], entries[41], entries[40], *entries[42:]]


DAMAGES: dict[str, tuple[Callable[[Path], Any], int | None]] = {
    "an amount": (lambda f: entry_bundle(f, _change_amount), 266),
    "a row": (lambda f: entry_bundle(f, lambda e: e[:20] + e[21:]), 277),
    "two rows": (lambda f: entry_bundle(f, _swap), 297),
    "the tail": (lambda f: entry_bundle(f, lambda e: e[:100]), 357),
    "a bundle": (lambda f: (f / Tile(-1, 1).path).unlink(), 257),
    "a tile": (lambda f: (f / Tile(0, 1).path).write_bytes(bytes(8192)), 257),
    "an upper tile": (lambda f: next((f / "tile/1/000.p").iterdir()).write_bytes(bytes(64)), 1),
    "a table": (lambda f: _edit(f / "tables/bac-kan-city/2017.csv", ",", ";"), None),
    "a printed figure": (lambda f: _edit(f / "published.csv", "1.200", "1.300"), None),
    "a missing table": (lambda f: (f / "tables/bac-kan-city/2017.csv").unlink(), None),
    "an earlier checkpoint": (lambda f: _swap_checkpoints(f), None),
}


def _edit(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new, 1))


def _swap_checkpoints(folder: Path) -> None:
    file = min((folder / "checkpoints").iterdir(), key=lambda f: int(f.name))
    size = file.name
    file.write_text(file.read_text().replace(f"\n{size}\n", f"\n{int(size) - 1}\n"))


async def test_every_damage_is_found_and_named(office: Office, tmp_path: Path) -> None:
    for what, (damage, position) in DAMAGES.items():
        folder = office.copy(tmp_path / what)
        damage(folder)
        refolds = "table" in what
        report = await asyncio.to_thread(check, office, folder, tables=refolds)
        assert report.wrong is not None, what
        assert report.wrong.position == position or position is None, (what, report.wrong)


async def test_the_books_of_a_bundle_hold_and_an_altered_amount_is_named(
    office: Office, tmp_path: Path
) -> None:
    found = (office.bundle / "books" / "all.beancount").read_text()
    assert found == office.http.get("/v1/books/beancount").text
    assert loader.load_string(found)[1] == []
    report = await asyncio.to_thread(check, office)
    assert report.wrong is None, report.wrong
    [books] = [one for one in report.held if one.code == f.BOOKS_HOLD]
    assert books.values == {"programs": ["hledger", "beancount"]}
    altered = office.copy(tmp_path) / "books" / "all.hledger"
    text = altered.read_text()
    assert " 1041 VND" in text
    altered.write_text(text.replace("1041 VND", "1014 VND"))
    report = await asyncio.to_thread(check, office, altered.parents[1])
    assert report.wrong is not None
    assert report.wrong.finding.code == f.FILE_DIFFERS
    assert report.wrong.finding.values["path"] == "books/all.hledger"
    assert "1014 VND" in report.wrong.finding.values["theirs"]


async def test_where_there_are_no_books_the_check_says_so(office: Office, tmp_path: Path) -> None:
    copied = office.copy(tmp_path)
    for file in (copied / "books").iterdir():
        file.unlink()
    for source in (Directory(copied), Service(office.http, office.url)):
        report = await asyncio.to_thread(verify, source, office.vkey)
        assert report.wrong is None, report.wrong
        assert f.NO_BOOKS in [one.code for one in report.unchecked]


async def test_a_foreign_log_is_checked_as_far_as_it_goes(tmp_path: Path) -> None:
    from events.proof.checkpoints import Checkpoint
    from events.proof.merkle import leaf_hashes, root_of
    from events.proof.tiles import bundle, grow

    entries = [b"not json %d" % n for n in range(300)]
    key = SignerKey.generate("other.example/log")
    tiles, _ = grow(0, {}, leaf_hashes(entries))
    files = {Tile(level, index, len(h) // 32).path: h for (level, index), h in tiles.items()}
    files |= {Tile(-1, 0).path: bundle(entries[:256]), Tile(-1, 1, 44).path: bundle(entries[256:])}
    files["checkpoint"] = Checkpoint(key.name, 300, root_of(leaf_hashes(entries))).signed([key]).encode()
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    report = verify(Directory(tmp_path), key.verifier)
    assert report.wrong is None, report.wrong
    assert f.FOREIGN in [one.code for one in report.unchecked]
    assert ROOT.exists()
