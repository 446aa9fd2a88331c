"""Who may not record: whoever is in a privacy fence, or may be."""

from __future__ import annotations

import numpy as np

from fleet.geofences.geofence import Geofence
from fleet.moments import as_datetime
from fleet.zones import Circle
from tests.fleet.rules.pictures import drones, when
from tests.telemetry.watching.guarding import Guarded, northward

HOME = Geofence("School", "privacy", Circle(34.001, 71.5, 60.0))


def test_a_drone_may_not_record_while_it_is_over_a_privacy_fence() -> None:
    flight = Guarded([HOME])
    told = [flight.fly(seconds, northward(10.0)).guard.unrecorded for seconds in (2, 9, 15)]
    assert told == [(), ("mavlink:north/1",), ()]
    assert flight.events == []  # it is no alert


def test_who_is_nowhere_and_who_fell_silent_within_may_not_either() -> None:
    flight = Guarded([HOME], rows=drones(3)).fly(1, lambda _: (34.0, 71.5))
    rows, later = flight.rows, when(1) + np.timedelta64(1, "h")
    rows["latitude"] = [34.0, 34.001, np.nan]
    flight.guard.look(rows, as_datetime(later))
    assert flight.guard.unrecorded == ("mavlink:north/2", "mavlink:north/3")


def test_out_of_its_hours_and_without_a_privacy_fence_all_may() -> None:
    over = Geofence(
        "School", "privacy", Circle(34.001, 71.5, 60.0), valid_until=as_datetime(when(0))
    )
    jail = Geofence("Jail", "keep-out", Circle(34.001, 71.5, 60.0))
    for fence in (over, jail):
        flight = Guarded([fence]).fly(11, northward(10.0))
        assert len(flight.guard.unrecorded) == 0
