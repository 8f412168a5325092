"""The command line as a real process: what it prints, how it ends, signals and terminals."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.helpers.archives import PASSPHRASE

ROOT = Path(__file__).parents[2]
SKRYNIA = (sys.executable, "-m", "desktop_app")
WAIT_S = 120


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object on standard output; anything beside it is an error."""
        value = json.loads(self.out)
        assert isinstance(value, dict)
        return value

    @property
    def error(self) -> dict[str, str]:
        """What `--json` says of a failure: exactly one key, exactly three below it."""
        assert set(self.json) == {"error"}
        assert set(self.json["error"]) == {"code", "message", "hint"}
        return dict(self.json["error"])


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(ROOT)}


def skrynia(
    *arguments: str | Path | bytes, stdin: str | bytes | None = PASSPHRASE, ask: bool = False
) -> Ended:
    """Run `skrynia ARGUMENTS`; the passphrase comes by standard input unless `ask`."""
    more = () if ask else ("--passphrase-file", "-")
    raw = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(
        [*SKRYNIA, *with_options(arguments, *more)],
        input=raw if raw is not None else b"",
        capture_output=True,
        timeout=WAIT_S,
        env=environment(),
        check=False,
    )
    return Ended(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


def json_of(*arguments: str | Path | bytes, **how: Any) -> Any:
    """Run a command with `--json` that must succeed; return its object."""
    ended = skrynia(*with_options(arguments, "--json"), **how)
    assert ended.code == 0, ended
    return ended.json


def with_options(arguments: Sequence[Any], *options: str) -> list[Any]:
    """Return the arguments with further options, before a "--" if there is one."""
    at = arguments.index("--") if "--" in arguments else len(arguments)
    return [*arguments[:at], *options, *arguments[at:]]


def started(*arguments: str | Path, passphrase_file: Path) -> subprocess.Popen[bytes]:
    """Start a command and come back at once."""
    return subprocess.Popen(
        [*SKRYNIA, *arguments, "--passphrase-file", passphrase_file],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )


def at_terminal(*arguments: str | Path, answers: Sequence[str] = ()) -> tuple[int, str]:
    """Run a command on a terminal of its own; return its exit code and all that the screen saw.

    Each answer is typed once the screen has shown a further colon-and-blank and waits.
    """
    pid, terminal = pty.fork()
    if pid == 0:  # the child: nothing between here and exec that could fail differently
        os.environ.update(environment(), COLUMNS="100", TERM="xterm")
        os.execv(SKRYNIA[0], [*SKRYNIA, *map(str, arguments)])
    seen, left, answered_at = b"", list(answers), 0
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        if not select.select([terminal], [], [], 0.1)[0]:
            if left and seen[answered_at:].rstrip(b" ").endswith(b":"):
                answered_at = len(seen)
                os.write(terminal, left.pop(0).encode() + b"\n")
            continue
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # Linux says EIO when the other side is closed
            break
        if not piece:
            break
        seen += piece
    else:
        os.kill(pid, signal.SIGKILL)
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), seen.decode("utf-8", "replace")
