"""`khuyenhoc token …`: a token for a program or a colleague, printed once; the list of them; their end."""

import datetime as dt
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, get_args
from uuid import UUID

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from events.vocabulary import VIETNAM, Role, day_of, today
from services.api.tokens.shapes import TokenLine, TokenMade, Tokens
from services.cli.ledger import Ledger, RefusedError, open_ledger, sentence_of
from services.cli.screen import results, say
from services.writing import day

commands = typer.Typer(help="Thẻ truy cập.", no_args_is_help=True)

Data = Annotated[Path | None, typer.Option("--data", help="Thư mục dữ liệu.")]


@commands.command("create")
def create_command(
    name: Annotated[str, typer.Option("--name", help="Tên để người quản trị nhận ra (được niêm phong).")],
    role: Annotated[
        str, typer.Option("--role", help="recorder, approver, auditor, integrator hoặc administrator.")
    ],
    unit: Annotated[str, typer.Option("--unit", metavar="UNIT", help="Vai trò tại đơn vị này và bên dưới.")],
    expires: Annotated[
        dt.datetime | None,
        typer.Option("--expires", metavar="DATE", formats=["%Y-%m-%d"], help="Ngày cuối còn hiệu lực."),
    ] = None,
    data: Data = None,
) -> None:
    """Cấp một thẻ truy cập; thẻ chỉ hiện một lần này."""
    if role not in get_args(Role):
        raise typer.BadParameter(f"--role: «{role}» không phải một trong {', '.join(get_args(Role))}")
    with open_ledger(data) as ledger:
        made = create(ledger, name, role, unit, str(expires.date()) if expires else None)
    say(f"Người dùng {made.actor_id}, thẻ {made.token_id}. Hãy cất thẻ này, nó không hiện lại lần nữa:")
    sys.stdout.write(made.token + "\n")


@commands.command("list")
def list_command(
    as_json: Annotated[bool, typer.Option("--json", help="In JSON.")] = False, data: Data = None
) -> None:
    """Các thẻ đã cấp trong phạm vi quản trị: của ai, vai trò, hạn, lần dùng cuối, đã thu hồi chưa."""
    with open_ledger(data) as ledger:
        found = list(_tokens(ledger))
    if as_json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    else:
        results().print(_table(found))


@commands.command("withdraw")
def withdraw_command(
    token: Annotated[UUID, typer.Argument(metavar="TOKEN_ID", help="Mã thẻ, như «token list» in ra.")],
    data: Data = None,
) -> None:
    """Thu hồi một thẻ: từ lúc này thẻ không mở được gì nữa."""
    with open_ledger(data) as ledger:
        withdraw(ledger, token)
    say(f"Đã thu hồi thẻ {token}.")


def create(ledger: Ledger, name: str, role: str, unit: str, expires: str | None = None) -> TokenMade:
    """Make a token with one role at one unit. Raises `RefusedError`."""
    wanted = {"name": name, "role": role, "unit_id": unit}
    if expires is not None:
        wanted["expires_on"] = expires
    answer = ledger.http.post("/v1/tokens", json=wanted)
    if answer.is_error:
        raise RefusedError(sentence_of(answer))
    return msgspec.json.decode(answer.content, type=TokenMade)


def withdraw(ledger: Ledger, token_id: UUID) -> None:
    """End a token. Raises `RefusedError`."""
    actor = next((one.actor_id for one in _tokens(ledger) if one.token_id == token_id), None)
    if actor is None:
        raise RefusedError(f"Không có thẻ {token_id} trong phạm vi quản trị của bạn.")
    command = {
        "type": "TokenWithdrawn",
        "occurred_on": str(today()),
        "data": {"actor_id": str(actor), "token_id": str(token_id)},
    }
    answer = ledger.http.post("/v1/commands", json=command)
    if answer.is_error:
        raise RefusedError(sentence_of(answer))


def _tokens(ledger: Ledger) -> Iterator[TokenLine]:
    page = "/v1/tokens?limit=1000"
    while page:
        answer = ledger.http.get(page)
        if answer.is_error:
            raise RefusedError(sentence_of(answer))
        yield from msgspec.json.decode(answer.content, type=Tokens).tokens
        page = answer.links.get("next", {}).get("url", "")


def _table(tokens: list[TokenLine]) -> Table:
    table = Table()
    for heading in ("Thẻ", "Tên", "Vai trò", "Cấp ngày", "Hết hạn", "Dùng lần cuối", "Tình trạng"):
        table.add_column(heading, overflow="fold")
    for one in tokens:
        roles = "\n".join(f"{held.role} @ {held.unit_id}" for held in one.roles)
        used = f"{one.last_used_at.astimezone(VIETNAM):%d/%m/%Y %H:%M}" if one.last_used_at else "–"
        expires = day(one.expires_on) if one.expires_on else "–"
        issued = day(day_of(one.issued_at))
        name = escape(one.name or "–")
        table.add_row(str(one.token_id), name, roles or "–", issued, expires, used, _standing(one))
    return table


def _standing(one: TokenLine) -> str:
    if one.withdrawn_at is not None:
        return f"đã thu hồi {day(day_of(one.withdrawn_at))}"
    if one.expires_on is not None and one.expires_on < today():
        return "hết hạn"
    return "còn hiệu lực"
