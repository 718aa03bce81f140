"""Stands in for the service: answers /health, and /environment with what it was given."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]


async def app(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    await asyncio.sleep(0)
    known = scope["path"] in ("/health", "/environment")
    body = json.dumps({name: value for name, value in os.environ.items() if name.startswith("KHUYENHOC_")})
    await send({"type": "http.response.start", "status": 200 if known else 404, "headers": []})
    await send({"type": "http.response.body", "body": body.encode()})
