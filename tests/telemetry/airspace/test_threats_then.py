"""How contacts of the past threatened: told or reckoned."""

from __future__ import annotations

import numpy as np

from fleet.airspace.told_threats import TOLD_EACH
from fleet.moments import as_datetime
from telemetry.airspace.sky import Sky
from telemetry.airspace.threats_then import threats_then
from tests.fleet.airspace.making import at
from tests.telemetry.airspace.test_sky import comes, run


def test_a_threat_that_was_told_long_before_is_not_that_of_later() -> None:
    sights = run(Sky(), range(30), comes)
    states = np.concatenate([sight.kept for sight in sights])
    told = np.concatenate([sight.told for sight in sights])
    late = states[-1:].copy()
    late["time"] += 3 * TOLD_EACH
    late["heard_time"] = late["time"]
    rows = np.concatenate([states, late])
    found = threats_then(rows, told, [], 500.0, as_datetime(at(0)), as_datetime(at(600)))
    assert found.reckoned.tolist() == [False] * len(states) + [True]
