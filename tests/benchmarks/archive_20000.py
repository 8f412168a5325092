"""Takes 20,000 documents in and searches them; prints files a second, memory and milliseconds.

python packaging/launch.py bench archive_20000 [--count N] [--json FILE] [--profile]

The goals: 150 files a second, 500 MB over all processes, `find` p95 30 ms, opening 0.5 s beyond
the derivation of the key. The documents are composed by make_docs.py of the corpora that lie
beside the project; bare FTS5 in SQLCipher takes the same words in the same run, for comparison.
"""

import argparse
import cProfile
import json
import pstats
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from desktop_app.archive import intake, lookup, unlock
from desktop_app.archive.archive import Archive
from desktop_app.archive.prepare import LIMITS
from desktop_app.crypto import passphrase
from desktop_app.crypto.passphrase import Cost
from desktop_app.domain.query import Sort
from desktop_app.extraction.extract import Extractor
from desktop_app.search.words import words
from desktop_app.storage.connection import Connection

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT))
from tests.helpers.memory import PeakMemory  # noqa: E402 (a script has to find the tests first)

MAKE_DOCS = ROOT.parent / "shared" / "corpora" / "make_docs.py"
LANGUAGES = "be=10,ru=32,uk=14,en=14,pl=12,lt=8,de=10"
PASSPHRASE, CHEAP = "six random words", Cost(memory_kib=64, passes=1, lanes=4)
SEED = 2
WORDS, PHRASES, PREFIXES = 200, 100, 100
HITS = 20
BATCH = 128  # documents in a transaction of the bare index, as in the archive's own intake
_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ‘`´][^\W\d_]+)*")
_SENTENCE_END = re.compile(r"[.!?…\n]")


def main() -> int:
    """Measure, print, and write the numbers down if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there")
    parser.add_argument("--profile", action="store_true", help="profile the intake's main thread")
    options = parser.parse_args()
    if not MAKE_DOCS.is_file():
        print("corpora are not beside the project", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="skrynia-bench-") as folder:
        found = measure(Path(folder), options.count, profile=options.profile)
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    return 0


def measure(folder: Path, count: int, *, profile: bool) -> dict[str, Any]:
    """Return all numbers by name; each is printed when it is there."""
    documents = list(make_documents(folder / "documents", count))
    size_bytes = sum(path.stat().st_size for path in documents)
    found: dict[str, Any] = {"documents": len(documents), "text_mb": size_bytes / 1e6}
    say(f"{len(documents)} documents, {size_bytes / 1e6:.0f} MB of text")
    found["bare_fts5"] = measure_bare(folder / "bare.db", documents, drawn(documents))
    with unlock.create(folder / "archive", PASSPHRASE, "bench", now=now, cost=CHEAP) as archive:
        found["intake"] = measure_intake(archive, folder / "documents", size_bytes, profile=profile)
    size = sum(one.stat().st_size for one in (folder / "archive").rglob("*") if one.is_file())
    database = (folder / "archive" / "archive.db").stat().st_size
    found["archive_mb"], found["database_mb"] = size / 1e6, database / 1e6
    say(f"on disk: {size / 1e6:.0f} MB, of it the database {database / 1e6:.0f} MB")
    found["opening"] = measure_opening(folder / "archive")
    with unlock.unlock(folder / "archive", PASSPHRASE, now=now) as archive:
        found["find"] = measure_find(archive, drawn(documents))
    return found


def make_documents(folder: Path, count: int) -> Iterator[Path]:
    """Yield `count` text files, made in `folder`, a thousand to a folder."""
    command = [sys.executable, str(MAKE_DOCS), "-n", str(count), "--seed", "1"]
    with subprocess.Popen([*command, "--langs", LANGUAGES], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for number, line in enumerate(process.stdout):
            path = folder / f"{number // 1000:02}" / f"{number:05}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.loads(line)["text"], encoding="utf-8")
            yield path


def measure_intake(
    archive: Archive, documents: Path, size_bytes: int, *, profile: bool
) -> dict[str, Any]:
    """Take all documents in; return speed and memory."""
    profiler = cProfile.Profile()
    with PeakMemory() as memory:
        begun = time.perf_counter()
        if profile:
            profiler.enable()
        outcome = intake.take_in(archive, [documents], intake.Options(), lambda: Extractor(LIMITS))
        profiler.disable()
        seconds = time.perf_counter() - begun
    files = len(outcome.taken) + len(outcome.skipped)
    say(
        f"intake: {files} files in {seconds:.1f} s: {files / seconds:.0f} files/s,"
        f" {size_bytes / 1e6 / seconds:.2f} MB/s; {len(outcome.skipped)} skipped,"
        f" {len(outcome.failed)} failed; isolation {outcome.isolation}"
    )
    say(f"memory: {memory.peak_bytes / 1e6:.0f} MB at most, in {memory.processes} processes")
    if profile:
        pstats.Stats(profiler).sort_stats("tottime").print_stats(25)
    return {
        "files": files,
        "failed": len(outcome.failed),
        "seconds": seconds,
        "files_per_s": files / seconds,
        "mb_per_s": size_bytes / 1e6 / seconds,
        "peak_mb": memory.peak_bytes / 1e6,
        "processes": memory.processes,
    }


def measure_opening(folder: Path) -> dict[str, float]:
    """Return the seconds that opening a closed archive takes beyond the key derivation."""
    derived = min(timed(lambda: passphrase.derive(PASSPHRASE, bytes(16), CHEAP, b"")))
    took = [
        one - derived for one in timed(lambda: unlock.unlock(folder, PASSPHRASE, now=now).close())
    ]
    shown = ", ".join(f"{one:.3f}" for one in took)
    say(f"opening, in seconds beyond the derivation: {shown}")
    return {"median_s": statistics.median(took), "most_s": max(took)}


def measure_find(archive: Archive, queries: dict[str, list[str]]) -> dict[str, Any]:
    """Search for everything that was drawn, in every order; return p50 and p95 in ms."""
    found: dict[str, Any] = {}
    for sort in Sort:
        took: list[float] = []
        for kind, asked in queries.items():
            mine = [find_ms(archive, one, sort) for one in asked]
            found[f"{sort} {kind}"] = told(f"find, {sort}, {kind}", mine)
            took += mine
        found[f"{sort} all"] = told(f"find, {sort}, all", took)
    return found


def find_ms(archive: Archive, query: str, sort: Sort) -> float:
    """Search once and return the milliseconds; what was found must be right in number."""
    begun = time.perf_counter()
    results = lookup.find(archive, query, limit=HITS, sort=sort)
    took = (time.perf_counter() - begun) * 1000
    assert results.total >= 1, query
    assert len(results.hits) == min(results.total, HITS), query
    assert all(hit.snippet.text for hit in results.hits), query
    return took


def measure_bare(
    path: Path, documents: Sequence[Path], queries: dict[str, list[str]]
) -> dict[str, Any]:
    """Put the same words into one contentless FTS5 table and nothing else, and search there."""
    connection = Connection(path, bytes(32), create=True)
    connection.execute(
        "CREATE VIRTUAL TABLE bare USING fts5(body, content='',"
        " tokenize=\"unicode61 remove_diacritics 0 tokenchars ''''\")"
    )
    seconds = 0.0
    for at in range(0, len(documents), BATCH):
        texts = [" ".join(words(one.read_text("utf-8"))) for one in documents[at : at + BATCH]]
        begun = time.perf_counter()
        with connection.transaction():
            for number, text in enumerate(texts, start=at + 1):
                connection.execute("INSERT INTO bare (rowid, body) VALUES (?, ?)", (number, text))
        seconds += time.perf_counter() - begun
    say(f"bare FTS5 in SQLCipher: {len(documents) / seconds:.0f} documents/s, tokenised before")
    took = [bare_ms(connection, one) for asked in queries.values() for one in asked]
    connection.close()
    path.unlink()
    found = told("bare FTS5, by rank, all", took)
    return {"documents_per_s": len(documents) / seconds, "find": found}


def bare_ms(connection: Connection, query: str) -> float:
    """Search the bare index as its documentation says, with the exact total; no snippets."""
    star = "*" if query.endswith("*") else ""
    match = '"' + " ".join(words(query.strip('"*'))) + '"' + star
    begun = time.perf_counter()
    connection.rows("SELECT count(*) FROM bare WHERE bare MATCH ?", (match,))
    connection.rows("SELECT rowid FROM bare WHERE bare MATCH ? ORDER BY rank LIMIT 20", (match,))
    return (time.perf_counter() - begun) * 1000


def drawn(documents: Sequence[Path]) -> dict[str, list[str]]:
    """Return the same queries each time: words by frequency, phrases, beginnings of words."""
    dice = random.Random(SEED)
    weights = [path.stat().st_size for path in documents]
    texts = (
        path.read_text("utf-8")
        for path in dice.choices(documents, weights, k=4 * (WORDS + PHRASES + PREFIXES))
    )
    return {
        "words": take(WORDS, (a_word(text, dice) for text in texts)),
        "phrases": take(PHRASES, (a_phrase(text, dice) for text in texts)),
        "prefixes": take(PREFIXES, (a_prefix(text, dice) for text in texts)),
    }


def a_word(text: str, dice: random.Random) -> str:
    """Return any word of a text."""
    return dice.choice(_WORD.findall(text)).lower()


def a_phrase(text: str, dice: random.Random) -> str:
    """Return two or three words that follow each other in a sentence; empty if it has too few."""
    here = _WORD.findall(dice.choice(_SENTENCE_END.split(text)))
    length = dice.choice((2, 3))
    if len(here) < length:
        return ""
    at = dice.randrange(len(here) - length + 1)
    joined = " ".join(here[at : at + length])
    return f'"{joined}"' if joined in text else ""


def a_prefix(text: str, dice: random.Random) -> str:
    """Return three to five letters that a word begins with; empty if the word has too few."""
    word, length = a_word(text, dice), dice.choice((3, 4, 5))
    return word[:length] + "*" if len(word) >= length else ""


def take(count: int, found: Iterable[str]) -> list[str]:
    """Return the first `count` that are not empty."""
    kept = [one for one, _number in zip(filter(None, found), range(count), strict=False)]
    assert len(kept) == count
    return kept


def told(what: str, took_ms: Sequence[float]) -> dict[str, float]:
    """Print and return p50, p95 and the most of some times."""
    ordered = sorted(took_ms)
    middle, late = statistics.median(ordered), ordered[int(len(ordered) * 0.95)]
    say(f"{what}: p50 {middle:.1f} ms, p95 {late:.1f} ms, most {ordered[-1]:.1f} ms")
    return {"p50_ms": middle, "p95_ms": late, "most_ms": ordered[-1]}


def timed(work: Callable[[], object], times: int = 5) -> list[float]:
    """Return the seconds of each of some runs."""
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        took.append(time.perf_counter() - begun)
    return took


def now() -> int:
    """Return milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def say(line: str) -> None:
    """Print at once."""
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
