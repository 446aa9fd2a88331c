"""What keeps a vehicle from being armed, and how it says so."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sitl.autopilot.items import Item
from tests.sitl.flown import Flown
from tests.sitl.test_autopilot_failsafes import drop_battery

ACCEPTED, TEMPORARILY_REJECTED, FAILED = 0, 1, 4


def lose_gps(flown: Flown) -> None:
    flown.squadron.faults.set(0, "gps_loss")


def turn_compass(flown: Flown) -> None:
    flown.squadron.faults.set(0, "compass", degrees=60.0)


def drain(flown: Flown) -> None:
    flown.squadron.batteries.charge[0] = 0.2


def weaken(flown: Flown) -> None:
    drop_battery(flown, 20.0)


def fence_elsewhere(flown: Flown) -> None:
    corners = [flown.item(5001, 500 + e, n) for e, n in ((1, 1), (50, 1), (1, 50))]
    flown.vehicle.fence.replace([Item(5001, 0, 3, x=item.x, y=item.y) for item in corners])
    flown.set("FENCE_ENABLE", 1)


def lose_ground(flown: Flown) -> None:
    flown.set("FS_GCS_ENABLE", 1)
    flown.vehicle.heard_ground(255, flown.now)


REASONS: list[tuple[Callable[[Flown], None], list[str]]] = [
    (lose_gps, ["GPS 1: Bad fix"]),
    (turn_compass, ["Compasses inconsistent"]),
    (drain, ["Battery 1 low capacity", "Battery failsafe"]),
    (weaken, ["Battery 1 below minimum arming voltage", "Battery failsafe"]),
    (fence_elsewhere, ["Vehicle breaching Polygon fence"]),
    (lose_ground, ["GCS failsafe on"]),
]


@pytest.mark.parametrize(("spoil", "reasons"), REASONS)
def test_each_reason_is_said_when_arming_is_refused(
    spoil: Callable[[Flown], None], reasons: list[str]
) -> None:
    flown = Flown()
    flown.set_mode("GUIDED")
    spoil(flown)
    flown.run(12.0)
    assert flown.vehicle.arm(flown.now) == FAILED
    flown.step()
    assert flown.texts[-len(reasons) :] == [f"Arm: {reason}" for reason in reasons]
    flown.set("ARMING_CHECK", 0)
    assert flown.vehicle.arm(flown.now) == ACCEPTED


def test_while_it_boots_it_waits_for_home_whatever_the_mode() -> None:
    flown = Flown(boot_scale=1.0)
    flown.run(12.0)
    assert flown.vehicle.arm(flown.now) == FAILED
    flown.step()
    assert flown.texts[-1] == "Arm: AHRS: waiting for home"


def test_what_is_wrong_is_complained_of_each_half_minute_and_when_asked() -> None:
    flown = Flown()
    turn_compass(flown)
    flown.run(65.0)
    complaints = [at for at, text in flown.said if text == "PreArm: Compasses inconsistent"]
    assert len(complaints) == 3
    assert abs(complaints[1] - complaints[0] - 30.0) < 0.3
    assert flown.vehicle.check_again() == ACCEPTED
    flown.step()
    assert flown.texts[-1] == "PreArm: Compasses inconsistent"
    flown.squadron.faults.clear(0, "compass")
    flown.run(1.0)
    assert flown.vehicle.healthy
    flown.set_mode("GUIDED")
    flown.vehicle.arm(flown.now)
    assert flown.vehicle.check_again() == TEMPORARILY_REJECTED


@pytest.mark.parametrize("scale", [0.1, 0.5])
def test_a_scaled_boot_takes_that_part_of_a_real_one(scale: float) -> None:
    flown = Flown(boot_scale=scale)
    ready = flown.until(lambda: flown.vehicle.ready)
    home = ready + flown.until(lambda: flown.vehicle.home is not None)
    position = home + flown.until(flown.knows_its_place)
    for took, real in ((ready, 2.4), (home, 20.0), (position, 42.0)):
        assert abs(took - real * scale) < 0.3
