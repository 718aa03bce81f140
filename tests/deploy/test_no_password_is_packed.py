"""The words an operator puts into `deploy/compose.env` are in nothing that is made of this folder."""

import shutil
import subprocess
from pathlib import Path
from zipfile import ZipFile

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[2]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """As the image's build sees it, without git, and with the operator's file."""
    folder = tmp_path / "copy"
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        folder.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, folder)
    for package in ("events", "workers", "services"):
        (folder / package).mkdir()
    shutil.copytree(ROOT / "deploy", folder / "deploy")
    (folder / "deploy" / "compose.env").write_text("OWNER_WORD=secret\n")
    return folder


def test_neither_in_the_wheel_nor_among_the_sources(copy: Path) -> None:
    (wheel,) = WheelBuilder(str(copy)).build(directory=str(copy / "dist"), versions=["standard"])
    names = ZipFile(wheel).namelist()
    assert "deploy/compose.yaml" in names
    assert "deploy/compose.env" not in names
    (sources,) = SdistBuilder(str(copy)).build(directory=str(copy / "dist"))
    names = subprocess.run(["tar", "-tf", sources], capture_output=True, text=True, check=True).stdout
    assert "deploy/compose.yaml" in names
    assert "deploy/compose.env\n" not in names


def test_neither_in_git_nor_in_the_image() -> None:
    for file in (".gitignore", ".dockerignore"):
        assert {"*.env", "**/*.env"} & set((ROOT / file).read_text().splitlines()), file
