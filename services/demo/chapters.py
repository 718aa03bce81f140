"""The 156 chapters of the city, two thirds of them one to a residential group, the rest two to a group.

123 groups are printed (they are the learning communities), 156 chapters too; which group has two, and what
the hamlets are called, is invented. Four second chapters end early in 2017, which leaves the printed 152.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

from services.demo.commands import CITY_SITE_2016, Command, command
from services.demo.shares import dice, some_day


@dataclass(frozen=True)
class Commune:
    """A commune of the city: its residential groups, and those of them that have chapters A and B."""

    unit_id: str
    place: str
    groups: tuple[str, ...]
    doubled: frozenset[str]


@dataclass(frozen=True)
class Ending:
    """How a chapter ended; its members and households go to the sibling chapter of the same group."""

    on: date
    merged: bool


@dataclass(frozen=True)
class Chapter:
    """A chapter; `weight` is its size beside the others, from which all its figures follow."""

    unit_id: str
    place: str
    commune_id: str
    founded: date
    weight: int
    ending: Ending | None
    heir_id: str


@dataclass(frozen=True)
class Group:
    """A residential group (tổ dân phố, thôn); its first chapter, which lives on, registers it."""

    group_id: str
    place: str
    chapter_id: str


def _numbered(count: int) -> tuple[str, ...]:
    return tuple(f"tổ {number}" for number in range(1, count + 1))


def _doubled(*numbers: int) -> frozenset[str]:
    return frozenset(f"tổ {number}" for number in numbers)


DUONG_QUANG = "Bản Bung, Bản Giềng, Bản Pẻn, Nà Cưởm, Nà Dì, Nà Oi, Nà Pài, Nà Rào, Phặc Tràng, Quan Nưa"
NONG_THUONG = (
    "Cốc Muổng, Khuổi Chang, Khuổi Cuồng, Nà Bản, Nà Choong, Nà Chuông, "
    "Nà Diểu, Nà Kẹn, Nà Nàng, Nà Thinh, Nà Vịt, Tân Thành"
)


def _hamlets(names: str) -> tuple[str, ...]:
    return tuple(f"thôn {name}" for name in names.split(", "))


COMMUNES = (
    Commune("nguyen-thi-minh-khai", "phường Nguyễn Thị Minh Khai", _numbered(16), _doubled(2, 4, 7, 11, 13)),
    Commune("song-cau", "phường Sông Cầu", _numbered(19), _doubled(1, 5, 8, 12, 15, 18)),
    Commune("duc-xuan", "phường Đức Xuân", _numbered(20), _doubled(1, 3, 5, 8, 10, 11, 14, 17)),
    Commune("phung-chi-kien", "phường Phùng Chí Kiên", _numbered(16), _doubled(3, 6, 9, 10, 14)),
    Commune("huyen-tung", "phường Huyền Tụng", _numbered(18), _doubled(4, 9, 16)),
    Commune("duong-quang", "xã Dương Quang", _hamlets(DUONG_QUANG), frozenset({"thôn Bản Bung"})),
    Commune(
        "nong-thuong", "xã Nông Thượng", _hamlets(NONG_THUONG), frozenset({"thôn Nà Kẹn", "thôn Nà Vịt"})
    ),
    Commune("xuat-hoa", "phường Xuất Hóa", _numbered(12), _doubled(2, 6, 7)),
)

ENDINGS = {
    "nguyen-thi-minh-khai-to-4b": Ending(date(2017, 2, 15), merged=True),
    "song-cau-to-12b": Ending(date(2017, 2, 15), merged=True),
    "huyen-tung-to-9b": Ending(date(2017, 2, 28), merged=False),
    "xuat-hoa-to-6b": Ending(date(2017, 2, 28), merged=False),
}


def slug(text: str) -> str:
    """'tổ 10B phường Đức Xuân' → 'to-10b-phuong-duc-xuan'."""
    bare = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "-".join("".join(c for c in bare if not unicodedata.combining(c)).split())


def _names_of_chapters(commune: Commune, group: str) -> list[str]:
    if group not in commune.doubled:
        return [group]
    gap = "" if group.startswith("tổ") else " "
    return [f"{group}{gap}{letter}" for letter in "AB"]


@cache
def chapters() -> tuple[Chapter, ...]:
    """All 156, in the order of communes and groups."""
    chance = dice("chapters")
    found: list[Chapter] = []
    for commune in COMMUNES:
        for group in commune.groups:
            ids_and_names = [
                (f"{commune.unit_id}-{slug(name)}", name) for name in _names_of_chapters(commune, group)
            ]
            found += [
                Chapter(
                    unit_id=unit_id,
                    place=f"{name} {commune.place}",
                    commune_id=commune.unit_id,
                    founded=some_day(chance, date(2005, 3, 1), date(2014, 10, 31)),
                    weight=chance.randint(60, 140),
                    ending=ENDINGS.get(unit_id),
                    heir_id=ids_and_names[0][0] if unit_id in ENDINGS else unit_id,
                )
                for unit_id, name in ids_and_names
            ]
    return tuple(found)


@cache
def living_chapters() -> tuple[Chapter, ...]:
    """The 152 that remain after February 2017."""
    return tuple(chapter for chapter in chapters() if chapter.ending is None)


def groups() -> Iterator[Group]:
    """The 123 residential groups, each with its first chapter."""
    for commune in COMMUNES:
        for group in commune.groups:
            first = _names_of_chapters(commune, group)[0]
            yield Group(
                group_id=f"{commune.unit_id}-{slug(group)}",
                place=f"{group[0].upper()}{group[1:]} {commune.place}",
                chapter_id=f"{commune.unit_id}-{slug(first)}",
            )


def found_chapters() -> Iterator[Command]:
    """Every chapter is older than the figures, so that 156 stand at the end of 2016."""
    for chapter in chapters():
        data = {
            "unit_id": chapter.unit_id,
            "name": f"Chi hội {chapter.place}",
            "level": "chapter",
            "parent_id": chapter.commune_id,
        }
        yield command("UnitEstablished", chapter.founded, chapter.unit_id, data, source=CITY_SITE_2016)


def end_chapters() -> Iterator[Command]:
    """Two are merged into their sibling, two dissolved; members and funds have left before."""
    for chapter in chapters():
        if chapter.ending is None:
            continue
        if chapter.ending.merged:
            kind, data = "UnitMerged", {"unit_id": chapter.unit_id, "into_unit_id": chapter.heir_id}
        else:
            reason = (
                "Chi hội ít hội viên, tự nguyện kết thúc hoạt động; hội viên chuyển sang chi hội cùng tổ."
            )
            kind, data = "UnitDissolved", {"unit_id": chapter.unit_id, "reason": reason}
        yield command(kind, chapter.ending.on, chapter.unit_id, data)
