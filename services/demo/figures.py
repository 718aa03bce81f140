"""What was printed, row by row of published-figures.csv, right or wrong: the ledger puts its own beside it.

A figure is dated by the last day of the year it speaks of; when it was printed is not known.
"""

import csv
import hashlib
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from typing import Any

from services.demo.commands import Command, command


def _number(text: str) -> int | float:
    value = float(text)
    return int(value) if value.is_integer() else value


def _data(row: dict[str, str]) -> dict[str, Any]:
    data: dict[str, Any] = {
        "source_id": row["source"],
        "unit_id": row["unit"],
        "year": int(row["year"]),
        "indicator": row["indicator"],
        "level": row["level"],
        "measure": row["measure"],
        "value": _number(row["value"]),
        "step": _number(row["step"]),
        "qualifier": row["qualifier"],
        "printed": row["printed"],
        "remark": row["remark"],
    }
    return {field: value for field, value in data.items() if value != ""}


def figures() -> Iterator[Command]:
    """One `FigurePublished` a row, naming the file's digest and the line it came from."""
    content = files("services.demo").joinpath("published-figures.csv").read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    for line, row in enumerate(csv.DictReader(content.decode().splitlines()), start=2):
        yield command(
            "FigurePublished",
            date(int(row["year"]), 12, 31),
            f"{row['source']}/{row['unit']}/{row['year']}/{row['indicator']}/{row['level']}",
            _data(row),
            source=row["source"],
            invented=False,
            file_digest=digest,
            line=line,
        )
