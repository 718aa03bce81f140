"""The pull feed: every event from any position on, in order; as JSON or as a batch of CloudEvents."""

from typing import Annotated, Any

from litestar import get
from litestar.params import QueryParameter

from events.catalogue.log import LogStarted
from events.log.entry import data_of, read_entry
from events.log.read import Connection
from services.api.access import FEED, AnyRequest, ledger_of, readable_units
from services.api.answers import Answer, answer
from services.api.documented import documented
from services.api.feed.shapes import COLUMNS, Columns, Feed, cloud_event, event_columns, feed_event
from services.api.pages import accepted
from services.api.parameters import Limit, MinPosition, next_page

After = Annotated[int, QueryParameter(ge=0, le=2**62, description="The position to go on from")]
CLOUD_EVENTS = "application/cloudevents-batch+json"

_PAGE = """
    SELECT position, entry FROM log.events
    WHERE position > $1 AND ($3::text[] IS NULL OR unit = ANY($3)) ORDER BY position LIMIT $2
"""
_COLUMNS = f"SELECT {', '.join(COLUMNS)} FROM log.events WHERE position > $1 ORDER BY position LIMIT $2"


@get(
    "/v1/events",
    operation_id="listEvents",
    summary="The log in order",
    tags=["log"],
    responses=documented({200: Feed}, 400, 503),
)
async def list_events(
    request: AnyRequest,
    after: After = 0,
    limit: Limit = 100,
    min_position: MinPosition = None,
) -> Answer:
    """Events with a higher position than `after`, in order. Whoever has seen position N has seen everything
    up to N, always; a token whose roles do not reach the whole log, everything of its units. Ask again with
    `after` = `last_position`. With `Accept: application/cloudevents-batch+json` the page is a batch of
    CloudEvents."""
    ledger, units = ledger_of(request), readable_units(request, FEED)
    async with ledger.reading_log(min_position) as (connection, now):
        rows = await connection.fetch(_PAGE, after, limit, units)
        # a batch of CloudEvents must be asked for (CloudEvents HTTP binding §3.3)
        source = await _source(connection) if accepted(request, CLOUD_EVENTS) == CLOUD_EVENTS else None
    last = rows[-1]["position"] if rows else after
    link = next_page(request, after=last) if last < now.position and rows else None
    if source is None:
        feed = Feed([feed_event(row["position"], row["entry"]) for row in rows], last)
        return answer(feed, now.position, link=link)
    batch = [cloud_event(row["position"], row["entry"], source) for row in rows]
    return answer(batch, now.position, link=link, media_type=CLOUD_EVENTS)


@get(
    "/v1/events/columns",
    operation_id="listColumns",
    summary="What was derived beside each entry",
    tags=["log"],
    responses=documented({200: Columns}, 400, 503),
)
async def list_columns(
    request: AnyRequest, after: After = 0, limit: Limit = 1000, min_position: MinPosition = None
) -> Answer:
    """The typed columns that figures are summed from, in order; `khuyenhoc verify` derives them anew from the
    entries and compares. For auditors of the whole log. Ask again with `after` = `last_position`."""
    async with ledger_of(request).reading_log(min_position) as (connection, now):
        rows = await connection.fetch(_COLUMNS, after, limit)
    last = rows[-1]["position"] if rows else after
    link = next_page(request, after=last) if rows and last < now.position else None
    return answer(Columns([event_columns(row) for row in rows], last), now.position, link=link)


async def _source(connection: Connection) -> str:
    """The log's own name as a URI reference: positions are unique within it."""
    entry = await connection.fetchval("SELECT entry FROM log.events WHERE position = 1")
    started = data_of(read_entry(entry)) if entry is not None else None
    return f"//{started.origin}" if isinstance(started, LogStarted) else "//khuyenhoc.invalid"


HANDLERS: list[Any] = [list_events, list_columns]
