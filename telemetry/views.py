"""Publishes where cameras of vehicles look, and the items of their missions that they fly to.

What was told since the last time goes out, and now and then all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from fleet.columns import Rows
from telemetry.bus import Bus
from telemetry.feed import PROGRESS_SUBJECT, VIEWS_SUBJECT, pack_progress, pack_views
from telemetry.mavlink.network import Network

PERIOD = 0.5
"""Seconds between two looks for what is new."""

WHOLE_EACH = 10
"""So many looks from one picture of all to the next one: whoever joins late waits for it."""

Changes = Callable[[int], tuple[Rows, int]]
"""The rows that changed after a version, and the version now."""


class ViewsFeed:
    """The cameras and missions of some networks on the bus."""

    def __init__(self, networks: Sequence[Network], bus: Bus) -> None:
        self._bus = bus
        self._feeds = [
            _Feed(bus, VIEWS_SUBJECT, pack_views, [network.views for network in networks]),
            _Feed(bus, PROGRESS_SUBJECT, pack_progress, [each.progress for each in networks]),
        ]
        self._looks = 0

    async def publish(self) -> None:
        """Tell what is new. Raises BusError: then it is told later."""
        if not self._bus.connected:
            return
        for feed in self._feeds:
            await feed.publish(whole=self._looks % WHOLE_EACH == 0)
        self._looks += 1


class _Feed:
    def __init__(
        self,
        bus: Bus,
        subject: str,
        pack: Callable[[Rows], list[bytes]],
        changes: Sequence[Changes],
    ) -> None:
        self._bus, self._subject, self._pack, self._changes = bus, subject, pack, changes
        self._told = [0] * len(changes)

    async def publish(self, *, whole: bool) -> None:
        found = [
            since(0 if whole else told)
            for since, told in zip(self._changes, self._told, strict=True)
        ]
        rows = [changed for changed, _ in found if len(changed)]
        for payload in self._pack(np.concatenate(rows)) if rows else ():
            await self._bus.publish(self._subject, payload)
        self._told = [version for _, version in found]
