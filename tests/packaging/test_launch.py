"""The two commands, as a person starts them."""

import ast
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.helpers.launcher import LAUNCH, ROOT, load

environment = load("launch_environment")
checks = load("launch_checks")


def launch(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(LAUNCH), *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        check=False,
    )


def test_an_older_python_gets_one_clear_sentence() -> None:
    pretend = (
        "import runpy, sys; sys.version_info = (3, 9, 2); sys.version = '3.9.2 (old)';"
        f"runpy.run_path({str(LAUNCH)!r}, run_name='__main__')"
    )
    finished = subprocess.run(
        [sys.executable, "-c", pretend], capture_output=True, text=True, check=False
    )
    assert finished.returncode == 1
    assert finished.stderr == "error: Skrynia needs Python 3.11 or newer; this is Python 3.9.2\n"


def test_an_older_python_can_read_the_launcher_that_far() -> None:
    ast.parse(LAUNCH.read_text(encoding="utf-8"), feature_version=(3, 7))


def test_help_needs_no_set_up() -> None:
    finished = launch("--help")
    assert finished.returncode == 0
    assert "launch.py demo" in finished.stdout


def test_an_unknown_command_is_named_with_those_there_are() -> None:
    finished = launch("dance")
    assert finished.returncode == 2
    assert "error: there is no command 'dance'" in finished.stderr
    assert finished.stdout == ""


def test_a_second_start_takes_under_3_seconds() -> None:
    stamp = environment.read_stamp(ROOT)
    if stamp != environment.wanted_stamp(ROOT) or Path(sys.prefix) != ROOT / ".venv":
        pytest.skip("these tests were not started by launch.py, so there is no first start")
    began = time.monotonic()
    finished = launch("bench", "there-is-no-such-benchmark")
    assert finished.returncode == 1
    assert "there is no benchmark 'there-is-no-such-benchmark'" in finished.stderr
    assert time.monotonic() - began < 3


def test_a_failed_check_fails_the_run_and_shows_what_it_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "wrong.py").write_text("import os\n", encoding="utf-8")
    assert not checks.check(tmp_path, sys.executable, "lint", ["ruff", "check", "--no-cache"])
    assert "F401" in capsys.readouterr().out
    (tmp_path / "wrong.py").write_text('"""Right."""\n', encoding="utf-8")
    assert checks.check(tmp_path, sys.executable, "lint", ["ruff", "check", "--no-cache"])
    assert capsys.readouterr().out.startswith("lint    passed in ")
