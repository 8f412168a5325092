"""What the opener gives up before it touches foreign bytes."""

from collections.abc import Sequence
from pathlib import Path

from desktop_app import sandbox

_SPARE_BYTES = 1 << 20


def close_behind(
    volumes: Sequence[Path], staging: Path, total_bytes: int, memory_bytes: int
) -> str:
    """Keep this process to reading the volumes and writing to staging; return what could not be.

    Args:
        volumes: The files that it reads.
        staging: The folder in which it makes files.
        total_bytes: The size of all volumes. No file in them can be larger.
        memory_bytes: The address space that it may use.
    """
    sandbox.die_with_parent()
    return sandbox.close(
        memory_bytes,
        readable=[str(path) for path in volumes],
        writable=str(staging),
        # Staged files are padded, by 3.2 % at most.
        file_bytes=total_bytes + total_bytes // 16 + _SPARE_BYTES,
    )
