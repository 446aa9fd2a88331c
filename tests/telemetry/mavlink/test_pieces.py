import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from telemetry.mavlink.pieces import MARGIN, Pieces

some_bytes = st.lists(st.binary(max_size=20), max_size=8)


@given(some_bytes)
def test_pieces_come_out_as_they_went_in(parts: list[bytes]) -> None:
    pieces = Pieces.of(parts)
    assert list(pieces) == parts
    assert [pieces[number] for number in range(len(pieces))] == parts
    assert list(pieces.only(slice(1, None))) == parts[1:]
    assert list(Pieces.of([memoryview(part) for part in parts])) == parts


@given(some_bytes, st.integers(1, MARGIN))
def test_what_is_gathered_may_reach_over_the_last_piece(parts: list[bytes], width: int) -> None:
    pieces = Pieces.of(parts)
    behind = b"".join(parts) + bytes(MARGIN)
    rows = pieces.gather(pieces.ends, width)
    assert [bytes(row) for row in rows] == [behind[end : end + width] for end in pieces.ends]


def test_gathering_copies_so_that_rows_can_be_written() -> None:
    pieces = Pieces.of([b"abcd"])
    row = pieces.gather(np.array([1]), 2).view(np.uint8)
    row[:] = 0
    assert list(pieces) == [b"abcd"]
