"""The report's content: sections in their order, numbered, from one reading of the figures."""

import datetime as dt
from typing import Any

from services.report.content import Paragraph, Report, Section
from services.report.lines import Figures, Sheet
from services.report.material import Material, gather
from services.report.sections import (
    awards,
    compared,
    funds,
    learning,
    models,
    organisation,
    parts,
    printed,
    targets,
)
from services.report.words import heading_of
from services.statistics.scope import KnownChoice, TreeChoice
from services.writing import day, moment, number

_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
_SECTIONS = (
    (organisation, "tổ chức Hội và hội viên năm {year}"),
    (models, "các mô hình học tập năm {year}"),
    (learning, "trung tâm học tập cộng đồng, chương trình phối hợp, tập huấn năm {year}"),
    (funds, "quỹ khuyến học năm {year}"),
    (awards, "khen thưởng, hỗ trợ năm {year}"),
    (parts, "đơn vị nào trực thuộc có số liệu năm {year}"),
    (compared, "năm {year} và năm trước đó"),
    (targets, "chỉ tiêu đề ra cho năm {year} và năm {next}"),
)


async def report(
    connection: Any,
    unit_id: str,
    year: int,
    *,
    as_known: KnownChoice = None,
    tree: TreeChoice = "then",
    with_print: bool = False,
    today: dt.date,
) -> Report:
    """A unit's report of a year. `with_print`: a section on what was printed otherwise.

    Raises `UnknownUnitError`, `NotYetKnownError`.
    """
    return content_of(
        await gather(
            connection,
            unit_id,
            year,
            as_known=as_known,
            tree=tree,
            with_print=with_print,
            today=today,
        )
    )


def content_of(material: Material) -> Report:
    """All sections; of what nothing is known, that is said instead of figures."""
    sheet, figures = Sheet(material), Figures(material.table.indicators)
    told = [(part.TITLE, part.SHORT, part.blocks(sheet, figures), about) for part, about in _SECTIONS]
    if material.printed is not None:
        told.append((printed.TITLE, printed.SHORT, printed.blocks(sheet), "số đã in của năm {year}"))
    sections = [
        Section(f"{roman}. {title}", f"{roman}. {short}", blocks or [_nothing(material, about)])
        for roman, (title, short, blocks, about) in zip(_ROMAN, told, strict=False)
    ]
    return Report(
        unit_id=material.scope.unit_id,
        year=material.year,
        position=material.scope.known,
        recorded_at=material.recorded_at,
        tree=material.scope.tree_on,
        heading=heading_of(material.scope.tree, material.unit, material.scope.tree_on, material.year),
        opening=_opening(material),
        sections=sections,
    )


def _opening(m: Material) -> str:
    return (
        f"Mọi số trong báo cáo này được tính lại từ {number(m.scope.known)} sự kiện đầu tiên của sổ khuyến"
        f" học, sự kiện cuối ghi lúc {moment(m.recorded_at)}, theo địa giới ngày {day(m.scope.tree_on)}."
        " Dấu – nghĩa là trong sổ chưa có số liệu."
    )


def _nothing(m: Material, about: str) -> Paragraph:
    return Paragraph(
        f"Đến vị trí {number(m.scope.known)}, sổ chưa ghi nhận gì về"
        f" {about.format(year=m.year, next=m.year + 1)}."
    )
