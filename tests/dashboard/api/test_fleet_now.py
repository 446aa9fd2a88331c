"""Which drones of the fleet are free, as who plans is told."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from dashboard.api.planning import fleet_now
from dashboard.situation import Situation
from tests.dashboard.pictures import drones, rows

AIRBORNE, ON_GROUND = 2, 1  # MAV_LANDED_STATE


def test_those_that_are_free_come_first_and_each_says_why_it_is_not() -> None:
    weak, aloft, silent, broken, full = drones(5)
    shown = rows([weak, aloft, silent, broken, full])
    shown["landed_state"] = [ON_GROUND, AIRBORNE, ON_GROUND, ON_GROUND, ON_GROUND]
    shown["battery_percent"] = [40, 99, 99, 99, 95]
    now = shown["position_time"][0].astype("M8[us]").item()
    shown["position_time"][2] -= np.timedelta64(60, "s")
    situation = Situation()
    situation.take(shown)
    situation.out_of_service = frozenset({broken.key})
    told = fleet_now(situation, situation.picture.rows, now + timedelta(seconds=1))
    assert [(one.key, one.state) for one in told] == [
        (str(full.key), "ready"),
        (str(weak.key), "ready"),
        (str(aloft.key), "airborne"),
        (str(silent.key), "unheard"),
        (str(broken.key), "out_of_service"),
    ]
