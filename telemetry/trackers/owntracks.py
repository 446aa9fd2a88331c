"""OwnTracks over MQTT: what phones publish to `owntracks/<user>/<device>` and below it.

A message is acknowledged to the broker when it is kept (docs/decisions/0003-mqtt-acknowledgement.md).
Which user a phone is at the broker does not reach us: where the broker lets anybody publish as
anybody, a device that is to be believed encrypts with a key. One that has only a token can show it
over HTTP alone, and is refused here.
"""

from __future__ import annotations

import math
from dataclasses import replace

from telemetry.trackers.mqtt import MqttMessage
from telemetry.trackers.mqtt_tracker import MqttTracker
from telemetry.trackers.owntracks_messages import asset_of, read
from telemetry.trackers.registry import tracker
from telemetry.trackers.report import Report

TOPICS = ("owntracks/+/+", "owntracks/+/+/+")
"""Locations and the last will; transitions, waypoints and other things of the device."""

_OURS = "cmd"
"""What is said to a device below its topic is no word of it."""


@tracker("owntracks")
class OwntracksSubscriber(MqttTracker):
    """Takes messages from a broker, and acknowledges each when the sink has accepted it."""

    topics = TOPICS

    async def keep(self, message: MqttMessage, peer: str) -> None:
        """Take what a message tells. Raises RefusedError, NotStoredError."""
        intake, raw = self.intake, message.payload
        asset, word = asset_of(message.topic)
        if word == _OURS or not raw:
            intake.statistics.ignored += 1
            return
        told = read(asset, raw, intake.clock(), intake.gate.key(asset))
        reports = _of_then(told.reports) if message.retained else told.reports
        if message.qos:
            await intake.accept(
                asset, reports, refused=told.refused, proven=told.proven, raw=raw, peer=peer
            )
        else:
            intake.offer(
                asset, reports, refused=told.refused, proven=told.proven, raw=raw, peer=peer
            )


def _of_then(reports: list[Report]) -> list[Report]:
    """What a message still tells that comes with each subscription: where the phone once was."""
    return [
        replace(report, battery_percent=math.nan, events=()) for report in reports if report.placed
    ]
