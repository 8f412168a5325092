"""Reads every file under some folders and prints, by type, how many gave text or a picture.

python tests/benchmarks/reading_corpora.py ../shared/corpora/documents ../shared/corpora/photos
"""

import argparse
import time
from collections import Counter, defaultdict
from pathlib import Path

from desktop_app.domain.reading import Limits, Outcome, Reading
from desktop_app.extraction.extract import Extractor


def main() -> None:
    """Read, and print a table and the files that gave neither text nor picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--all", action="store_true", help="print a line for every file")
    options = parser.parse_args()
    files = sorted(path for folder in options.folders for path in folder.rglob("*"))
    table: dict[str, Counter[str]] = defaultdict(Counter)
    without: list[str] = []
    slow: list[tuple[float, str]] = []
    with Extractor(Limits()) as extractor:
        extractor.warm()
        print(f"isolation: {extractor.isolation} {extractor.isolation_lacks}")
        for path in filter(Path.is_file, files):
            begun = time.perf_counter()
            reading = extractor.read(path.read_bytes(), path.name)
            seconds = time.perf_counter() - begun
            slow.append((seconds, path.name))
            note(reading, path, table, without)
            if options.all:
                print(line(reading, path, seconds))
    report(table, without, slow)


def note(reading: Reading, path: Path, table: dict[str, Counter[str]], without: list[str]) -> None:
    """Count one file."""
    text = any(page.strip() for page in reading.pages)
    got = "text" if text else "picture" if reading.thumbnail else "neither"
    table[reading.media_type][got] += 1
    table[reading.media_type][reading.outcome.value] += 1
    if got == "neither" and reading.outcome is not Outcome.UNREAD:
        without.append(f"{reading.outcome:10} {reading.media_type:40} {path.name}: {reading.why}")


def line(reading: Reading, path: Path, seconds: float) -> str:
    """Return what one file gave, on one line."""
    characters = sum(map(len, reading.pages))
    flags = ",".join(reading.flags)
    size = f"{reading.thumbnail.width}x{reading.thumbnail.height}" if reading.thumbnail else "-"
    return (
        f"{path.parent.name}/{path.name} {reading.outcome} {reading.media_type} "
        f"{characters} characters {len(reading.pages)} pages {size} {len(reading.facts)} facts "
        f"{len(reading.members)} members [{flags}] {seconds * 1000:.0f} ms"
    )


def report(
    table: dict[str, Counter[str]], without: list[str], slow: list[tuple[float, str]]
) -> None:
    """Print the table."""
    print(f"{'type':75} {'files':>5} {'text':>5} {'pict.':>5}  outcomes")
    for media_type, counts in sorted(table.items()):
        total = counts["text"] + counts["picture"] + counts["neither"]
        ends = ", ".join(f"{one.value} {counts[one.value]}" for one in Outcome if counts[one.value])
        print(f"{media_type:75} {total:5} {counts['text']:5} {counts['picture']:5}  {ends}")
    print("\nNeither text nor picture, of the kinds that are read:")
    print("\n".join(without))
    total_s = sum(seconds for seconds, _name in slow)
    print(f"\n{len(slow)} files in {total_s:.1f} s; slowest:")
    for seconds, name in sorted(slow, reverse=True)[:5]:
        print(f"  {seconds * 1000:6.0f} ms  {name}")


if __name__ == "__main__":
    main()
