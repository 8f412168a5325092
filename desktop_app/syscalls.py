"""Which system calls a closed-in process may make, and the BPF program that keeps it to them.

A list of what is allowed, since a list of what is forbidden ages with every kernel. What is not
on it fails with ENOSYS, so that a C library which tries a newer call falls back to an older one;
what would start a process, open a connection or touch another process fails with EPERM and is
named only so that the reason is plain. Allowed and bounded otherwise: `openat` by Landlock,
`mmap` by RLIMIT_AS, `clone` only for threads, `tgkill` only within the process (abort needs it).

Sources: seccomp(2), linux/filter.h; arch/x86/entry/syscalls/syscall_64.tbl and
include/uapi/asm-generic/unistd.h of Linux for the numbers.
"""

import struct
from dataclasses import dataclass

_ALLOW, _EPERM, _ENOSYS = 0x7FFF0000, 0x00050001, 0x00050026
_KILL = 0x80000000
_CLONE_THREAD = 0x00010000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER_AT, _MACHINE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_X32 = 0x40000000  # the 32-bit calls of x86-64 carry this bit and could pass unseen


@dataclass(frozen=True, slots=True)
class Machine:
    """The numbers of one processor."""

    audit: int
    seccomp: int
    clone: int
    tgkill: int
    prlimit: int
    allowed: tuple[int, ...]
    writing: tuple[int, ...]  # allowed besides to a process that writes files
    refused: tuple[int, ...]


def _numbers(table: str) -> tuple[int, ...]:
    """Read "name number" pairs."""
    return tuple(int(word) for word in table.split() if word.isdigit())


_X86_64 = Machine(
    audit=0xC000003E,
    seccomp=317,
    clone=56,
    tgkill=234,
    prlimit=302,
    allowed=_numbers(
        """read 0 write 1 close 3 stat 4 fstat 5 lstat 6 poll 7 lseek 8 mmap 9 mprotect 10
        munmap 11 brk 12 rt_sigaction 13 rt_sigprocmask 14 rt_sigreturn 15 pread64 17 readv 19
        writev 20 access 21 sched_yield 24 mremap 25 mincore 27 madvise 28 dup 32 nanosleep 35
        getpid 39 exit 60 uname 63 fcntl 72 getdents 78 getcwd 79 readlink 89 gettimeofday 96
        getrlimit 97 getrusage 98 sysinfo 99 times 100 getuid 102 getgid 104 geteuid 107
        getegid 108 getppid 110 sigaltstack 131 gettid 186 time 201 futex 202
        sched_getaffinity 204 getdents64 217 set_tid_address 218 restart_syscall 219
        clock_gettime 228 clock_getres 229 clock_nanosleep 230 exit_group 231 openat 257
        newfstatat 262 readlinkat 267 faccessat 269 ppoll 271 set_robust_list 273
        getrandom 318 membarrier 324 statx 332 rseq 334 faccessat2 439"""
    ),
    writing=_numbers("fsync 74 fdatasync 75"),
    refused=_numbers(
        """socket 41 connect 42 accept 43 sendto 44 sendmsg 46 bind 49 listen 50 socketpair 53
        fork 57 vfork 58 execve 59 kill 62 ptrace 101 tkill 200 open 2 creat 85
        process_vm_readv 310 process_vm_writev 311 bpf 321 execveat 322 userfaultfd 323
        io_uring_setup 425 keyctl 250 mount 165 unshare 272 setns 308 memfd_create 319
        pidfd_open 434 pidfd_getfd 438 pidfd_send_signal 424"""
    ),
)
_AARCH64 = Machine(
    audit=0xC00000B7,
    seccomp=277,
    clone=220,
    tgkill=131,
    prlimit=261,
    allowed=_numbers(
        """getcwd 17 dup 23 fcntl 25 faccessat 48 openat 56 close 57 getdents64 61 lseek 62
        read 63 write 64 readv 65 writev 66 pread64 67 ppoll 73 readlinkat 78 newfstatat 79
        fstat 80 exit 93 exit_group 94 set_tid_address 96 futex 98 set_robust_list 99
        nanosleep 101 clock_gettime 113 clock_getres 114 clock_nanosleep 115
        sched_getaffinity 123 sched_yield 124 restart_syscall 128 sigaltstack 132
        rt_sigaction 134 rt_sigprocmask 135 rt_sigreturn 139 times 153 uname 160 getrlimit 163
        getrusage 165 gettimeofday 169 getpid 172 getppid 173 getuid 174 geteuid 175 getgid 176
        getegid 177 gettid 178 sysinfo 179 brk 214 munmap 215 mremap 216 mmap 222 mprotect 226
        mincore 232 madvise 233 getrandom 278 membarrier 283 statx 291 rseq 293
        faccessat2 439"""
    ),
    writing=_numbers("fsync 82 fdatasync 83"),
    refused=_numbers(
        """socket 198 socketpair 199 bind 200 listen 201 accept 202 connect 203 sendto 206
        sendmsg 211 execve 221 kill 129 tkill 130 ptrace 117 process_vm_readv 270
        process_vm_writev 271 bpf 280 execveat 281 userfaultfd 282 io_uring_setup 425
        keyctl 219 mount 40 unshare 97 setns 268 memfd_create 279 pidfd_open 434
        pidfd_getfd 438 pidfd_send_signal 424"""
    ),
)
MACHINES = {"x86_64": _X86_64, "aarch64": _AARCH64, "arm64": _AARCH64}


def program(machine: Machine, pid: int, *, writes: bool = False) -> bytes:
    """Return the filter as BPF instructions of 8 bytes.

    Args:
        machine: the processor's numbers.
        pid: the process, the only one that may be sent a signal.
        writes: whether it may bring files to the disk.
    """
    code = [
        (_LOAD, 0, 0, _MACHINE_AT),
        (_EQUAL, 1, 0, machine.audit),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, _KILL),
    ]
    for number in machine.allowed + (machine.writing if writes else ()):
        code += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ALLOW)]
    for number in machine.refused:
        code += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _EPERM)]
    code += _first_argument(machine.clone, (_ANY_BIT, 0, 1, _CLONE_THREAD))
    code += _first_argument(machine.tgkill, (_EQUAL, 0, 1, pid))
    code += _first_argument(machine.prlimit, (_EQUAL, 0, 1, 0))  # 0 is the process itself
    code.append((_RETURN, 0, 0, _ENOSYS))  # clone3 too: its flags lie in memory, unseen
    return b"".join(struct.pack("HBBI", *instruction) for instruction in code)


def _first_argument(
    number: int, test: tuple[int, int, int, int]
) -> list[tuple[int, int, int, int]]:
    """Allow a call if its first argument passes `test`; refuse it otherwise."""
    return [
        (_EQUAL, 0, 4, number),
        (_LOAD, 0, 0, _FIRST_ARGUMENT_AT),
        test,
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _EPERM),
    ]
