"""Frames as a vehicle would send them, made by pymavlink; and a sink that keeps what it is given."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from pymavlink.dialects.v20 import ardupilotmega as dialect

from fleet.columns import POSITION, STATUS, Rows, blank
from telemetry.batch import Batch, StatusText
from telemetry.mavlink.codec import Decoded, Decoder
from telemetry.sink import RefusedError

ARMED, CUSTOM = 128, 1

KEY = bytes(range(1, 33))
"""A secret key for signing."""

SIGNING_EPOCH = 1_420_070_400
"""2015-01-01 UTC, from which timestamps of signatures are counted in 10 µs."""


class Sender:
    """One component of one system; what a call does not name is zero.

    With a key it signs, as of `at` (s since 1970): set it anew as time goes on.
    """

    def __init__(
        self,
        system: int = 1,
        component: int = 1,
        version: int = 2,
        *,
        key: bytes | None = None,
        link: int = 0,
        at: float = 1.8e9,
    ) -> None:
        self._out = dialect.MAVLink(None, system, component)
        self._version_1 = version == 1
        self._out.signing.secret_key = key
        self._out.signing.sign_outgoing = key is not None
        self._out.signing.link_id = link
        self.at = at

    @property
    def at(self) -> float:
        return SIGNING_EPOCH + float(self._out.signing.timestamp) / 1e5

    @at.setter
    def at(self, seconds: float) -> None:
        self._out.signing.timestamp = round((seconds - SIGNING_EPOCH) * 1e5)

    def __call__(self, name: str, **fields: Any) -> bytes:
        kind = getattr(dialect, f"MAVLink_{name.lower()}_message")
        values = {field: _zero(kind, field) for field in kind.fieldnames} | fields
        packed: bytes = kind(**values).pack(self._out, force_mavlink1=self._version_1)
        self._out.seq = (self._out.seq + 1) % 256
        return packed

    def heartbeat(self, mode: int = 0, *, armed: bool = False, **fields: Any) -> bytes:
        """Of an ArduCopter."""
        copter = {"type": 2, "autopilot": 3, "custom_mode": mode, "system_status": 3}
        base = CUSTOM | (ARMED if armed else 0)
        return self("HEARTBEAT", **(copter | {"base_mode": base, "mavlink_version": 3} | fields))

    def position(self, boot_ms: int, latitude: float = 34.0151, **fields: Any) -> bytes:
        """GLOBAL_POSITION_INT over Peshawar."""
        place = {"lat": round(latitude * 1e7), "lon": 715249000, "alt": 331000}
        return self("GLOBAL_POSITION_INT", **(place | {"time_boot_ms": boot_ms} | fields))

    def system_time(self, unix: float, boot_ms: int) -> bytes:
        return self("SYSTEM_TIME", time_unix_usec=round(unix * 1e6), time_boot_ms=boot_ms)

    def text(self, text: bytes, text_id: int = 0, piece: int = 0, severity: int = 6) -> bytes:
        return self("STATUSTEXT", severity=severity, text=text, id=text_id, chunk_seq=piece)


def _zero(kind: Any, field: str) -> Any:
    wire = kind.ordered_fieldnames.index(field)
    if kind.fieldtypes[kind.fieldnames.index(field)] == "char":
        return b""
    length = kind.array_lengths[wire]
    return [0] * length if length else 0


def utc(seconds: float) -> np.datetime64:
    return np.datetime64(round(seconds * 1e6), "us")


def decode(*chunks: bytes, at: float = 1.8e9) -> Decoded:
    """Chunks decoded as received at `at` (s since 1970)."""
    return Decoder().decode(chunks, np.full(len(chunks), utc(at)))


class RecordingSink:
    """Keeps all that it is given."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.refused: list[tuple[str, RefusedError]] = []
        self.letters: list[tuple[bytes, str]] = []

    async def accept(self, batch: Batch) -> None:
        self.batches.append(batch)

    def offer(self, batch: Batch) -> None:
        named = {asset.key for asset in batch.assets}
        assert set(batch.positions["asset"].tolist()) <= named
        assert set(batch.statuses["asset"].tolist()) <= named
        assert {text.asset for text in batch.texts} <= named
        self.batches.append(batch)

    def refuse(self, origin: str, error: RefusedError, *, raw: bytes = b"", peer: str = "") -> None:
        self.refused.append((origin, error))
        self.letters.append((raw, peer))

    async def set_aside(self, origin: str, error: RefusedError, *, raw: bytes, peer: str) -> None:
        self.refuse(origin, error, raw=raw, peer=peer)

    @property
    def reasons(self) -> Counter[tuple[str, str]]:
        return Counter((origin, error.reason) for origin, error in self.refused)

    @property
    def positions(self) -> Rows:
        return np.concatenate([blank(POSITION, 0), *(b.positions for b in self.batches)])

    @property
    def statuses(self) -> Rows:
        return np.concatenate([blank(STATUS, 0), *(b.statuses for b in self.batches)])

    @property
    def texts(self) -> list[StatusText]:
        return [text for batch in self.batches for text in batch.texts]

    @property
    def identities(self) -> set[str]:
        return {asset.identity for batch in self.batches for asset in batch.assets}
