"""The Makefile on machines that lack something says what, and what to do."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from own_site import CHECKOUT, TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize(
    ("lacking", "said"),
    [
        pytest.param("import venv", "comes without its venv module. On Debian or Ubuntu: apt install python3-venv", id="no venv"),
        pytest.param("import sys", "aggregator needs Python 3.11 or newer", id="an old Python"),
    ],
)
def test_a_machine_that_lacks_something_is_told_what(tmp_path: Path, tool: Callable[[str], str], lacking: str, said: str) -> None:
    shutil.copy(CHECKOUT / "Makefile", tmp_path)
    for name in ("requirements-build.lock", "requirements.lock", "pyproject.toml"):
        (tmp_path / name).touch()
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\ncase "$2" in "{lacking}"*) exit 1;; esac\nexit 0\n')
    python.chmod(0o755)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(
        [tool("make"), f"PYTHON={python}", "run"],
        cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=TIMEOUT, check=False,
    )  # fmt: skip

    assert done.returncode == 2
    assert said in done.stdout
    assert not (tmp_path / ".venv").exists()
