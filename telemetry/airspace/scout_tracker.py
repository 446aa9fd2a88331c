"""DroneScout receivers at a broker: each message is acknowledged when it has been dealt with."""

from __future__ import annotations

from telemetry.airspace.heard import Take
from telemetry.airspace.scout import ScoutReader
from telemetry.trackers.intake import Intake
from telemetry.trackers.mqtt import MqttMessage
from telemetry.trackers.mqtt_tracker import AtBroker, MqttTracker
from telemetry.trackers.values import receive_time


class ScoutTracker(MqttTracker):
    """Subscribes to receivers, and hands on what they hear."""

    topics = ("dronescout/#",)

    def __init__(self, settings: AtBroker, intake: Intake, take: Take) -> None:
        super().__init__(settings, intake)
        self._reader = ScoutReader()
        self._hand_on = take

    async def keep(self, message: MqttMessage, peer: str) -> None:
        """Take what a message tells. Raises RefusedError."""
        received = receive_time(self.intake.clock())
        heard, refused = self._reader.take(message.payload, received)
        for error in refused:
            self.intake.refuse(error, raw=message.payload, peer=peer)
        self.statistics.stored += len(heard.detections)
        if heard:
            self._hand_on(heard)
