"""Skrynia's set-up and start: `python3 packaging/launch.py [demo|test|cli|bench] ...`.

Only the standard library, as nothing is installed yet when this runs. What is missing is installed
first: system libraries where this user may, then the pinned Python libraries into `.venv`.

    launch.py                   Skrynia itself
    launch.py demo [ARGS]       the main job on invented sample data
    launch.py test [ARGS]       format, lint, types, tests; ARGS go to pytest, --long adds slow ones
    launch.py cli ARGS          the command `skrynia ARGS`
    launch.py bench [NAME ...]  measurements: all, or tests/benchmarks/NAME.py
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - before any import that an older one stumbles over
    sys.exit("error: Skrynia needs Python 3.11 or newer; this is Python " + sys.version.split()[0])

import os
import subprocess
from pathlib import Path

from launch_checks import check_all
from launch_environment import compile_own_code, prepare_environment, program, was_set_up
from launch_steps import SetUpFailed
from launch_system import prepare_system

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = ("demo", "test", "cli", "bench")
# The Qt that pytest-qt loads does not start without its libraries; all else runs without a window.
NEED_SYSTEM_LIBRARIES = ("test",)


def main(arguments: list[str]) -> int:
    """Set up what is missing and run what was asked for; return the exit code."""
    command, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if command in ("-h", "--help", "help"):
        print(__doc__)
        return 0
    if command and command not in COMMANDS:
        print(f"error: there is no command '{command}'.\n\n{__doc__}", file=sys.stderr)
        return 2
    for_tests = command in ("test", "bench")
    try:
        must = command in NEED_SYSTEM_LIBRARIES
        prepare_system(ROOT, for_tests=for_tests, must=must, remind=not was_set_up(ROOT))
        prepare_environment(ROOT, for_tests=for_tests)
        compile_own_code(ROOT)
        return run(command, rest)
    except SetUpFailed as failure:
        print(failure.report(), file=sys.stderr)
        return 1
    except OSError as error:  # a full disk, a folder that may not be written
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def run(command: str, rest: list[str]) -> int:
    """Run one command in the environment; on POSIX it takes the place of this process."""
    python = str(program(ROOT, "python"))
    if command == "test":
        return check_all(ROOT, python, rest)
    if command == "demo":
        return become([python, str(ROOT / "packaging" / "demo.py"), *rest])
    if command == "bench":
        return become([python, *benchmark(rest)])
    return become([str(program(ROOT, "skrynia")), *rest])


def benchmark(rest: list[str]) -> list[str]:
    """Return what Python is to run for `bench`: one script, or pytest over all of them.

    Raises:
        SetUpFailed: there is no benchmark of that name.
    """
    folder = ROOT / "tests" / "benchmarks"
    if not rest or rest[0].startswith("-"):
        return ["-m", "pytest", "-c", str(ROOT / "pyproject.toml"), str(folder), *rest]
    script = folder / f"{rest[0]}.py"
    if not script.is_file():
        there = ", ".join(sorted(path.stem for path in folder.glob("*.py")))
        raise SetUpFailed(f"there is no benchmark '{rest[0]}'; there are: {there or 'none'}")
    return [str(script), *rest[1:]]


def become(command: list[str]) -> int:
    """Go on as `command`; Windows has no exec that keeps the console, so wait for it there."""
    environment = dict(os.environ, PYTHONUTF8="1", PYTHONDONTWRITEBYTECODE="1")
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name == "posix":
        os.execve(command[0], command, environment)  # noqa: S606 - no shell is what we want
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
