"""`khuyenhoc projections` and `khuyenhoc rebuild`: how far the read models are, and building them anew."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
from rich.table import Table

from deploy.addresses import Addresses
from services.cli.ledger import Ledger, RefusedError, prepare, service_role
from services.cli.screen import progress, results, say
from services.writing import number
from workers.collecting import collect_rarely
from workers.projections import PROJECTIONS
from workers.rebuild import (
    CannotGoBackError,
    CannotRebuildError,
    RebuildRunningError,
    Rebuilt,
    back,
    drop_old,
    rebuild,
)
from workers.status import ProjectionStatus, statuses


def show(ledger: Ledger, *, as_json: bool) -> None:
    """Position and lag of each read model."""
    listed = ledger.get("/v1/projections")["projections"]
    if as_json:
        sys.stdout.write(msgspec.json.encode(listed).decode() + "\n")
        return
    table = Table()
    table.add_column("Bảng đọc")
    for heading in ("Vị trí", "Đầu sổ", "Trễ", "Luồng để riêng"):
        table.add_column(heading, justify="right")
    table.add_column("Tình trạng")
    for p in listed:
        table.add_row(p["name"], *(number(p[k]) for k in ("position", "head", "lag", "parked")), _state(p))
    results().print(table)
    _say_outdated([p["name"] for p in listed if p["outdated"]], ledger.data)
    if kept := [p["name"] for p in listed if p.get("kept") is not None]:
        say(f"Bản trước còn giữ: {', '.join(kept)}. Bỏ: khuyenhoc rebuild --drop-old; quay lại: --back.")


def warn_of_outdated(addresses: Addresses, data: Path) -> None:
    """Say which read models stand still since their definition has changed, and what to run."""
    _say_outdated(_outdated(addresses), data)


def rebuild_outdated(ledger: Ledger) -> None:
    """Rebuild what stands still since its definition has changed; the version before is kept."""
    if names := _outdated(ledger.addresses):
        say(f"Phần mềm mới hơn dữ liệu: dựng lại {', '.join(names)}.")
        rebuild_all(ledger, names, accept=True)


def _outdated(addresses: Addresses) -> list[str]:
    return [p.name for p in asyncio.run(_statuses(addresses)) if p.outdated]


async def _statuses(addresses: Addresses) -> list[ProjectionStatus]:
    connection = await asyncpg.connect(addresses.worker_url)
    try:
        return await statuses(connection)
    finally:
        await connection.close()


def _say_outdated(names: list[str], data: Path) -> None:
    if names:
        say(
            f"Định nghĩa đã đổi, bảng đọc đang đứng yên: {', '.join(names)}."
            f" Hãy chạy: khuyenhoc rebuild {' '.join(names)} --accept --data {data}"
        )


def rebuild_all(ledger: Ledger, names: list[str], *, accept: bool) -> None:
    """Rebuild the named read models (default: all), saying what became of each.

    Raises `RefusedError` where one differs from the live one and was not accepted.
    """
    chosen = _known(names)
    prepare(ledger.addresses)
    collect_rarely()
    with _refusing(), progress(f"Dựng lại {', '.join(chosen)}", 1) as bar:
        steps: dict[str, tuple[int, int]] = {}

        def at(name: str, done: int, total: int) -> None:
            steps[name] = done, total
            bar.at(sum(s[0] for s in steps.values()), max(1, sum(s[1] for s in steps.values())))

        rebuilt = asyncio.run(
            rebuild(
                ledger.addresses.worker_url,
                chosen,
                accept=accept,
                service_role=service_role(ledger.addresses),
                progress=at,
                redis_url=ledger.addresses.redis_url,
            )
        )
    for one in rebuilt:
        say(_told(one))
    if differing := [one.name for one in rebuilt if not one.switched]:
        raise RefusedError(
            f"Khác bản đang dùng, chưa chuyển: {', '.join(differing)}. Xem kỹ rồi chạy lại với --accept."
        )


def drop_kept(ledger: Ledger, names: list[str]) -> None:
    """Drop the versions before the last switch. Raises `RefusedError`."""
    for name in _known(names):
        with _refusing():
            if asyncio.run(drop_old(ledger.addresses.worker_url, name)):
                say(f"{name}: đã bỏ bản trước.")


def go_back(ledger: Ledger, names: list[str]) -> None:
    """Switch to the versions before the last switch, brought up to date. Raises `RefusedError`."""
    if not names:
        raise RefusedError("Hãy nêu tên bảng đọc cần quay lại bản trước.")
    for name in _known(names):
        with _refusing():
            at = asyncio.run(back(ledger.addresses.worker_url, name))
            say(f"{name}: đã quay lại bản trước, đến vị trí {number(at)}; bản vừa dùng được giữ.")


def _known(names: list[str]) -> list[str]:
    if unknown := sorted(set(names) - set(PROJECTIONS)):
        raise RefusedError(f"Không có bảng đọc {', '.join(unknown)}; có: {', '.join(sorted(PROJECTIONS))}")
    return names or list(PROJECTIONS)


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except CannotRebuildError as e:
        raise RefusedError(f"{e.name}: sự kiện ở vị trí {e.position} không gộp được: {e.why}") from e
    except RebuildRunningError as e:
        raise RefusedError(f"{e.name} đang được dựng lại ở nơi khác; hãy đợi xong.") from e
    except CannotGoBackError as e:
        why = "không có bản trước nào được giữ" if e.kept is None else _OTHER_DEFINITION
        raise RefusedError(f"{e.name}: {why}.") from e


_OTHER_DEFINITION = (
    "bản trước theo định nghĩa khác, phần mềm này không gộp tiếp được cho nó; hãy cài lại phần mềm trước đây"
    " rồi chạy lại lệnh này"
)


def _state(p: dict[str, Any]) -> str:
    state = p.get("trouble") or ("cần dựng lại" if p["outdated"] else "đang theo kịp")
    rebuilding = p.get("rebuilding")
    return state if rebuilding is None else f"{state}; dựng lại được {_percent(rebuilding)}"


def _percent(part: float) -> str:
    return f"{int(part * 100)}%"


def _told(rebuilt: Rebuilt) -> str:
    lines = [f"{rebuilt.name}: dựng lại đến vị trí {number(rebuilt.position)}, "]
    lines[0] += "đã chuyển" if rebuilt.switched else "CHƯA chuyển"
    for d in rebuilt.differences:
        if d.reshaped:
            lines.append(f"  bảng {d.table}: mới, bỏ đi hoặc khác cột")
            continue
        lines.append(f"  bảng {d.table}: thiếu {d.missing}, thừa {d.added} dòng")
        lines += [f"    {example}" for example in d.examples]
    return "\n".join(lines)
