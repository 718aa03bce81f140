"""From a request to its answer, over the routes, guards, hooks and parameters that Litestar has resolved.

Litestar's own way from there copies a handler for each guard, opens an exit stack for dependencies and wraps
`send` once more for errors, all of which a short query or a command would notice. Nothing is sent from here:
who calls has the last word on an answer before it leaves (`guarding.py`).
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from litestar import Litestar, Request
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, Receive
from litestar.utils import normalize_path

from services.api.answers import Answer


class Way(NamedTuple):
    """What a request for one handler goes through, in this order."""

    guards: Iterable[Any]
    before: Any
    takes_request: bool
    """As its only parameter."""
    parameters: Any
    signature: Any
    function: Any


class Answering:
    """The routes of one application."""

    def __init__(self, app: Litestar) -> None:
        self._app = app
        self._route = app.asgi_router.handle_routing
        self._handlers: Mapping[Any, Any] = app.exception_handlers
        routes = (route for route in app.routes if isinstance(route, HTTPRoute))
        self._ways = {
            handler: _way(handler, model)
            for route in routes
            for handler, model in route.route_handler_map.values()
        }

    async def answer(self, scope: Any, receive: Receive) -> ASGIApp:
        """The answer, which may be a problem. `scope` is written to."""
        scope["app"] = scope["litestar_app"] = self._app
        scope["path_params"] = {}
        request: Request[Any, Any, Any] = Request(scope, receive)
        try:
            path = normalize_path(scope["path"].removeprefix(scope.get("root_path") or ""))
            _, handler, scope["path"], scope["path_params"], scope["path_template"] = self._route(
                path=path, method=scope["method"]
            )
            scope["route_handler"] = handler
            return await self._asked(request, handler)
        except Exception as e:
            told = next(self._handlers[kind] for kind in type(e).__mro__ if kind in self._handlers)
            problem: Answer = told(request, e)
            return problem

    async def _asked(self, request: Request[Any, Any, Any], handler: Any) -> ASGIApp:
        way = self._ways[handler]
        for guard in way.guards:
            await guard(request, handler)
        if way.before is not None:
            await way.before(request)
        given: dict[str, Any] = {}
        if way.parameters is not None:
            given = await way.parameters.to_kwargs(connection=request)
            given = way.signature.parse_values_from_connection_kwargs(connection=request, kwargs=given)
        elif way.takes_request:
            given = {"request": request}
        if handler.has_sync_callable:  # Litestar's own answer to OPTIONS
            made: ASGIApp = await handler.to_response(
                app=self._app, data=way.function(**given), request=request
            )
            return made
        answer: Answer = await way.function(**given)
        return answer


def _way(handler: HTTPRouteHandler, parameters: Any) -> Way:
    names = list(handler.parsed_fn_signature.parameters)
    return Way(
        handler.resolve_guards(),
        handler.resolve_before_request(),
        names == ["request"],
        parameters if names not in ([], ["request"]) else None,
        handler.signature_model,
        handler.fn,
    )
