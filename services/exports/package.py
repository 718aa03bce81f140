"""A Frictionless Data Package (specs.frictionlessdata.io/data-package) as one zip: tables, and a descriptor
with the size and SHA-256 of each, so that an altered file no longer validates.

Stored, not deflated, with one fixed time: the bytes hang on no clock and no version of a compressor.
"""

import datetime as dt
import hashlib
import io
import os
import shutil
import tempfile
import zipfile
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import IO, Any

import msgspec

from services.exports.flat import head, lines
from services.exports.ground import Ground
from services.exports.resources import CODES, FIGURES, INDICATORS, RESOURCES, UNITS, Resource
from services.exports.rows import FigureRow, code_rows, indicator_rows, unit_rows

DESCRIPTOR = "datapackage.json"
LAYOUT = "1.0"
"""Version of the tables' columns; the package's version adds the position."""
IN_MEMORY = 4 * 1024 * 1024
"""Bytes of a file held in memory; more go to a temporary file."""
PIECE = 256 * 1024

Stamp = tuple[int, str]
"""A file's bytes, and their SHA-256 in hexadecimal."""


async def write_package(
    out: IO[bytes], ground: Ground, figures: AsyncIterator[list[FigureRow]], licence: str | None
) -> None:
    """The zip. `licence`: an Open Definition id such as CC-BY-4.0; the ledger itself grants none."""
    small = [
        (UNITS, _table(UNITS, unit_rows(ground))),
        (CODES, _table(CODES, code_rows(ground))),
        (INDICATORS, _table(INDICATORS, indicator_rows())),
    ]
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as written:
        written.write(head(FigureRow).encode())
        async for rows in figures:
            written.write(lines(rows).encode())
        stamps = {FIGURES.name: _stamp(written)}
        stamps |= {resource.name: _stamp(io.BytesIO(content)) for resource, content in small}
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr(_member(DESCRIPTOR), _encoded(descriptor(ground, stamps, licence)))
            written.seek(0)
            with archive.open(_member(FIGURES.path), "w") as member:
                shutil.copyfileobj(written, member)
            for resource, content in small:
                archive.writestr(_member(resource.path), content)


def descriptor(ground: Ground, stamps: Mapping[str, Stamp], licence: str | None) -> dict[str, Any]:
    """`datapackage.json`. `created` is when the last event known was recorded."""
    unit, years = ground.unit(ground.asked.unit_id), sorted(ground.days)
    title = f"{unit.name(ground.days[years[-1]])}, {years[0]}–{years[-1]}"
    made: dict[str, Any] = {
        "profile": "tabular-data-package",
        "name": f"khuyenhoc-{unit.unit_id}-{years[0]}-{years[-1]}",
        "title": title,
        "description": "Yearly statistics of study promotion, derived from the events of a ledger. Each"
        " figure counts the unit and all below it, on the tree of the day named in `tree`.",
        "version": f"{LAYOUT}.{ground.known}",
        "created": instant(ground.recorded_at),
        "keywords": ["khuyến học", "study promotion", "Việt Nam"],
        "sources": [{"title": f"{ground.origin}, events 1–{ground.known}"}],
        "position": ground.known,
        "origin": ground.origin,
        "root": ground.root,
        "trees": {str(year): str(on) for year, on in ground.days.items()},
        "resources": [_described(resource, stamps[resource.name]) for resource in RESOURCES],
    }
    if licence is not None:
        made["licenses"] = [{"name": licence}]
    return made


def instant(at: dt.datetime) -> str:
    """RFC 3339, in UTC."""
    return at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def _described(resource: Resource, stamp: Stamp) -> dict[str, Any]:
    size, digest = stamp
    return {
        "profile": "tabular-data-resource",
        "name": resource.name,
        "title": resource.title,
        "path": resource.path,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": size,
        "hash": f"sha256:{digest}",
        "dialect": {"delimiter": ",", "lineTerminator": "\n", "quoteChar": '"', "doubleQuote": True},
        "schema": resource.schema(),
    }


def _table(resource: Resource, rows: Iterable[msgspec.Struct]) -> bytes:
    return (head(resource.row) + lines(rows)).encode()


def _stamp(file: IO[bytes]) -> Stamp:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(PIECE):
        digest.update(piece)
    return size, digest.hexdigest()


def _encoded(described: dict[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(described), indent=2) + b"\n"


def _member(path: str) -> zipfile.ZipInfo:
    """As made on any machine at any time: Unix, readable by all, the earliest day a zip knows."""
    member = zipfile.ZipInfo(path)
    member.create_system, member.external_attr = 3, 0o644 << 16
    return member
