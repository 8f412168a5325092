"""How fast bundles are sealed and opened, beside the stock tools.

python -m tests.benchmarks.bundle_throughput --megabytes 2000

Needs age, tar and sha256sum. Prints MB/s of both, their ratio, and the peak memory.
"""

import argparse
import hashlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from desktop_app.bundle import courier, medium, opening, writer
from desktop_app.bundle.parcel import Parcel, PayloadFile
from desktop_app.crypto.recipients import Identity, new_identity
from desktop_app.crypto.signing import Signer

NEEDED = 0.4
CHUNK_BYTES = 1 << 20


def main() -> int:
    """Measure; return 0 if both directions are fast enough."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--megabytes", type=int, default=2000)
    parser.add_argument("--files", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as name:
        return compare(Path(name), options.megabytes * 10**6, options.files)


def compare(base: Path, total_bytes: int, count: int) -> int:
    """Run the stock tools, then ours, over the same files."""
    source = base / "files"
    source.mkdir()
    paths = [incompressible(source / f"{n:04d}", total_bytes // count) for n in range(count)]
    reader = new_identity()
    (base / "key.txt").write_text(reader.secret + "\n")
    stock_seal = timed("stock tools, sealing", total_bytes, lambda: stock_sealing(base, reader))
    stock_open = timed("stock tools, opening", total_bytes, lambda: stock_opening(base))
    for left in ("A", "medium", "opened"):
        path = base / left
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    alice, bob = Signer(os.urandom(32)), Signer(os.urandom(32))
    parcel = Parcel(
        [payload(path) for path in paths],
        [bob.fingerprint],
        [reader.recipient],
        stream=os.urandom(16).hex(),
        number=1,
        previous="",
        made="2026-01-01",
    )
    (base / "stick").mkdir()
    (base / "staging").mkdir()
    subprocess.run(["sync"], check=True)
    stick = base / "stick"
    own_seal = timed("ours, sealing", total_bytes, lambda: writer.write(parcel, alice, stick))
    timed("ours, courier check", total_bytes, lambda: courier.check(stick))
    found = medium.find(stick)[0]
    own_open = timed(
        "ours, opening",
        total_bytes,
        lambda: opening.open_bundle(
            found,
            [reader.secret],
            {alice.fingerprint: alice.public},
            bob.fingerprint,
            base / "staging",
            lambda _head, _raw, _signature: None,
        ),
    )
    print(f"of the stock tools: sealing {stock_seal / own_seal:.2f}")
    print(f"of the stock tools: opening {stock_open / own_open:.2f}")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"peak memory: this process {own} MiB, the largest other {peak_of_children()} MiB")
    return 0 if min(stock_seal / own_seal, stock_open / own_open) >= NEEDED else 1


def stock_sealing(base: Path, reader: Identity) -> None:
    (base / "medium").mkdir()
    shell(
        base,
        f"tar c files | age -r {reader.recipient} > A"
        " && cp A medium/A && sync && sha256sum medium/A",
    )


def stock_opening(base: Path) -> None:
    (base / "opened").mkdir()
    shell(base, "age -d -i key.txt medium/A | tar x -C opened")


def shell(folder: Path, command: str) -> None:
    subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=folder, check=True, stdout=subprocess.DEVNULL
    )


def timed(what: str, size_bytes: int, step: Callable[[], object]) -> float:
    """Return the seconds that `step` takes, and print its speed."""
    begun = time.perf_counter()
    step()
    took = time.perf_counter() - begun
    print(f"{what}: {took:.2f} s, {size_bytes / took / 1e6:.0f} MB/s")
    return took


def incompressible(path: Path, size: int) -> Path:
    with path.open("wb") as file:
        while size > 0:
            size -= file.write(os.urandom(min(size, CHUNK_BYTES)))
    return path


def payload(path: Path) -> PayloadFile:
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    size = path.stat().st_size
    return PayloadFile(f"data/blobs/{sha256}", size, sha256, lambda: path.open("rb"))


def peak_of_children() -> int:
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


if __name__ == "__main__":
    sys.exit(main())
