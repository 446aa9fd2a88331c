"""The server for SAPIENT nodes: radars, cameras and other sensors connect to it over TCP.

A flood ends a connection, and the node may connect again: a sensor that has come to its senses is worth
more than one that is shut out.
"""

from __future__ import annotations

import asyncio
import contextlib

from telemetry.airspace.heard import Heard, SensorEvent, Take, moment, sensor_name
from telemetry.airspace.sapient_nodes import Nodes
from telemetry.airspace.sapient_session import SapientSession
from telemetry.trackers.intake import Intake
from telemetry.trackers.settings import ListensAt
from telemetry.trackers.tcp_tracker import TcpTracker
from telemetry.trackers.values import receive_time

WATCH_PERIOD = 0.5
"""Seconds between two looks at the heartbeats."""


class SapientServer(TcpTracker):
    """Serves nodes until it is closed or its `run` is cancelled; `nodes` says how they are."""

    def __init__(self, settings: ListensAt, intake: Intake, take: Take) -> None:
        super().__init__(settings, intake)
        self.nodes = Nodes()
        self._hand_on = take

    def session(self, peer: str) -> SapientSession:
        """The talk on a new connection."""
        return SapientSession(self.nodes, self.intake, self._hand_on, peer)

    async def run(self) -> None:
        """Serve, and watch the heartbeats. Raises ListenError if the port cannot be had."""
        watching = asyncio.ensure_future(self._watch())
        try:
            await super().run()
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching

    async def _watch(self) -> None:
        while True:
            self.tell_lost()
            await asyncio.sleep(WATCH_PERIOD)

    def tell_lost(self) -> None:
        """Tell of nodes whose heartbeat has stopped."""
        now = self.intake.clock()
        received = moment(receive_time(now))
        events = tuple(
            SensorEvent(
                received,
                sensor_name("sapient", node.node),
                "lost",
                {"name": node.name, "silent_for": round(node.age(now), 1)},
            )
            for node in self.nodes.newly_lost(now)
        )
        if events:
            self._hand_on(Heard(events=events))
