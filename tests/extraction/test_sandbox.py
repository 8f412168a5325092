"""H03: what a worker that was taken over can still do."""

import platform
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop_app import syscalls
from desktop_app.domain.reading import Limits, Outcome
from desktop_app.extraction.extract import Extractor
from tests.helpers import strange_worker

STRANGE = (sys.executable, "-I", "-B", str(Path(strange_worker.__file__)))

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's")


@pytest.fixture(scope="module")
def strange() -> Iterator[Extractor]:
    with Extractor(Limits(time_s=20), STRANGE) as extractor:
        extractor.warm()
        yield extractor


@pytest.mark.parametrize("escape", sorted(strange_worker.ESCAPES))
def test_h03_escape_is_denied(strange: Extractor, escape: str) -> None:
    if strange.isolation == "reduced":
        pytest.skip(f"this system cannot isolate: {strange.isolation_lacks}")
    if platform.machine() != "x86_64" and escape not in ("read /etc/passwd", "fork", "exec"):
        pytest.skip("the escape names its system call by the number of x86-64")
    reading = strange.read(escape.encode(), "a.txt")
    if escape == "lift limit" and reading.outcome is Outcome.CRASHED:
        return
    assert reading.outcome is Outcome.READ
    assert reading.pages[0].startswith("denied"), reading.pages[0]


def test_the_isolation_is_told(strange: Extractor) -> None:
    assert strange.isolation in ("full", "reduced")
    assert bool(strange.isolation_lacks) == (strange.isolation == "reduced")


def test_a_worker_without_filter_of_calls_says_reduced() -> None:
    with Extractor(Limits(), (*STRANGE, "--no-filter")) as extractor:
        extractor.warm()
        assert extractor.isolation == "reduced"
        assert "filter" in extractor.isolation_lacks


def test_the_worker_has_no_library_that_holds_keys() -> None:
    import subprocess

    words = (
        "import sys, desktop_app.extraction.worker;"
        "print([m for m in sys.modules if m.split('.')[0] in"
        " ('PySide6', 'sqlcipher3', 'sqlite3', 'cryptography', 'nacl', 'pyrage')])"
    )
    done = subprocess.run([sys.executable, "-I", "-c", words], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_no_call_is_both_allowed_and_refused(machine: str) -> None:
    numbers = syscalls.MACHINES[machine]
    special = {numbers.clone, numbers.tgkill, numbers.prlimit}
    assert not set(numbers.allowed) & set(numbers.refused)
    assert not special & (set(numbers.allowed) | set(numbers.refused))
    assert len(syscalls.program(numbers, 1)) // 8 < 4096  # BPF_MAXINSNS
