"""What `make` says before it sets anything up."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
OLD = "import sys; sys.version_info = (3, 9); exec(sys.argv[1])"
BARE = "import sys; sys.modules['ensurepip'] = None; exec(sys.argv[1])"


def make(folder: Path, becomes: str) -> subprocess.CompletedProcess[str]:
    """Run `make demo` in a folder without an environment, with a Python that is changed before it runs a program."""
    python = folder / "changed-python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{becomes}" "$2"\n')
    python.chmod(0o755)
    for name in ("Makefile", "requirements.lock"):
        shutil.copy(ROOT / name, folder)
    return subprocess.run(("make", f"PYTHON={python}", "demo"), cwd=folder, capture_output=True, text=True, check=False)


def test_an_older_python_is_told_in_one_sentence(tmp_path: Path):
    ended = make(tmp_path, OLD)
    assert ended.returncode != 0
    assert ended.stderr.startswith("xerosync needs Python 3.11 or newer: name one, as in")
    assert not (tmp_path / ".venv").exists()


def test_a_python_that_can_make_no_environment_is_told_in_one_sentence(tmp_path: Path):
    ended = make(tmp_path, BARE)
    assert ended.returncode != 0
    assert "can make no environment: install what it needs for that, on Debian python3-venv" in ended.stderr
    assert not (tmp_path / ".venv").exists()
