"""Commands that give the books to other accounting programs."""

import datetime as dt
import sys
from pathlib import Path
from typing import Annotated

import typer

from services.cli.fetching import fetch, written
from services.cli.ledger import RefusedError, open_ledger
from services.cli.proof import await_signed
from services.cli.screen import say

commands = typer.Typer()

Unit = Annotated[
    str | None, typer.Option("--unit", metavar="UNIT", help="Đơn vị và mọi đơn vị dưới (mặc định: tất cả).")
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="PATH", help="Tệp (mặc định: đầu ra chuẩn).", dir_okay=False)
]
AsOf = Annotated[
    dt.datetime | None,
    typer.Option("--as-of", metavar="DATE", formats=["%Y-%m-%d"], help="Đến hết ngày đó."),
]
AsKnown = Annotated[
    str | None, typer.Option("--as-known", metavar="N|DATE", help="Theo N sự kiện đầu, hoặc theo ngày.")
]
Data = Annotated[Path | None, typer.Option("--data", help="Thư mục dữ liệu.")]


@commands.command()
def hledger(
    unit: Unit = None, out: Out = None, as_of: AsOf = None, as_known: AsKnown = None, data: Data = None
) -> None:
    """Sổ quỹ cho hledger: hledger -f TỆP check --strict."""
    _export("hledger", unit, out, as_of, as_known, data)


@commands.command()
def beancount(
    unit: Unit = None, out: Out = None, as_of: AsOf = None, as_known: AsKnown = None, data: Data = None
) -> None:
    """Sổ quỹ cho beancount: bean-check TỆP."""
    _export("beancount", unit, out, as_of, as_known, data)


def _export(
    program: str,
    unit: str | None,
    out: Path | None,
    as_of: dt.datetime | None,
    as_known: str | None,
    data: Path | None,
) -> None:
    query = {"as_known": as_known, "as_of": as_of.date().isoformat() if as_of else None}
    with open_ledger(data) as ledger:
        if as_known is None:
            query["min_position"] = str(ledger.get("/health")["position"])
            try:
                await_signed(ledger)
            except RefusedError as e:
                say(str(e))  # the books then say themselves that they are not sealed
        path = f"/v1/units/{unit}/books/{program}" if unit else f"/v1/books/{program}"
        if out is None:
            fetch(ledger, path, query, sys.stdout.buffer)
            return
        with written(out) as file:
            fetch(ledger, path, query, file)
