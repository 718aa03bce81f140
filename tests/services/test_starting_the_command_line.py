"""What every command pays for before it does anything: what it imports."""

import subprocess
import sys


def test_a_command_does_not_load_the_service() -> None:
    asked = "import services.cli.main, sys; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    heavy = {"litestar", "granian", "celery.bin", "docx", "xlsxwriter", "jinja2"}
    assert "services.cli.main" in loaded.stdout.split()
    assert not heavy & set(loaded.stdout.split())
