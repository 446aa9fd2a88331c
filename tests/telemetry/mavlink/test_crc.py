import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as dialect

from telemetry.mavlink.crc import checksums
from telemetry.mavlink.pieces import Pieces


def ours(bodies: list[bytes], extras: list[int]) -> list[int]:
    pieces = Pieces.of(bodies)
    sums: list[int] = checksums(
        pieces, pieces.starts, pieces.lengths, np.array(extras, np.uint8)
    ).tolist()
    return sums


def theirs(bodies: list[bytes], extras: list[int]) -> list[int]:
    return [
        dialect.x25crc(body + bytes([extra])).crc
        for body, extra in zip(bodies, extras, strict=True)
    ]


def test_the_check_value_of_the_catalogue_of_crcs() -> None:
    assert ours([b"12345678"], [ord("9")]) == [0x6F91]  # CRC-16/MCRF4XX


@given(st.lists(st.tuples(st.binary(max_size=280), st.integers(0, 255)), max_size=30))
def test_checksums_are_pymavlinks(parts: list[tuple[bytes, int]]) -> None:
    bodies, extras = [body for body, _ in parts], [extra for _, extra in parts]
    assert ours(bodies, extras) == theirs(bodies, extras)


def test_many_frames_of_all_lengths_each_get_their_own() -> None:
    chance = random.Random(7)
    bodies = [chance.randbytes(chance.randrange(281)) for _ in range(20_000)]
    extras = [chance.randrange(256) for _ in bodies]
    assert ours(bodies, extras) == theirs(bodies, extras)
