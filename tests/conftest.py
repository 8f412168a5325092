"""Fixtures shared by all tests, and the guard that every test runs under."""

import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import hypothesis.configuration
import pytest

from tests.helpers.archives import archive, archive_folder  # noqa: F401 (pytest finds them by name)
from tests.helpers.guard import Guard

os.environ["QT_QPA_PLATFORM"] = "offscreen"
# No .hypothesis folder: a failing example is printed, and belongs into the test as @example.
hypothesis.settings.register_profile("skrynia", database=None, deadline=None, print_blob=True)
hypothesis.settings.load_profile("skrynia")

CORPORA = Path(__file__).parents[2] / "shared" / "corpora"
# Where the program may look for a person's own folders: never the real ones while tests run.
OWN_FOLDERS = {
    "HOME": "home",
    "XDG_CONFIG_HOME": "home/.config",
    "XDG_DATA_HOME": "home/.local/share",
    "XDG_CACHE_HOME": "home/.cache",
    "XDG_STATE_HOME": "home/.local/state",
    "XDG_RUNTIME_DIR": "runtime",
}
THREADS_END_WITHIN_S = 2.0


@pytest.fixture(scope="session")
def corpora() -> Path:
    """Return the folder of sample files that lies beside the project, not in it."""
    if not (CORPORA / "INDEX.md").is_file():
        pytest.skip("corpora are not beside the project")
    return CORPORA


@pytest.fixture(scope="session", autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give the run, and the programs it starts, empty folders in the place of a person's own."""
    base = tmp_path_factory.mktemp("person")
    hypothesis.configuration.set_hypothesis_home_dir(base / "hypothesis")
    with pytest.MonkeyPatch.context() as patch:
        for variable, name in OWN_FOLDERS.items():
            (base / name).mkdir(mode=0o700, parents=True, exist_ok=True)
            patch.setenv(variable, str(base / name))
        yield base


@pytest.fixture(scope="session", autouse=True)
def guard(own_folders: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guard]:
    """Refuse sockets and writes outside pytest's folder from here to the end of the last test."""
    guard = Guard()
    guard.arm(tmp_path_factory.getbasetemp())
    yield guard
    guard.disarm()


@pytest.fixture(autouse=True)
def guarded(guard: Guard, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail a test that opens a socket, writes elsewhere, logs a warning or leaves a thread.

    A test that expects a warning in the log asserts it and then calls `caplog.clear()`.
    """
    before = set(threading.enumerate())
    yield
    complaints = guard.take_offences()
    complaints += [f"left the thread {name} running" for name in threads_left(before)]
    complaints += [
        f"logged {record.levelname} from {record.name}: {record.getMessage()}"
        for phase in ("setup", "call")
        for record in caplog.get_records(phase)
        if record.levelno >= logging.WARNING
    ]
    if complaints:
        pytest.fail("; ".join(complaints), pytrace=False)


def threads_left(before: set[threading.Thread]) -> list[str]:
    """Return the names of the threads that a test started and that do not end."""
    started = [thread for thread in threading.enumerate() if thread not in before]
    for thread in started:
        thread.join(THREADS_END_WITHIN_S)
    return [thread.name for thread in started if thread.is_alive()]
