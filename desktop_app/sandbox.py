"""Closes the door behind a process that handles foreign bytes: it can compute and answer.

Linux: resource limits, no new privileges, not dumpable, Landlock (no file but those that are
named and the Python library, no network, no signal to others) and seccomp (a list of the calls
that such a process needs; every other one fails). Elsewhere only the resource limits that the
system has.

Sources: landlock(7), seccomp(2), prctl(2), setrlimit(2); linux/landlock.h, linux/seccomp.h.
"""

import ctypes
import os
import platform
import stat
import struct
import sys
import sysconfig
from collections.abc import Sequence

from desktop_app import syscalls

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_SIGKILL = 9
_LANDLOCK_CREATE, _LANDLOCK_ADD_RULE, _LANDLOCK_RESTRICT = 444, 445, 446  # on every processor
_WRITE_FILE, _READ_FILE, _READ_DIR, _MAKE_FILE = 1 << 1, 1 << 2, 1 << 3, 1 << 8
_OPEN_FILES = 48
FONTS = ("/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/X11/fonts")


class Fault(Exception):
    """A part of the sandbox could not be set up; the words say which."""


def die_with_parent() -> None:
    """Ask Linux to kill this process when the thread that started it ends."""
    if sys.platform == "linux":
        _try(_prctl, _PR_SET_PDEATHSIG, _SIGKILL)  # without it, the closed pipe ends the worker


def close(
    memory_bytes: int,
    *,
    readable: Sequence[str] = (),
    writable: str = "",
    file_bytes: int = 0,
    filter_calls: bool = True,
) -> str:
    """Give up everything that is not named; return what could not be, or "".

    Args:
        memory_bytes: address space that the process may use from here on.
        readable: files and folders that it may read, beside the Python library.
        writable: a folder in which it may make files; none if empty.
        file_bytes: how long such a file may become.
        filter_calls: False leaves seccomp out, for a system on which it breaks something.
    """
    faults = [_try(_limit_resources, memory_bytes, file_bytes)]
    if sys.platform != "linux":
        faults.append("this system has no sandbox that the program uses")
        return "; ".join(filter(None, faults))
    faults.append(_try(_single_thread))
    faults.append(_try(_prctl, _PR_SET_NO_NEW_PRIVS, 1))
    faults.append(_try(_prctl, _PR_SET_DUMPABLE, 0))
    faults.append(_try(_landlock, readable, writable))
    faults.append(_try(_seccomp, bool(writable)) if filter_calls else "no filter of system calls")
    return "; ".join(filter(None, faults))


def _try(step: object, *values: object) -> str:
    """Run one step; what fails is told, and the others still run."""
    try:
        step(*values)  # type: ignore[operator]  # steps differ in their arguments
    except (Fault, OSError, ValueError, ImportError, AttributeError) as error:
        return str(error) or type(error).__name__
    return ""


def _limit_resources(memory_bytes: int, file_bytes: int) -> None:
    import resource  # not on Windows

    # RLIMIT_NPROC is not among them: it counts all processes of the user, so any useful number
    # breaks the threads of the HEIC and AVIF decoders; seccomp refuses new processes instead.
    for what, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_AS, memory_bytes),
    ):
        resource.setrlimit(what, (most, most))


def _single_thread() -> None:
    """Landlock binds only the calling thread: there must be no other."""
    if len(os.listdir("/proc/self/task")) != 1:  # noqa: PTH208 (pathlib needs more calls)
        raise Fault("the process had threads before it closed itself in")


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, ctypes.c_ulong(value), *[ctypes.c_ulong(0)] * 3) != 0:
        raise Fault(f"prctl {option} was refused")


def _landlock(readable: Sequence[str], writable: str) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    version = libc.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1)
    if version < 1:
        raise Fault("the kernel has no Landlock")
    ruleset = _ruleset(libc, version)
    try:
        for path in (*_library(), *readable):
            _allow(libc, ruleset, path, _READ_FILE | _READ_DIR)
        if writable:
            _allow(libc, ruleset, writable, _WRITE_FILE | _MAKE_FILE)
        if libc.syscall(_LANDLOCK_RESTRICT, ruleset, 0) != 0:
            raise Fault("Landlock was refused")
    finally:
        os.close(ruleset)


def _ruleset(libc: ctypes.CDLL, version: int) -> int:
    """Make a ruleset that handles everything which this version of Landlock knows."""
    files = (1 << 13) - 1  # execute, read, write, make, remove
    files |= (1 << 13 if version >= 2 else 0) | (1 << 14 if version >= 3 else 0)  # refer, truncate
    files |= 1 << 15 if version >= 5 else 0  # ioctl on devices
    network = 3 if version >= 4 else 0  # bind and connect
    scoped = 3 if version >= 6 else 0  # abstract sockets, signals
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    attributes = struct.pack("QQQ", files, network, scoped)[:size]
    ruleset = libc.syscall(_LANDLOCK_CREATE, attributes, ctypes.c_size_t(size), 0)
    if ruleset < 0:
        raise Fault("Landlock was refused")
    return int(ruleset)


def _library() -> list[str]:
    """Folders of the modules that are imported late."""
    library = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    return sorted(folder for folder in library if folder)


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what we cannot reach, the process cannot either
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= ~_READ_DIR  # a right that files do not have is an error
        rule = struct.pack("=Qi", rights, descriptor)
        if libc.syscall(_LANDLOCK_ADD_RULE, ruleset, 1, rule, 0) != 0:
            raise Fault("Landlock refused a rule")
    finally:
        os.close(descriptor)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def _seccomp(writes: bool) -> None:
    machine = syscalls.MACHINES.get(platform.machine())
    if machine is None or sys.byteorder != "little" or struct.calcsize("P") != 8:
        raise Fault("no list of system calls for this processor")
    code = syscalls.program(machine, os.getpid(), writes=writes)
    buffer = ctypes.create_string_buffer(code, len(code))
    filtering = _Program(len(code) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    set_mode_filter, all_threads = 1, 1
    if libc.syscall(machine.seccomp, set_mode_filter, all_threads, ctypes.byref(filtering)) != 0:
        raise Fault("the kernel refused the filter of system calls")
