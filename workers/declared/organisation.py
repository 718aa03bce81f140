"""Units, members and the people they live among, reports."""

from workers.indicator import Indicator, Sort, Term
from workers.plausibility import Between, Leap, NotAbove, NotBelowZero

CHAPTERS = Indicator(
    "unit.chapters",
    "Số chi hội",
    "Chapters",
    "count",
    Sort.STOCK,
    tuple(
        Term(kind, "quantity", level="chapter")
        for kind in ("UnitEstablished", "UnitMerged", "UnitSplit", "UnitDissolved")
    ),
    rules=(NotBelowZero(), Leap(2, 20)),
)
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
