"""One step of the set-up: said in a line, run quietly, its output shown only when it fails."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path


class SetUpFailed(Exception):
    """A step of the set-up that could not be done, in words for the person who started it."""

    def __init__(self, what: str, hint: str = "", output: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint
        self.output = output

    def report(self) -> str:
        """Return the lines to show: what the failed program printed, then error and hint."""
        lines = [self.output.rstrip(), f"error: {self.what}"]
        if self.hint:
            lines.append(f"hint: {self.hint}")
        return "\n".join(line for line in lines if line)


def say(line: str) -> None:
    """Tell the person what is being done; on standard error, as output may be read by a program."""
    print(f"Skrynia: {line}", file=sys.stderr, flush=True)


def run_quietly(
    command: Sequence[str], failed: str, hint: str = "", env: Mapping[str, str] | None = None
) -> str:
    """Run `command` and return all that it printed.

    Raises:
        SetUpFailed: it could not be started or its exit code was not 0; holds what it printed.
    """
    finished = attempt(command, env)
    if finished.returncode != 0:
        raise SetUpFailed(failed, hint, output=finished.stdout)
    return finished.stdout


def attempt(
    command: Sequence[str], env: Mapping[str, str] | None = None, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `command` without input; exit code 127, as a shell says it, if it is not there."""
    try:
        return subprocess.run(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=env,
            cwd=folder,
            check=False,
        )
    except OSError as error:
        return subprocess.CompletedProcess(list(command), 127, stdout=f"{command[0]}: {error}\n")
