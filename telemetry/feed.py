"""What travels on the bus between collector and dashboard, and how it is packed.

`live.picture` carries rows of the picture that changed: a magic, then the rows' own bytes. Each
row names its asset in full, so a listener that joins late or twice needs nobody to explain it.
`live.collector` carries the collector's own health as JSON, once a second.
"""

from __future__ import annotations

import numpy as np

from fleet.columns import PICTURE, Rows
from telemetry.bus import MAX_PAYLOAD

PICTURE_SUBJECT = "live.picture"
COLLECTOR_SUBJECT = "live.collector"

_MAGIC = b"NGP1"
_ROWS_PER_MESSAGE = (MAX_PAYLOAD - len(_MAGIC)) // PICTURE.itemsize


class FeedError(ValueError):
    """A payload that is not of this feed."""


def pack_picture(rows: Rows) -> list[bytes]:
    """Payloads for `live.picture`, as few as the bus's limit allows."""
    parts = range(0, len(rows), _ROWS_PER_MESSAGE)
    return [_MAGIC + rows[start : start + _ROWS_PER_MESSAGE].tobytes() for start in parts]


def unpack_picture(payload: bytes) -> Rows:
    """PICTURE rows of a payload. Raises FeedError if it is of another version or torn."""
    body = len(payload) - len(_MAGIC)
    if not payload.startswith(_MAGIC) or body % PICTURE.itemsize:
        raise FeedError(f"{len(payload)} bytes that are no picture of version {_MAGIC.decode()}")
    return np.frombuffer(payload, PICTURE, offset=len(_MAGIC))
