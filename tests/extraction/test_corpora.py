"""Real files, where they lie beside the project: nothing crashes, nearly all give something."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop_app.domain.reading import Limits, Outcome
from desktop_app.extraction import kinds
from desktop_app.extraction.extract import Extractor

NAMED = {
    *("text/plain", "text/csv", "text/markdown", "text/html", "application/pdf", kinds.DOCX),
    *(kinds.ODT, kinds.EML, "image/jpeg", "image/png", "image/webp", "image/tiff"),
    *("image/heic", "image/heif"),
}


@pytest.fixture
def extractor() -> Iterator[Extractor]:
    with Extractor(Limits()) as extractor:
        extractor.warm()
        yield extractor


def test_nearly_all_real_files_give_text_or_a_picture(corpora: Path, extractor: Extractor) -> None:
    paths = [p for name in ("documents", "photos") for p in (corpora / name).rglob("*")]
    good = asked = 0
    for path in filter(Path.is_file, paths):
        reading = extractor.read(path.read_bytes(), path.name)
        assert reading.outcome is not Outcome.CRASHED, path
        if reading.media_type in NAMED and reading.outcome not in (Outcome.DAMAGED, Outcome.LOCKED):
            asked += 1
            good += any(page.strip() for page in reading.pages) or reading.thumbnail is not None
    assert asked > 300
    assert good >= 0.98 * asked


def test_hostile_files_are_kept_and_end_nothing(corpora: Path, extractor: Extractor) -> None:
    for path in filter(Path.is_file, (corpora / "hostile").rglob("*")):
        reading = extractor.read(path.read_bytes(), path.name)
        assert reading.outcome in set(Outcome)
    assert extractor.read(b"after all of them", "a.txt").pages == ("after all of them",)
