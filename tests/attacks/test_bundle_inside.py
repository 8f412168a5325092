"""B09-B18, B20, B24, B26: bundles that decrypt, and were made by somebody who breaks the rules."""

import hashlib
import hmac
import os
import shutil
import subprocess
import time
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from desktop_app.bundle import bag, ustar
from desktop_app.bundle.bag import Line
from desktop_app.bundle.format import audience
from desktop_app.bundle.pull import Pull
from desktop_app.bundle.unpack import read_signed
from desktop_app.crypto import signing
from desktop_app.crypto.signing import Signer
from desktop_app.domain import strict_json
from desktop_app.errors import (
    AppError,
    BundleDamaged,
    BundleMalformed,
    BundleTooNew,
    NotAddressed,
    SignatureWrong,
    UnknownSender,
)
from tests.helpers import bundles
from tests.helpers.bundles import ALICE, BOB, CAROL, Forged

WITHIN_S = 10.0  # ten times what is promised: other work may slow this machine


@pytest.fixture
def refuse(tmp_path: Path) -> Callable[..., AppError]:
    def refused(forged: Forged | bytes, kind: type[AppError], **more: Any) -> AppError:
        sealed = forged.sealed() if isinstance(forged, Forged) else bundles.sealed_to(forged)
        found = bundles.as_volumes(sealed, tmp_path / "stick")
        return bundles.refused(found, tmp_path / "staging", kind, **more)

    return refused


Refuse = Callable[..., AppError]


def test_what_the_forger_here_makes_by_the_rules_is_accepted(tmp_path: Path) -> None:
    result = bundles.opened(Forged().on(tmp_path / "stick"), tmp_path / "staging")

    assert bundles.contents(result, tmp_path / "staging") == bundles.usual_files()


# --- who ---------------------------------------------------------------------------------------


def test_b09_a_signed_bag_that_was_sealed_again_for_another_is_refused(refuse: Refuse) -> None:
    alices = Forged(readers=(BOB,)).plain()

    sealed_again = Forged(readers=(CAROL,))
    sealed_again.plain = lambda: alices  # type: ignore[method-assign]  # Bob has what she signed
    refuse(sealed_again, NotAddressed, reader=CAROL)


def signed(raw: bytes, how: str, folder: Path) -> bytes:
    """Sign as ssh-keygen does, in a way that is not ours; return the armoured file."""
    kind = ["-t", "rsa", "-b", "3072"] if how == "rsa" else ["-t", "ed25519"]
    key = folder / f"key-{how}"
    subprocess.run(
        ["ssh-keygen", "-q", *kind, "-N", "", "-f", key], check=True, capture_output=True
    )
    options = ["-O", "hashalg=sha256"] if how == "sha256" else []
    namespace = "file" if how == "namespace" else "bundle@skrynia.v1"
    done = subprocess.run(
        ["ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", namespace, *options],
        input=raw,
        check=True,
        capture_output=True,
    )
    return done.stdout


def right_parts() -> tuple[bytes, bytes, bytes]:
    """A right stream, its bundle.json and its signature file."""
    plain = Forged().plain()
    raw, armoured = read_signed(Pull(iter([plain])))
    return plain, raw, armoured


SIGNATURES: dict[str, Callable[[bytes, bytes], bytes]] = {
    "stripped": lambda _raw, _right: b"",
    "only its frame": lambda _raw, _right: (
        b"-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n"
    ),
    "two": lambda _raw, right: right + right,
    "other line ends": lambda _raw, right: right.replace(b"\n", b"\r\n"),
    "a space more": lambda _raw, right: right + b" ",
    "no last line end": lambda _raw, right: right[:-1],
    "64 zeros": lambda _raw, _right: signing.armour(
        ALICE.signer.public, bytes(64), "bundle@skrynia.v1"
    ),
    "other namespace": lambda raw, _right: signing.armour(
        ALICE.signer.public, ALICE.signer.sign(raw, "card@skrynia.v1"), "card@skrynia.v1"
    ),
    "other namespace, ours in the frame": lambda raw, _right: signing.armour(
        ALICE.signer.public, ALICE.signer.sign(raw, "card@skrynia.v1"), "bundle@skrynia.v1"
    ),
    "another's signature under her key": lambda raw, _right: signing.armour(
        ALICE.signer.public, CAROL.signer.sign(raw, "bundle@skrynia.v1"), "bundle@skrynia.v1"
    ),
    "key of small order": lambda _raw, _right: signing.armour(
        bytes([1] + [0] * 31), bytes([1] + [0] * 63), "bundle@skrynia.v1"
    ),
    "noise": lambda _raw, _right: os.urandom(300),
    "base64 noise": lambda _raw, _right: (
        b"-----BEGIN SSH SIGNATURE-----\n"
        + b64encode(os.urandom(40))
        + b"\n-----END SSH SIGNATURE-----\n"
    ),
    "not utf-8": lambda _raw, right: right.replace(b"S", b"\xff"),
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_b10_a_signature_of_another_form_is_refused(name: str, refuse: Refuse) -> None:
    _plain, raw, right = right_parts()

    refuse(Forged(head_raw=raw, armoured=SIGNATURES[name](raw, right)), SignatureWrong)


@pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="needs ssh-keygen")
@pytest.mark.parametrize("how", ["rsa", "sha256", "namespace"])
def test_b10_what_ssh_keygen_signs_otherwise_is_refused(
    how: str, refuse: Refuse, tmp_path: Path
) -> None:
    _plain, raw, _right = right_parts()

    refuse(Forged(head_raw=raw, armoured=signed(raw, how, tmp_path)), SignatureWrong)


def test_b10_i01_a_good_signature_by_a_stranger_names_the_key(
    refuse: Refuse, tmp_path: Path
) -> None:
    stranger = Signer(os.urandom(32))
    heard: list[object] = []

    error = refuse(
        Forged(signer=stranger), UnknownSender, accept=lambda *given: heard.append(given)
    )

    assert error.facts == {"fingerprint": stranger.fingerprint}
    assert heard == []


def test_b10_a_stranger_in_the_name_of_a_contact_is_a_stranger(refuse: Refuse) -> None:
    stranger = Signer(os.urandom(32))

    refuse(Forged(signer=stranger, head={"sender": ALICE.signer.fingerprint}), UnknownSender)


def test_b10_a_contact_in_the_name_of_another_is_refused(refuse: Refuse) -> None:
    forged = Forged(signer=CAROL.signer, head={"sender": ALICE.signer.fingerprint})

    refuse(forged, SignatureWrong, senders=(ALICE, CAROL))


def test_b11_a_head_that_was_changed_is_refused(refuse: Refuse) -> None:
    _plain, raw, right = right_parts()

    refuse(
        Forged(head_raw=raw.replace(b'"number":1', b'"number":2'), armoured=right), SignatureWrong
    )


def test_b11_the_signature_of_an_older_one_is_refused(refuse: Refuse) -> None:
    _plain, _raw, older = right_parts()

    refuse(Forged(armoured=older), SignatureWrong)


RIGHT = strict_json.write(Forged().right_head(b""))
HEADS: dict[str, bytes] = {
    "a key twice": RIGHT.replace(b'"number":1', b'"number":1,"number":1'),
    "NaN": RIGHT.replace(b'"number":1', b'"number":NaN'),
    "1e400": RIGHT.replace(b'"number":1', b'"number":1e400'),
    "a fraction": RIGHT.replace(b'"number":1', b'"number":1.0'),
    "a huge number": RIGHT.replace(b'"number":1', b'"number":' + b"9" * 5000),
    "depth 10,000": b"[" * 10_000 + b"]" * 10_000,
    "depth 10,000 inside": RIGHT.replace(
        b'"seen":null', b'"seen":' + b"[" * 10_000 + b"]" * 10_000
    ),
    "not UTF-8": RIGHT.replace(b"2026", b"\xff\xfe26"),
    "a lone surrogate": RIGHT.replace(b"2026-11-23", b"\\ud800"),
    "a byte order mark": b"\xef\xbb\xbf" + RIGHT,
    "nothing": b"",
    "no object": b"[]",
    "zeros": bytes(5000),
    "something after it": RIGHT + b"{}",
    "a foreign key": RIGHT.replace(b'"seen":null', b'"seen":null,"more":1'),
    "a missing key": RIGHT.replace(b'"seen":null,', b""),
}


@pytest.mark.parametrize("name", HEADS)
def test_b12_a_head_that_is_not_strict_json_is_refused(name: str, refuse: Refuse) -> None:
    start = time.perf_counter()

    refuse(Forged(head_raw=HEADS[name]), BundleMalformed)

    assert time.perf_counter() - start < WITHIN_S


FIELDS: list[dict[str, Any]] = [
    {"type": "skrynia-bundle/0"},
    {"type": "skrynia-bundle/01"},
    {"type": 1},
    {"type": None},
    {"bundle_id": "00" * 15},
    {"bundle_id": "0G" * 16},
    {"bundle_id": "AA" * 16},
    {"recipients": []},
    {"recipients": ["00" * 32] * 4},
    {"recipients": sorted(os.urandom(32).hex() for _ in range(5))},
    {"recipients": sorted(os.urandom(32).hex() for _ in range(64))},
    {"stream": ""},
    {"number": 0},
    {"number": -1},
    {"number": True},
    {"number": "1"},
    {"previous": "00" * 32},
    {"number": 2, "previous": ""},
    {"payload_files": -1},
    {"payload_files": 10**9},
    {"seen": {}},
    {"seen": {"sha512": "00" * 64, "signature": "00" * 63}},
    {"receipts": {}},
    {"receipts": [{"bundle": "00" * 32, "state": "eaten", "refused": [], "missing": []}]},
    {"receipts": [{"bundle": "00" * 32, "state": "taken", "refused": [1], "missing": []}]},
    {"requests": [{"kind": "Blob", "id": "00" * 32}]},
    {"requests": [{"kind": "blob", "id": "00" * 32}] * 10_001},
    {"made": "2026-02-30"},
    {"made": "yesterday"},
    {"made": "2026-11-23\n"},
]


@pytest.mark.parametrize("fields", FIELDS, ids=lambda one: str(one)[:40])
def test_b12_a_field_that_is_not_what_it_must_be_is_refused(
    fields: dict[str, Any], refuse: Refuse
) -> None:
    refuse(Forged(head=fields), BundleMalformed)


@pytest.mark.parametrize("later", ["skrynia-bundle/2", "skrynia-bundle/17"])
def test_b24_a_later_format_is_called_newer(later: str, refuse: Refuse) -> None:
    error = refuse(Forged(head={"type": later, "what": ["comes", "then"]}), BundleTooNew)

    assert later in str(error)


def test_b24_a_later_format_by_a_stranger_is_a_strangers(refuse: Refuse) -> None:
    refuse(Forged(signer=CAROL.signer, head={"type": "skrynia-bundle/2"}), UnknownSender)


# --- the stream --------------------------------------------------------------------------------


def summed(block: bytes | bytearray) -> bytes:
    """Put the right checksum into a header."""
    changed = bytearray(block)
    changed[148:156] = b" " * 8
    changed[148:156] = b"%06o\0 " % sum(changed)
    return bytes(changed)


def header_with(at: int, value: bytes, size: int = len(bundles.CARD)) -> bytes:
    block = bytearray(ustar.write_header("bag/data/card.json", size))
    block[at : at + len(value)] = value
    return summed(block)


def named(name: bytes) -> bytes:
    return header_with(0, name.ljust(100, b"\0")[:100])


MEMBERS: dict[str, bytes] = {
    # B13: names
    "dots": named(b"bag/data/../../card.json"),
    "a dot": named(b"bag/data/./card.json"),
    "dots at the end": named(b"bag/data/.."),
    "absolute": named(b"/bag/data/card.json"),
    "outside the bag": named(b"data/card.json"),
    "a drive": named(b"c:/bag/data/card.json"),
    "a drive inside": named(b"bag/data/c:card.json"),
    "backslash": named(b"bag\\data\\card.json"),
    "NUL in it": named(b"bag/data/card.json\0.exe"),
    "empty part": named(b"bag/data//card.json"),
    "slash at the end": named(b"bag/data/card.json/"),
    "no name": named(b""),
    "non-ASCII": named("bag/data/карта.json".encode()),
    "capital": named(b"bag/data/Card.json"),
    "a space": named(b"bag/data/card .json"),
    "100 bytes without an end": named(b"bag/data/" + b"a" * 86 + b".json"),
    "a prefix": header_with(345, b"../../etc"),
    "a prefix that makes 255": header_with(345, b"a" * 155),
    # B14: kinds
    **{
        f"type {kind!r}": header_with(156, kind)
        for kind in (b"\0", b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"x", b"g", b"L", b"K", b"S")
    },
    "a link's aim": header_with(157, b"/etc/passwd"),
    "GNU magic": header_with(257, b"ustar  \0"),
    "no magic": header_with(257, bytes(8)),
    # B15: numbers
    "negative size": header_with(124, b"-0000000003\0"),
    "base-256 size": header_with(124, b"\x80" + bytes(10) + b"\x03"),
    "size with spaces": header_with(124, b"         3 \0"),
    "size without an end": header_with(124, b"000000000003"),
    "size of no digits": header_with(124, bytes(12)),
    "size 8": header_with(124, b"00000000008\0"),
    "size too large": header_with(124, b"77777777777\0"),
    "5 GiB": header_with(124, b"%011o\0" % (5 << 30)),
    "mode": header_with(100, b"0000755\0"),
    "setuid": header_with(100, b"0004755\0"),
    "owner": header_with(108, b"0001000\0"),
    "group": header_with(116, b"0001000\0"),
    "a time": header_with(136, b"14734214567\0"),
    "an owner's name": header_with(265, b"root"),
    "a device": header_with(329, b"0000001\0"),
    "something in the rest": header_with(505, b"x"),
    "bad checksum": header_with(0, b"")[:148] + b"000000\0 " + header_with(0, b"")[156:],
    "checksum otherwise spelt": header_with(0, b"")[:148]
    + b" " + header_with(0, b"")[149:154] + b" \0"
    + header_with(0, b"")[156:],
    "zeros": bytes(512),
    "noise": os.urandom(512),
}  # fmt: skip


@pytest.mark.parametrize("name", MEMBERS)
def test_b13_b14_b15_a_member_of_another_form_is_refused(name: str, refuse: Refuse) -> None:
    forged = Forged()
    members = forged.right_members()
    members[1] = (MEMBERS[name], bundles.CARD)
    forged.members = members

    refuse(forged, BundleMalformed)


@pytest.mark.parametrize("name", MEMBERS)
def test_b13_b14_b15_such_a_member_is_refused_in_the_first_place_too(
    name: str, refuse: Refuse
) -> None:
    refuse(MEMBERS[name] + Forged().plain()[512:], BundleMalformed)


def test_b13_a_name_of_300_characters_is_refused_in_the_list(refuse: Refuse) -> None:
    right = Forged().right_manifest()
    line = b"0" * 64 + b"  data/" + b"a" * 300 + b".json\n"

    refuse(Forged(manifest=right + line), BundleMalformed)


def without(members: list[tuple[bytes, bytes]], *indices: int) -> list[tuple[bytes, bytes]]:
    return [one for index, one in enumerate(members) if index not in indices]


class TestB16:
    """A file too many, missing, out of order, twice."""

    def members(self) -> list[tuple[bytes, bytes]]:
        return Forged().right_members()

    @pytest.mark.parametrize("index", [0, 1, 2])
    def test_missing(self, index: int, refuse: Refuse) -> None:
        refuse(Forged(members=without(self.members(), index)), BundleMalformed)

    @pytest.mark.parametrize("index", [0, 1, 2])
    def test_twice(self, index: int, refuse: Refuse) -> None:
        members = self.members()

        refuse(Forged(members=[*members[: index + 1], *members[index:]]), BundleMalformed)

    def test_too_many(self, refuse: Refuse) -> None:
        more = (ustar.write_header("bag/data/zzz.json", 3), b"abc")

        refuse(Forged(members=[*self.members(), more]), BundleMalformed)
        refuse(Forged(members=[more, *self.members()]), BundleMalformed)

    def test_out_of_order(self, refuse: Refuse) -> None:
        refuse(Forged(members=self.members()[::-1]), BundleMalformed)

    def test_out_of_order_in_the_list_too(self, refuse: Refuse) -> None:
        lines = Forged().right_manifest().splitlines(keepends=True)

        forged = Forged(manifest=b"".join(lines[::-1]), members=self.members()[::-1])
        refuse(forged, BundleMalformed)

    def test_twice_in_the_list_too(self, refuse: Refuse) -> None:
        lines = Forged().right_manifest().splitlines(keepends=True)
        members = self.members()

        forged = Forged(
            manifest=b"".join([*lines, lines[-1]]),
            members=[*members, members[-1]],
            head={"payload_files": 4},
        )
        refuse(forged, BundleMalformed)

    @pytest.mark.parametrize("count", [0, 2, 4, 999_999])
    def test_another_count_than_signed(self, count: int, refuse: Refuse) -> None:
        refuse(Forged(head={"payload_files": count}), BundleMalformed)

    def test_none_of_the_first_four(self, refuse: Refuse) -> None:
        plain = Forged().plain()
        head = 512 * (1 + -(-ustar.read_header(plain[:512]).size_bytes // 512))

        refuse(plain[head:] + bytes(head), BundleMalformed)


def test_b17_the_last_file_with_a_wrong_hash_takes_everything_with_it(refuse: Refuse) -> None:
    forged = Forged()
    members = forged.right_members()
    header, content = members[-1]
    members[-1] = (header, content[:-1] + b"?")
    forged.members = members

    refuse(forged, BundleMalformed)


def test_b17_a_blob_under_another_name_than_its_hash_is_refused(refuse: Refuse) -> None:
    files = {bag.BLOBS + "0" * 64: b"not what the name says"}

    refuse(Forged(files=files), BundleMalformed)


@pytest.mark.parametrize("name", ["x", "0" * 63, "0" * 64 + ".1", "0" * 64 + ".0000", "a.b"])
def test_b17_what_lies_among_the_blobs_and_is_none_is_refused(name: str, refuse: Refuse) -> None:
    refuse(Forged(files={bag.BLOBS + name: b"abc"}), BundleMalformed)


class TestB18:
    """Sizes that lie, padding that is not zero, data after it; what is written is bounded."""

    @pytest.mark.parametrize("told", [0, 1, 1 << 20, 2**53 - 1])
    def test_the_sum_of_the_sizes(self, told: int, tmp_path: Path) -> None:
        found = Forged(head={"payload_bytes": told}).on(tmp_path / "stick")
        with pytest.raises(AppError):  # malformed, or no disk for so much
            bundles.opened(found, tmp_path / "staging")
        assert list((tmp_path / "staging").iterdir()) == []

    @pytest.mark.parametrize("told", [0, 65536, 1 << 40, 2**53 - 1])
    def test_the_size_of_all(self, told: int, refuse: Refuse) -> None:
        refuse(Forged(head={"padded_size": told}), BundleDamaged)

    def test_a_member_smaller_than_it_says(self, refuse: Refuse) -> None:
        forged = Forged()
        members = forged.right_members()
        members[-1] = (ustar.write_header("bag/data/entries/0001.jsonl", 1 << 20), members[-1][1])
        forged.members = members

        refuse(forged, BundleMalformed)

    def test_a_member_larger_than_it_says(self, refuse: Refuse) -> None:
        forged = Forged()
        members = forged.right_members()
        members[-1] = (ustar.write_header("bag/data/entries/0001.jsonl", 3), members[-1][1])
        forged.members = members

        refuse(forged, BundleMalformed)

    @pytest.mark.parametrize("place", [0, 600, 1023, 1024, 1100, -1])
    def test_padding_that_is_not_zero(self, place: int, refuse: Refuse) -> None:
        plain = bytearray(Forged().plain())
        used = len(plain.rstrip(b"\0"))
        end = used + (-used % 512)
        plain[place if place < 0 else end + place] = 1

        refuse(bytes(plain), BundleMalformed)

    def test_a_gap_that_is_not_zero(self, refuse: Refuse) -> None:
        plain = bytearray(Forged().plain())
        plain[512 + ustar.read_header(bytes(plain[:512])).size_bytes] = 1

        refuse(bytes(plain), BundleMalformed)

    @pytest.mark.parametrize("size", [1, 512, 1 << 20])
    def test_data_after_the_end(self, size: int, refuse: Refuse) -> None:
        refuse(Forged().plain() + bytes(size), BundleDamaged)

    def test_data_after_the_end_that_was_signed(self, refuse: Refuse) -> None:
        end = ustar.END + bytes(1 << 20)

        refuse(Forged(end=end), BundleMalformed)

    def test_no_end(self, refuse: Refuse) -> None:
        refuse(Forged(end=b""), BundleMalformed)

    def test_less_padding_than_the_rule_says(self, refuse: Refuse) -> None:
        refuse(Forged(end=ustar.END), BundleMalformed)


# --- the bag -----------------------------------------------------------------------------------

DECLARATIONS = {
    "2.0": b"BagIt-Version: 2.0\nTag-File-Character-Encoding: UTF-8\n",
    "0.97": b"BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n",
    "carriage returns": b"BagIt-Version: 1.0\r\nTag-File-Character-Encoding: UTF-8\r\n",
    "a space more": b"BagIt-Version:  1.0\nTag-File-Character-Encoding: UTF-8\n",
    "a tab": b"BagIt-Version:\t1.0\nTag-File-Character-Encoding: UTF-8\n",
    "no last line end": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8",
    "a line more": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n\n",
    "a byte order mark": b"\xef\xbb\xbfBagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
    "other encoding": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-7\n",
    "nothing": b"",
}


@pytest.mark.parametrize("name", DECLARATIONS)
def test_b20_another_declaration_is_refused(name: str, refuse: Refuse) -> None:
    refuse(Forged(declaration=DECLARATIONS[name]), BundleMalformed)


def test_b20_a_fetch_file_is_refused(refuse: Refuse) -> None:
    fetch = b"http://example.org/x 3 data/card.json\n"
    member = (ustar.write_header("bag/fetch.txt", len(fetch)), fetch)

    refuse(Forged(members=[member, *Forged().right_members()]), BundleMalformed)
    refuse(Forged(members=[*Forged().right_members(), member]), BundleMalformed)


LINES: dict[str, Callable[[bytes], bytes]] = {
    "one space": lambda right: right.replace(b"  data", b" data"),
    "three spaces": lambda right: right.replace(b"  data", b"   data"),
    "a tab": lambda right: right.replace(b"  data", b"\tdata"),
    "a star": lambda right: right.replace(b"  data", b" *data"),
    "carriage returns": lambda right: right.replace(b"\n", b"\r\n"),
    "capital hashes": lambda right: right.upper().replace(b"DATA", b"data"),
    "an empty line": lambda right: right + b"\n",
    "an empty line before": lambda right: b"\n" + right,
    "no last line end": lambda right: right[:-1],
    "a dot before": lambda right: right.replace(b"  data", b"  ./data"),
    "short hashes": lambda right: right[1:],
    "percent": lambda right: right.replace(b"card", b"c%61rd"),
    "outside data": lambda right: right.replace(b"data/card", b"meta/card"),
    "nothing": lambda _right: b"",
    "noise": lambda _right: os.urandom(500),
}


@pytest.mark.parametrize("name", LINES)
def test_b20_a_list_of_files_in_another_spelling_is_refused(name: str, refuse: Refuse) -> None:
    refuse(Forged(manifest=LINES[name](Forged().right_manifest())), BundleMalformed)


def test_b26_another_bag_under_a_good_head_and_signature_is_refused(refuse: Refuse) -> None:
    _plain, raw, armoured = right_parts()
    other = Forged(
        files=bundles.usual_files(os.urandom(len(bundles.CONTENT))),
        head_raw=raw,
        armoured=armoured,
    )

    refuse(other, BundleMalformed)


# --- parts of large files ----------------------------------------------------------------------

PART = 30_000


def parted(content: bytes, sizes: list[int]) -> dict[str, bytes]:
    path, at, files = bundles.blob_path(content), 0, {}
    for number, size in enumerate(sizes, start=1):
        files[bag.part_path(path, number)] = content[at : at + size]
        at += size
    return files


def test_a_file_in_parts_arrives_as_one(tmp_path: Path) -> None:
    files = parted(bundles.CONTENT, [PART, PART, PART]) | {"data/card.json": b"{}"}
    found = Forged(files=files).on(tmp_path / "stick")

    result = bundles.opened(found, tmp_path / "staging", part_bytes=PART)

    assert bundles.contents(result, tmp_path / "staging") == {
        bundles.blob_path(bundles.CONTENT): bundles.CONTENT,
        "data/card.json": b"{}",
    }


WRONG_PARTS = {
    "one alone": parted(bundles.CONTENT[:100], [100]),
    "the second missing": {
        name: part
        for name, part in parted(bundles.CONTENT, [PART, PART, PART]).items()
        if not name.endswith("2")
    },
    "the first missing": {
        name: part
        for name, part in parted(bundles.CONTENT, [PART, PART, PART]).items()
        if not name.endswith("1")
    },
    "a small one in between": parted(bundles.CONTENT[:-1], [PART, PART - 1, PART]),
    "the last too large": parted(bundles.CONTENT, [PART, 2 * PART]),
    "not what the name says": {
        name: part[::-1] for name, part in parted(bundles.CONTENT, [PART, PART, PART]).items()
    },
    "the whole beside its parts": {
        bundles.blob_path(bundles.CONTENT[:PART]): bundles.CONTENT[:PART],
        bag.part_path(bundles.blob_path(bundles.CONTENT[:PART]), 1): bundles.CONTENT[:PART],
    },
}


@pytest.mark.parametrize("name", WRONG_PARTS)
def test_parts_that_do_not_make_a_file_are_refused(name: str, refuse: Refuse) -> None:
    refuse(Forged(files=WRONG_PARTS[name]), BundleMalformed, part_bytes=PART)


def test_a_list_that_lies_about_a_part_is_refused(refuse: Refuse) -> None:
    files = parted(bundles.CONTENT, [PART, PART, PART])
    lines = [Line(name, hashlib.sha256(part).hexdigest()) for name, part in sorted(files.items())]
    lines[1] = Line(lines[1].path, "0" * 64)

    forged = Forged(files=files, manifest=bag.write_manifest(lines))
    refuse(forged, BundleMalformed, part_bytes=PART)


def test_the_marks_of_readers_are_the_hmac_that_the_spec_says() -> None:
    bundle_id, reader = os.urandom(16).hex(), BOB.signer.fingerprint
    marks = audience(bundle_id, [reader], 4)

    mark = hmac.new(bytes.fromhex(bundle_id), bytes.fromhex(reader), "sha256").hexdigest()
    assert mark in marks
    assert list(marks) == sorted(set(marks))
    assert len(marks) == 4
