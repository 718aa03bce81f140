"""`khuyenhoc demo`: the history of Bắc Kạn recorded and the table of 2017 rebuilt, on a directory of its own.

Never on the servers named by the environment, never on a log it did not start. A second run joins or takes
up the first: the same commands again record nothing twice.
"""

import datetime as dt
from pathlib import Path
from typing import get_args

import msgspec
from rich.markup import escape

from deploy.addresses import data_directory
from events.vocabulary import Role, today
from services.cli import tables
from services.cli.ledger import Ledger, RefusedError, ledger_of, start
from services.cli.projections import rebuild_outdated
from services.cli.record import await_read_models, record
from services.cli.screen import results, say
from services.cli.tokens import create
from services.demo.history import fingerprint, history
from services.statistics.comparison import Comparison
from services.statistics.yearly import YearlyTable

UNIT = "bac-kan-city"
NAME = "Hội Khuyến học thành phố Bắc Kạn"
PROVINCE = "thai-nguyen-province"
"""Where the city's history has come to by 2025: roles are given at units that exist today."""
YEAR = 2017
MARK = "demo.json"


class _Mark(msgspec.Struct, frozen=True):
    """Left in a data directory that the demo made: which history it holds."""

    history: str


def directory(chosen: Path | None) -> Path:
    """The demo's data directory: the one chosen if it is empty or this demo's, else one named by the history.

    Raises `RefusedError` for a directory with anything else in it.
    """
    mark = fingerprint()
    if chosen is None:
        return data_directory() / f"demo-{mark[:8]}"
    data = data_directory(chosen)
    if not data.exists() or not any(data.iterdir()) or _mark_of(data) == mark:
        return data
    raise RefusedError(
        f"{data} chứa dữ liệu khác, demo không ghi vào đó. Hãy chọn một thư mục trống cho --data."
    )


def run(data: Path, *, serve: bool) -> None:
    """Start, record, print; then serve until told to stop."""
    from deploy.running import joining

    with joining(data) as found:
        if found and found.service_url and found.addresses:
            say(f"Demo đang chạy tại {found.service_url}.")
            show(Ledger(found.service_url, found.addresses, data))
            return
    data.mkdir(parents=True, exist_ok=True)
    with start(data, own=True) as stack:
        (data / MARK).write_bytes(msgspec.json.encode(_Mark(fingerprint())))
        ledger = ledger_of(stack)
        rebuild_outdated(ledger)
        await_read_models(ledger, record_history(ledger))
        show(ledger)
        if serve:
            results().print(
                f"Dịch vụ:   {stack.service_url}   (tài liệu giao diện: {stack.service_url}/schema)\n"
                f"Lệnh khác: khuyenhoc statistics {UNIT} {YEAR} --data {data}\n"
                f"{tokens_of_every_role(ledger)}\n"
                "Ctrl-C để dừng.",
                soft_wrap=True,
                markup=False,
            )
            stack.serve_forever()


def record_history(ledger: Ledger) -> int:
    """Record everything through the batch route. Returns the last position.

    Raises `RefusedError` naming the first command that was refused: the demo's history is acceptable.
    """
    lines = [(n, msgspec.json.encode(command)) for n, command in enumerate(history(), 1)]
    last = 0
    for result in record(ledger, lines):
        if result["status"] >= 400:
            raise RefusedError(f"Lệnh {result['line']} bị từ chối: {result.get('detail') or result}")
        last = max(last, result["position"], *(a["position"] for a in result["also"]), 0)
    return last


def tokens_of_every_role(ledger: Ledger) -> str:
    """A fresh token for each role at the province, one a line, valid today and tomorrow."""
    until = (today() + dt.timedelta(days=1)).isoformat()
    made = {role: create(ledger, f"demo {role}", role, PROVINCE, until).token for role in get_args(Role)}
    return "\n".join(f"Thẻ {role + ':':<15}{token}" for role, token in made.items())


def show(ledger: Ledger) -> None:
    """The table of 2017, and computed beside printed."""
    out = results()
    table = ledger.get(f"/v1/units/{UNIT}/statistics/{YEAR}", YearlyTable)
    comparison = ledger.get(f"/v1/units/{UNIT}/comparison/{YEAR}", Comparison)
    out.print(tables.yearly(table, escape(NAME)))
    out.print()
    out.print(tables.compared(comparison, escape(NAME)))
    wrong = tables.differing(comparison.figures)
    out.print(
        f"{len(comparison.figures)} số đã in, {wrong} số khác với sổ. Lập ngày {dt.date.today():%d/%m/%Y}."
    )


def _mark_of(data: Path) -> str | None:
    try:
        return msgspec.json.decode((data / MARK).read_bytes(), type=_Mark).history
    except (FileNotFoundError, msgspec.DecodeError):
        return None
