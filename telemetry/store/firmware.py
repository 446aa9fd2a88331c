"""What runs on assets, as each told last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

_TOLD = "SELECT asset, told_time, detail FROM nigehban.firmware WHERE asset = ANY (%s)"


@dataclass(frozen=True, slots=True)
class FirmwareTold:
    """The detail of an event `firmware` (`telemetry.mavlink.firmware`), and when it was told."""

    time: datetime
    detail: dict[str, Any]


async def told_firmware(
    connection: psycopg.AsyncConnection, assets: Sequence[int]
) -> dict[int, FirmwareTold]:
    """What these assets have told, by key. Raises psycopg.Error."""
    cursor = await connection.execute(_TOLD, [list(assets)])
    return {asset: FirmwareTold(time, told) for asset, time, told in await cursor.fetchall()}
