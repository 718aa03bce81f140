"""The witness as a service: `services.witness.app:app` for granian. One process, since its state is one file.

Open to everybody: what it answers for is in the checkpoint's signature, not in who brings it.
"""

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from litestar import Litestar, Request, Response, get, post

from events.proof.keys import SigningKeys
from events.proof.notes import VerifierKey
from services.witness.cosigning import Cosigner, Told
from services.witness.state import KEY_VARIABLE, LOGS_VARIABLE, STATE_VARIABLE, State

LARGEST = 65_536
"""Bytes of a request."""


def create_witness(cosigner: Cosigner | None = None) -> Litestar:
    """The service. Without `cosigner` it is made from the environment when it starts."""

    @asynccontextmanager
    async def opened(app: Litestar) -> AsyncIterator[None]:
        app.state["cosigner"] = cosigner or cosigner_from_environment()
        yield

    return Litestar(
        route_handlers=[add_checkpoint, health],
        lifespan=[opened],
        request_max_body_size=LARGEST,
        openapi_config=None,
        logging_config=None,
    )


def cosigner_from_environment() -> Cosigner:
    """Raises `LookupError` naming what is not set."""
    try:
        key_file, state, logs = (os.environ[v] for v in (KEY_VARIABLE, STATE_VARIABLE, LOGS_VARIABLE))
    except KeyError as e:
        raise LookupError(f"{e.args[0]} is not set") from None
    key = SigningKeys.from_file(Path(key_file)).keys[-1]
    return Cosigner(key, [VerifierKey.parse(v) for v in logs.split()], State(Path(state)), time.time)


@post("/add-checkpoint", status_code=200)
async def add_checkpoint(request: Request[Any, Any, Any]) -> Response[str]:
    """C2SP tlog-witness. Nothing is awaited between check and keeping, so requests come one after another."""
    body = await request.body()
    cosigner: Cosigner = request.app.state["cosigner"]
    told: Told = cosigner.add_checkpoint(body)
    # as a header: to a media type Litestar adds a charset, and askers compare the whole
    return Response(told.body, status_code=told.status, headers={"content-type": told.media_type})


@get("/health")
async def health() -> Response[str]:
    """200 while it runs."""
    return Response("ok\n", media_type="text/plain")


app = create_witness()
