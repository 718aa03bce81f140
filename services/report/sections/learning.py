"""III. Learning centres, joint programmes, training of officers."""

from services.report.content import Block, Paragraph
from services.report.lines import ODD, Figures, Sheet
from services.report.sections.models import ratings_table
from services.report.sections.organisation import compared_table
from services.report.telling import rise
from services.statistics.yearly import YearlyFigure
from services.writing import number

TITLE = "Trung tâm học tập cộng đồng, chương trình phối hợp và tập huấn"
SHORT = "Lớp học"
_RATED = "centre.rated"


def blocks(sheet: Sheet, figures: Figures) -> list[Block]:
    """Empty where nothing is known."""
    year = sheet.material.year
    told: list[Block] = []
    sentences = (
        ("Trung tâm học tập cộng đồng", "centre.classes", "lớp", "centre.participants", "lượt người học"),
        ("Tập huấn nghiệp vụ", "training.classes", "lớp", "training.participants", "cán bộ Hội"),
    )
    for subject, classes, class_unit, people, people_unit in sentences:
        counts = ((figures.of(classes), class_unit), (figures.of(people), people_unit))
        if said := [_told(f, unit, year) for f, unit in counts if f is not None and f.value is not None]:
            told.append(Paragraph(f"{subject}: {', '.join(said)}.", item=True))
    active = figures.of("programme.active")
    if active is not None and active.value is not None:
        text = f"Phối hợp với các ngành, đoàn thể: {_told(active, 'chương trình đang thực hiện', year)}."
        told.append(Paragraph(text, item=True))
    found = [f for f in figures.among("centre.", "programme.", "training.") if _RATED not in f.indicator]
    if found:
        told.append(compared_table(sheet, "Lớp học, chương trình phối hợp, tập huấn", found))
    return told + ratings_table(sheet, figures, _RATED, "Xếp loại trung tâm học tập cộng đồng")


def _told(figure: YearlyFigure, unit: str, year: int) -> str:
    assert figure.value is not None
    odd = "".join(f" [{ODD.lower()}{flag.vi}]" for flag in figure.flags)
    return f"{number(figure.value)} {unit}{rise(figure, year)}{odd}"
