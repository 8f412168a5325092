"""Make the pinned requirements again: `python3 packaging/pin.py [--upgrade]`; uv must be installed.

Without --upgrade every pin stays that still fits its .in file. Review what changed, and bring
requirements/README.md up to date, before it is committed.
"""

import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parent / "requirements"
# Each file keeps to the versions of those before it, as all end in one environment.
FILES = ("run", "build", "test")
# For every system and Python that we support; and naming no host, as each user has their own index.
OPTIONS = (
    *("--universal", "--python-version", "3.11", "--generate-hashes", "--quiet"),
    *("--no-header", "--no-emit-index-url", "--no-emit-find-links"),
)


def main(arguments: list[str]) -> int:
    """Compile the files one after the other; return the exit code of the first that fails."""
    for number, name in enumerate(FILES):
        earlier = [word for file in FILES[:number] for word in ("-c", f"{file}.txt")]
        command = ["uv", "pip", "compile", *OPTIONS, *earlier, *arguments]
        command += [f"{name}.in", "-o", f"{name}.txt"]
        try:
            code = subprocess.run(command, cwd=REQUIREMENTS, check=False).returncode
        except FileNotFoundError:
            print("error: uv is not installed.", file=sys.stderr)
            return 2
        if code != 0:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
