"""Parameters of the OpenAPI document as they can be asked: no null in a URL, whole numbers' limits whole."""

from typing import Any

FROM_ZERO = ("as_known", "min_position")
"""Positions; that they begin at 0 their type does not say, or Litestar leaves out."""
LIMITS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def of_parameter(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """The same, true: a parameter is left out, never null; 2⁶² written as a float is another number."""
    made = {key: value for key, value in schema.items() if key != "oneOf"}
    kinds = [_whole(kind) for kind in schema.get("oneOf", ()) if kind != {"type": "null"}]
    if len(kinds) == 1:
        made = {**kinds[0], **made}
    elif kinds:
        made["anyOf"] = kinds
    for kind in (made, *kinds):
        if name in FROM_ZERO and kind.get("type") == "integer":
            kind["minimum"] = 0
    return _whole(made)


def _whole(schema: dict[str, Any]) -> dict[str, Any]:
    if schema.get("type") != "integer":
        return dict(schema)
    return {key: int(value) if key in LIMITS else value for key, value in schema.items()}
