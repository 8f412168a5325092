"""Taking records out in clear, for stock tools: a BagIt bag of originals, JSON and logs.

Source of the form: RFC 8493 (BagIt 1.0). The bag names nothing of this archive but the records.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from desktop_app import files
from desktop_app.archive import describe
from desktop_app.archive import records as looking
from desktop_app.archive.archive import Archive
from desktop_app.archive.records import Shown
from desktop_app.domain import log
from desktop_app.domain.filenames import distinct, safe_name
from desktop_app.domain.ids import RecordId
from desktop_app.errors import BlobDamaged, ExportIncomplete
from desktop_app.i18n import _
from desktop_app.storage import blobs, entries, journal

Progress = Callable[[int, int], None]  # records done, of how many; may raise Cancelled
_BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


@dataclass(frozen=True, slots=True)
class Exported:
    """What was taken out."""

    folder: Path
    records: int
    files: int  # originals


@dataclass(slots=True)
class _Bag:
    """A bag being written; every file is new, private and synced."""

    folder: Path
    lines: list[str] = field(default_factory=list)
    payload_bytes: int = 0

    def put(self, path: str, content: Iterable[bytes]) -> str:
        """Write a payload file; return its SHA-256."""
        target = self.folder / "data" / path
        missing = [one for one in target.parents if not one.exists()]
        for parent in reversed(missing):
            files.make_folder(parent)
        digest, size = hashlib.sha256(), 0
        try:
            with files.create(target) as file:
                for piece in content:
                    digest.update(piece)
                    size += len(piece)
                    file.write(piece)
                files.sync(file)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        self.lines.append(f"{digest.hexdigest()}  data/{path}\n")
        self.payload_bytes += size
        return digest.hexdigest()

    def drop(self, path: str) -> None:
        """Take back the file written last."""
        (self.folder / "data" / path).unlink()
        self.lines.pop()

    def close(self) -> None:
        """Write the tag files, which make a folder a bag."""
        info = f"Payload-Oxum: {self.payload_bytes}.{len(self.lines)}\n".encode()
        manifest = "".join(sorted(self.lines, key=lambda line: line[66:])).encode()
        tags = {"bagit.txt": _BAGIT, "bag-info.txt": info, "manifest-sha256.txt": manifest}
        for name, content in tags.items():
            files.write_whole(self.folder / name, content)
        sums = "".join(
            f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in tags.items()
        )
        files.write_whole(self.folder / "tagmanifest-sha256.txt", sums.encode())


def export(
    archive: Archive,
    selection: Iterable[RecordId],
    folder: Path,
    *,
    progress: Progress = lambda _done, _total: None,
) -> Exported:
    """Write the records in clear to `folder`, which must be new or empty.

    Raises:
        AlreadyThere: Something is in the folder.
        ExportIncomplete: Files that are damaged in the archive were left out; the rest is there.
        DiskFull, StorageError: The disk did not do it.
    """
    chosen = list(dict.fromkeys(selection))
    files.need_empty(folder)
    damaged: list[str] = []
    count = 0
    with files.storage_errors():
        files.make_folder(folder / "data")
        bag = _Bag(folder)
        bag.put("README.txt", [_readme().encode()])
        for done, record in enumerate(chosen, start=1):
            count += _put_record(archive, bag, looking.show(archive, record), damaged)
            progress(done, len(chosen))
        bag.close()
    with archive.connection.transaction():
        for record in chosen:
            journal.append(archive.connection, archive.now(), "exported in clear", record)
    if damaged:
        raise ExportIncomplete(count=len(damaged), records=", ".join(damaged), folder=folder)
    return Exported(folder, len(chosen), count)


def _put_record(archive: Archive, bag: _Bag, shown: Shown, damaged: list[str]) -> int:
    # The reference is short enough to read; the id keeps two of the same reference apart.
    name = f"{shown.reference}-{shown.record.id[:8]}"
    written: dict[str, str] = {}
    attachments = shown.record.attachments
    names = distinct([safe_name(one.name) for one in attachments])
    for attachment, file_name in zip(attachments, names, strict=True):
        path = f"files/{name}/{file_name}"
        blob = blobs.find(archive.connection, attachment.sha256)
        try:
            if blob is None:
                raise BlobDamaged(record=shown.reference)
            if bag.put(path, archive.blobs.read(blob, shown.reference)) != attachment.sha256:
                bag.drop(path)
                raise BlobDamaged(record=shown.reference)
            written[attachment.sha256] = path
        except BlobDamaged:
            damaged.append(shown.reference)
    if shown.pages:
        bag.put(f"texts/{name}.txt", [page.encode() + b"\n" for page in shown.pages])
    bag.put(f"records/{name}.json", [_json(shown, written)])
    bag.put(f"log/{name}.jsonl", _log_lines(archive, shown.record.id))
    return len(written)


def _json(shown: Shown, written: dict[str, str]) -> bytes:
    value = describe.described(shown)
    del value["journal"]  # what was done here is this archive's own, and names sealed files
    for attachment in value["attachments"]:
        attachment["file"] = written.get(attachment["sha256"])
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def _log_lines(archive: Archive, record: RecordId) -> Iterator[bytes]:
    """Yield the log as it would travel: the signed bytes, and what verifies them."""
    for signed, openings in entries.signed_of_record(archive.connection, record):
        yield log.write_line(signed, openings) + b"\n"


def _readme() -> str:
    return _(
        "This folder holds records in clear: anybody who has it can read them.\n"
        "\n"
        "files/    the files as they were taken in, byte for byte\n"
        "texts/    the text that was read in them\n"
        "records/  what the archive says of each of them, as JSON\n"
        "log/      the signed statements behind it\n"
        "\n"
        "Whether it is whole: bagit.py --validate FOLDER, or sha256sum -c manifest-sha256.txt\n"
    )
