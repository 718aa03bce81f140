"""Around every request: who may ask at all, the headers that keep browsers careful, the time it took.

Tokens travel in clear over HTTP, so nobody but this machine is answered: whoever serves others puts a proxy
with TLS in front. Where that proxy is on another host, `KHUYENHOC_PEERS` names it. The Host is checked too,
so that no page of a browser here can reach the service under a name of its own (DNS rebinding).
"""

import ipaddress
import os
import time
from collections.abc import Awaitable
from functools import lru_cache
from typing import Any

from litestar import Litestar
from litestar.types import ASGIApp, Message, Scope, Send

from services.api.answering import Answering
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
SECURED = frozenset(name for name, _ in SECURITY_HEADERS)
HERE = frozenset({"localhost", "127.0.0.1", "[::1]", ""})
"""Names by which this machine may be asked for; a proxy sends one of them."""
PEERS = [ipaddress.ip_network(one) for one in os.environ.get("KHUYENHOC_PEERS", "").split()]
"""Addresses or networks answered besides this machine: the balancer's, on a network of their own."""


class Guarded(Litestar):
    """The application, with what holds for all of its answers."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**how)
        self._answering = Answering(self)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        began = time.perf_counter()
        if scope["method"] == "HEAD":  # what a GET would answer, but for the content (RFC 9110, 9.3.2)
            scope, send = {**scope, "method": "GET"}, _without_content(send)
        if not is_here(scope):
            asked, answer = scope, _elsewhere(scope)
        else:
            asked = own(scope)
            answer = await self._answering.answer(asked, receive)
            if not await self._holds(asked):
                asked = own(scope) | {AGAIN_LOOKED_UP: True}
                answer = await self._answering.answer(asked, receive)
        await answer(asked, receive, _with_headers(asked, send))
        METRICS.seconds.took(time.perf_counter() - began)

    async def _holds(self, scope: Any) -> bool:
        """Whether what was remembered of the caller still holds: if not, nothing may be sent."""
        asking: Asking | None = scope.get(ASKING)
        return asking is None or asking.settled or await self.state["ledger"].confirms(asking)


def _with_headers(scope: Any, send: Send) -> Send:
    def guarded(message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.start":
            given = message["headers"]
            ours = SECURITY_HEADERS
            if not SECURED.isdisjoint(name for name, _ in given):  # a tile says how long it may be kept
                names = {name for name, _ in given}
                ours = [header for header in ours if header[0] not in names]
            message["headers"] = [*given, *ours, *scope.get(RATE_HEADERS, ())]
            METRICS.requests.add(str(message["status"]))
        return send(message)

    return guarded


def _without_content(send: Send) -> Send:
    async def empty(message: Message) -> None:
        if message["type"] == "http.response.body":
            if message.get("more_body"):
                return
            message = {**message, "body": b""}
        await send(message)

    return empty


def own(scope: Any) -> Any:
    """A scope that may be written to: a request that is asked again begins as it came in."""
    return {**scope, "state": dict(scope.get("state") or {})}


def is_here(scope: Scope) -> bool:
    """Whether a request comes from this machine or a peer and asks for this machine."""
    client = scope.get("client")
    if client and client[0] and not _may_ask(client[0]):
        return False
    for name, value in scope["headers"]:
        if name == b"host":
            return _names_here(value)
    return True


@lru_cache(256)
def _names_here(host: bytes) -> bool:
    text = host.decode("latin-1").lower()
    name, _, port = (text, "", "") if text.endswith("]") or ":" not in text else text.rpartition(":")
    return name in HERE and (not port or port.isdecimal())


@lru_cache(256)
def _may_ask(address: str) -> bool:
    try:
        peer = ipaddress.ip_address(address)
        return peer.is_loopback or any(peer in network for network in PEERS)
    except ValueError:
        return address.startswith("/")  # a Unix socket


def _elsewhere(scope: Scope) -> ASGIApp:
    language = language_of(scope["headers"])
    return problem_answer(ApiProblem(MISDIRECTED).told(language), language)
