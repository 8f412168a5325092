"""Recipients as somebody spells them who may choose any point and any checksum."""

from desktop_app.crypto import recipients

_SIGNS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
PRIME = 2**255 - 19
# The points of small order on Curve25519, in canonical and other spellings.
# Source: https://cr.yp.to/ecdh.html, "Small-order points"
_ORDER_8 = (
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
)
LOW_ORDER = [
    number.to_bytes(32, "little")
    for number in (0, 1, *_ORDER_8, PRIME - 1, PRIME, PRIME + 1, 2 * PRIME - 1, 2 * PRIME)
    if number < 2**256
]
_SMALL_Y = (
    0,
    1,
    PRIME - 1,
    PRIME,
    PRIME + 1,
    0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
    0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
)
# Ed25519 keys of small order, each with both signs. Source: Taming the many EdDSAs, table 6
SMALL_KEYS = [(y | sign << 255).to_bytes(32, "little") for y in _SMALL_Y for sign in (0, 1)]


def recipient(point: bytes, spare: int = 0, constant: int = 1) -> str:
    """Spell 32 bytes as Bech32 with a right checksum, the four spare bits as they are given."""
    number = int.from_bytes(point, "big") << 4 | spare
    values = [number >> shift & 31 for shift in range(255, -1, -5)]
    state = recipients._checksum([*values, *[0] * 6]) ^ constant
    values += [state >> 5 * (5 - index) & 31 for index in range(6)]
    return "age1" + "".join(_SIGNS[value] for value in values)
