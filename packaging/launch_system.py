"""The system libraries that wheels do not bring: finds the missing ones, installs them with apt."""

import importlib.util
import os
import shutil
from pathlib import Path

from launch_steps import SetUpFailed, attempt, run_quietly, say

APT = ("apt-get", "-y", "-o", "DPkg::Lock::Timeout=120")


def prepare_system(root: Path, *, for_tests: bool, must: bool, remind: bool = True) -> None:
    """Install the missing packages, or say the one line that does.

    Args:
        root: the project's folder.
        for_tests: also what only the tests use.
        must: stop when something is missing and cannot be installed here; else go on with a word.
        remind: say that word; once is enough.

    Raises:
        SetUpFailed: the packages could not be installed and the command cannot do without.
    """
    wanted = wanted_packages(root, for_tests=for_tests)
    if shutil.which("dpkg-query") is None or shutil.which("apt-get") is None:
        if not can_make_environments():
            raise SetUpFailed(
                "this Python comes without the modules venv and ensurepip.",
                "Install them with your system's package manager.",
            )
        return  # not a Debian: Qt itself names the library that it misses, if it misses one
    missing = missing_packages(wanted)
    if not missing:
        return
    rights = apt_rights()
    if rights is not None:
        say(f"installing system libraries: {' '.join(missing)}")
        install(missing, rights)
        return
    line = f"sudo apt-get install {' '.join(missing)}"
    if must or not can_make_environments():
        raise SetUpFailed(
            "system libraries are missing, and installing them needs an administrator.",
            f"Run this, then start again:  {line}",
        )
    if remind:
        say(f"some system libraries are missing; a window would need them. To install:  {line}")


def wanted_packages(root: Path, *, for_tests: bool) -> list[str]:
    """Return the packages that the lists name, less what this Python brings already."""
    names = ("run", "test") if for_tests else ("run",)
    wanted: list[str] = []
    for name in names:
        text = (root / "packaging" / f"apt-{name}.txt").read_text(encoding="utf-8")
        wanted += [word for line in text.splitlines() for word in line.partition("#")[0].split()]
    if can_make_environments():
        wanted.remove("python3-venv")  # a Python that was not installed by apt needs none of apt
    return wanted


def can_make_environments() -> bool:
    """Tell whether this Python can make a virtual environment with pip in it."""
    return all(importlib.util.find_spec(name) is not None for name in ("venv", "ensurepip"))


def missing_packages(wanted: list[str]) -> list[str]:
    """Return those of `wanted` that are not installed, in the same order.

    What a package provides counts: from Debian 13 on, libglib2.0-0 is in libglib2.0-0t64.
    """
    listing = attempt(
        ["dpkg-query", "--show", "--showformat=${db:Status-Abbrev}|${Package}|${Provides}\n"]
    )
    there: set[str] = set()
    for line in listing.stdout.splitlines():
        status, _, names = line.partition("|")
        if status.startswith("ii"):
            package, _, provided = names.partition("|")
            there.add(package)
            there.update(name.split()[0] for name in provided.split(",") if name.strip())
    return [package for package in wanted if package not in there]


def apt_rights() -> list[str] | None:
    """Return what to put before apt-get so that it may install; None if this user may not."""
    if os.geteuid() == 0:
        return ["env"]
    if shutil.which("sudo") and attempt(["sudo", "-n", "true"]).returncode == 0:
        return ["sudo", "-n", "env"]
    return None


def install(packages: list[str], rights: list[str]) -> None:
    """Install `packages`; package lists are fetched only when those at hand do not do.

    Raises:
        SetUpFailed: apt could not; holds what apt printed.
    """
    apt = [*rights, "DEBIAN_FRONTEND=noninteractive", *APT]
    command = [*apt, "install", "--no-install-recommends", *packages]
    if attempt(command).returncode == 0:
        return
    say("fetching the list of packages")
    updated = attempt([*apt, "update"])
    try:
        run_quietly(command, "apt could not install the system libraries.")
    except SetUpFailed as failure:
        failure.output = updated.stdout + failure.output
        raise
