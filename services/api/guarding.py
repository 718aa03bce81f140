"""Around every request: who may ask at all, the headers that keep browsers careful, the time it took.

Tokens travel in clear over HTTP, so nobody but this machine is answered: whoever serves others puts a proxy
with TLS in front. Where that proxy is on another host, `KHUYENHOC_PEERS` names it. The Host is checked too,
so that no page of a browser here can reach the service under a name of its own (DNS rebinding).
"""

import ipaddress
import os
import time
from functools import lru_cache
from typing import Any

from litestar import Litestar
from litestar.types import Message, Receive, Scope, Send

from services.api.answers import problem_answer
from services.api.asking import AGAIN_LOOKED_UP, ASKING, Asking
from services.api.languages import language_of
from services.api.operation.metrics import METRICS
from services.api.problems import MISDIRECTED, ApiProblem
from services.api.rates import HEADERS as RATE_HEADERS

SECURITY_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
]
HERE = frozenset({"localhost", "127.0.0.1", "[::1]", ""})
"""Names by which this machine may be asked for; a proxy sends one of them."""
PEERS = [ipaddress.ip_network(one) for one in os.environ.get("KHUYENHOC_PEERS", "").split()]
"""Addresses or networks answered besides this machine: the balancer's, on a network of their own."""


class Guarded(Litestar):
    """The application, with what holds for all of its answers."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        began = time.perf_counter()
        if not is_here(scope):
            await _elsewhere(scope, receive, self._with_headers(scope, send))
        elif not await self._settled_answer(own(scope), receive, send):
            await self._settled_answer(own(scope) | {AGAIN_LOOKED_UP: True}, receive, send)
        METRICS.seconds.took(time.perf_counter() - began)

    async def _settled_answer(self, scope: Any, receive: Receive, send: Send) -> bool:
        """Answer, unless what was remembered of the caller no longer holds: then nothing was sent."""
        onward, held = self._with_headers(scope, send), False

        async def settled(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start":
                asking: Asking | None = scope.get(ASKING)
                held = asking is not None and not await self.state["ledger"].confirms(asking)
            if not held:
                await onward(message)

        await super().__call__(scope, receive, settled)
        return not held

    @staticmethod
    def _with_headers(scope: Any, send: Send) -> Send:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                rate = scope.get(RATE_HEADERS, ())
                given = {name for name, _ in message["headers"]}  # a tile says how long it may be kept
                ours = [header for header in SECURITY_HEADERS if header[0] not in given]
                message["headers"] = [*message["headers"], *ours, *rate]
                METRICS.requests.add(str(message["status"]))
            await send(message)

        return guarded


def own(scope: Any) -> Any:
    """A scope that may be written to: a request that is asked again begins as it came in."""
    return {**scope, "state": dict(scope.get("state") or {})}


def is_here(scope: Scope) -> bool:
    """Whether a request comes from this machine or a peer and asks for this machine."""
    client = scope.get("client")
    if client and client[0] and not _may_ask(client[0]):
        return False
    return _names_here(next((v for n, v in scope["headers"] if n == b"host"), b""))


@lru_cache(256)
def _names_here(host: bytes) -> bool:
    text = host.decode("latin-1").lower()
    name = text if text.endswith("]") else text.rsplit(":", 1)[0] if ":" in text else text
    return name in HERE


@lru_cache(256)
def _may_ask(address: str) -> bool:
    try:
        peer = ipaddress.ip_address(address)
        return peer.is_loopback or any(peer in network for network in PEERS)
    except ValueError:
        return address.startswith("/")  # a Unix socket


async def _elsewhere(scope: Scope, receive: Receive, send: Send) -> None:
    language = language_of(scope["headers"])
    await problem_answer(ApiProblem(MISDIRECTED).told(language), language)(scope, receive, send)
