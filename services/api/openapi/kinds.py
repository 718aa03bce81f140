"""The commands as OpenAPI knows them: one schema and one example for each kind of the catalogue."""

import inspect
from typing import Any

import msgspec

from events.declare import CATALOGUE, Kind
from services.api.commands.envelope import Envelope

REF = "#/components/schemas/{name}"
EXAMPLE_DAY = "2017-06-30"


def commands() -> list[Kind]:
    """Every kind that can be sent, by name."""
    return [kind for _, kind in sorted(CATALOGUE.items()) if not kind.internal]


def example_of(kind: Kind) -> dict[str, Any]:
    """A whole command."""
    return {"type": kind.name, "occurred_on": EXAMPLE_DAY, "data": dict(kind.example)}


def command_schemas() -> dict[str, Any]:
    """Components: `Command` (one of all), `…Command` for each kind, and the data of each."""
    kinds = commands()
    _, components = msgspec.json.schema_components([k.data for k in kinds] + [Envelope], ref_template=REF)
    envelope = components.pop("Envelope")
    for kind in kinds:
        components[kind.name + "Command"] = _command(kind, envelope)
    refs = {k.name: REF.format(name=k.name + "Command") for k in kinds}
    components["Command"] = {
        "title": "Command",
        "description": "A request to record one event: one of the kinds below, told apart by `type`.",
        "oneOf": [{"$ref": ref} for ref in refs.values()],
        "discriminator": {"propertyName": "type", "mapping": refs},
    }
    return components


def command_body() -> dict[str, Any]:
    """The request body of `POST /v1/commands`."""
    examples = {k.name: {"summary": f"{k.vi} · {k.en}", "value": example_of(k)} for k in commands()}
    schema = {"$ref": REF.format(name="Command")}
    return {"required": True, "content": {"application/json": {"schema": schema, "examples": examples}}}


def batch_body() -> dict[str, Any]:
    """The request body of `POST /v1/commands/batch`."""
    lines = [msgspec.json.encode(example_of(k)).decode() for k in commands()[:2]]
    schema = {"type": "string", "description": "One `Command` a line; at most 100,000 lines and 64 MiB."}
    content = {"application/x-ndjson": {"schema": schema, "example": "\n".join(lines) + "\n"}}
    return {"required": True, "content": content}


def preview_body() -> dict[str, Any]:
    """The request body of `POST /v1/units/preview`."""
    examples = [example_of(k) for k in commands() if k.name == "UnitMerged"]
    items = {"$ref": REF.format(name="Command")}
    listed = {"type": "array", "items": items, "minItems": 1, "maxItems": 200}
    lines = {"type": "string", "description": "One `Command` a line; at most 200 lines."}
    example = "".join(msgspec.json.encode(e).decode() + "\n" for e in examples)
    content = {
        "application/json": {"schema": listed, "example": examples},
        "application/x-ndjson": {"schema": lines, "example": example},
    }
    return {"required": True, "content": content}


def _command(kind: Kind, envelope: dict[str, Any]) -> dict[str, Any]:
    properties = {
        **envelope["properties"],
        "type": {"const": kind.name},
        "data": {"$ref": REF.format(name=kind.name)},
    }
    return {
        "title": kind.name + "Command",
        "description": f"{kind.vi} · {kind.en}. {inspect.getdoc(kind.data) or ''}".strip(),
        "type": "object",
        "properties": properties,
        "required": ["type", "occurred_on", "data"],
        "additionalProperties": False,
        "examples": [example_of(kind)],
    }
