"""What the opener gives up before it touches foreign bytes.

Limits of the system only: memory, no core file, not dumpable, ends with the program that started
it. Where the system has none of these, the opener runs without.

Sources: prctl(2), setrlimit(2).
"""

import contextlib
import ctypes
import sys
from collections.abc import Mapping

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_SIGKILL = 9


def close_behind(job: Mapping[str, object]) -> None:
    """Limit this process to what opening a bundle takes.

    Args:
        job: `memory_bytes`: address space that it may use.
    """
    if sys.platform == "win32":
        return
    import resource  # not on Windows

    memory = job.get("memory_bytes")
    for what, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_AS, memory)):
        if isinstance(most, int):
            with contextlib.suppress(OSError, ValueError):  # a lower limit holds already
                resource.setrlimit(what, (most, most))
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        for what, value in (
            (_PR_SET_PDEATHSIG, _SIGKILL),
            (_PR_SET_DUMPABLE, 0),
            (_PR_SET_NO_NEW_PRIVS, 1),
        ):
            libc.prctl(what, ctypes.c_ulong(value), *[ctypes.c_ulong(0)] * 3)
