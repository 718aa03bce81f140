"""A new user on a bare machine: a clean clone, an empty environment, the README's words and nothing else.

`pytest tests/hosts` needs root (to become somebody else) and Debian's python3-venv and util-linux.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

USER = "games"  # any existing user without rights
PYTHON = "/usr/bin/python3"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.fail("needs root, to become an ordinary user", pytrace=False)
    for program, package in (("setpriv", "util-linux"), ("git", "git"), (PYTHON, "python3-venv")):
        if not shutil.which(program):
            pytest.fail(f"{program} is missing: apt-get install {package}", pytrace=False)
    folder = Path(tempfile.mkdtemp(prefix="khuyenhoc-host-"))
    shutil.chown(folder, USER)
    folder.chmod(0o700)
    yield folder
    shutil.rmtree(folder)


def _as_user(home: Path, script: str, seconds: int) -> subprocess.CompletedProcess[str]:
    """Run a shell script as that user, with next to nothing in the environment."""
    kept = {
        k: v for k, v in os.environ.items() if k.startswith(("PIP_", "SSL_", "HTTP", "http", "REQUESTS_"))
    }
    env = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **kept}
    words = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "sh", "-euc", script]
    return subprocess.run(
        words, env=env, cwd=home, capture_output=True, text=True, timeout=seconds, check=False
    )


def _first_command() -> str:
    """The README's own words."""
    (command,) = re.findall(r"^(python3 -m venv .*khuyenhoc demo)$", (ROOT / "README.md").read_text(), re.M)
    return str(command).replace("python3 -m venv", f"{PYTHON} -m venv")


@pytest.mark.timeout(600)
def test_the_readmes_first_command_as_an_ordinary_user(home: Path) -> None:
    bundle = home / "khuyenhoc.bundle"
    subprocess.run(["git", "-C", str(ROOT), "bundle", "create", "-q", str(bundle), "HEAD"], check=True)
    shutil.chown(bundle, USER)
    cloned = _as_user(home, f"git clone -q {bundle} clone", 60)
    assert cloned.returncode == 0, cloned.stderr

    first = _as_user(home, f"cd clone && {_first_command()} --no-serve", 400)
    assert first.returncode == 0, first.stdout[-2000:] + first.stderr[-4000:]
    assert "76,67%" in first.stdout
    assert "79,67%" in first.stdout

    second = _as_user(home, "cd clone && .venv/bin/khuyenhoc demo --no-serve", 200)
    assert second.returncode == 0, second.stderr[-4000:]
    assert second.stdout == first.stdout
