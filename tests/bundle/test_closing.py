"""The opener is shut in: what it may still do, and that it can do nothing else."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "helpers" / "strange_opener.py"
ALLOWED = {"read the volume", "make a file in staging", "start a thread"}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shuts the opener in")
def test_an_opener_reads_its_volumes_writes_to_staging_and_does_nothing_else(
    tmp_path: Path,
) -> None:
    stick, archive = tmp_path / "stick", tmp_path / "archive"
    staging = archive / "staging"
    for folder in (stick, archive, staging):
        folder.mkdir()
    for path in (stick / "0001.VOL", stick / "other", archive / "archive.db"):
        path.write_bytes(b"content")

    done = subprocess.run(
        [sys.executable, SCRIPT, stick / "0001.VOL", staging, archive / "archive.db"],
        capture_output=True,
        check=True,
        text=True,
        cwd=SCRIPT.parents[2],
    )
    outcome = json.loads(done.stdout)
    if lacks := outcome.pop("lacks"):
        pytest.skip(f"reduced isolation on this system: {lacks}")

    assert {name for name, result in outcome.items() if result == "done"} == ALLOWED
    assert sorted(path.name for path in archive.iterdir()) == ["archive.db", "staging"]
    assert (stick / "0001.VOL").read_bytes() == b"content"
