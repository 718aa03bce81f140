"""The tables of a data package, described once as Table Schemas (specs.frictionlessdata.io/table-schema):
names and order are those of the rows' structs."""

from dataclasses import dataclass
from typing import Any

import msgspec

from events.vocabulary import LEVELS
from services.exports.rows import CodeRow, FigureRow, IndicatorRow, UnitRow
from workers.indicators import Sort

ID = r"[a-z0-9][a-z0-9-]{0,63}"
_NAME = r"[a-z][a-z_]*(\.[a-z_]+){0,3}"
_REQUIRED = {"required": True}
_UNIT_ID = ("string", {"required": True, "pattern": ID})
_TREE = ("date", _REQUIRED)
_LEVEL = ("string", {"required": True, "enum": list(LEVELS)})
_COUNT = ("integer", {"required": True, "minimum": 0})

_UNIT_KEY = ["tree", "unit_id"]
_TO_UNITS = {"fields": _UNIT_KEY, "reference": {"resource": "units", "fields": _UNIT_KEY}}
_TO_INDICATORS = {
    "fields": ["indicator"],
    "reference": {"resource": "indicators", "fields": ["indicator"]},
}


@dataclass(frozen=True, slots=True)
class Resource:
    """A table: its rows, and of each field the type, the constraints and what it says."""

    name: str
    title: str
    row: type[msgspec.Struct]
    fields: dict[str, tuple[str, dict[str, Any], str]]
    key: list[str]
    leads_to: list[dict[str, Any]]

    @property
    def path(self) -> str:
        return f"{self.name}.csv"

    def schema(self) -> dict[str, Any]:
        """The Table Schema."""
        found: dict[str, Any] = {
            "fields": [
                {
                    "name": name,
                    "type": self.fields[name][0],
                    "description": self.fields[name][2],
                    "constraints": self.fields[name][1],
                }
                for name in self.row.__struct_fields__
            ],
            "missingValues": [""],
            "primaryKey": self.key,
        }
        if self.leads_to:
            found["foreignKeys"] = self.leads_to
        return found


FIGURES = Resource(
    "figures",
    "Figures by unit, year and indicator",
    FigureRow,
    {
        "unit_id": (*_UNIT_ID, "The unit; its figure counts all below it"),
        "unit_name": ("string", _REQUIRED, "Its name on the day of the tree"),
        "unit_level": (*_LEVEL, "Its level"),
        "tree": (*_TREE, "The day whose boundaries hold"),
        "year": ("integer", {"required": True, "minimum": 1900, "maximum": 2200}, "The year counted"),
        "indicator": ("string", {"required": True, "pattern": _NAME}, "What is counted"),
        "level": ("string", {"enum": list(LEVELS)}, "Of what was recorded at this level only; empty: at all"),
        "measure": ("string", _REQUIRED, "In what it is counted; vnd: đồng"),
        "value": ("number", {}, "Flows: of the year. Stocks: on 31 December. Rates: percent, two decimals"),
        "numerator": ("integer", {}, "Of a rate: exact"),
        "denominator": ("integer", {}, "Of a rate: exact"),
        "events": (*_COUNT, "How many events make the figure"),
        "estimated": ("boolean", _REQUIRED, "A share of what a unit did before it was divided is in it"),
        "incomplete": ("boolean", _REQUIRED, "An event of these units could not be counted"),
        "flags": ("string", {}, "Why the figure is odd: codes, with a space between"),
    },
    ["tree", "unit_id", "year", "indicator", "level", "measure"],
    [_TO_UNITS, _TO_INDICATORS],
)
UNITS = Resource(
    "units",
    "Units on each tree: those with figures, and those above them",
    UnitRow,
    {
        "tree": (*_TREE, "The day whose boundaries hold"),
        "unit_id": (*_UNIT_ID, "The unit"),
        "name": ("string", _REQUIRED, "Its name that day"),
        "level": (*_LEVEL, "Its level"),
        "parent_id": ("string", {"pattern": ID}, "The unit above it that day, in this table; empty: none"),
        "established_on": ("date", _REQUIRED, "Its first day"),
    },
    _UNIT_KEY,
    [],
)
CODES = Resource(
    "codes",
    "Codes of units on each tree: the same code may be another unit's at another time",
    CodeRow,
    {
        "tree": (*_TREE, "The day whose boundaries hold"),
        "unit_id": (*_UNIT_ID, "The unit"),
        "scheme": ("string", _REQUIRED, "Whose code; gso: the General Statistics Office's"),
        "code": ("string", _REQUIRED, "The code valid that day"),
    },
    ["tree", "unit_id", "scheme"],
    [_TO_UNITS],
)
INDICATORS = Resource(
    "indicators",
    "What is counted",
    IndicatorRow,
    {
        "indicator": ("string", {"required": True, "unique": True, "pattern": _NAME}, "Its name"),
        "version": ("integer", {"required": True, "minimum": 1}, "Of its definition"),
        "label_vi": ("string", _REQUIRED, "In Vietnamese"),
        "label_en": ("string", _REQUIRED, "In English"),
        "kind": ("string", {"required": True, "enum": [s.value for s in Sort]}, "How the years add up"),
        "measure": ("string", {}, "In what it is counted; empty: as what was recorded says"),
        "numerator": ("string", {"pattern": _NAME}, "Of a rate: the indicator above the line"),
        "denominator": ("string", {"pattern": _NAME}, "Of a rate: the indicator below the line"),
    },
    ["indicator"],
    [],
)
RESOURCES = (FIGURES, UNITS, CODES, INDICATORS)
