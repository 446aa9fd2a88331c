from __future__ import annotations

import pytest
from pydantic import ValidationError

from fleet.assets import Asset
from telemetry.trackers.gate import DeniedError, Gate, QuarantineError
from telemetry.trackers.identity import tracker_asset
from telemetry.trackers.settings import GateSettings

LISTED = {
    "osmand:car-1": {},
    "osmand:car-2": {"token": "t0ps3cret", "name": "Gulbahar 2"},
    "owntracks:patrol/3": {"key": "sesame"},
    "owntracks:patrol/4": {"token": "t0ps3cret", "key": "sesame"},
    "teltonika:356307042441013": {"name": "Gulbahar 5"},
}


def gate(unknown: str = "accept") -> Gate:
    return Gate(GateSettings.model_validate({"unknown": unknown, "devices": LISTED}))


def asset(identity: str) -> Asset:
    protocol, _, called = identity.partition(":")
    return tracker_asset(protocol, called)


def test_unknown_device_is_taken_kept_aside_or_refused_as_the_settings_say() -> None:
    stranger = asset("osmand:car-9")
    Gate().check(stranger)
    gate("accept").check(stranger, "any token")
    with pytest.raises(QuarantineError, match="quarantine: osmand:car-9 is not listed") as aside:
        gate("quarantine").check(stranger)
    assert not isinstance(aside.value, DeniedError)
    with pytest.raises(DeniedError, match="unknown_device: osmand:car-9 is not listed"):
        gate("refuse").check(stranger)


@pytest.mark.parametrize("unknown", ["accept", "quarantine", "refuse"])
def test_listed_device_proves_itself_with_what_it_has(unknown: str) -> None:
    checked = gate(unknown)
    checked.check(asset("osmand:car-1"))
    checked.check(asset("osmand:car-1"), "a token that nobody asked for")
    checked.check(asset("teltonika:356307042441013"))
    checked.check(asset("osmand:car-2"), "t0ps3cret")
    checked.check(asset("owntracks:patrol/3"), proven=True)
    checked.check(asset("owntracks:patrol/4"), "t0ps3cret")
    checked.check(asset("owntracks:patrol/4"), proven=True)


@pytest.mark.parametrize("unknown", ["accept", "quarantine", "refuse"])
@pytest.mark.parametrize(
    ("identity", "token", "reason"),
    [
        ("osmand:car-2", None, "wrong_secret"),
        ("osmand:car-2", "", "wrong_secret"),
        ("osmand:car-2", "t0ps3cre", "wrong_secret"),
        ("osmand:car-2", "رمز", "wrong_secret"),
        ("owntracks:patrol/3", None, "not_encrypted"),
        ("owntracks:patrol/3", "sesame", "not_encrypted"),
        ("owntracks:patrol/4", None, "wrong_secret"),
        ("owntracks:patrol/4", "sesame", "wrong_secret"),
    ],
)
def test_wrong_secret_is_denied_and_never_set_aside_as_good(
    unknown: str, identity: str, token: str | None, reason: str
) -> None:
    with pytest.raises(DeniedError) as error:
        gate(unknown).check(asset(identity), token)
    assert error.value.reason == reason
    assert "t0ps3cret" not in str(error.value)
    assert ("Gulbahar 2" in str(error.value)) == (identity == "osmand:car-2")


def test_key_has_32_bytes_however_long_the_secret_is() -> None:
    assert gate().key(asset("owntracks:patrol/3")) == b"sesame" + bytes(26)
    assert gate().key(asset("owntracks:patrol/9")) is None
    long = GateSettings.model_validate({"devices": {"owntracks:a/b": {"key": "x" * 40}}})
    assert Gate(long).key(asset("owntracks:a/b")) == b"x" * 32


@pytest.mark.parametrize(
    ("devices", "told"),
    [
        ({"car-7": {}}, "'car-7' is not PROTOCOL:DEVICE"),
        ({"mavlink:default/7": {}}, "'mavlink:default/7' is not PROTOCOL:DEVICE"),
        ({"osmand:": {}}, "is not PROTOCOL:DEVICE"),
        ({"teltonika:356307042441013": {"token": "x"}}, "teltonika can carry no token"),
        ({"gt06:123456789012345": {"key": "x"}}, "gt06 does not encrypt"),
        ({"osmand:car": {"token": ""}}, "at least 1"),
        ({"osmand:car": {"pin": "x"}}, "Extra inputs"),
    ],
)
def test_devices_that_cannot_be_listed(devices: object, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        GateSettings.model_validate({"devices": devices})


def test_secrets_are_masked_where_devices_are_shown() -> None:
    shown = str(GateSettings.model_validate({"devices": LISTED}).devices)
    assert "Gulbahar 2" in shown
    assert "t0ps3cret" not in shown
    assert "sesame" not in shown
