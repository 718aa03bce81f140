"""`celery -A tests.workers.tally_worker worker`: the real application, knowing only the tally."""

from tests.workers.tally import TALLY
from workers.celery_app import app
from workers.projections import PROJECTIONS

PROJECTIONS.clear()
PROJECTIONS["tally"] = TALLY

__all__ = ["app"]
