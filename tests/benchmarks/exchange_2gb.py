"""Sends large files from one archive to another, beside the stock tools; prints both and memory.

python packaging/launch.py bench exchange_2gb [--mib N] [--files N] [--json FILE] [--profile]

The goals: 0.4 of the throughput of `tar | age`, copying, `sync` and `sha256sum` in the same run
when sending, 0.4 of `age -d | tar x` when opening, and 250 MB over all processes after the unlock.
Needs age, tar and sha256sum. Takes about four times --mib on the disk.
"""

import argparse
import cProfile
import json
import os
import pstats
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from desktop_app.archive import contacts, intake, receive, records, share, unlock
from desktop_app.archive.archive import Archive
from desktop_app.archive.prepare import LIMITS
from desktop_app.crypto.passphrase import Cost
from desktop_app.extraction.extract import Extractor

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT))
from tests.helpers.memory import descendants, memory_bytes  # noqa: E402 (finds the tests first)

GOAL, GOAL_MB = 0.4, 250
MIB = 1 << 20
EVERY_S = 0.1
PASSPHRASE, CHEAP = "six random words", Cost(memory_kib=64, passes=1, lanes=4)


def main() -> int:
    """Measure, print, and write the numbers down if asked to; 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mib", type=int, default=2000, metavar="N")
    parser.add_argument("--files", type=int, default=40, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there")
    parser.add_argument("--profile", action="store_true", help="profile our main threads")
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        return run_step(options)
    if missing := [one for one in ("age", "tar", "sha256sum") if shutil.which(one) is None]:
        print(f"{', '.join(missing)} not installed", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="skrynia-bench-") as name:
        found = measure(Path(name), options)
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    return 0 if found["met"] else 1


def measure(base: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Return all numbers by name; each is printed when it is there."""
    total = make_files(base / "F", options.mib, options.files)
    recipient = prepare(base)
    stock_send = timed("stock tools, sending", total, lambda: stock_sending(base, recipient))
    stock_open = timed("stock tools, opening", total, lambda: stock_opening(base))
    for left in ("A", "MEDIUM", "opened", "F"):
        remove(base / left)
    found: dict[str, Any] = {"mib": options.mib, "stock": [stock_send, stock_open], "met": True}
    for step, stock in (("send", stock_send), ("open", stock_open)):
        subprocess.run(["sync"], check=True)
        said = watched(base, step, profile=options.profile)
        ratio = stock / said["seconds"]
        met = ratio >= GOAL and said["peak_mb"] <= GOAL_MB
        print(f"ours, {step}: {said['seconds']:.2f} s, {total / said['seconds'] / 1e6:.0f} MB/s")
        print(f"  {ratio:.2f} of the stock tools (goal {GOAL})")
        print(f"  memory {said['peak_mb']:.0f} MB over all (goal {GOAL_MB}): {said['each_mb']}")
        print(f"  steps: {said['parts']}", flush=True)
        found[step] = {**said, "ratio": ratio}
        found["met"] = found["met"] and met
    return found


def make_files(folder: Path, mib: int, count: int) -> int:
    """Write files that cannot be compressed; return their bytes."""
    folder.mkdir()
    each = mib * MIB // count
    for number in range(count):
        with (folder / f"{number:04}.bin").open("wb") as file:
            left = each
            while left:
                left -= file.write(os.urandom(min(left, MIB)))
    return each * count


def prepare(base: Path) -> str:
    """Make both archives and take the files in; return the reader's age recipient."""
    for name in ("sender", "reader"):
        unlock.create(base / name, PASSPHRASE, name, now=now, cost=CHEAP).close()
    with opened(base / "sender") as sender, opened(base / "reader") as reader:
        for here, there in ((sender, reader), (reader, sender)):
            card = contacts.card_file(contacts.own_card(there))
            digits = contacts.digits(there.signer.public)
            contacts.add(here, card, there.nickname, team=True, digits=digits)
        recipient = contacts.export_reading_key(reader, base / "key.txt")
        intake.take_in(sender, [base / "F"], intake.Options(), lambda: Extractor(LIMITS))
    return recipient


def stock_sending(base: Path, recipient: str) -> None:
    (base / "MEDIUM").mkdir()
    shell(
        base,
        f"tar c F | age -r {recipient} > A && cp A MEDIUM && sync && sha256sum MEDIUM/A",
    )


def stock_opening(base: Path) -> None:
    (base / "opened").mkdir()
    shell(base, "age -d -i key.txt MEDIUM/A | tar x -C opened")


def send(archive: Archive, base: Path, lap: Callable[[str], None]) -> None:
    """Send everything to the reader."""
    (base / "stick").mkdir()
    plan = share.make_plan(archive, ["reader"], records.every(archive))
    lap("plan")
    share.carry_out(archive, plan, base / "stick")
    lap("write")


def open_(archive: Archive, base: Path, lap: Callable[[str], None]) -> None:
    """Open what was sent, and take it in."""
    with receive.inspect(archive, base / "stick") as inspection:
        lap("inspect")
        inspection.take_in(lambda: Extractor(LIMITS))
    lap("take in")


STEPS: dict[str, tuple[str, Callable[[Archive, Path, Callable[[str], None]], None]]] = {
    "send": ("sender", send),
    "open": ("reader", open_),
}


def run_step(options: argparse.Namespace) -> int:
    """Do one step in this process, which the measuring one watches; print its seconds."""
    name, step = STEPS[options.step]
    parts: dict[str, float] = {}
    profiler = cProfile.Profile()
    with opened(options.folder / name) as archive:
        begun = last = time.perf_counter()

        def lap(part: str) -> None:
            nonlocal last
            parts[part] = round(time.perf_counter() - last, 2)
            last = time.perf_counter()

        if options.profile:
            profiler.enable()
        step(archive, options.folder, lap)
        profiler.disable()
        seconds = time.perf_counter() - begun
    if options.profile:
        pstats.Stats(profiler, stream=sys.stderr).sort_stats("tottime").print_stats(18)
    print(json.dumps({"seconds": seconds, "parts": parts}))
    return 0


def watched(base: Path, step: str, *, profile: bool) -> dict[str, Any]:
    """Run one step in a process of its own; return what it said, and the most memory it held."""
    module = [sys.executable, "-m", "tests.benchmarks.exchange_2gb"]
    more = ["--profile"] if profile else []
    with subprocess.Popen(
        [*module, "--step", step, "--folder", str(base), *more],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
    ) as process:
        peak: dict[str, Any] = {"peak_mb": 0.0, "each_mb": []}
        done = threading.Event()
        sampler = threading.Thread(target=sample, args=(process.pid, done, peak))
        sampler.start()
        out, _err = process.communicate()
        done.set()
        sampler.join()
    if process.returncode:
        raise SystemExit(f"the step {step} failed")
    return {**json.loads(out), **peak}


def sample(pid: int, done: threading.Event, peak: dict[str, Any]) -> None:
    """Note the most that a process and all below it held together (PSS)."""
    while not done.wait(EVERY_S):
        each = [round(memory_bytes(one) / 1e6, 1) for one in descendants(pid)]
        if sum(each) > peak["peak_mb"]:
            peak["peak_mb"], peak["each_mb"] = sum(each), each


def opened(folder: Path) -> Archive:
    return unlock.unlock(folder, PASSPHRASE, now=now)


def shell(folder: Path, command: str) -> None:
    bash = ["bash", "-o", "pipefail", "-c", command]
    subprocess.run(bash, cwd=folder, check=True, stdout=subprocess.DEVNULL)


def timed(what: str, size_bytes: int, step: Callable[[], None]) -> float:
    subprocess.run(["sync"], check=True)
    begun = time.perf_counter()
    step()
    took = time.perf_counter() - begun
    print(f"{what}: {took:.2f} s, {size_bytes / took / 1e6:.0f} MB/s", flush=True)
    return took


def remove(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def now() -> int:
    return time.time_ns() // 1_000_000


if __name__ == "__main__":
    sys.exit(main())
