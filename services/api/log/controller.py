"""Routes of the log's proof. Checkpoints and hash tiles are for everybody: they show nothing of the entries.

Bundles of entries are for auditors of the whole log; one event's proof is for whoever may audit that event.
"""

from typing import Annotated, Any
from uuid import UUID

from litestar import get
from litestar.params import PathParameter, QueryParameter

from events.log.read import Connection
from events.proof.merkle import HASH_SIZE
from events.proof.proofs import MEDIA_TYPE, InclusionFile
from events.proof.tiles import WIDTH, Tile, bundle, parse_path, width_in
from services.api.access import AnyRequest, ledger_of, require_whole_log_auditor
from services.api.answers import Answer, answer
from services.api.documented import documented
from services.api.ledger import AGAIN
from services.api.log.shapes import SignedCheckpoint, SignedCheckpoints
from services.api.parameters import Limit, MinPosition, next_page
from services.api.problems import EVENT_NOT_FOUND, NAME_NOT_FOUND, NOT_SEALED, ApiProblem
from workers.sealing.tree import inclusion_at

EventId = Annotated[UUID, PathParameter(description="As it was answered when recorded")]
TilePath = Annotated[
    str, PathParameter(description="`0/x001/x234/067`, `entries/000.p/7`: see C2SP tlog-tiles")
]
AfterSize = Annotated[
    int, QueryParameter(ge=0, le=2**62, description="Go on behind the checkpoint of this size")
]

TEXT = b"text/plain; charset=utf-8"
BYTES = b"application/octet-stream"
FOR_EVER = [(b"cache-control", b"public, max-age=31536000, immutable")]
FOR_AUDITORS = [(b"cache-control", b"private, max-age=31536000, immutable")]

_NOTE = """
    c.size, c.signed_at, c.note || coalesce(
        (SELECT string_agg(s.line, '' ORDER BY s.at, s.witness)
         FROM proof.cosignature s WHERE s.size = c.size),
        ''
    ) AS note
"""
_LAST = f"SELECT {_NOTE} FROM proof.checkpoint c ORDER BY c.size DESC LIMIT 1"
_PAGE = f"SELECT {_NOTE} FROM proof.checkpoint c WHERE c.size > $1 ORDER BY c.size LIMIT $2"
_SIZE = "SELECT coalesce(max(size), 0) FROM proof.checkpoint"
_TILE = "SELECT hashes FROM proof.tile WHERE level = $1 AND index = $2"
_ENTRIES = "SELECT entry FROM log.events WHERE position > $1 AND position <= $2 ORDER BY position"


@get(
    "/log/checkpoint",
    operation_id="getCheckpoint",
    summary="The last signed checkpoint",
    tags=["log"],
    responses=documented({200: None}, 503),
)
async def checkpoint(request: AnyRequest) -> Answer:
    """How many entries the log has and the root of their Merkle tree, as a C2SP signed note."""
    async with ledger_of(request).asking((), None) as connection:
        row = await _last(connection)
    return Answer(200, row["note"].encode(), TEXT, [(b"ledger-position", b"%d" % row["size"])])


@get(
    "/log/checkpoints",
    operation_id="listCheckpoints",
    summary="Every checkpoint ever signed",
    tags=["log"],
    responses=documented({200: SignedCheckpoints}, 400, 503),
)
async def checkpoints(request: AnyRequest, after: AfterSize = 0, limit: Limit = 1000) -> Answer:
    """By size. Each must be a prefix of all later ones."""
    async with ledger_of(request).asking((), None) as connection:
        rows = await connection.fetch(_PAGE, after, limit + 1)
        size = await connection.fetchval(_SIZE)
    page = [SignedCheckpoint(r["size"], r["signed_at"], r["note"]) for r in rows[:limit]]
    link = next_page(request, after=page[-1].size) if len(rows) > limit else None
    return answer(SignedCheckpoints(page), size, link=link)


@get(
    "/log/tile/{tile:path}",
    operation_id="getTile",
    summary="A tile of hashes, or a bundle of entries",
    tags=["log"],
    responses=documented({200: None}, 400, 401, 403, 404, 503),
)
async def tile(request: AnyRequest, tile: TilePath) -> Answer:
    """By C2SP tlog-tiles: `/log/tile/{level}/{index}`, `/log/tile/entries/{index}`, partial ones with
    `.p/{width}`. Tiles never change; a partial one is the beginning of the fuller one."""
    path = request.scope["path"].removeprefix("/log/")  # as the door saw it, not as a parameter is tidied
    try:
        wanted = parse_path(path)
    except ValueError:
        raise ApiProblem(NAME_NOT_FOUND, name=path[:80]) from None
    if wanted.level < 0:
        require_whole_log_auditor(request)
    async with ledger_of(request).asking((), None) as connection:
        size = await connection.fetchval(_SIZE)
        if wanted.index >= 2**48 or width_in(size, wanted.level, wanted.index) < wanted.width:
            raise ApiProblem(NAME_NOT_FOUND, name=path[:80])
        body = await (_entries if wanted.level < 0 else _hashes)(connection, wanted)
    return Answer(200, body, BYTES, FOR_EVER if wanted.level >= 0 else FOR_AUDITORS)


@get(
    "/v1/audit/events/{event_id:str}/proof",
    operation_id="getEventProof",
    summary="The proof that an event is in the log",
    tags=["audit"],
    responses=documented({200: None}, 400, 401, 403, 404, 503),
)
async def event_proof(request: AnyRequest, event_id: EventId, min_position: MinPosition = None) -> Answer:
    """A `.tlog-proof` file (C2SP tlog-proof): with the exact entry and the log's public key, that is all
    anybody needs to check it. 503 for the second or two until a new event is signed."""
    async with ledger_of(request).reading_log(min_position) as (connection, _):
        position = await connection.fetchval("SELECT position FROM log.events WHERE event_id = $1", event_id)
        if position is None:
            raise ApiProblem(EVENT_NOT_FOUND, event=str(event_id))
        last = await _last(connection)
        if last["size"] < max(position, min_position or 0):
            raise ApiProblem(NOT_SEALED, headers=AGAIN)
        path = await inclusion_at(connection, position - 1, last["size"])
    body = InclusionFile(position - 1, tuple(path), last["note"].encode()).encoded()
    named = b'attachment; filename="%s.tlog-proof"' % str(event_id).encode()
    headers = [(b"ledger-position", b"%d" % last["size"]), (b"content-disposition", named)]
    return Answer(200, body, MEDIA_TYPE.encode(), headers)


async def _last(connection: Connection) -> Any:
    row = await connection.fetchrow(_LAST)
    if row is None:
        raise ApiProblem(NOT_SEALED, headers=AGAIN)
    return row


async def _hashes(connection: Connection, wanted: Tile) -> bytes:
    hashes: bytes = await connection.fetchval(_TILE, wanted.level, wanted.index)
    return hashes[: wanted.width * HASH_SIZE]


async def _entries(connection: Connection, wanted: Tile) -> bytes:
    first = wanted.index * WIDTH
    rows = await connection.fetch(_ENTRIES, first, first + wanted.width)
    return bundle(row["entry"] for row in rows)


HANDLERS: list[Any] = [checkpoint, checkpoints, tile, event_proof]
