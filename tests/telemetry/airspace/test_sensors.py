"""How sensors are: heard, quiet, silent, lost, gone on purpose."""

from __future__ import annotations

import numpy as np
from pydantic import JsonValue

from fleet.airspace.columns import DETECTION
from fleet.columns import blank
from telemetry.airspace import sensors as module
from telemetry.airspace.heard import Heard, Said, SensorEvent, moment
from telemetry.airspace.sensors import Sensors

START = 1_790_000_000_000_000
MAST = "sapient:mast"


def at(second: float) -> np.datetime64:
    return moment(START + round(second * 1e6))


def said(second: float, sensor: str, protocol: str = "remote-id", detections: int = 0) -> Heard:
    return Heard((Said(at(second), sensor, protocol, b"x"),), blank(DETECTION, detections))


def happened(second: float, kind: str, **detail: JsonValue) -> Heard:
    message = Said(at(second), MAST, "sapient", b"x")
    return Heard((message,), events=(SensorEvent(at(second), MAST, kind, detail),))


def test_a_receiver_that_hears_nothing_is_quiet_and_one_that_says_it_is_there_falls_silent() -> (
    None
):
    sensors = Sensors()
    sensors.hear(said(0, "scout:quiet", detections=1))
    sensors.hear(said(0, "scout:beats"))
    assert sensors.states(at(30)) == {"scout:quiet": "ok", "scout:beats": "ok"}
    assert sensors.states(at(61)) == {"scout:quiet": "quiet", "scout:beats": "silent"}
    assert list(sensors.troubles(at(61))) == ["scout:beats"]


def test_a_node_is_lost_without_heartbeat_and_well_with_it_again() -> None:
    sensors = Sensors()
    sensors.hear(happened(0, "registered", name="Mast radar"))
    sensors.hear(happened(1, "status", system="SYSTEM_OK"))
    sensors.hear(Heard(events=(SensorEvent(at(30), MAST, "lost"),)))
    assert sensors.troubles(at(30))[MAST].english == "the sensor Mast radar is lost"
    sensors.hear(happened(31, "regained"))
    assert sensors.well(at(31)) == {MAST}


def test_a_node_that_is_gone_is_lost_after_a_while_unless_it_came_back_or_said_goodbye() -> None:
    sensors = Sensors()
    sensors.hear(happened(0, "registered"))
    sensors.hear(Heard(events=(SensorEvent(at(5), MAST, "gone"),)))
    assert sensors.states(at(14))[MAST] == "ok"
    assert sensors.states(at(15))[MAST] == "lost"
    sensors.hear(happened(16, "registered"))
    assert sensors.states(at(16))[MAST] == "ok"
    sensors.hear(happened(17, "status", system="SYSTEM_GOODBYE"))
    sensors.hear(Heard(events=(SensorEvent(at(17), MAST, "gone"),)))
    assert sensors.states(at(60))[MAST] == "off"


def test_a_server_that_is_not_connected_is_lost() -> None:
    sensors = Sensors()
    for second in range(12):
        sensors.connection("sbs:roof", connected=False, now=at(second))
    assert sensors.states(at(12)) == {"sbs:roof": "lost"}
    sensors.connection("sbs:roof", connected=True, now=at(13))
    assert sensors.states(at(13)) == {"sbs:roof": "ok"}


def test_rates_follow_what_is_said_and_it_is_shown_as_json_has_it() -> None:
    sensors = Sensors()
    for second in range(30):
        for _ in range(4):
            sensors.hear(said(second, "scout:north", detections=1))
        sensors.reckon(at(second))
    (shown,) = sensors.shown(at(29))
    assert 3.5 < shown["rate"] <= 4.1
    assert shown["messages"] == 120
    assert (shown["name"], shown["state"], shown["protocol"]) == ("north", "ok", "remote-id")
    assert shown["heard_time"] == START // 1000 + 29_000


def test_who_makes_up_sensors_fills_no_memory() -> None:
    sensors = Sensors()
    for number in range(module.SENSORS_MOST + 50):
        sensors.hear(said(number, f"scout:{number}"))
    assert len(sensors) == module.SENSORS_MOST
