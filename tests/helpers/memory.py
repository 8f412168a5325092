"""How much memory a process and all that it started take together, sampled from /proc."""

import contextlib
import os
import threading
from pathlib import Path
from types import TracebackType

PROC = Path("/proc")
EVERY_S = 0.25


class PeakMemory:
    """Between `with` and its end: the most that this process and its descendants held, in bytes.

    Counts PSS (shared pages once over all) where the kernel lets us read it, otherwise RSS less
    what is shared with files.
    """

    def __init__(self) -> None:
        self.peak_bytes = 0
        self.processes = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory", daemon=True)

    def __enter__(self) -> "PeakMemory":
        self._thread.start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()
        self._sample()

    def _watch(self) -> None:
        while not self._stop.wait(EVERY_S):
            self._sample()

    def _sample(self) -> None:
        family = descendants(os.getpid())
        held = sum(memory_bytes(pid) for pid in family)
        if held > self.peak_bytes:
            self.peak_bytes, self.processes = held, len(family)


def descendants(top: int) -> list[int]:
    """Return `top` and every process below it."""
    children: dict[int, list[int]] = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                # After the name in brackets, which may hold anything: state, parent.
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(folder.name))
    found = [top]
    for pid in found:
        found += children.get(pid, [])
    return found


def memory_bytes(pid: int) -> int:
    """Return what one process holds; 0 once it is gone."""
    with contextlib.suppress(OSError):
        for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    with contextlib.suppress(OSError, IndexError):
        pages = (PROC / str(pid) / "statm").read_text().split()
        return (int(pages[1]) - int(pages[2])) * os.sysconf("SC_PAGE_SIZE")
    return 0
