"""HEAD: what GET answers, but for the content. Monitors ask so."""

from pathlib import Path

import httpx

from tests.services.conftest import bearer

PATHS = ("/health", "/v1/units", "/v1/catalogue", "/v1/events", "/v1/nothing", "/log/checkpoint")
CHANGES = {"date", "ratelimit"}


async def test_head_is_get_without_content(granian: str, tmp_path: Path) -> None:
    async with httpx.AsyncClient(base_url=granian, headers=bearer(tmp_path)) as client:
        for path in PATHS:
            whole, head = await client.get(path), await client.head(path)
            assert head.status_code == whole.status_code
            assert head.content == b""
            assert whole.content
            for name in whole.headers.keys() - CHANGES:
                assert head.headers.get(name) == whole.headers[name], (path, name)
        assert (await client.head("/v1/commands")).status_code == 405
