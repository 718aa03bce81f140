"""The history of Bắc Kạn's study-promotion associations, as commands in the order they are recorded.

The same in every run and on every machine. It adds up to what was printed for 2016 and 2017; what print
does not tell is invented and says so in its metadata.
"""

import hashlib
from collections.abc import Iterable, Iterator
from itertools import chain

import msgspec

from services.demo.awards import awards_of_chapters, awards_of_city, awards_of_communes
from services.demo.centres import (
    classes_of_2017,
    open_centres,
    programmes_of_2016,
    ratings_of_2017,
    trainings_of_2017,
)
from services.demo.chapters import end_chapters, found_chapters
from services.demo.commands import Command
from services.demo.corrections import misrecord
from services.demo.donations import (
    donations_of_2018,
    donations_to_chapters,
    donations_to_city,
    donations_to_communes,
)
from services.demo.figures import figures
from services.demo.funds import funds_of_ending_chapters, open_funds
from services.demo.members import members_of_2016, members_of_2017
from services.demo.models import models
from services.demo.persons import persons
from services.demo.units import found_units, merger_of_2025, reports


def _by_day(*subjects: Iterable[Command]) -> list[Command]:
    """By day; within a day in the order given, so name first what the rest of a day stands on."""
    return sorted(chain(*subjects), key=lambda entry: entry["occurred_on"])


def _year_2016() -> list[Command]:
    return _by_day(
        programmes_of_2016(),
        members_of_2016(),
        models(2016),
        awards_of_city(2016),
        awards_of_communes(2016),
    )


def _year_2017() -> list[Command]:
    """As it truly was; members and funds leave an ending chapter before it ends."""
    return _by_day(
        reports(2016),
        persons(),
        members_of_2017(),
        funds_of_ending_chapters(),
        end_chapters(),
        models(2017),
        classes_of_2017(),
        ratings_of_2017(),
        trainings_of_2017(),
        donations_to_city(),
        donations_to_communes(),
        donations_to_chapters(),
        awards_of_city(2017),
        awards_of_communes(2017),
        awards_of_chapters(),
    )


def history() -> Iterator[Command]:
    """Every command, each acceptable once those before it are recorded."""
    year_2016 = _year_2016()
    year_2017, put_right = misrecord(_year_2017())
    begun_2018 = _by_day(reports(2017), donations_of_2018())
    recorded = [*year_2016, *year_2017, *begun_2018, *put_right]
    yield from found_units()
    yield from _by_day(found_chapters(), open_centres(), open_funds(recorded))
    yield from recorded
    yield from figures()
    yield from merger_of_2025()


def fingerprint() -> str:
    """SHA-256, in hex, of the whole history: one line of JSON a command, keys in order."""
    encoder = msgspec.json.Encoder(order="sorted")
    digest = hashlib.sha256()
    for entry in history():
        digest.update(encoder.encode(entry) + b"\n")
    return digest.hexdigest()
