"""`khuyenhoc projections` and `khuyenhoc rebuild`: how far the read models are, and building them anew."""

import asyncio
import sys

import msgspec
from rich.table import Table

from services.cli.ledger import Ledger, RefusedError, prepare, service_role
from services.cli.screen import progress, results, say
from services.writing import number
from workers.projections import PROJECTIONS
from workers.rebuild import CannotRebuildError, RebuildRunningError, Rebuilt, rebuild


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
        state = p.get("trouble") or ("cần dựng lại" if p["outdated"] else "đang theo kịp")
        table.add_row(p["name"], *(number(p[k]) for k in ("position", "head", "lag", "parked")), state)
    results().print(table)


def rebuild_all(ledger: Ledger, names: list[str], *, accept: bool) -> None:
    """Rebuild the named read models (default: all), saying what became of each.

    Raises `RefusedError` where one differs from the live one and was not accepted.
    """
    if unknown := sorted(set(names) - set(PROJECTIONS)):
        raise RefusedError(f"Không có bảng đọc {', '.join(unknown)}; có: {', '.join(sorted(PROJECTIONS))}")
    prepare(ledger.addresses)
    differing = []
    for name in names or list(PROJECTIONS):
        rebuilt = _rebuild(ledger, name, accept=accept)
        say(_told(rebuilt))
        if not rebuilt.switched:
            differing.append(name)
    if differing:
        raise RefusedError(
            f"Khác bản đang dùng, chưa chuyển: {', '.join(differing)}. Xem kỹ rồi chạy lại với --accept."
        )


def _rebuild(ledger: Ledger, name: str, *, accept: bool) -> Rebuilt:
    with progress(f"Dựng lại {name}", 1) as bar:
        try:
            (rebuilt,) = asyncio.run(
                rebuild(
                    ledger.addresses.worker_url,
                    [name],
                    accept=accept,
                    service_role=service_role(ledger.addresses),
                    progress=lambda _, done, total: bar.at(done, total),
                )
            )
        except CannotRebuildError as e:
            raise RefusedError(f"{e.name}: sự kiện ở vị trí {e.position} không gộp được: {e.why}") from e
        except RebuildRunningError as e:
            raise RefusedError(str(e)) from e
    return rebuilt


def _told(rebuilt: Rebuilt) -> str:
    lines = [f"{rebuilt.name}: dựng lại đến vị trí {number(rebuilt.position)}, "]
    lines[0] += "đã chuyển" if rebuilt.switched else "CHƯA chuyển"
    for d in rebuilt.differences:
        lines.append(f"  bảng {d.table}: thiếu {d.missing}, thừa {d.added} dòng")
        lines += [f"    {example}" for example in d.examples]
    return "\n".join(lines)
