"""DroneScout receivers at a broker: each message is acknowledged when it has been dealt with."""

from __future__ import annotations

from telemetry.airspace.heard import Keep
from telemetry.airspace.scout import ScoutReader
from telemetry.airspace.settings import ScoutSettings
from telemetry.trackers.intake import Intake
from telemetry.trackers.mqtt import MqttMessage
from telemetry.trackers.mqtt_tracker import MqttTracker
from telemetry.trackers.values import receive_time


class ScoutTracker(MqttTracker):
    """Subscribes to receivers, and has kept what they hear."""

    def __init__(self, settings: ScoutSettings, intake: Intake, keep: Keep) -> None:
        super().__init__(settings, intake)
        self.topics = (settings.topic,)
        self._reader = ScoutReader()
        self._keep = keep

    async def keep(self, message: MqttMessage, peer: str) -> None:
        """Keep what a message tells. Raises RefusedError, NotStoredError."""
        received = receive_time(self.intake.clock())
        heard, refused = self._reader.take(message.payload, received)
        for error in refused:
            self.intake.refuse(error, raw=message.payload, peer=peer)
        if heard:
            await self._keep(heard)
        self.statistics.stored += len(heard.detections)
