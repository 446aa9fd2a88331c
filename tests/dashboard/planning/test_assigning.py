"""Which assets a schedule may use."""

from __future__ import annotations

from dashboard.planning.assigning import states
from dashboard.situation import Situation
from tests.dashboard.pictures import cars, drones, rows


def test_only_drones_that_are_in_service_can_fly() -> None:
    situation = Situation()
    (one, other), (car,) = drones(2), cars(1)
    situation.take(rows([one, other, car]))
    situation.out_of_service = frozenset({other.key})
    known = states(situation)
    assert known[str(one.key)].fault == ""
    assert known[str(other.key)].fault == "drone 2 is out of service"
    assert known[str(car.key)].fault.endswith("is no drone but of the kind car")
