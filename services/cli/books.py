"""Commands that give the books to other accounting programs."""

import datetime as dt
import sys
from pathlib import Path
from typing import IO, Annotated

import httpx
import typer

from services.cli.ledger import Ledger, RefusedError, open_ledger, sentence_of
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
            _fetch(ledger, path, query, sys.stdout.buffer)
            return
        part = out.with_name(out.name + ".part")
        try:
            with part.open("wb") as file:
                _fetch(ledger, path, query, file)
            part.replace(out)  # whole or not at all
        except OSError as e:
            raise RefusedError(f"Không ghi được {out}: {e.strerror}") from None
        finally:
            part.unlink(missing_ok=True)


def _fetch(ledger: Ledger, path: str, query: dict[str, str | None], file: IO[bytes]) -> None:
    """However long the service takes to write it."""
    asked = {name: value for name, value in query.items() if value is not None}
    with ledger.http.stream("GET", path, params=asked, timeout=httpx.Timeout(None, connect=5)) as answer:
        if answer.is_error:
            answer.read()
            raise RefusedError(sentence_of(answer))
        for piece in answer.iter_bytes():
            file.write(piece)
    file.flush()
