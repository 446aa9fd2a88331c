"""Pieces of bytes in one buffer: datagrams as they came, or the frames that were found in them.

Nothing is copied for a piece. What is read of many pieces is gathered by numpy in one call: a view
of the buffer whose items overlap, one beginning at each byte, is indexed by the places wanted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MARGIN = 512
"""Zero bytes behind the last piece, so that what is gathered at its end lies in the buffer."""

_MARGIN = bytes(MARGIN)


@dataclass(frozen=True, slots=True)
class Pieces:
    """Piece number i is `data[starts[i]:starts[i] + lengths[i]]`; MARGIN lies behind the last."""

    data: bytes
    starts: NDArray[np.intp]
    lengths: NDArray[np.intp]

    @classmethod
    def of(cls, pieces: Sequence[bytes | memoryview]) -> Pieces:
        """Pieces laid one behind the other."""
        lengths = np.fromiter(map(len, pieces), np.intp, len(pieces))
        return cls(b"".join([*pieces, _MARGIN]), np.cumsum(lengths) - lengths, lengths)

    @classmethod
    def joined(cls, many: Sequence[Pieces]) -> Pieces:
        """The pieces of all of them, one after another; the bytes are copied."""
        if len(many) == 1:
            return many[0]
        sizes = np.array([len(pieces.data) for pieces in many])
        shifts = np.repeat(np.cumsum(sizes) - sizes, [len(pieces) for pieces in many])
        return cls(
            b"".join(pieces.data for pieces in many),
            np.concatenate([pieces.starts for pieces in many]) + shifts,
            np.concatenate([pieces.lengths for pieces in many]),
        )

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, number: int) -> bytes:
        start = int(self.starts[number])
        return self.data[start : start + int(self.lengths[number])]

    def __iter__(self) -> Iterator[bytes]:
        data = self.data
        for start, end in zip(self.starts.tolist(), self.ends.tolist(), strict=True):
            yield data[start:end]

    @property
    def ends(self) -> NDArray[np.intp]:
        """Where each piece ends (exclusive)."""
        return self.starts + self.lengths

    def only(self, chosen: NDArray[Any] | slice) -> Pieces:
        """Those that a mask, numbers or a slice choose; the bytes are shared."""
        return Pieces(self.data, self.starts[chosen], self.lengths[chosen])

    def gather(self, places: NDArray[np.intp], width: int) -> NDArray[np.void]:
        """The `width` bytes at each of the places in `data`, copied row by row (`V<width>`).

        A place may lie as far behind a piece as MARGIN allows.
        """
        view: NDArray[np.void] = np.ndarray(
            (len(self.data) - width + 1,), f"V{width}", self.data, strides=(1,)
        )
        return view[places]
