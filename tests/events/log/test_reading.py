"""The log read by position, by stream and by category: the same events, in their order, page by page."""

from typing import Any

from events.log.append import Log
from events.log.read import read, read_category, read_stream
from tests.events.log.commands import must, term, unit


async def test_by_position_stream_and_category(log: Log, service: Any) -> None:
    await must(log, term("a", "purpose"), unit("p", level="province"), term("b", "item"), unit("u", "p"))
    await must(log, term("c", "purpose"))
    everything = await read(service, 0)
    assert [e.position for e in everything] == [1, 2, 3, 4, 5, 6]
    pages = [await read(service, after, limit=2) for after in (0, 2, 4)]
    assert [e for page in pages for e in page] == everything
    assert [e.position for e in await read(service, 1, through=4, types=["TermDefined"])] == [2, 4]

    assert [(e.position, e.fact.version) for e in await read_stream(service, "term-purpose")] == [
        (2, 1),
        (6, 2),
    ]
    assert [e.position for e in await read_stream(service, "term-purpose", after_version=1)] == [6]

    assert [e.position for e in await read_category(service, "term")] == [2, 4, 6]
    assert [e.position for e in await read_category(service, "term", after=2, limit=1)] == [4]
    assert [e.position for e in await read_category(service, "unit")] == [3, 5]
    assert [e.position for e in await read_category(service, "log")] == [1]
    assert await read_category(service, "ter") == []
