"""B25, B26: a bundle opens without this program, by the three commands that the spec gives."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from desktop_app.bundle.format import Receipt, Request, Seen
from desktop_app.crypto import signing
from tests.helpers import bundles
from tests.helpers.bundles import ALICE, BOB, CAROL, Forged, Person

TOOLS = ("age", "tar", "ssh-keygen", "sha256sum", "bash", "grep", "cut")
OPEN = "cat *.VOL | age -d -i key.txt > b.tar && tar xf b.tar"
VERIFY = (
    "ssh-keygen -Y verify -f allowed -I sender -n bundle@skrynia.v1"
    " -s bag/meta/bundle.json.sig < bag/meta/bundle.json"
)
CHECK = (
    'grep -q "$(sha256sum < bag/manifest-sha256.txt | cut -c1-64)" bag/meta/bundle.json'
    " && bagit.py --validate bag"
)
COURIER = "sha256sum -c SHA256SUMS"
pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, TOOLS)), reason="needs " + ", ".join(TOOLS)
)


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = str(Path(sys.executable).parent) + os.pathsep + os.environ["PATH"]
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def prepare(folder: Path, reader: Person) -> None:
    (folder / "key.txt").write_text(reader.identity.secret + "\n")
    (folder / "allowed").write_text(f"sender {signing.public_line(ALICE.signer.public)}\n")


def extracted(folder: Path) -> dict[str, bytes]:
    paths = (path for path in (folder / "bag" / "data").rglob("*") if path.is_file())
    return {path.relative_to(folder / "bag").as_posix(): path.read_bytes() for path in paths}


MADE = {
    "the usual": {},
    "three readers": {"readers": [CAROL, BOB, ALICE]},
    "nine readers": {"readers": [BOB, *(bundles.person() for _ in range(8))]},
    "many files": {"files": {f"data/entries/{n:04d}.jsonl": b"{}\n" * n for n in range(1, 300)}},
    "an empty file": {"files": {"data/entries/0001.jsonl": b""}},
    "a full block": {"files": {"data/entries/0001.jsonl": b"x" * 512}},
    "with receipts": {
        "number": 7,
        "previous": "ab" * 32,
        "seen": Seen("cd" * 64, "ef" * 64),
        "receipts": (Receipt("12" * 32, "part", ("34" * 32,), ("56" * 32, "78" * 32)),),
        "requests": (Request("blob", "9a" * 32),),
    },
}


@pytest.mark.parametrize("name", MADE)
def test_b25_the_documented_commands_open_a_bundle(name: str, tmp_path: Path) -> None:
    more = MADE[name]
    folder = bundles.pack(tmp_path / "stick", 30_000, **more).folder
    prepare(folder, BOB)

    for command in (COURIER, OPEN, VERIFY, CHECK):
        done = run(command, folder)
        assert done.returncode == 0, done.stderr

    assert extracted(folder) == more.get("files", bundles.usual_files())


def test_b25_nothing_remains_for_tar_to_guess(tmp_path: Path) -> None:
    folder = bundles.pack(tmp_path / "stick").folder
    prepare(folder, BOB)
    run(OPEN, folder)

    listed = run("tar tvf b.tar --full-time", folder).stdout.splitlines()

    assert len(listed) == 4 + len(bundles.usual_files())
    assert all(line.startswith("-rw------- 0/0 ") for line in listed)
    assert all(" 1970-01-01 " in line for line in listed)


def test_b25_somebody_else_opens_nothing(tmp_path: Path) -> None:
    folder = bundles.pack(tmp_path / "stick").folder
    prepare(folder, CAROL)

    assert run(OPEN, folder).returncode != 0


def test_b26_the_documented_check_finds_another_bag(tmp_path: Path) -> None:
    right = Forged()
    right.on(tmp_path / "right")
    folder = bundles.only(tmp_path / "right").folder
    prepare(folder, BOB)
    assert run(OPEN, folder).returncode == 0
    other = Forged(files=bundles.usual_files(os.urandom(len(bundles.CONTENT)))).on(
        tmp_path / "other"
    )
    prepare(other.folder, BOB)
    assert run(OPEN, other.folder).returncode == 0
    for name in ("bundle.json", "bundle.json.sig"):
        shutil.copy(folder / "bag" / "meta" / name, other.folder / "bag" / "meta" / name)

    assert run(VERIFY, other.folder).returncode == 0  # the signature alone proves too little
    assert run("bagit.py --validate bag", other.folder).returncode == 0  # and so does the bag
    assert run(CHECK, other.folder).returncode != 0


def test_the_courier_needs_only_sha256sum(tmp_path: Path) -> None:
    folder = bundles.pack(tmp_path / "stick", 30_000).folder
    path = folder / "0002.VOL"
    path.write_bytes(path.read_bytes()[:-1] + b"?")

    done = run(COURIER, folder)

    assert done.returncode == 1
    assert "0002.VOL: FAILED" in done.stdout


def test_what_age_itself_seals_by_the_rules_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(Forged().plain())
    (tmp_path / "stick").mkdir()
    command = f"age -r {BOB.identity.recipient} < plain > stick/one-file"

    assert run(command, tmp_path).returncode == 0
    result = bundles.opened(bundles.only(tmp_path / "stick"), tmp_path / "staging")

    assert bundles.contents(result, tmp_path / "staging") == bundles.usual_files()
