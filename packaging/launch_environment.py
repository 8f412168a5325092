"""The Python environment `.venv`: made once, made again when a pinned requirement changes."""

import compileall
import hashlib
import json
import os
import sys
from pathlib import Path

from launch_steps import run_quietly, say

STAMP = "skrynia-set-up.json"
# Settings of a person's own pip or Python that would put the libraries elsewhere than into .venv.
MISLEADING = (
    "PYTHONPATH",
    "PYTHONHOME",
    "PIP_USER",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_REQUIRE_HASHES",
)
# Nothing is resolved or built: each file that is installed is one whose hash was reviewed.
PINNED = ("--no-deps", "--require-hashes", "--only-binary=:all:")
# bagit has no wheel; it is built with the setuptools that the layer "build" pinned.
BUILT = {"test": ("--no-binary=bagit", "--no-build-isolation")}
Stamp = dict[str, str]


def program(root: Path, name: str) -> Path:
    """Return where `.venv` keeps the program `name`."""
    if os.name == "nt":
        return root / ".venv" / "Scripts" / f"{name}.exe"
    return root / ".venv" / "bin" / name


def prepare_environment(root: Path, *, for_tests: bool) -> None:
    """Bring `.venv` to what the pinned requirements say; quick when it is so already.

    The stamp is written after each step and removed before the environment is made anew, so that a
    set-up that was interrupted is taken up or done again.

    Raises:
        SetUpFailed: a step could not be done; holds what pip printed.
    """
    wanted = wanted_stamp(root)
    there = read_stamp(root)
    if not still_good(root, there, wanted):
        make(root)
        there = write_stamp(root, {}, wanted)
    for layer in ("build", "run", "test") if for_tests else ("build", "run"):
        if layer not in there:
            install_layer(root, layer)
            there = write_stamp(root, there, wanted, layer)
    if there.get("project") != wanted["project"] or not program(root, "skrynia").exists():
        install_project(root)
        write_stamp(root, there, wanted, "project")


def was_set_up(root: Path) -> bool:
    """Tell whether a set-up was finished here before, be it for older requirements."""
    return "project" in read_stamp(root)


def wanted_stamp(root: Path) -> Stamp:
    """Return what a finished environment's stamp says; a folder that was moved needs a new one."""
    requirements = root / "packaging" / "requirements"
    stamp = {layer: digest(requirements / f"{layer}.txt") for layer in ("build", "run", "test")}
    stamp["project"] = digest(root / "pyproject.toml")
    stamp["python"] = "{}.{}".format(*sys.version_info)
    stamp["folder"] = str(root)
    return stamp


def still_good(root: Path, there: Stamp, wanted: Stamp) -> bool:
    """Tell whether all that was installed is still what is wanted; more may be missing."""
    installed = {key: value for key, value in there.items() if key != "project"}
    return (
        bool(there)
        and program(root, "python").exists()
        and all(wanted.get(key) == value for key, value in installed.items())
    )


def make(root: Path) -> None:
    """Make an empty `.venv` with pip in it, in the place of any that is there."""
    say("making the Python environment in .venv")
    (root / ".venv" / STAMP).unlink(missing_ok=True)
    # From inside a virtual environment, take the Python beneath it: .venv may be the very one.
    python = str(getattr(sys, "_base_executable", sys.executable))
    run_quietly(
        [python, "-m", "venv", "--clear", str(root / ".venv")],
        "could not make the Python environment in .venv.",
        env=clean_environment(),
    )


def install_layer(root: Path, layer: str) -> None:
    """Install one file of pinned requirements."""
    file = root / "packaging" / "requirements" / f"{layer}.txt"
    count = sum("==" in line for line in file.read_text(encoding="utf-8").splitlines())
    purpose = {"build": "to build with", "run": "to run with", "test": "to test with"}[layer]
    say(f"installing {count} pinned libraries {purpose} (a few minutes on a slow line)")
    pip(
        root,
        [*PINNED, *BUILT.get(layer, ()), "-r", str(file)],
        "could not install the pinned libraries.",
    )


def install_project(root: Path) -> None:
    """Install Skrynia itself, so that its code is used where it lies."""
    say("installing Skrynia itself into .venv")
    options = ["--no-deps", "--no-build-isolation", "--force-reinstall", "--editable", str(root)]
    pip(root, options, "could not install Skrynia itself into .venv.")


def pip(root: Path, options: list[str], failed: str) -> None:
    """Run pip inside `.venv`; where it looks for packages is left to how pip is configured."""
    python = str(program(root, "python"))
    run_quietly(
        [python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", *options],
        failed,
        "Is there a way to the package index? Start again to go on where it stopped.",
        env=clean_environment(),
    )


def compile_own_code(root: Path) -> None:
    """Compile what changed since the last start: the program itself then writes no .pyc files."""
    compileall.compile_dir(root / "desktop_app", quiet=2)


def clean_environment() -> dict[str, str]:
    """Return the environment variables without those that would lead pip astray."""
    return {name: value for name, value in os.environ.items() if name not in MISLEADING}


def digest(file: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def read_stamp(root: Path) -> Stamp:
    """Return what was installed; empty when nothing is known, so that all is made anew."""
    try:
        stamp = json.loads((root / ".venv" / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in stamp.items()} if isinstance(stamp, dict) else {}


def write_stamp(root: Path, there: Stamp, wanted: Stamp, *done: str) -> Stamp:
    """Note that the steps `done` are finished; return the new stamp."""
    stamp = there | {key: wanted[key] for key in ("python", "folder", *done)}
    file = root / ".venv" / STAMP
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
    fresh.replace(file)
    return stamp
