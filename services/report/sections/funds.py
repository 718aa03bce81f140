"""IV. Funds by level: raised, awarded, held."""

from events.vocabulary import LEVELS as FROM_THE_TOP
from services.report.content import Block, Cell, Chart, Column, Paragraph, Row, Series
from services.report.lines import Figures, Notes, Sheet, plain, words
from services.report.telling import by_level
from services.report.words import LEVELS
from services.writing import day, dong

TITLE = "Quỹ khuyến học theo cấp"
SHORT = "Quỹ"
_COLUMNS = (
    ("fund.raised", "Vận động được (đồng)"),
    ("fund.in_kind", "Trong đó hiện vật (đồng)"),
    ("fund.awarded", "Khen thưởng, hỗ trợ (đồng)"),
    ("fund.balance.money", "Số dư tiền cuối năm (đồng)"),
    ("fund.balance.goods", "Số dư hiện vật cuối năm (đồng)"),
)
_PLEDGED = "fund.pledged"


def blocks(sheet: Sheet, figures: Figures) -> list[Block]:
    """Empty where nothing is known."""
    m = sheet.material
    if not list(figures.among("fund.")):
        return []
    told: list[Block] = []
    raised, awarded = figures.total("fund.raised"), figures.total("fund.awarded")
    if raised is not None:
        parts = by_level(figures.all("fund.raised"))
        told.append(Paragraph(f"Trong năm, quỹ các cấp vận động được {dong(raised)}: {parts}."))
    if awarded is not None:
        parts = by_level(figures.all("fund.awarded"))
        told.append(Paragraph(f"Chi khen thưởng, hỗ trợ {dong(awarded)}: {parts}."))
    held = figures.total("fund.balance.money")
    if held is not None:
        goods = figures.total("fund.balance.goods")
        more = f", ngoài ra còn hiện vật trị giá {dong(goods)}" if goods else ""
        told.append(Paragraph(f"Hết ngày {day(m.through)}, các quỹ còn {dong(held)} bằng tiền{more}."))
    if (pledged := figures.total(_PLEDGED)) is not None:
        told.append(Paragraph(f"Được cam kết ủng hộ trong năm: {dong(pledged)}."))
    return [*told, _table(sheet, figures), _consolidation(sheet), *_chart(figures)]


def _consolidation(sheet: Sheet) -> Paragraph:
    """What is left out where the books of several units are put together."""
    moved = sheet.material.eliminated
    amount = f" Năm nay các quỹ này chuyển cho nhau {dong(moved)}." if moved else ""
    return Paragraph(
        "Khi cộng các cấp, khoản chuyển giữa những quỹ cùng được cộng đã loại trừ: tiền vận động được tính"
        f" một lần, ở nơi vận động; khen thưởng tính ở quỹ chi.{amount}"
    )


def _table(sheet: Sheet, figures: Figures) -> Block:
    notes = Notes()
    columns = [Column("Cấp", 3, figures=False), *(Column(heading, 3) for _, heading in _COLUMNS)]
    levels = [level for level in FROM_THE_TOP if any(figures.of(name, level) for name, _ in _COLUMNS)]
    rows = [
        Row([words(LEVELS[level]), *(notes.value(figures.of(name, level)) for name, _ in _COLUMNS)])
        for level in levels
    ]
    sums: list[Cell] = [plain(figures.total(name)) for name, _ in _COLUMNS]
    rows.append(Row([words("Cộng các cấp"), *sums], strong=True))
    return sheet.table("Thu, chi và số dư quỹ theo cấp", columns, rows, notes)


def _chart(figures: Figures) -> list[Block]:
    levels = [
        level
        for level in FROM_THE_TOP
        if figures.of("fund.raised", level) or figures.of("fund.awarded", level)
    ]
    if not levels:
        return []
    series = []
    for name, heading in (("fund.raised", "Vận động được"), ("fund.awarded", "Khen thưởng, hỗ trợ")):
        found = [figures.of(name, level) for level in levels]
        series.append(Series(heading, [f.value if f else None for f in found]))
    return [
        Chart("Vận động và khen thưởng theo cấp", [LEVELS[level] for level in levels], series, unit="đồng")
    ]
