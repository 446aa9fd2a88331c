"""What a radar says in SAPIENT (BSI Flex 335 v2): who it is, how it is, what it sees.

On the wire each message has its length before it, 4 bytes little-endian. Node ids are UUIDs, the
ids of reports and objects ULIDs (https://github.com/ulid/spec).
"""

from __future__ import annotations

import struct

import numpy as np
from sapient_msg.bsi_flex_335_v2_0 import location_pb2, range_bearing_pb2, velocity_pb2
from sapient_msg.bsi_flex_335_v2_0.detection_report_pb2 import DetectionReport
from sapient_msg.bsi_flex_335_v2_0.location_pb2 import Location
from sapient_msg.bsi_flex_335_v2_0.registration_pb2 import Registration
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage
from sapient_msg.bsi_flex_335_v2_0.status_report_pb2 import StatusReport
from sapient_msg.bsi_flex_335_v2_0.task_ack_pb2 import TaskAck

from sitl.intruders.flight import Motion
from sitl.intruders.sensors import Sensor

STATUS_INTERVAL = 5.0
"""Seconds between two status reports: the node's heartbeat."""

ICD_VERSION = "BSI Flex 335 v2.0"
MODE = "Default"
AIR_VEHICLE = "Air Vehicle"

_BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's, as ULIDs are written
_LENGTH = struct.Struct("<I")


def framed(message: SapientMessage) -> bytes:
    """The bytes of `message` with its length before it."""
    data: bytes = message.SerializeToString(deterministic=True)
    return _LENGTH.pack(len(data)) + data


def ulid(unix_ms: int, random: np.random.Generator) -> str:
    """A ULID of 26 characters: 48 bits of time, 80 of chance."""
    number = unix_ms << 80 | int.from_bytes(random.bytes(10), "big")
    return "".join(_BASE32[number >> 5 * place & 31] for place in range(25, -1, -1))


class RadarNode:
    """The words of one radar. `node` is its UUID; `random` makes its ids."""

    def __init__(self, sensor: Sensor, node: str, random: np.random.Generator) -> None:
        self.sensor = sensor
        self.node = node
        self._random = random
        self._objects: dict[str, str] = {}

    def registration(self, unix_us: int) -> SapientMessage:
        """What it says first of all on a connection."""
        message = self._message(unix_us)
        told = message.registration
        told.icd_version = ICD_VERSION
        told.name = self.sensor.name
        told.node_definition.add(node_type=Registration.NODE_TYPE_RADAR)
        told.capabilities.add(
            category="range", type="maximum", value=f"{self.sensor.range:g}", units="m"
        )
        told.status_definition.status_interval.units = Registration.TIME_UNITS_SECONDS
        told.status_definition.status_interval.value = STATUS_INTERVAL
        mode = told.mode_definition.add(mode_name=MODE, mode_type=Registration.MODE_TYPE_PERMANENT)
        mode.settle_time.units = Registration.TIME_UNITS_SECONDS
        mode.settle_time.value = 0.0
        mode.scan_type = Registration.SCAN_TYPE_SCANNING
        mode.tracking_type = Registration.TRACKING_TYPE_TRACK
        seen = mode.detection_definition.add()
        seen.location_type.location_units = location_pb2.LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M
        seen.location_type.location_datum = location_pb2.LOCATION_DATUM_WGS84_G
        seen.velocity_type.enu_velocity_units.east_north_rate_units = velocity_pb2.SPEED_UNITS_MS
        seen.velocity_type.enu_velocity_units.up_rate_units = velocity_pb2.SPEED_UNITS_MS
        seen.velocity_type.location_datum = location_pb2.LOCATION_DATUM_WGS84_G
        mode.task.region_definition.region_type.append(Registration.REGION_TYPE_AREA_OF_INTEREST)
        mode.task.region_definition.region_area.add(
            range_bearing_units=range_bearing_pb2.RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_M,
            range_bearing_datum=range_bearing_pb2.RANGE_BEARING_DATUM_TRUE,
        )
        told.config_data.add(manufacturer="Nigehban", model="simulated radar")
        return message

    def status(self, unix_us: int) -> SapientMessage:
        """How it is."""
        message = self._message(unix_us)
        told = message.status_report
        told.report_id = ulid(unix_us // 1000, self._random)
        told.system = StatusReport.SYSTEM_OK
        told.info = StatusReport.INFO_UNCHANGED
        told.mode = MODE
        told.node_location.CopyFrom(
            _location(self.sensor.latitude, self.sensor.longitude, self.sensor.height, 0.0)
        )
        return message

    def detection(self, flight: str, seen: Motion, unix_us: int) -> SapientMessage:
        """What it sees of `flight`, which it knows by nothing but an object id of its own."""
        message = self._message(unix_us)
        told = message.detection_report
        told.report_id = ulid(unix_us // 1000, self._random)
        if flight not in self._objects:
            self._objects[flight] = ulid(unix_us // 1000, self._random)
        told.object_id = self._objects[flight]
        place = seen.place
        told.location.CopyFrom(
            _location(place.latitude, place.longitude, place.altitude, self.sensor.error)
        )
        told.detection_confidence = 0.9
        kind: DetectionReport.DetectionReportClassification = told.classification.add()
        kind.type = AIR_VEHICLE
        kind.confidence = 0.8
        told.enu_velocity.east_rate = seen.east_speed
        told.enu_velocity.north_rate = seen.north_speed
        told.enu_velocity.up_rate = seen.climb
        return message

    def answer(self, data: bytes, unix_us: int) -> SapientMessage | None:
        """What it says to a message (without its length); a task is refused: it always looks.

        Raises google.protobuf.message.DecodeError for bytes that are no message.
        """
        asked = SapientMessage.FromString(data)
        if not asked.HasField("task"):
            return None
        message = self._message(unix_us)
        message.destination_id = asked.node_id
        message.task_ack.task_id = asked.task.task_id
        message.task_ack.task_status = TaskAck.TASK_STATUS_REJECTED
        message.task_ack.reason.append("this radar always looks everywhere")
        return message

    def _message(self, unix_us: int) -> SapientMessage:
        message = SapientMessage(node_id=self.node)
        message.timestamp.FromMicroseconds(unix_us)
        return message


def _location(latitude: float, longitude: float, altitude: float, error: float) -> Location:
    return Location(
        x=longitude,
        y=latitude,
        z=altitude,
        x_error=error,
        y_error=error,
        z_error=error,
        coordinate_system=location_pb2.LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M,
        datum=location_pb2.LOCATION_DATUM_WGS84_G,
    )
