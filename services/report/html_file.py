"""The report as one page of HTML that needs nothing else: to read, to print on A4, to send."""

from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.report.bars import colour, labels
from services.report.content import Chart, Paragraph, Report, Table
from services.report.docx_form import COUNTRY, MOTTO

WIDTH, NAMES, LONGEST = 680, 230, 330
"""Of a drawing: as a whole, for the names of categories, for the longest bar."""
TOP, BAR, GAP = 8, 18, 14

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Bar(NamedTuple):
    """A bar with what stands at its end."""

    y: int
    width: float
    colour: str
    text: str


class Group(NamedTuple):
    """The bars of a category. `y`: where its name stands."""

    name: str
    y: int
    bars: list[Bar]


class Drawing(NamedTuple):
    """A chart as it is drawn."""

    title: str
    height: int
    groups: list[Group]
    legend: list[tuple[str, str]]
    """(colour, name)"""


def html_of(report: Report) -> bytes:
    """The whole page in UTF-8; of one report always the same bytes."""
    page = _PAGES.get_template("report.html").render(
        report=report,
        heading=report.heading,
        country=COUNTRY,
        motto=MOTTO,
        drawing=drawing,
        kind=_kind,
        bar=BAR,
        names=NAMES,
        width=WIDTH,
    )
    return page.encode()


def drawing(chart: Chart) -> Drawing:
    """Bars from the top down, the longest as long as there is room."""
    known = [float(value) for series in chart.series for value in series.values if value is not None]
    longest = max(known, default=0.0) or 1.0
    texts = [labels(chart, s) for s in range(len(chart.series))]
    groups, y = [], TOP
    for n, category in enumerate(chart.categories):
        bars = []
        for s, series in enumerate(chart.series):
            value = series.values[n]
            width = 0.0 if value is None else round(LONGEST * float(value) / longest, 1)
            bars.append(Bar(y + s * BAR, width, colour(chart, s), texts[s][n]))
        groups.append(Group(category, y + BAR * len(bars) // 2, bars))
        y += BAR * len(bars) + GAP
    title = chart.title + (f" ({chart.unit})" if chart.unit else "")
    several = len(chart.series) > 1
    legend = [(colour(chart, s), series.name) for s, series in enumerate(chart.series)] if several else []
    return Drawing(title, y, groups, legend)


def _kind(block: Paragraph | Table | Chart) -> str:
    return type(block).__name__.lower()
