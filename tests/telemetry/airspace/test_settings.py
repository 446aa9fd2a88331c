"""The settings of the airspace: what is taken, and what is refused in one line."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.assets import Kind
from fleet.geofences.geofence import Geofence, Scope
from fleet.zones import Circle
from nigehban.settings import WrongSettingError, load
from telemetry.airspace.protecting import protects
from telemetry.airspace.settings import AirspaceSettings
from telemetry.settings import OwntracksSettings


def test_nothing_that_listens_is_on_by_itself() -> None:
    settings = AirspaceSettings()
    assert settings.enabled
    assert not settings.scout.enabled
    assert not settings.sapient.enabled
    assert (settings.sapient.host, settings.sbs) == ("127.0.0.1", {})


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("STEP_HZ", "9", "airspace.step_hz"),
        ("SBS", '{"roof": "127.0.0.1"}', "server roof: '127.0.0.1' is not of the form HOST:PORT"),
        ("SERIALS", '{"": "X"}', "airspace.serials"),
        ("SERIALS", '{"mavlink:default/1": ""}', "1 to 20 ASCII characters"),
        ("TRACKS__HITS", "9", "hits (9) are counted of looks (5): take fewer"),
        ("TRACKS__COAST_AFTER", "20", "a track coasts before it ends"),
        ("SAPIENT__PORT", "0", "airspace.sapient.port"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(variable: str, value: str, told: str) -> None:
    with pytest.raises(WrongSettingError) as refused:
        load(None, {f"NIGEHBAN_AIRSPACE__{variable}": value})
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_receivers_have_the_broker_of_owntracks_unless_they_have_their_own() -> None:
    broker = OwntracksSettings(broker="mqtt://127.0.0.1:1883", username="collector")
    scout = AirspaceSettings().with_broker(broker).scout
    assert (scout.broker, scout.username) == ("mqtt://127.0.0.1:1883", "collector")
    own = AirspaceSettings.model_validate({"scout": {"broker": "mqtt://127.0.0.1:1884"}})
    assert own.with_broker(broker) == own


@pytest.mark.parametrize(
    ("fence", "named", "expected"),
    [
        ({"kind": "keep-out"}, (), True),
        ({"kind": "keep-out", "scope": Scope(kinds=frozenset({Kind.UNKNOWN}))}, (), True),
        ({"kind": "keep-out", "scope": Scope(kinds=frozenset({Kind.CAR}))}, (), False),
        ({"kind": "keep-out", "scope": Scope(groups=frozenset({"heavy"}))}, (), False),
        ({"kind": "alert-only"}, (), False),
        ({"kind": "alert-only"}, ("Bazaar",), True),
        ({"kind": "keep-out"}, ("Stadium",), False),
        ({"kind": "keep-in"}, ("Bazaar",), False),
    ],
)
def test_which_geofences_protect(
    fence: dict[str, Any], named: tuple[str, ...], *, expected: bool
) -> None:
    bazaar = Geofence(name="Bazaar", shape=Circle(34.0, 71.5, 100), **fence)
    assert protects(bazaar, named) is expected
