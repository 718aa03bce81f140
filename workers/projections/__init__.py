"""Every read model there is. A new one is a module here and a line in the registry."""

from workers.projection import Projection
from workers.projections.banking import Banking
from workers.projections.funds import Funds
from workers.projections.history import Histories
from workers.projections.models import Models
from workers.projections.statistics import Statistics
from workers.projections.units import Units

PROJECTIONS: dict[str, Projection] = {
    p.name: p for p in (Statistics(), Units(), Models(), Funds(), Banking(), Histories())
}
"""By name, in the order in which a sweep moves them on."""
