"""What `launch.py test` runs: format, lint, types, then the tests with their closing line."""

import subprocess
import time
from pathlib import Path

from launch_steps import attempt, say

CHECKS = {
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    "types": ["mypy"],
}


def check_all(root: Path, python: str, arguments: list[str]) -> int:
    """Run every check even if one fails; return 0 only when all passed.

    Args:
        root: the project's folder, where the tools find their settings.
        python: the interpreter of `.venv`.
        arguments: for pytest; `--long` is ours.
    """
    passed = [check(root, python, name, CHECKS[name]) for name in CHECKS]
    if not all(passed):
        say("a check above failed; the tests follow all the same")
    tests = run_tests(root, python, arguments)
    return tests if tests != 0 else int(not all(passed))


def check(root: Path, python: str, name: str, tool: list[str]) -> bool:
    """Run one tool from the project's folder; print its last line, or all of it if it failed."""
    began = time.monotonic()
    finished = attempt([python, "-m", *tool], folder=root)
    lines = finished.stdout.strip().splitlines() or ["no output"]
    seconds = time.monotonic() - began
    if finished.returncode == 0:
        print(f"{name:7} passed in {seconds:4.1f} s: {lines[-1]}", flush=True)
    else:
        print("\n".join(lines))
        print(f"{name:7} FAILED in {seconds:4.1f} s", flush=True)
    return finished.returncode == 0


def run_tests(root: Path, python: str, arguments: list[str]) -> int:
    """Run pytest with its output as it comes; return its exit code."""
    chosen = [] if "--long" in arguments else ["-m", "not long"]
    rest = [argument for argument in arguments if argument != "--long"]
    command = [python, "-m", "pytest", "-rs", *chosen, *rest]
    return subprocess.run(command, cwd=root, check=False).returncode
