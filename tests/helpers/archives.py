"""Real archives for tests, opened by a passphrase that is cheap to derive."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from desktop_app.archive import unlock
from desktop_app.archive.archive import Archive
from desktop_app.archive.prepare import LIMITS
from desktop_app.crypto.passphrase import Cost
from desktop_app.extraction.extract import Extractor

PASSPHRASE = "возера лампа сцяг кароль ракета грыб"
CHEAP = Cost(memory_kib=64, passes=1, lanes=4)
NOON = 1_600_000_000_000  # 2020-09-13T12:26:40Z, in milliseconds


def ticking():
    """Return a clock that goes on by one second each time it is read."""
    ticks = count(NOON, 1000)
    return lambda: next(ticks)


def make_archive(folder: Path, nickname: str = "Прамень") -> Archive:
    return unlock.create(folder, PASSPHRASE, nickname, now=ticking(), cost=CHEAP)


def reopened(folder: Path, **how: bool) -> Archive:
    return unlock.unlock(folder, PASSPHRASE, now=ticking(), **how)


def make_reader() -> Extractor:
    return Extractor(LIMITS)


@pytest.fixture
def archive_folder(tmp_path: Path) -> Path:
    """A closed archive that holds nothing."""
    folder = tmp_path / "archive"
    make_archive(folder).close()
    return folder


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """An open archive that holds nothing."""
    with make_archive(tmp_path / "archive") as made:
        yield made
