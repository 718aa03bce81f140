"""Pages to print, out of the templates beside this module: self-contained, everything on them escaped."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.writing import day, moment, number

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGES.filters |= {"day": day, "moment": moment, "number": number}


def rendered(template: str, **values: Any) -> str:
    """The whole page."""
    return _PAGES.get_template(template).render(**values)
