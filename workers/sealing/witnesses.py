"""Asks other offices to cosign checkpoints (C2SP tlog-witness v1.0.0), and keeps what they answer.

A witness that is away costs a checkpoint its line and nothing else: the next checkpoint asks again. The HTTP
client is loaded where there is one to ask: every worker loads this module.
"""

import asyncio
import base64
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from events.proof.checkpoints import Checkpoint, cosigned_at
from events.proof.notes import COSIGNATURE, Note, NoteError, VerifierKey, parse_signatures
from workers.sealing.tree import consistency_between

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

VARIABLE = "KHUYENHOC_WITNESSES"
"""`https://witness.example vkey, https://another.example vkey`"""

TIMEOUT = 5.0
"""Seconds a witness has for its answer."""
MOST = 65_536
"""Bytes of an answer that are read."""


@dataclass(frozen=True, slots=True)
class Witness:
    """Where it is asked, and its public key."""

    url: str
    key: VerifierKey


def configured(environment: Mapping[str, str]) -> list[Witness]:
    """The witnesses of this log. Raises `NoteError` for what is not a URL and a cosignature key."""
    found = []
    for one in environment.get(VARIABLE, "").replace("\n", ",").split(","):
        words = one.split()
        if not words:
            continue
        if len(words) != 2 or not words[0].startswith(("http://", "https://")):
            raise NoteError(f"{VARIABLE}: a URL and a verifier key are expected, not {one.strip()[:80]!r}")
        key = VerifierKey.parse(words[1])
        if key.kind != COSIGNATURE:
            raise NoteError(f"{VARIABLE}: {key.name} is not a witness's key (type 0x04)")
        found.append(Witness(words[0].rstrip("/"), key))
    return found


async def ask_witnesses(pool: Any, witnesses: list[Witness], checkpoint: Checkpoint) -> int:
    """Have that checkpoint cosigned, by all at once. Returns how many did."""
    if not witnesses:
        return 0
    import httpx

    note = await pool.fetchval("SELECT note FROM proof.checkpoint WHERE size = $1", checkpoint.size)
    async with httpx.AsyncClient(timeout=TIMEOUT) as http:
        answers = await asyncio.gather(*(_ask(http, pool, one, checkpoint, note) for one in witnesses))
    return sum(answers)


async def _ask(
    http: "httpx.AsyncClient", pool: Any, witness: Witness, checkpoint: Checkpoint, note: str
) -> bool:
    from httpx import HTTPError

    last = await pool.fetchval("SELECT max(size) FROM proof.cosignature WHERE witness = $1", witness.key.name)
    try:
        answer = await _add_checkpoint(http, pool, witness, int(last or 0), checkpoint, note)
        kind = answer.headers.get("content-type", "").split(";")[0].strip()
        if answer.status_code == 409 and kind == "text/x.tlog.size":
            known = int(answer.text)
            if known > checkpoint.size:
                log.error("witness %s knows %d entries, we have %d", witness.key.name, known, checkpoint.size)
                return False
            answer = await _add_checkpoint(http, pool, witness, known, checkpoint, note)
        if answer.status_code != 200:
            log.warning("witness %s does not cosign: HTTP %d", witness.key.name, answer.status_code)
            return False
        line = _its_line(answer.content[:MOST], witness, checkpoint)
    except (HTTPError, ValueError, LookupError) as e:  # NoteError is a ValueError
        log.warning("witness %s does not cosign: %s: %s", witness.key.name, type(e).__name__, e)
        return False
    await pool.execute(
        "INSERT INTO proof.cosignature (size, witness, line) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        checkpoint.size,
        witness.key.name,
        line,
    )
    return True


async def _add_checkpoint(
    http: "httpx.AsyncClient", pool: Any, witness: Witness, old: int, checkpoint: Checkpoint, note: str
) -> "httpx.Response":
    async with pool.acquire() as connection:
        proof = await consistency_between(connection, old, checkpoint.size)
    hashes = "".join(base64.b64encode(one).decode() + "\n" for one in proof)
    body = f"old {old}\n{hashes}\n{note}".encode()
    return await http.post(witness.url + "/add-checkpoint", content=body)


def _its_line(answer: bytes, witness: Witness, checkpoint: Checkpoint) -> str:
    """Its cosignature among what it answered; other lines are ignored. Raises `NoteError`."""
    own = [s for s in parse_signatures(answer) if (s.name, s.key_id) == (witness.key.name, witness.key.id)]
    if not own or cosigned_at(Note(checkpoint.text(), tuple(own[:1])), witness.key) is None:
        raise NoteError("its answer holds no cosignature of its own")
    return own[0].line()
