"""Members by chapter: 9.804 at the end of 2016, 10.380 a year later.

A chapter that ends counts nobody on its last day and its sibling counts them all: a unit's history rolls
up to its heir, so members left standing in an ended chapter would be counted twice.
"""

from collections.abc import Iterator
from datetime import date

from services.demo.chapters import Chapter, chapters, living_chapters
from services.demo.commands import ARTICLE, Command, command
from services.demo.shares import apportion, dice, some_day

AT_END_OF_2016 = 9_804
RISE_IN_2017 = 576
CHAPTERS_LOSING_MEMBERS = 40
JOINED_AFTER_THE_COUNT = 6  # chapters whose autumn members came after the year's count


def _counted(unit_id: str, on: date, members: int) -> Command:
    data = {"unit_id": unit_id, "members": members}
    return command("MembersCounted", on, f"{unit_id}/{on}", data, source=ARTICLE)


def _moved(kind: str, unit_id: str, on: date, members: int) -> Iterator[Command]:
    if members:
        yield command(kind, on, f"{unit_id}/{on}", {"unit_id": unit_id, "members": members}, source=ARTICLE)


def _at_end_of_2016() -> dict[str, int]:
    parts = apportion(AT_END_OF_2016, [chapter.weight for chapter in chapters()])
    return {chapter.unit_id: part for chapter, part in zip(chapters(), parts, strict=True)}


def members_of_2016() -> Iterator[Command]:
    """One count for each of the 156 chapters."""
    chance = dice("members of 2016")
    for unit_id, members in _at_end_of_2016().items():
        yield _counted(unit_id, some_day(chance, date(2016, 12, 5), date(2016, 12, 15)), members)


def _take_over(members: dict[str, int]) -> Iterator[Command]:
    """Members of ending chapters move to the sibling on the last day."""
    for chapter in chapters():
        if chapter.ending is not None:
            members[chapter.heir_id] += members.pop(chapter.unit_id)
            yield _counted(chapter.unit_id, chapter.ending.on, 0)
            yield _counted(chapter.heir_id, chapter.ending.on, members[chapter.heir_id])


def members_of_2017() -> Iterator[Command]:
    """The ending chapters' members move, some join, some leave, and December counts what that makes."""
    chance = dice("members of 2017")
    members = _at_end_of_2016()
    yield from _take_over(members)
    living = living_chapters()
    losing = {
        chapter.unit_id: chance.randint(1, 4) for chapter in chance.sample(living, CHAPTERS_LOSING_MEMBERS)
    }
    joining = apportion(RISE_IN_2017 + sum(losing.values()), [chapter.weight for chapter in living], least=2)
    late = {chapter.unit_id for chapter in chance.sample(living, JOINED_AFTER_THE_COUNT)}
    for chapter, joined in zip(living, joining, strict=True):
        left = losing.get(chapter.unit_id, 0)
        yield from _year_of(chapter, members[chapter.unit_id], joined, left, chapter.unit_id in late)


def _year_of(chapter: Chapter, members: int, joined: int, left: int, late: bool) -> Iterator[Command]:
    chance = dice(f"members of {chapter.unit_id}")
    unit_id = chapter.unit_id
    in_autumn = joined // 2
    autumn = (
        some_day(chance, date(2017, 12, 18), date(2017, 12, 28))
        if late
        else some_day(chance, date(2017, 9, 1), date(2017, 10, 31))
    )
    yield from _moved(
        "MembersJoined", unit_id, some_day(chance, date(2017, 3, 5), date(2017, 5, 20)), joined - in_autumn
    )
    yield from _moved("MembersLeft", unit_id, some_day(chance, date(2017, 6, 1), date(2017, 8, 20)), left)
    yield from _moved("MembersJoined", unit_id, autumn, in_autumn)
    counted = members + joined - left - (in_autumn if late else 0)
    yield _counted(unit_id, some_day(chance, date(2017, 12, 4), date(2017, 12, 14)), counted)
