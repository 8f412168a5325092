"""An opener that does not keep to the protocol: `python lying_opener.py HOW`.

It is what a bundle could make of the real one if a library that it uses were taken over.
"""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from desktop_app.frames import Ended, read_json, write_json

OUT = sys.stdout.buffer
FILE = {"file": "data/card.json", "sha256": "00" * 32, "size": 3, "key": "11" * 32}


def main() -> None:
    """Behave in the way that the first argument names."""
    job = read_json(sys.stdin.buffer)
    how = sys.argv[1]
    if how in BEFORE:
        BEFORE[how]()
        OUT.flush()
        time.sleep(30 if how == "silent" else 0)
        return
    relay(job, how)


def relay(job: dict[str, object], how: str) -> None:
    """Let the real opener do the first step, so that a true head comes, and lie after it."""
    real = subprocess.Popen(
        [sys.executable, "-I", "-m", "desktop_app.bundle.opener"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert real.stdin is not None
    assert real.stdout is not None
    write_json(real.stdin, job)
    real.stdin.flush()
    write_json(OUT, read_json(real.stdout))
    OUT.flush()
    real.kill()
    real.wait()
    read_json(sys.stdin.buffer)
    AFTER[how](Path(str(job["staging"])))
    OUT.flush()
    threading.Event().wait(1)


def say(**values: Any) -> None:
    write_json(OUT, values)


def made(staging: Path, name: str, content: bytes) -> None:
    say(making=name)
    OUT.flush()
    (staging / name).write_bytes(content)


def a_file(staging: Path, size: int = 65_676, **changes: Any) -> None:
    name = os.urandom(16).hex()
    made(staging, name, bytes(size))
    say(**{**FILE, "name": name, **changes})


def raw(content: bytes) -> None:
    OUT.write(content)


BEFORE: dict[str, Any] = {
    "dies": lambda: None,
    "silent": lambda: None,
    "noise": lambda: raw(os.urandom(4096)),
    "huge frame": lambda: raw(b"J\xff\xff\xff\xff" + bytes(1 << 20)),
    "no object": lambda: raw(b"J\0\0\0\x02[]"),
    "not JSON": lambda: raw(b"J\0\0\0\x02{]"),
    "unknown refusal": lambda: say(refused="SystemExit", facts={}),
    "refusal of our base class": lambda: say(refused="AppError", facts={}),
    "refusal without facts": lambda: say(refused="NotForUs"),
    "whole at once": lambda: say(whole=1),
    "no head": lambda: say(head="", sig=""),
    "a head that nobody signed": lambda: say(head="e30=", sig="e30="),
    "a head that is no base64": lambda: say(head="\u0416", sig="!"),
    "a head that is a number": lambda: say(head=1, sig=2),
    "files before the head": lambda: say(**FILE, name="00" * 16),
}
AFTER: dict[str, Any] = {
    "whole without files": lambda staging: say(whole=1),
    "a file that it never made": lambda staging: say(**FILE, name="00" * 16),
    "a file that it never announced": lambda staging: (
        (staging / ("00" * 16)).write_bytes(bytes(65_676)),
        say(making="11" * 16),
        say(**FILE, name="00" * 16),
        (staging / ("00" * 16)).unlink(),
    ),
    "a file of another size": lambda staging: a_file(staging, 100),
    "a path out of the bag": lambda staging: a_file(staging, file="data/../../x"),
    "an absolute path": lambda staging: a_file(staging, file="/etc/passwd"),
    "a name that is a path": lambda staging: say(making="../../../etc/passwd"),
    "a short name": lambda staging: say(making="00"),
    "a key that is short": lambda staging: a_file(staging, key="00"),
    "more files than signed": lambda staging: [a_file(staging) for _ in range(20)],
    "progress of no number": lambda staging: say(done="x", total="y"),
    "dies after some files": lambda staging: a_file(staging),
    "leaves half a file": lambda staging: made(staging, "ab" * 16, b"half"),
    "terminal escapes": lambda staging: say(
        refused="BundleMalformed", facts={"why": "\x1b[2J\u202e" + "x" * 5000}
    ),
    "words of another error": lambda staging: say(refused="DiskFull", facts={"self": 1, "x": 2}),
    "another head": lambda staging: say(head="e30=", sig="e30="),
}

if __name__ == "__main__":
    try:
        main()
    except (Ended, BrokenPipeError):
        sys.exit(1)
