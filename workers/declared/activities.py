"""Learning centres, joint programmes, training."""

from workers.declared.models import RATINGS
from workers.indicator import Indicator, Sort, Term
from workers.plausibility import AtLeastEach, Leap, NotBelowZero

FEWEST_A_CLASS = 5
"""Below so many participants a class, somebody has counted something else: one city printed 2,7."""


def _filled(classes: str) -> AtLeastEach:
    return AtLeastEach(
        classes,
        FEWEST_A_CLASS,
        "few-a-class",
        f"chưa tới {FEWEST_A_CLASS} người mỗi lớp",
        f"fewer than {FEWEST_A_CLASS} participants a class",
    )


CENTRES = (
    Indicator(
        "centre.classes",
        "Số lớp mở tại trung tâm học tập cộng đồng",
        "Classes at learning centres",
        "count",
        Sort.FLOW,
        (Term("ClassHeld", "extra"),),
        topics=True,
        rules=(Leap(3, 30),),
    ),
    Indicator(
        "centre.participants",
        "Lượt người học tại trung tâm học tập cộng đồng",
        "Participants at learning centres",
        "person_turn",
        Sort.FLOW,
        (Term("ClassHeld", "quantity"),),
        topics=True,
        rules=(_filled("centre.classes"), Leap(3, 300)),
    ),
    *(
        Indicator(
            f"centre.rated.{rating}",
            f"Trung tâm học tập cộng đồng xếp loại {vi}",
            f"Learning centres rated {en}",
            "count",
            Sort.FLOW,
            (Term("CentreRated", "rating", rating=rating),),
        )
        for rating, (vi, en) in RATINGS.items()
    ),
)
PROGRAMMES = Indicator(
    "programme.active",
    "Chương trình phối hợp đang thực hiện",
    "Joint programmes in force",
    "count",
    Sort.STOCK,
    (Term("ProgrammeSigned", "quantity"), Term("ProgrammeEnded", "quantity")),
    rules=(NotBelowZero(),),
)
TRAINING = (
    Indicator(
        "training.classes",
        "Số lớp tập huấn cán bộ Hội",
        "Training classes for officers",
        "count",
        Sort.FLOW,
        (Term("TrainingHeld", "extra"),),
        topics=True,
        rules=(Leap(5, 10),),
    ),
    Indicator(
        "training.participants",
        "Cán bộ Hội được tập huấn",
        "Officers trained",
        "person",
        Sort.FLOW,
        (Term("TrainingHeld", "quantity"),),
        topics=True,
        rules=(_filled("training.classes"), Leap(5, 100)),
    ),
)
