"""Which of the frames that came are taken: no copies, none that signing refuses, no stranger's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from telemetry.mavlink.codec import Decoded
from telemetry.mavlink.copies import Copies
from telemetry.mavlink.duplicates import Duplicate, Duplicates
from telemetry.mavlink.links.bundle import Chunks
from telemetry.mavlink.roles import Roles
from telemetry.mavlink.signing import Signing
from telemetry.sink import RefusedError

DUPLICATE_SYSTEM_ID = "duplicate_system_id"
"""The reason for which frames of a second vehicle with a system id are refused."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A frame that is not taken, and why."""

    error: RefusedError
    raw: bytes
    chunk: int
    """The number of the chunk in which it came."""


@dataclass(frozen=True, slots=True)
class Sifted:
    """What is left of some frames."""

    decoded: Decoded
    peers: NDArray[np.int64]
    """Of each frame the number of its peer."""

    refused: tuple[Refused, ...]
    """Copies are none of these."""

    duplicates: list[Duplicate]
    """System ids that two vehicles are found to have."""

    replaced: list[int]
    """As `duplicates.Heard.replaced`."""


class Sieve:
    """Sifts the frames of one network."""

    def __init__(self, signing: Signing | None) -> None:
        self.strange = 0
        """Frames of vehicles with the system id of another."""

        self._signing = signing
        self._copies = Copies()
        self._duplicates = Duplicates()

    @property
    def copies(self) -> int:
        """Frames that came a second time, by another peer."""
        return self._copies.count

    @property
    def duplicates(self) -> list[int]:
        """System ids that two vehicles have at the moment."""
        return self._duplicates.lasting

    def is_stranger(self, system: int, peer: int) -> bool:
        """Whether a peer's frames of a system are of a second vehicle."""
        return self._duplicates.is_stranger(system, peer)

    def sift(self, decoded: Decoded, peers: NDArray[np.int64], roles: Roles, now: float) -> Sifted:
        """Decide on each frame. `now`: seconds of a steady clock."""
        refused: list[Refused] = []
        copies = self._copies.find(decoded, peers, now)
        if copies.any():
            decoded, peers = decoded.only(~copies), peers[~copies]
        if self._signing is not None:
            checked = self._signing.check(decoded)
            refused += _refused(decoded, checked.refused)
            if checked.refused:
                decoded, peers = decoded.only(checked.accepted), peers[checked.accepted]
        heard = self._duplicates.hear(decoded, peers, roles.are_autopilots(decoded.frames), now)
        strange = self._duplicates.strangers(decoded, peers, now)
        if strange is not None and strange.any():
            self.strange += int(np.count_nonzero(strange))
            refused += _refused(decoded, _strange(decoded, strange))
            decoded, peers = decoded.only(~strange), peers[~strange]
        return Sifted(decoded, peers, tuple(refused), heard.duplicates, heard.replaced)


def _refused(decoded: Decoded, errors: Iterable[tuple[int, RefusedError]]) -> Iterator[Refused]:
    for frame, error in errors:
        yield Refused(error, decoded.raw[frame], int(decoded.frames["chunk"][frame]))


def _strange(decoded: Decoded, strange: NDArray[np.bool_]) -> Iterator[tuple[int, RefusedError]]:
    for frame in np.flatnonzero(strange).tolist():
        head = decoded.frames[frame]
        detail = (
            f"message {head['message']} of system {head['system']} is of another vehicle than the "
            "one that is heard by this system id; give each its own"
        )
        yield frame, RefusedError(DUPLICATE_SYSTEM_ID, detail)


def unreadable(decoded: Decoded, chunks: Chunks) -> list[tuple[int, RefusedError]]:
    """Number and reason of each chunk with bad bytes in it, and with unknown messages."""
    errors = []
    for reason, counts in (("bad_frame", decoded.bad), ("unknown_message", decoded.unknown)):
        for number in np.flatnonzero(counts).tolist():
            chunk = chunks.data[number]
            kind = "a piece of a stream" if chunks.streams[number] else "a datagram"
            detail = (
                f"{counts[number]} in {kind} of {len(chunk)} bytes from "
                f"{chunks.peers[number].name} that begins {chunk[:16].hex(' ')}"
            )
            errors.append((number, RefusedError(reason, detail)))
    return errors
