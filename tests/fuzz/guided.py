"""A coverage-guided fuzzer (atheris) on one target, in a process of its own: it never returns from a run.

`python -m tests.fuzz.guided NAME SECONDS CORPUS`; what it finds is left in CORPUS as `crash-…`, exit 77.
"""

import subprocess
import sys
from pathlib import Path

PARTS = ["services.api.commands", "services.api.checking", "services.banking", "mt940", "defusedxml"]
"""What is looked into for new paths."""
LONGEST = 16_384
"""Bytes of one input."""
SLOWEST = 10
"""Seconds after which an input counts as a hang."""


def run(name: str, seconds: float, corpus: Path) -> subprocess.CompletedProcess[str]:
    """Fuzz that target so long. The end of what it says is in `stderr`."""
    words = [sys.executable, "-m", "tests.fuzz.guided", name, str(int(seconds)), str(corpus)]
    folder = Path(__file__).parents[2]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)


def _main() -> None:
    import atheris

    name, seconds, corpus = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    with atheris.instrument_imports(include=PARTS):
        from tests.fuzz.targets import TARGETS
    (target,) = (target for target in TARGETS if target.name == name)
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    how = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", f"-timeout={SLOWEST}", "-rss_limit_mb=2048"]
    how += ["-len_control=0"]  # long inputs from the start: so are the seeds
    atheris.Setup([sys.argv[0], *how, f"-artifact_prefix={corpus}/", str(corpus)], target.reads)
    atheris.Fuzz()


if __name__ == "__main__":
    _main()
