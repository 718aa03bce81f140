"""The OpenAPI document. Litestar knows the routes and their parameters; shapes come from msgspec itself, with
all of their limits; what neither can say (one of all commands, lines, headers) is put in here.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from litestar import Litestar
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import License

from services.api.admission import is_open
from services.api.commands.telling import AcceptedAnswer, RecordedAnswer
from services.api.feed.controller import CLOUD_EVENTS
from services.api.feed.shapes import CloudEvent
from services.api.openapi.asked import of_parameter
from services.api.openapi.kinds import REF, batch_body, command_body, command_schemas, preview_body
from services.api.problems import Problem
from services.api.tokens.shapes import TokenWanted

DESCRIPTION = """\
Sổ cái khuyến học: an append-only log of what happened in study-promotion associations, and every figure
derived from it. Money is integer đồng; dates are ISO days in Asia/Ho_Chi_Minh; instants are UTC.

* **Tokens**: `Authorization: Bearer khn_…`, made by `khuyenhoc token create`. Each has roles at units, and
  reaches what lies in or below these; the rest is 403.
* **Retry safely**: give each command a `command_id`; sent again it is answered as the first time.
* **Read your writes**: every answer says in `Ledger-Position` which position it reflects; pass a position you
  were given as `min_position`.
* **Errors** are `application/problem+json` (RFC 9457) with a stable `code`, explained at `/problems/{code}`,
  in Vietnamese or English by `Accept-Language`.
* **Lists** page by the `Link` header (RFC 8288).
"""

TAGS = {
    "commands": "Recording what happened",
    "statistics": "Yearly figures, and the events behind them",
    "units": "The organisational units",
    "funds": "Balances and movements",
    "persons": "What is held on a person, for those who may see it",
    "audit": "Complete histories and hashes",
    "log": "The log in order, for machines",
    "access": "Tokens and roles",
    "catalogue": "What can be recorded",
    "operation": "Running the service",
}

_WITHOUT_POSITION = {"getCatalogue", "getKind", "listIndicators", "getProblem", "getMetrics", "getTile"}
_PLAIN = {
    "getMetrics": "text/plain",
    "getCheckpoint": "text/plain",
    "getEventProof": "text/plain",
    "getBooks": "text/plain",
    "getUnitBooks": "text/plain",
    "getTile": "application/octet-stream",
    "getReport": "text/html",
}
"""What is not JSON."""
_AS_READ = {
    "getVoucher": ("text/html",),
    "getFundStatement": ("text/html",),
    "getUnitStatement": ("text/html",),
    "getDisclosure": ("text/html", "text/csv"),
    "exportStatistics": ("text/csv", "application/zip"),
    "getReport": (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
}
"""What is given besides JSON, by `Accept`."""
_POSITION = {
    "Ledger-Position": {
        "description": "The position of the log that the answer reflects",
        "schema": {"type": "integer", "minimum": 0},
    }
}
_LINK = {
    "Link": {
        "description": '`rel="next"` where there is a next page (RFC 8288)',
        "schema": {"type": "string"},
    }
}
_COMMAND_ID = {
    "Command-Id": {
        "description": "The command's id: the one sent, or the one it was given",
        "schema": {"type": "string", "format": "uuid"},
    }
}
JSON_STAT = {
    "type": "object",
    "description": "JSON-stat 2.0, for `format=jsonstat`",
    "properties": {"version": {"const": "2.0"}, "class": {"const": "dataset"}},
    "required": ["version", "class", "id", "size", "value"],
}
_RETRY = {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}}}


@lru_cache(1)
def encoded_document() -> bytes:
    """As it is served."""
    from services.api.routes import ROUTES

    return msgspec.json.encode(document(ROUTES))


def document(routes: Sequence[Any]) -> dict[str, Any]:
    """The whole document, made from the routes alone."""
    config = OpenAPIConfig(
        title="khuyenhoc",
        version="1",
        description=DESCRIPTION,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        use_handler_docstrings=True,
    )
    made = Litestar(route_handlers=list(routes), openapi_config=config, logging_config=None)
    made_document: dict[str, Any] = made.openapi_schema.to_schema()
    shapes = [TokenWanted, RecordedAnswer, AcceptedAnswer, CloudEvent, Problem, *_shapes(made)]
    _, components = msgspec.json.schema_components(shapes, ref_template=REF)
    made_document["components"] = {"schemas": _numbers({**command_schemas(), **components})}
    made_document["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
    made_document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    for path, operations in made_document["paths"].items():
        for operation in operations.values():
            _complete(path, operation)
    return made_document


def _shapes(app: Litestar) -> Iterable[type]:
    """Every struct that a route answers with."""
    found: dict[type, None] = {}
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            for spec in (handler.responses or {}).values():
                if spec.data_container is not None:
                    found[spec.data_container] = None
    return found


def _numbers(value: Any) -> Any:
    """Decimals are written as JSON numbers here."""
    if isinstance(value, dict):
        if value.get("format") == "decimal":
            return {"type": "number", **{k: v for k, v in value.items() if k not in ("type", "format")}}
        return {k: _numbers(v) for k, v in value.items()}
    return [_numbers(v) for v in value] if isinstance(value, list) else value


def _complete(path: str, operation: dict[str, Any]) -> None:
    name, responses = operation["operationId"], operation["responses"]
    operation.pop("deprecated", None)
    for parameter in operation.get("parameters", ()):
        for noise in ("deprecated", "allowEmptyValue", "allowReserved"):
            parameter.pop(noise, None)
        parameter["schema"] = of_parameter(
            parameter["name"], parameter["schema"], in_query=parameter["in"] == "query"
        )
    _secure(name, path, operation)
    for status, response in responses.items():
        headers: dict[str, Any] = {}
        if status in ("200", "201") and name not in _WITHOUT_POSITION:
            headers |= _POSITION
        if status in ("200", "201", "409", "503") and name == "recordCommand":
            headers |= _COMMAND_ID
        if status == "200" and any(p["name"] == "limit" for p in operation.get("parameters", ())):
            headers |= _LINK
        if status in ("429", "503"):
            headers |= _RETRY
        if headers:
            response["headers"] = response.get("headers", {}) | headers
    if name == "createToken":
        body = {"application/json": {"schema": {"$ref": REF.format(name="TokenWanted")}}}
        operation["requestBody"] = {"required": True, "content": body}
    elif name == "recordCommand":
        operation["requestBody"] = command_body()
        responses["200"]["description"] = "Recorded before: the same answer again"
    elif name == "recordCommands":
        operation["requestBody"] = batch_body()
        responses["200"] = {**responses["200"], **_batch_answer()}
    elif name == "previewUnits":
        operation["requestBody"] = preview_body()
    elif name == "importStatement":
        file = {"schema": {"type": "string", "format": "binary", "description": "The file as it came"}}
        operation["requestBody"] = {"required": True, "content": {"application/octet-stream": file}}
        responses["200"]["description"] = "A dry run: what would be recorded, and matched"
    elif name in _PLAIN:
        responses["200"]["content"] = {_PLAIN[name]: {"schema": {"type": "string"}}}
    elif name == "exportStatistics":  # JSON-stat is JSON of its own shape
        shapes = [responses["200"]["content"]["application/json"]["schema"], JSON_STAT]
        responses["200"]["content"]["application/json"]["schema"] = {"anyOf": shapes}
    elif name == "listEvents":
        batch = {"type": "array", "items": {"$ref": REF.format(name="CloudEvent")}}
        responses["200"]["content"][CLOUD_EVENTS] = {"schema": batch}
    for media_type in _AS_READ.get(name, ()):
        responses["200"]["content"][media_type] = {"schema": {"type": "string"}}


def _secure(name: str, path: str, operation: dict[str, Any]) -> None:
    """Which operations take a token, and what is said to one that will not do."""
    if name == "getTile":  # hash tiles are open to all; entries are for auditors of the whole log
        operation["security"] = [{}, {"token": []}]
        return
    if is_open(name, path):
        for status in ("401", "403", "429"):
            operation["responses"].pop(status, None)
        return
    operation["security"] = [{"token": []}]
    challenge = {"description": "Bearer", "schema": {"type": "string"}}
    operation["responses"]["401"]["headers"] = {"WWW-Authenticate": challenge}


def _batch_answer() -> dict[str, Any]:
    text = (
        "One JSON object a line, in the order of the lines sent: `line` (from 1), `status`, `command_id`, "
        "and the members of `RecordedAnswer` (201, 200), of `AcceptedAnswer` (200, dry run) or of `Problem`."
    )
    example = (
        '{"line":1,"status":201,"command_id":"0192f0c1-2b7e-7c3a-9d53-0a7a3b1c5d10","position":42,'
        '"event_id":"0192f0c1-2b7f-7c3a-9d53-0a7a3b1c5d11","stream":"unit-bac-kan-city","version":3,'
        '"recorded_at":"2026-11-23T18:40:04.123456Z","also":[]}\n'
    )
    content = {
        "application/x-ndjson": {"schema": {"type": "string", "description": text}, "example": example}
    }
    return {"description": "A result for each line", "content": content}
