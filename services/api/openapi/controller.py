"""Routes of the description itself."""

from functools import lru_cache
from typing import Any

import msgspec
from litestar import get

from services.api.answers import Answer
from services.api.openapi.document import encoded_document
from services.api.openapi.page import page


@get("/schema/openapi.json", operation_id="getSchema", include_in_schema=False)
async def schema_document() -> Answer:
    """The OpenAPI document."""
    return Answer(200, encoded_document())


@get("/schema", operation_id="getSchemaPage", include_in_schema=False)
async def schema_page() -> Answer:
    """The same for people."""
    return Answer(200, _page(), b"text/html; charset=utf-8")


@lru_cache(1)
def _page() -> bytes:
    return page(msgspec.json.decode(encoded_document()))


HANDLERS: list[Any] = [schema_document, schema_page]
