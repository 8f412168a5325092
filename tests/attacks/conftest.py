"""One small, full archive, made once; every attack gets a copy of its own."""

from pathlib import Path

import pytest

from tests.helpers.parcels import near, team  # noqa: F401 (pytest finds them by name)
from tests.helpers.tampering import copied, filled


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed archive with something in every table; only to be copied."""
    base = tmp_path_factory.mktemp("original")
    return filled(base / "archive", base / "sources")


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    """A closed archive with something in every table, to be attacked."""
    return copied(original, tmp_path / "attacked")
