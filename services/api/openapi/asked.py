"""Parameters of the OpenAPI document as they can be asked: no null in a URL, whole numbers' limits whole."""

from typing import Any

FROM_ZERO = ("as_known", "known", "min_position")
"""Positions; that they begin at 0 their type does not say, or Litestar leaves out."""
NO_TEXT = {"const": "null"}
"""What no text in a query may be (`parameters.py`)."""
LIMITS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def of_parameter(name: str, schema: dict[str, Any], *, in_query: bool) -> dict[str, Any]:
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
    if "items" in made:
        made["items"] = of_parameter(name, made["items"], in_query=in_query)
    if in_query and made.get("type") == "string" and not made.keys() & {"enum", "format"}:
        made["not"] = NO_TEXT
    return _whole(made)


def _whole(schema: dict[str, Any]) -> dict[str, Any]:
    if schema.get("type") != "integer":
        return dict(schema)
    return {key: int(value) if key in LIMITS else value for key, value in schema.items()}
