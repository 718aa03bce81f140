"""`python -m tests.benchmarks [NAME…] [--events N] [--json FILE] [--readme]`: rates beside something real.

Machines are noisy: quote the ratios, each of things measured in turns in the same run. Everything runs on
embedded servers with full durability (fsync on, synchronous_commit on); each benchmark on a ledger and in a
process of its own.
"""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from services.cli.screen import say
from tests.benchmarks.alone import BENCHMARKS, alone
from tests.benchmarks.telling import document, into_readme, show

_LISTED = "\n\n".join(f"{name}: {what}" for name, (_, _, what) in BENCHMARKS.items())


def main(
    names: Annotated[list[str] | None, typer.Argument(help=_LISTED, show_default="all")] = None,
    events: Annotated[int, typer.Option(min=1000, help="About how many events in each.")] = 100_000,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the results here.")] = None,
    readme: Annotated[
        bool, typer.Option("--readme", help="Keep the results, and write README.md's table.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 1 where less than asked was reached.")
    ] = False,
) -> None:
    """Run the named benchmarks. Exit 1 where one broke off."""
    if unknown := set(names or ()) - set(BENCHMARKS):
        raise typer.BadParameter(
            f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}"
        )
    results = []
    chosen = names or list(BENCHMARKS)
    for n, name in enumerate(chosen, 1):
        say(f"{n} of {len(chosen)}: {BENCHMARKS[name][2]}")
        results += alone(name, events)
    show(results)
    if json_file:
        json_file.write_text(json.dumps(document(results), indent=2, ensure_ascii=False) + "\n")
    if readme:
        into_readme(results)
    if any(r.broke_off or (strict and r.met is False) for r in results):
        sys.exit(1)


if __name__ == "__main__":
    typer.run(main)
