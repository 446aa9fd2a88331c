from __future__ import annotations

import time

import pytest
from pydantic import ValidationError

from telemetry.trackers.registry import build_all, protocols
from telemetry.trackers.settings import (
    GpsdSettings,
    PlausibilitySettings,
    TrackerSections,
    host_and_port,
)
from tests.telemetry.trackers.sinks import RecordingSink

EVERY = [
    "osmand",
    "owntracks",
    "owntracks_http",
    "nmea",
    "gpsd",
    "teltonika",
    "gt06",
    "cameras",
    "cameras_http",
]


def sections(*enabled: str) -> TrackerSections:
    return TrackerSections.model_validate({name: {"enabled": name in enabled} for name in EVERY})


def test_only_what_was_there_before_is_on_by_default() -> None:
    built = build_all(TrackerSections(), RecordingSink(), time.time)
    assert list(built) == ["osmand", "owntracks"]


async def test_each_protocol_is_built_by_the_name_of_its_section() -> None:
    assert list(protocols(TrackerSections())) == EVERY
    sink = RecordingSink()
    for name in EVERY:
        built = build_all(sections(name), sink, time.time)
        assert list(built) == [name]
        tracker = built[name]
        assert type(tracker).__module__ == f"telemetry.trackers.{name}"
        assert not tracker.listening
        assert tracker.statistics.received == 0


def test_all_of_them_share_one_gate_and_one_gathering() -> None:
    built = build_all(sections(*EVERY), RecordingSink(), time.time)
    intakes = [each.intake for each in built.values()]
    assert len({intake.origin for intake in intakes}) == len(EVERY)
    assert len({id(intake.gate) for intake in intakes}) == 1
    assert len({id(intake._gathering) for intake in intakes}) == 1


def test_every_listener_is_on_loopback_and_no_two_share_a_port() -> None:
    listening = [
        section for section in protocols(TrackerSections()).values() if hasattr(section, "port")
    ]
    assert {section.host for section in listening} == {"127.0.0.1"}  # type: ignore[attr-defined]  # those with a port have one
    ports = [section.port for section in listening]
    assert len(set(ports)) == len(ports) == 6


def test_embedded_broker_is_put_in() -> None:
    assert TrackerSections().with_broker("mqtt://u:p@h:1").owntracks.broker == "mqtt://u:p@h:1"


def test_cameras_use_the_broker_of_the_phones_unless_they_have_their_own() -> None:
    told = {"owntracks": {"username": "u", "password": "p"}, "cameras": {}}
    shared = TrackerSections.model_validate(told).with_broker("mqtt://h:1").cameras
    assert (shared.broker, shared.username) == ("mqtt://h:1", "u")
    assert shared.password is not None
    told["cameras"] = {"broker": "mqtt://cams:2"}
    own = TrackerSections.model_validate(told).with_broker("mqtt://h:1").cameras
    assert (own.broker, own.username, own.password) == ("mqtt://cams:2", None, None)


@pytest.mark.parametrize("server", ["", "host", "host:", "host:0", "host:65536", ":2947", "a b:1"])
def test_gpsd_server_that_is_no_address(server: str) -> None:
    with pytest.raises(ValidationError, match="HOST:PORT"):
        GpsdSettings(servers={"local": server})


def test_addresses_of_gpsd_servers() -> None:
    assert host_and_port("127.0.0.1:2947") == ("127.0.0.1", 2947)
    assert host_and_port("[::1]:2947") == ("::1", 2947)


def test_range_has_a_centre_and_a_radius() -> None:
    PlausibilitySettings(centre=(34.0, 71.5), radius=50_000)
    for given in ({"centre": (34.0, 71.5)}, {"radius": 5.0}):
        with pytest.raises(ValidationError, match="set both or none"):
            PlausibilitySettings.model_validate(given)
