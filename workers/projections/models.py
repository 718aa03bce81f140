"""Read model `models`: every candidate of a learning model, year by year: registered, judged, recognised.

Families and citizens are known by ids only, here as in the log.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from events.declare import Fact
from events.log.read import Stored
from workers.projection import CannotFoldError, Projection, columns, history_of, page_of
from workers.projections.searching import plain

KINDS = ("ModelRegistered", "ModelEvaluated", "ModelRecognised", "RecognitionRevoked")

_TABLES = """
CREATE TABLE candidate (
    candidate_id text PRIMARY KEY,
    model        text NOT NULL,
    unit_id      text NOT NULL,                -- of the registration last recorded
    name         text,                         -- a clan's, community's or unit's
    search       text,
    person_id    uuid,
    years        smallint[] NOT NULL           -- registered for, ascending
);
CREATE INDEX candidate_unit ON candidate (unit_id, model, candidate_id);
CREATE INDEX candidate_person ON candidate (person_id) WHERE person_id IS NOT NULL;

CREATE TABLE candidate_year (
    candidate_id     text     NOT NULL,
    year             smallint NOT NULL,
    model            text     NOT NULL,
    unit_id          text     NOT NULL,        -- where it registered that year
    registered_on    date     NOT NULL,
    registration     uuid     NOT NULL,
    evaluation       uuid,                     -- the one that holds: the last recorded
    evaluated_on     date,
    rule_set         text,
    total            numeric,
    achieved         boolean,
    rating           text,
    recognition      uuid,                     -- the last one, revoked or not
    recognised_on    date,
    decision_no      text,
    decided_by       text,
    valid_until      date,
    revoked_on       date,
    PRIMARY KEY (candidate_id, year)
);
CREATE INDEX candidate_year_unit ON candidate_year (unit_id, year, model, candidate_id);
"""


class Year(msgspec.Struct):
    """A candidate's year; the columns of `candidate_year`."""

    candidate_id: str
    year: int
    model: str
    unit_id: str
    registered_on: dt.date
    registration: UUID
    evaluation: UUID | None = None
    evaluated_on: dt.date | None = None
    rule_set: str | None = None
    total: Decimal | None = None
    achieved: bool | None = None
    rating: str | None = None
    recognition: UUID | None = None
    recognised_on: dt.date | None = None
    decision_no: str | None = None
    decided_by: str | None = None
    valid_until: dt.date | None = None
    revoked_on: dt.date | None = None


@dataclass(slots=True)
class Candidate:
    """The columns of `candidate`, and of its years those that a page touches."""

    candidate_id: str
    model: str = ""
    unit_id: str = ""
    name: str | None = None
    person_id: UUID | None = None
    registered: list[int] = field(default_factory=list)
    """All years it is registered for, before the page."""
    years: dict[int, Year] = field(default_factory=dict)

    def apply(self, fact: Fact) -> None:
        """Fold a fact that is no withdrawal. `Any`: the kinds' structs, told apart by their type's name."""
        data: Any = fact.data
        if fact.type == "ModelRegistered":
            self.model, self.unit_id = data.model, data.unit_id
            self.name, self.person_id = data.name or self.name, data.person_id or self.person_id
            self.years[data.year] = Year(
                self.candidate_id, data.year, data.model, data.unit_id, fact.occurred_on, fact.event_id
            )
            return
        year = self.years.get(data.year)
        if year is None:
            raise CannotFoldError(f"{fact.type} of {fact.stream}: not registered for {data.year}")
        if fact.type == "ModelEvaluated":
            year.evaluation, year.evaluated_on, year.rule_set = fact.event_id, fact.occurred_on, data.rule_set
            year.total, year.achieved, year.rating = data.total, data.achieved, data.rating
        elif fact.type == "ModelRecognised":
            year.recognition, year.recognised_on, year.revoked_on = fact.event_id, fact.occurred_on, None
            year.decision_no, year.decided_by = data.decision_no, data.decided_by
            year.valid_until = data.valid_until
        elif fact.type == "RecognitionRevoked":
            year.revoked_on = fact.occurred_on


class Models(Projection):
    name = "models"
    version = 1
    tables = _TABLES

    async def fold(self, connection: Any, after: int, through: int, parked: Sequence[str]) -> None:
        page = await page_of(connection, after, through, parked, KINDS)
        if not page:
            return
        withdrawn = {e.fact.stream for e in page if e.fact.type == "RecordWithdrawn"}
        anew = {stream.removeprefix("model-") for stream in withdrawn}
        touched = {_year_of(e.fact) for e in page if e.fact.stream not in withdrawn}
        candidates = await _load(connection, touched)
        for event in page:
            if event.fact.stream not in withdrawn:
                _of(candidates, event.fact).apply(event.fact)
        # A withdrawal brings back what was before: those few are folded from their first event.
        if withdrawn:
            for fact in _standing(await history_of(connection, withdrawn, through, KINDS)):
                _of(candidates, fact).apply(fact)
        await _store(connection, touched, anew, [c for c in candidates.values() if c.years])


def _year_of(fact: Fact) -> tuple[str, int]:
    data: Any = fact.data
    return fact.stream.removeprefix("model-"), data.year


def _of(candidates: dict[str, Candidate], fact: Fact) -> Candidate:
    candidate_id = fact.stream.removeprefix("model-")
    return candidates.setdefault(candidate_id, Candidate(candidate_id))


def _standing(history: Iterable[Stored]) -> list[Fact]:
    facts = [e.fact for e in history]
    gone = {f.effect.target for f in facts if f.type == "RecordWithdrawn"}
    return [f for f in facts if f.type != "RecordWithdrawn" and f.event_id not in gone]


async def _load(connection: Any, touched: set[tuple[str, int]]) -> dict[str, Candidate]:
    """Only those years: a household that registers for its tenth leaves nine as they are."""
    rows = await connection.fetch(
        "SELECT candidate_id, model, unit_id, name, person_id, years FROM candidate"
        " WHERE candidate_id IN (SELECT unnest($1::text[]))",
        list({candidate_id for candidate_id, _ in touched}),
    )
    found = {row["candidate_id"]: Candidate(*row) for row in rows}
    names = ", ".join(Year.__struct_fields__)
    years = await connection.fetch(
        f"SELECT {names} FROM candidate_year"
        " WHERE (candidate_id, year) IN (SELECT * FROM unnest($1::text[], $2::smallint[]))",
        *columns(touched, 2),
    )
    for row in years:
        found[row["candidate_id"]].years[row["year"]] = Year(*row)
    return found


async def _store(
    connection: Any, touched: set[tuple[str, int]], anew: set[str], candidates: list[Candidate]
) -> None:
    """Replace the rows of touched years, all of those folded anew, and their candidates'."""
    await connection.execute(
        "DELETE FROM candidate WHERE candidate_id IN (SELECT unnest($1::text[]))",
        list({candidate_id for candidate_id, _ in touched} | anew),
    )
    await connection.execute(
        "DELETE FROM candidate_year"
        " WHERE (candidate_id, year) IN (SELECT * FROM unnest($1::text[], $2::smallint[]))",
        *columns(touched, 2),
    )
    if anew:
        await connection.execute(
            "DELETE FROM candidate_year WHERE candidate_id IN (SELECT unnest($1::text[]))", list(anew)
        )
    await connection.copy_records_to_table("candidate", records=[_candidate_row(c) for c in candidates])
    years = [msgspec.structs.astuple(year) for c in candidates for year in c.years.values()]
    await connection.copy_records_to_table("candidate_year", records=years)


def _candidate_row(candidate: Candidate) -> tuple[Any, ...]:
    name = candidate.name
    search = plain(name) if name is not None else None
    years = sorted({*candidate.registered, *candidate.years})
    return (
        candidate.candidate_id, candidate.model, candidate.unit_id, name, search, candidate.person_id, years
    )  # fmt: skip
