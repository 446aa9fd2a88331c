"""Events of cameras over MQTT: what is published to `cameras/<camera>/event`.

`camera_events` says what a message holds. It is acknowledged to the broker when it is kept. Who a
camera is stands in its topic alone: `trackers.devices` may list those that are known
(`camera:cam-0017`), and the broker has to see to it that nobody else publishes as one.
"""

from __future__ import annotations

from telemetry.trackers.camera_events import camera_of, read
from telemetry.trackers.mqtt import MqttMessage
from telemetry.trackers.mqtt_tracker import MqttTracker
from telemetry.trackers.registry import tracker

TOPICS = ("cameras/+/event",)


@tracker("cameras")
class CamerasSubscriber(MqttTracker):
    """Takes events from a broker, and acknowledges each when the sink has accepted it."""

    topics = TOPICS

    async def keep(self, message: MqttMessage, peer: str) -> None:
        """Take an event. Raises RefusedError, NotStoredError."""
        intake, raw = self.intake, message.payload
        if not raw or message.retained:  # a retained event comes with each subscription: it is old
            intake.statistics.ignored += 1
            return
        report = read(raw, intake.clock(), camera_of(message.topic))
        if message.qos:
            await intake.accept(report.asset, (report,), raw=raw, peer=peer)
        else:
            intake.offer(report.asset, (report,), raw=raw, peer=peer)
