"""How long a yearly table takes: a district's, a province's, and as it was known on any day of ten years."""

from random import Random

from tests.benchmarks.memory import Memory, family
from tests.benchmarks.province import FIRST_YEAR, LAST_YEAR, MOST_COMMUNES, PROVINCE, Province
from tests.benchmarks.recorded import bytes_per_event, date_over_the_years, fold, record_province
from tests.benchmarks.results import Ground, Latency, Result
from tests.benchmarks.sending import Job, Sender, request_of
from tests.benchmarks.serving import serving, token

FULL_FROM = 100_000
"""Events that are enough for 200 communes and 3,000 chapters over ten years, with few families."""
ASKED = 200


async def tables(ground: Ground) -> list[Result]:
    """One client, one question after the other, each of another year, unit or day."""
    full = ground.events >= FULL_FROM
    province = Province(ground.events, communes=MOST_COMMUNES if full else 0)
    await record_province(ground, province)
    await date_over_the_years(ground)
    await fold(ground)
    size = f"{province.commune_count} communes, {len(province.all_chapters):,} chapters, 10 years"
    with serving(ground) as served, Sender() as sender:
        reader = token(ground, served, "auditor")
        found = []
        for name, paths, at_least in _questions(province):
            requests = [request_of("GET", path, reader) for path in paths]
            (await sender.send(Job(served.port, requests[: ASKED // 4], 1))).all_good()
            with Memory(family(served.pid)) as memory:
                sent = (await sender.send(Job(served.port, requests, 1))).all_good()
            latency = Latency.of(sent.latencies)
            found.append(
                Result(
                    f"{name} ({size}), by its p99",
                    1000 / latency.p99_ms,
                    "/s",
                    None,
                    f"asked: under {1000 // at_least} ms",
                    at_least,
                    latency.p50_ms,
                    latency.p95_ms,
                    latency.p99_ms,
                    memory.all_mb,
                    await bytes_per_event(ground),
                )
            )
    return found


def _questions(province: Province) -> list[tuple[str, list[str], int]]:
    """(name, paths, tables a second at least)"""
    chance = Random(10)
    years = range(FIRST_YEAR, LAST_YEAR + 1)

    def table(unit: str, year: int) -> str:
        return f"/v1/units/{unit}/statistics/{year}"

    def day(year: int) -> str:
        return f"?as_known={year}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"

    districts = [table(chance.choice(province.districts), chance.choice(years)) for _ in range(ASKED)]
    whole = [table(PROVINCE, chance.choice(years)) for _ in range(ASKED)]
    known = [table(PROVINCE, year) + day(year) for year in chance.choices(years, k=ASKED)]
    now = [path + "?tree=now" for path in whole]
    return [
        ("a district's yearly table", districts, 100),
        ("a province's yearly table", whole, 20),
        ("a province's yearly table on today's tree", now, 20),
        ("a province's yearly table as known on any day", known, 4),
    ]
