"""The demo does what it says, on its own invented case."""

import os
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).parents[2]
DEMO = TOP / "packaging" / "demo.py"


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    environment = dict(os.environ, PYTHONPATH=str(TOP), PYTHONDONTWRITEBYTECODE="1")
    return subprocess.run(
        [sys.executable, str(DEMO), str(folder)],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


def test_the_demo_goes_through_and_finds_what_it_promises(tmp_path: Path) -> None:
    ended = run(tmp_path / "demo")

    assert (ended.returncode, ended.stderr) == (0, "")
    assert "byte for byte what was taken in" in ended.stdout
    assert "Her receipt comes back: taken." in ended.stdout
    assert (tmp_path / "demo" / "documenter" / "archive.db").is_file()


def test_the_demo_leaves_a_folder_alone_that_it_did_not_make(tmp_path: Path) -> None:
    own = tmp_path / "mine"
    own.mkdir()
    (own / "letter.txt").write_text("mine")

    ended = run(own)

    assert ended.returncode == 1
    assert "was not made by the demo" in ended.stdout
    assert [path.name for path in own.iterdir()] == ["letter.txt"]
