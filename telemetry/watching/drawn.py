"""The geofences that somebody has drawn, as the watch takes them: a bad one is said, and stops nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import psycopg

from fleet.forms import FormError
from fleet.geofences.geofence import Geofence
from telemetry.watching import kept
from telemetry.watching.guard import Guard, Told
from telemetry.watching.settings import GeofenceSettings


class DrawnFences:
    """Those that the database has."""

    def __init__(
        self, settings: GeofenceSettings, say: Callable[[str], None], now: Callable[[], datetime]
    ) -> None:
        """`say` takes what is wrong."""
        self._settings = settings
        self._say = say
        self._now = now

    async def listed(self, connection: psycopg.AsyncConnection) -> list[Geofence]:
        """All that may count for a fix that is still to come; none if one is bad.

        Raises psycopg.Error.
        """
        if not self._settings.enabled:
            return []
        since = self._now() - timedelta(seconds=self._settings.horizon)
        try:
            return await kept.geofences(connection, since)
        except FormError as error:
            self._say(f"geofences are not taken: {error}")
            return []

    def given_to(self, guard: Guard, listed: list[Geofence]) -> Told:
        """Have a guard watch these; where they contradict each other it watches those before."""
        try:
            return guard.judge_by(listed, self._now())
        except FormError as error:
            self._say(f"geofences are not taken: {error}")
            return Told()
