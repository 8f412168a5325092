"""What may be in the repository, and what may not."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TOP_LEVEL = {
    "desktop_app",
    "resources",
    "tests",
    "packaging",
    "pyproject.toml",
    "README.md",
    "LICENSE",
}
# Spelled in pieces, so that this file does not name what it forbids.
ELSEWHERE = re.compile(
    "|".join(
        [
            r"(?<![\w.])/(?:" + "work|root|home" + r")/\w",
            r"(?<![\w.])/" + r"tmp/\w",
            r"[A-Z]:\\+Users\\",
            r"\b(?:test\.)?" + r"pypi" + r"\.(?:org|python)",
            "python" + "hosted",
            r"\b(?:deb|archive|security)\.(?:debian|ubuntu)" + r"\.(?:org|com)",
            r"--(?:extra-)?" + r"index-url",
            r"--" + r"find-links",
        ]
    )
)
SILENCED = re.compile(
    r"#\s*(?:noqa|type:\s*ignore)(?P<codes>:\s*[A-Z0-9, ]+|\[[\w, -]+\])?(?P<rest>.*)"
)


def tracked() -> list[str]:
    """Return the names of all files of the repository; of all files there, where git is not."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout, so nobody can say which files belong to it")
    listing = subprocess.run(
        [
            git,
            "-c",
            "safe.directory=*",
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = listing.stdout.decode("utf-8").split("\0")
    return sorted(name for name in names if name and (ROOT / name).is_file())


def text_of(name: str) -> str:
    """Return a file's text; empty for a picture and the like."""
    content = (ROOT / name).read_bytes()
    return "" if b"\0" in content else content.decode("utf-8", errors="replace")


def test_the_top_level_is_as_agreed() -> None:
    tops = {name.partition("/")[0] for name in tracked()}
    assert {top for top in tops if not top.startswith(".")} <= TOP_LEVEL


def test_no_file_names_a_folder_of_some_machine_or_a_package_index() -> None:
    found = []
    for name in tracked():
        for number, line in enumerate(text_of(name).splitlines(), start=1):
            if hit := ELSEWHERE.search(line):
                found.append(f"{name}:{number}: {hit[0]}")
    assert found == []


def test_every_silenced_check_says_why() -> None:
    found = []
    for name in tracked():
        if not name.endswith(".py"):
            continue
        for number, line in enumerate(text_of(name).splitlines(), start=1):
            silenced = SILENCED.search(line)
            if silenced and not (silenced["codes"] and re.search(r"\w{3}", silenced["rest"])):
                found.append(f"{name}:{number}: {silenced[0]}")
    assert found == []


def test_packaging_never_becomes_a_package() -> None:
    assert not (ROOT / "packaging" / "__init__.py").exists()


def test_ci_runs_the_test_command_of_the_readme() -> None:
    command = "python3 packaging/launch.py test"
    assert command in (ROOT / "README.md").read_text(encoding="utf-8")
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert lines[-1] == f"exec {command}"
