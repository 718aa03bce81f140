"""The application: `services.api.app:app` for granian. Making it needs no database; starting it does."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from litestar import Litestar

import events.catalogue.everything  # noqa: F401 - the commands there are
from services.api.admission import admit
from services.api.errors import HANDLERS
from services.api.guarding import Guarded
from services.api.ledger import Ledger
from services.api.openapi import controller as openapi
from services.api.routes import ROUTES
from services.api.settings import Settings
from workers.collecting import collect_rarely


def create_app(settings: Callable[[], Settings] = Settings.from_environment) -> Guarded:
    """The service. `settings` is asked each time that it starts; stopped, it may start again elsewhere."""

    @asynccontextmanager
    async def opened(app: Litestar) -> AsyncIterator[None]:
        ledger = await Ledger.open(settings())
        app.state["ledger"] = ledger
        collect_rarely()
        try:
            yield
        finally:
            await ledger.close()

    return Guarded(
        route_handlers=[*ROUTES, *openapi.HANDLERS],
        guards=[admit],
        lifespan=[opened],
        exception_handlers=HANDLERS,
        openapi_config=None,  # made apart from the application, see `openapi/document.py`
        logging_config=None,
    )


app = create_app()
