"""What the systemd units start, so that the tests start exactly that."""

import re
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

DEPLOY = Path(__file__).parents[2] / "deploy"
INSTALLED = "/opt/khuyenhoc/.venv/bin/"


def text_of(unit: str) -> str:
    return (DEPLOY / "systemd" / f"khuyenhoc-{unit}").read_text()


def command_of(unit: str, environment: Mapping[str, str]) -> list[str]:
    """The words of its ExecStart as systemd.service(5) has them, with the programs of this environment."""
    (line,) = re.findall(r"^ExecStart=(.+)$", text_of(f"{unit}.service"), re.M)
    line = re.sub(r"\$\{(\w+)\}", lambda named: environment[named[1]], line.replace("%%", "%"))
    here = f"{Path(sys.executable).parent}/"
    return [word.replace(INSTALLED, here) for word in shlex.split(line.replace("$$", "$"))]


def known_variables() -> set[str]:
    """Those that the example of an environment file explains."""
    text = (DEPLOY / "systemd" / "khuyenhoc.env.example").read_text()
    return set(re.findall(r"^#?(KHUYENHOC_\w+)=", text, re.M))
