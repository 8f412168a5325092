"""Takes the README's pictures of the program as it is, on a screen that nobody sees.

    python3 packaging/launch.py demo && .venv/bin/python packaging/screenshots.py

For developers; needs Debian's xvfb, xterm, imagemagick and fonts-dejavu-core. The pictures lie in
resources/screenshots/ and show the demo's archive, in which everything is invented.
"""

import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

TOP = Path(__file__).parent.parent
TARGET = TOP / "resources" / "screenshots"
ARCHIVE = ".demo/documenter"
DISPLAY = ":97"
SHOWN = (
    'find {archive} "дзяжурная частка"',
    "find {archive} видеорегистратор",
    'find {archive} "kind:testimony date:2020-12.." --sort date',
)
WAIT_S = 25.0


def main() -> int:
    """Take all pictures; return the exit code."""
    TARGET.mkdir(parents=True, exist_ok=True)
    screen = subprocess.Popen(["Xvfb", DISPLAY, "-screen", "0", "1240x640x24"])
    try:
        time.sleep(1.0)
        terminal("demo", [command.format(archive=ARCHIVE) for command in SHOWN])
    finally:
        screen.terminate()
        screen.wait()
    return 0


def terminal(name: str, commands: list[str]) -> None:
    """Run commands in a terminal window and keep a picture of it."""
    environment = dict(os.environ, DISPLAY=DISPLAY, LANG="C.UTF-8")
    done = TOP / ".demo" / f"{name}.done"
    done.unlink(missing_ok=True)
    lines = [f"cd {shlex.quote(str(TOP))}", "clear"]
    for command in commands:
        lines += [f"printf '%s\\n' {shlex.quote('$ skrynia ' + command)}", skrynia(command), "echo"]
    lines += [f"touch {shlex.quote(str(done))}", "sleep 600"]
    window = subprocess.Popen(["xterm", *LOOK, "-e", "sh", "-c", "\n".join(lines)], env=environment)
    try:
        deadline = time.monotonic() + WAIT_S
        while not done.exists() and time.monotonic() < deadline:
            time.sleep(0.2)
        time.sleep(0.5)
        picture = str(TARGET / f"{name}.png")
        shot = ["import", "-window", "root", "-strip", "-colors", "64", picture]
        subprocess.run(shot, env=environment, check=True)
    finally:
        window.terminate()
        window.wait()
        done.unlink(missing_ok=True)


LOOK = (
    *("-fa", "DejaVu Sans Mono", "-fs", "11", "-geometry", "136x34+0+0", "-b", "14"),
    *("-bg", "#f7f5f0", "-fg", "#2b2b2b", "-bc", "+sb", "-cr", "#f7f5f0", "-bw", "0"),
)


def skrynia(command: str) -> str:
    """Return the shell's words for one command on the demo's archive."""
    program = shlex.join([sys.executable, "-m", "desktop_app"])
    return f"{program} {command} --passphrase-file .demo/passphrase.txt"


if __name__ == "__main__":
    sys.exit(main())
