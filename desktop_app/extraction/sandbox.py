"""Closes the door behind the worker: after `close` it can compute, and answer on its pipes.

Linux: resource limits, no new privileges, not dumpable, Landlock (no file but fonts and the
Python library, read only, no network, no signal to others) and seccomp (a list of the calls that
a parser needs; every other one fails). Elsewhere only the resource limits that the system has.

Sources: landlock(7), seccomp(2), prctl(2), setrlimit(2); linux/landlock.h, linux/seccomp.h.
"""

import ctypes
import os
import platform
import struct
import sys
import sysconfig

from desktop_app.extraction import syscalls

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_SIGKILL = 9
_LANDLOCK_CREATE, _LANDLOCK_ADD_RULE, _LANDLOCK_RESTRICT = 444, 445, 446  # on every processor
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_OPEN_FILES = 48
_FONTS = ("/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/X11/fonts")


class Fault(Exception):
    """A part of the sandbox could not be set up; the words say which."""


def die_with_parent() -> None:
    """Ask Linux to kill this process when the thread that started it ends."""
    if sys.platform == "linux":
        _try(_prctl, _PR_SET_PDEATHSIG, _SIGKILL)  # without it, the closed pipe ends the worker


def close(memory_bytes: int, *, filter_calls: bool = True) -> str:
    """Give up everything that a parser does not need; return what could not be, or "".

    Args:
        memory_bytes: address space that the process may use from here on.
        filter_calls: False leaves seccomp out, for a system on which it breaks something.
    """
    faults = [_try(_limit_resources, memory_bytes)]
    if sys.platform != "linux":
        faults.append("this system has no sandbox that the program uses")
        return "; ".join(filter(None, faults))
    faults.append(_try(_single_thread))
    faults.append(_try(_prctl, _PR_SET_NO_NEW_PRIVS, 1))
    faults.append(_try(_prctl, _PR_SET_DUMPABLE, 0))
    faults.append(_try(_landlock))
    faults.append(_try(_seccomp) if filter_calls else "no filter of system calls")
    return "; ".join(filter(None, faults))


def _try(step: object, *values: int) -> str:
    """Run one step; what fails is told, and the others still run."""
    try:
        step(*values)  # type: ignore[operator]  # steps differ in their arguments
    except (Fault, OSError, ValueError, ImportError, AttributeError) as error:
        return str(error) or type(error).__name__
    return ""


def _limit_resources(memory_bytes: int) -> None:
    import resource  # not on Windows

    # RLIMIT_NPROC is not among them: it counts all processes of the user, so any useful number
    # breaks the threads of the HEIC and AVIF decoders; seccomp refuses new processes instead.
    for what, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_AS, memory_bytes),
    ):
        resource.setrlimit(what, (most, most))


def _single_thread() -> None:
    """Landlock binds only the calling thread: there must be no other."""
    if len(os.listdir("/proc/self/task")) != 1:  # noqa: PTH208 (pathlib needs more calls)
        raise Fault("the worker had threads before it closed itself in")


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, ctypes.c_ulong(value), *[ctypes.c_ulong(0)] * 3) != 0:
        raise Fault(f"prctl {option} was refused")


def _landlock() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    version = libc.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1)
    if version < 1:
        raise Fault("the kernel has no Landlock")
    ruleset = _ruleset(libc, version)
    try:
        for folder in _readable():
            _allow_reading(libc, ruleset, folder)
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


def _readable() -> list[str]:
    """Folders that may still be read: fonts, and modules that a parser imports late."""
    library = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    return [*_FONTS, *sorted(folder for folder in library if folder)]


def _allow_reading(libc: ctypes.CDLL, ruleset: int, folder: str) -> None:
    try:
        descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return  # what we cannot reach, a parser cannot either
    try:
        rule = struct.pack("=Qi", _READ_FILE | _READ_DIR, descriptor)
        if libc.syscall(_LANDLOCK_ADD_RULE, ruleset, 1, rule, 0) != 0:
            raise Fault("Landlock refused a rule")
    finally:
        os.close(descriptor)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def _seccomp() -> None:
    machine = syscalls.MACHINES.get(platform.machine())
    if machine is None or sys.byteorder != "little" or struct.calcsize("P") != 8:
        raise Fault("no list of system calls for this processor")
    code = syscalls.program(machine, os.getpid())
    buffer = ctypes.create_string_buffer(code, len(code))
    filtering = _Program(len(code) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    set_mode_filter, all_threads = 1, 1
    if libc.syscall(machine.seccomp, set_mode_filter, all_threads, ctypes.byref(filtering)) != 0:
        raise Fault("the kernel refused the filter of system calls")
