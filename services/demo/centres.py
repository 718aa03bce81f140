"""Community learning centres and their classes, the city's training courses, its joint programmes.

136 classes for 365 participants is what was printed, odd as it is (2,7 a class): the demo records it so.
"""

from collections.abc import Iterator
from datetime import date

from services.demo.chapters import COMMUNES
from services.demo.commands import ARTICLE, Command, command
from services.demo.shares import apportion, dice, some_day

CITY = "bac-kan-city"
CLASSES_AT_A_SITTING = (1, 2, 2, 1, 3, 2, 2, 1, 3)  # 17 for each of 8 centres: 136
PARTICIPANTS = 365
CENTRES_RATED_GOOD = 3

TOPICS = (
    "Kỹ thuật trồng rau an toàn",
    "Chăm sóc cây ăn quả",
    "Chăn nuôi gà thả vườn",
    "Phòng bệnh cho gia súc",
    "Bồi dưỡng cán bộ cơ sở",
    "Pháp luật trong đời sống",
)

PARTNERS = (
    ("mttq", "Ủy ban MTTQ Việt Nam thành phố Bắc Kạn", date(2016, 3, 10)),
    ("hoi-lhpn", "Hội LHPN thành phố Bắc Kạn", date(2016, 3, 24)),
    ("doan-tncs", "Đoàn TNCS Hồ Chí Minh thành phố Bắc Kạn", date(2016, 4, 14)),
    ("phong-gddt", "Phòng GD&ĐT thành phố Bắc Kạn", date(2016, 5, 5)),
)

TRAININGS = (
    (date(2017, 4, 12), "Nghiệp vụ công tác Hội cơ sở", 25),
    (date(2017, 8, 16), "Xây dựng mô hình học tập, vận động quỹ (tại phường Xuất Hóa)", 28),
    (date(2017, 9, 20), "Đánh giá, xếp loại các mô hình học tập", 25),
    (date(2017, 10, 18), "Ghi chép sổ sách quỹ khuyến học", 24),
)


def centre_of(commune_id: str) -> str:
    """The learning centre of a commune."""
    return f"tthtcd-{commune_id}"


def open_centres() -> Iterator[Command]:
    """One for each commune, long before the years with figures."""
    for commune in COMMUNES:
        centre_id = centre_of(commune.unit_id)
        name = f"Trung tâm học tập cộng đồng {commune.place}"
        data = {"centre_id": centre_id, "unit_id": commune.unit_id, "name": name}
        yield command("LearningCentreOpened", date(2008, 9, 15), centre_id, data, source=ARTICLE)


def classes_of_2017() -> Iterator[Command]:
    """Every class has somebody in it; beyond that the 365 are spread by chance."""
    chance = dice("classes of 2017")
    sittings = [(commune.unit_id, n) for commune in COMMUNES for n in range(1, len(CLASSES_AT_A_SITTING) + 1)]
    classes = [CLASSES_AT_A_SITTING[n - 1] for _, n in sittings]
    more = apportion(PARTICIPANTS - sum(classes), [count * chance.randint(2, 8) for count in classes])
    for (commune_id, n), count, further in zip(sittings, classes, more, strict=True):
        centre_id = centre_of(commune_id)
        data = {
            "centre_id": centre_id,
            "topic": chance.choice(TOPICS),
            "participants": count + further,
            "classes": count,
        }
        on = some_day(chance, date(2017, n + 1, 1), date(2017, n + 1, 28))
        yield command("ClassHeld", on, f"{centre_id}/2017/{n}", data, source=ARTICLE)


def ratings_of_2017() -> Iterator[Command]:
    """Three good, five fair; which three is invented."""
    good = {commune.unit_id for commune in dice("ratings of 2017").sample(COMMUNES, CENTRES_RATED_GOOD)}
    for commune in COMMUNES:
        centre_id = centre_of(commune.unit_id)
        rating = "good" if commune.unit_id in good else "fair"
        data = {"centre_id": centre_id, "year": 2017, "rating": rating}
        yield command("CentreRated", date(2017, 12, 15), f"{centre_id}/2017", data, source=ARTICLE)


def programmes_of_2016() -> Iterator[Command]:
    """Four programmes for 2016-2020, one with each partner body."""
    for partner_id, partner, on in PARTNERS:
        programme_id = f"phoi-hop-{partner_id}-2016-2020"
        data = {
            "programme_id": programme_id,
            "unit_id": CITY,
            "title": f"Phối hợp khuyến học 2016-2020 với {partner}",
            "partners": [partner],
            "from_year": 2016,
            "to_year": 2020,
        }
        yield command("ProgrammeSigned", on, programme_id, data, source=ARTICLE)


def trainings_of_2017() -> Iterator[Command]:
    """Four courses for 102 officers; the one at Xuất Hóa is dated in print."""
    for on, topic, participants in TRAININGS:
        data = {"unit_id": CITY, "topic": topic, "classes": 1, "participants": participants}
        yield command("TrainingHeld", on, f"{CITY}/{on}", data, source=ARTICLE)
