"""Every vector of every released format gives what its index says."""

import base64
import hashlib
import io
import json
import random
from pathlib import Path
from typing import Any

import pytest

from desktop_app.crypto import keyslots
from desktop_app.crypto.keys import derive
from desktop_app.crypto.sealing import Unauthentic, open_sealed
from desktop_app.domain import log
from desktop_app.domain.fold import Opened, fold, fold_hash, fold_lines
from desktop_app.domain.log import SignedEntry
from desktop_app.domain.strict_json import Malformed
from desktop_app.errors import EntryRefused
from desktop_app.storage import entries

FOLDER = Path(__file__).parent / "vectors" / "archive-v1"
INDEX: dict[str, Any] = json.loads((FOLDER / "index.json").read_text(encoding="utf-8"))


def test_the_keys_are_derived_as_they_were() -> None:
    keys = derive(bytes.fromhex(INDEX["archive_key"]), bytes.fromhex(INDEX["archive_id"]))

    assert {"db": keys.database.hex(), "header": keys.header.hex()} == INDEX["derived"]


@pytest.mark.parametrize("case", INDEX["keyslots"], ids=lambda case: case["file"])
def test_keyslots(case: dict[str, Any]) -> None:
    assert (
        keyslots_outcome((FOLDER / case["file"]).read_bytes(), case["passphrase"])
        == (case["expected"])
    )


def keyslots_outcome(raw: bytes, passphrase: str) -> str:
    try:
        found = keyslots.open_with([keyslots.read(raw)], passphrase)
    except Malformed:
        return "malformed"
    if found is None:
        return "does not open"
    assert found.archive_key.hex() == INDEX["archive_key"]
    return "opens" if found.authentic else "altered"


@pytest.mark.parametrize("case", INDEX["entries"], ids=lambda case: case["name"])
def test_entries(case: dict[str, Any]) -> None:
    line = case["line"]
    raw, key, signature = (base64.b64decode(line[name]) for name in ("entry", "key", "sig"))
    try:
        entry = entries.verify(SignedEntry(raw, key, signature))
        log.open_all(entry, [base64.b64decode(one) for one in line["open"]])
        outcome = "read"
        assert entry.id == case["id"]
    except (EntryRefused, Malformed):
        outcome = "refused"

    assert outcome == case["expected"]


@pytest.mark.parametrize("case", INDEX["blobs"], ids=str)
def test_blobs(case: dict[str, Any]) -> None:
    raw = bytearray((FOLDER / case["file"]).read_bytes())
    if case["flip"] is not None:
        raw[case["flip"]] ^= 1
    sealed = io.BytesIO(bytes(raw[: len(raw) - case["cut"]]))
    key, name = bytes.fromhex(case["key"]), bytes.fromhex(case["name"])
    try:
        content = b"".join(open_sealed(sealed, key, name, case["size_bytes"]))
        outcome = "opens"
        assert hashlib.sha256(content).hexdigest() == case["sha256"]
    except Unauthentic:
        outcome = "refused"

    assert outcome == case["expected"]


@pytest.mark.parametrize("case", INDEX["folds"], ids=lambda case: case["name"])
def test_folds(case: dict[str, Any]) -> None:
    lines = list(case["lines"])
    random.Random(case["name"]).shuffle(lines)
    found = fold(case["record"], [opened(line) for line in lines])

    assert sorted(fold_lines(found)) == case["fold"]
    assert fold_hash(fold_lines(found)) == case["hash"]
    assert list(found.heads) == case["heads"]
    assert list(found.waiting) == case["waiting"]
    assert sorted(found.conflicts) == case["conflicts"]
    assert (found.state, found.title) == (case["state"], case["title"])


def opened(line: dict[str, Any]) -> Opened:
    entry = log.read_entry(base64.b64decode(line["entry"]))
    return Opened(entry, log.open_all(entry, [base64.b64decode(one) for one in line["open"]]))


def test_no_vector_is_left_out() -> None:
    named = {case["file"] for case in (*INDEX["keyslots"], *INDEX["blobs"])} | {"index.json"}

    assert {path.name for path in FOLDER.iterdir()} == named
