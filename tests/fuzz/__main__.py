"""`python -m tests.fuzz [--minutes 10]`: the long form of what `pytest tests/fuzz` does in seconds.

Every route under schemathesis, as an administrator and with few rights, and each reader under the
coverage-guided fuzzer, side by side; what is found is printed and left in the folder named. Exit 1: found.
"""

import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from deploy.embedded.places import make_private
from tests.fuzz import guided, routes
from tests.fuzz.targets import TARGETS

EXAMPLES = 20
"""Of an operation in one round; rounds follow until the time is over."""
FOR_LITTLE = 0.2
"""The part of the time that goes to the token with few rights."""


def main(
    minutes: Annotated[float, typer.Option(min=0.2, help="How long, in all.")] = 10.0,
    folder: Annotated[Path | None, typer.Option(help="Where inputs and reports are kept.")] = None,
) -> None:
    """Fuzz the routes and the readers."""
    kept = folder or Path(tempfile.mkdtemp(prefix="khuyenhoc-fuzz-"))
    make_private(kept)
    say, seconds = Console(stderr=True, highlight=False), 60 * minutes
    found = []
    with ThreadPoolExecutor(2) as pool, say.status(f"{minutes:g} phút, {kept} …"):
        both = [pool.submit(_routes, kept, seconds), pool.submit(_readers, kept, seconds)]
        for one in both:
            found += _results(one)
    for name, well, told in found:
        print(f"{'ok   ' if well else 'FOUND'} {name}: {told}")
    raise typer.Exit(0 if all(well for _, well, _ in found) else 1)


Result = tuple[str, bool, str]


def _results(one: "Future[list[Result]]") -> list[Result]:
    return one.result()


def _routes(kept: Path, seconds: float) -> list[Result]:
    results = []
    with routes.service(kept / "data") as fuzzed:
        for name, token, part, without in (
            ("routes as administrator", fuzzed.administrator, 1 - FOR_LITTLE, None),
            ("routes with few rights", fuzzed.little, FOR_LITTLE, routes.CHECKS_OF_RIGHTS),
        ):
            done = routes.fuzz(fuzzed, token, int(part * seconds), examples=EXAMPLES, without=without)
            report = kept / f"{name.replace(' ', '-')}.txt"
            report.write_text(done.stdout + done.stderr)
            last = [line.strip() for line in done.stdout.splitlines() if "generated" in line]
            results.append((name, done.returncode == 0, f"{' '.join(last)} ({report})"))
    return results


def _readers(kept: Path, seconds: float) -> list[Result]:
    results = []
    for target in TARGETS:
        corpus = kept / target.name
        done = guided.run(target.name, seconds / len(TARGETS), corpus)
        (kept / f"{target.name}.txt").write_text(done.stderr)
        last = [line for line in done.stderr.splitlines() if line.startswith("Done ")]
        results.append((target.name, done.returncode == 0, "".join(last) or f"see {corpus}.txt"))
    return results


if __name__ == "__main__":
    typer.run(main)
