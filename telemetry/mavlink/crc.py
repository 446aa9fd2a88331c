"""The checksum of MAVLink frames, of many frames at once.

It is the X.25 CRC as CRC-16/MCRF4XX has it (reflected polynomial 0x8408, begins with 0xFFFF, no
final inversion), over all but the start byte of header and payload, then over CRC_EXTRA of the
message (https://mavlink.io/en/guide/serialization.html#checksum).

A CRC goes byte by byte through one frame, but every frame can take its step at the same time. The
register has 16 bits, so after two bytes nothing of it is left that a table of 64K entries, asked
for register XOR bytes, does not know: one look-up takes all frames two bytes on. The frames are
sorted by length, longest first: a step concerns the first so many of them, and a frame that has
ended keeps its register. (Wider words folded by shifts and XORs alone are as quick, tables for
each byte's place slower above a few hundred frames, and both are harder to follow.)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from telemetry.mavlink.pieces import Pieces

_POLYNOMIAL = 0x8408
_INITIAL = 0xFFFF

_BLOCK = 8192
"""Frames whose steps are taken together: their bytes stay in the processor's cache."""


def _byte_table() -> NDArray[np.uint16]:
    table = np.arange(256, dtype=np.uint16)
    for _ in range(8):
        table = (table >> np.uint16(1)) ^ (table & np.uint16(1)) * np.uint16(_POLYNOMIAL)
    return table


_ONE_BYTE = _byte_table()
"""Of (register ^ byte) & 0xFF: what is XORed into the register shifted by eight."""


def _step(registers: NDArray[np.uint16], values: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """The registers one byte on."""
    return _ONE_BYTE.take((registers ^ values) & np.uint16(0xFF)) ^ (registers >> np.uint16(8))


_TWO_BYTES = _step(
    _step(np.arange(1 << 16, dtype=np.uint16), np.zeros(1, np.uint8)), np.zeros(1, np.uint8)
)
"""Of register ^ (first byte | second byte << 8): the register two bytes on."""


def checksums(
    buffer: Pieces,
    starts: NDArray[np.intp],
    lengths: NDArray[np.intp],
    extras: NDArray[np.uint8],
) -> NDArray[np.uint16]:
    """Checksums of the bytes from `starts` on, `lengths` (0–511) of them and then `extras`."""
    pairs = (lengths >> 1).astype(np.uint8)
    order = np.argsort(~pairs, kind="stable")  # of bytes it is a radix sort; ~ turns it round
    registers = np.empty(len(starts), np.uint16)
    for first in range(0, len(order), _BLOCK):
        block = order[first : first + _BLOCK]
        registers[block] = _even_part(buffer, starts[block], pairs[block])
    last = np.frombuffer(buffer.data, np.uint8)[starts + lengths - 1]
    odd = (lengths & 1).astype(np.bool_)
    registers = np.where(odd, _step(registers, last), registers)
    return _step(registers, extras)


def _even_part(
    buffer: Pieces, starts: NDArray[np.intp], pairs: NDArray[np.uint8]
) -> NDArray[np.uint16]:
    """Registers after the first `pairs` pairs of bytes; `pairs` must fall."""
    registers = np.full(len(starts), _INITIAL, np.uint16)
    longest = int(pairs[0])
    if longest == 0:
        return registers
    words = buffer.gather(starts, 2 * longest).view("<u2").reshape(len(starts), longest)
    still = len(pairs) - np.searchsorted(pairs[::-1], np.arange(longest), side="right")
    for place, count in enumerate(still.tolist()):
        going = registers[:count]
        np.bitwise_xor(going, words[:count, place], out=going)
        _TWO_BYTES.take(going, out=going, mode="wrap")  # "raise" would copy `out`
    return registers
