"""Units, members and the people they live among, reports."""

from workers.indicator import Indicator, Sort, Term
from workers.plausibility import Between, Leap, NotAbove, NotBelowZero


def _units(name: str, vi: str, en: str, level: str) -> Indicator:
    """How many units of a level there are."""
    kinds = ("UnitEstablished", "UnitMerged", "UnitSplit", "UnitDissolved")
    terms = tuple(Term(kind, "quantity", level=level) for kind in kinds)
    return Indicator(name, vi, en, "count", Sort.STOCK, terms, rules=(NotBelowZero(), Leap(2, 20)))


CHAPTERS = _units("unit.chapters", "Số chi hội", "Chapters", "chapter")
COMMUNES = _units("unit.communes", "Số đơn vị cấp xã", "Communes and wards", "commune")
MEMBERS = Indicator(
    "member.total",
    "Tổng số hội viên",
    "Members",
    "count",
    Sort.STOCK,
    tuple(Term(kind, "quantity") for kind in ("MembersCounted", "MembersJoined", "MembersLeft")),
    rules=(
        NotBelowZero(),
        NotAbove(
            "population.persons", "more-than-population", "nhiều hơn dân số", "more than the population"
        ),
        Leap(2, 50),
    ),
)

POPULATION = (
    Indicator(
        "population.persons",
        "Dân số",
        "Population",
        "count",
        Sort.STOCK,
        (Term("PopulationStated", "quantity"),),
        covers=True,
        rules=(Leap(2, 100),),
    ),
    Indicator(
        "population.households",
        "Số hộ",
        "Households",
        "count",
        Sort.STOCK,
        (Term("PopulationStated", "extra"),),
        covers=True,
        rules=(
            NotAbove(
                "population.persons", "more-than-population", "nhiều hơn dân số", "more than the population"
            ),
            Leap(2, 30),
        ),
    ),
    Indicator(
        "member.share",
        "Tỷ lệ hội viên trên dân số",
        "Members as a share of the population",
        "percent",
        Sort.RATE,
        of=("member.total", "population.persons"),
        rules=(Between(0, 100),),
    ),
)

REPORTS = (
    Indicator(
        "report.submitted",
        "Số báo cáo năm đã nộp",
        "Yearly reports submitted",
        "count",
        Sort.FLOW,
        (Term("ReportSubmitted", "quantity"),),
    ),
    Indicator(
        "report.on_time",
        "Số báo cáo năm nộp đúng hạn (đến hết 31/01 năm sau)",
        "Yearly reports on time (by 31 January of the next year)",
        "count",
        Sort.FLOW,
        (Term("ReportSubmitted", "extra"),),
    ),
    COMMUNES,
    Indicator(
        "report.communes_on_time",
        "Số đơn vị cấp xã nộp báo cáo năm đúng hạn",
        "Communes and wards whose yearly report was on time",
        "count",
        Sort.FLOW,
        (Term("ReportSubmitted", "extra", level="commune"),),
        rules=(NotAbove(COMMUNES.name, "more-than-units", "nhiều hơn số đơn vị", "more than there are"),),
    ),
    Indicator(
        "report.on_time_rate",
        "Tỷ lệ đơn vị cấp xã nộp báo cáo năm đúng hạn",
        "Communes and wards whose yearly report was on time, as a share of all",
        "percent",
        Sort.RATE,
        of=("report.communes_on_time", COMMUNES.name),
        version=2,
        rules=(Between(0, 100),),
    ),
)
"""Who ought to report is who is there on 31 December. The rate is of communes and wards alone: chapters hand
in none of their own, and the level between them and the province ended in 2025."""

RETIRED_REPORTS = (
    Indicator(
        "report.on_time_rate",
        "Tỷ lệ báo cáo năm nộp đúng hạn",
        "Rate of yearly reports on time",
        "percent",
        Sort.RATE,
        of=("report.on_time", "report.submitted"),
        rules=(Between(0, 100),),
    ),
)
"""Of the reports handed in, so that who handed in none did not count."""
