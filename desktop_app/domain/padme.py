"""The sizes that sealed things are padded to, so that a size tells little.

Source: Padmé, in Nikitin et al., Reducing Metadata Leakage from Encrypted Files, 2019.
"""

MIN_PADDED = 64 << 10


def padded_size(size: int) -> int:
    """Return the size that `size` bytes are padded to: 64 KiB, or at most 3.2 % more."""
    if size <= MIN_PADDED:
        return MIN_PADDED
    exponent = size.bit_length() - 1
    zero_bits = exponent - exponent.bit_length()
    mask = (1 << zero_bits) - 1
    return (size + mask) & ~mask
