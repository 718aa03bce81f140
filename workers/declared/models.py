"""Learning models: registered, achieved, recognised; and the ratings of communes' communities."""

from collections.abc import Iterator

from workers.indicator import Indicator, Sort, Term
from workers.plausibility import Between, Leap, NotAbove

RATINGS = {
    "good": ("tốt", "good"),
    "fair": ("khá", "fair"),
    "average": ("trung bình", "average"),
    "weak": ("yếu", "weak"),
}
_NAMES = {
    "family": ("Gia đình học tập", "Learning families"),
    "clan": ("Dòng họ học tập", "Learning clans"),
    "community": ("Cộng đồng học tập", "Learning communities"),
    "unit": ("Đơn vị học tập", "Learning units"),
    "commune_community": ("Cộng đồng học tập cấp xã", "Learning communities at commune level"),
    "citizen": ("Công dân học tập", "Learning citizens"),
}
_HOUSEHOLDS = NotAbove(
    "population.households", "more-than-households", "nhiều hơn số hộ", "more than households"
)
_PERSONS = NotAbove(
    "population.persons", "more-than-population", "nhiều hơn dân số", "more than the population"
)
_PART_OF = {"family": (_HOUSEHOLDS,), "citizen": (_PERSONS,)}


def _model(model: str, vi: str, en: str) -> Iterator[Indicator]:
    registered, achieved = f"model.{model}.registered", f"model.{model}.achieved"
    yield Indicator(
        registered,
        f"{vi}: đăng ký",
        f"{en}: registered",
        "count",
        Sort.FLOW,
        (Term("ModelRegistered", "quantity", model), Term("ModelsCounted", "quantity", model)),
        rules=(*_PART_OF.get(model, ()), Leap(3, 50)),
    )
    yield Indicator(
        achieved,
        f"{vi}: đạt",
        f"{en}: achieved",
        "count",
        Sort.FLOW,
        (Term("ModelEvaluated", "extra", model), Term("ModelsCounted", "extra", model)),
        rules=(
            NotAbove(registered, "more-than-registered", "nhiều hơn số đăng ký", "more than were registered"),
            Leap(3, 50),
        ),
    )
    yield Indicator(
        f"model.{model}.rate",
        f"{vi}: tỷ lệ đạt",
        f"{en}: rate achieved",
        "percent",
        Sort.RATE,
        of=(achieved, registered),
        rules=(Between(0, 100),),
    )


def _titles(model: str, vi: str, en: str) -> Indicator:
    return Indicator(
        f"model.{model}.recognised",
        f"{vi}: được công nhận",
        f"{en}: recognised",
        "count",
        Sort.FLOW,
        (Term("ModelRecognised", "quantity", model), Term("RecognitionRevoked", "quantity", model)),
        rules=(
            NotAbove(
                f"model.{model}.achieved", "more-than-achieved", "nhiều hơn số đạt", "more than achieved"
            ),
        ),
    )


MODELS = tuple(i for model, (vi, en) in _NAMES.items() for i in _model(model, vi, en))

TITLES = (
    Indicator(
        "model.family.household_share",
        "Tỷ lệ gia đình học tập trên số hộ",
        "Learning families as a share of households",
        "percent",
        Sort.RATE,
        of=("model.family.achieved", "population.households"),
        rules=(Between(0, 100),),
    ),
    *(_titles(model, vi, en) for model, (vi, en) in _NAMES.items()),
)

COMMUNES_RATED = tuple(
    Indicator(
        f"commune_community.rated.{rating}",
        f"Cộng đồng học tập cấp xã xếp loại {vi}",
        f"Commune-level communities rated {en}",
        "count",
        Sort.FLOW,
        (Term("ModelEvaluated", "rating", "commune_community", rating=rating),),
    )
    for rating, (vi, en) in RATINGS.items()
)
