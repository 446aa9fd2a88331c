"""What is true of the vehicles of a simulated world: what a picture of it is held against."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

from fleet.assets import mavlink_asset
from fleet.peshawar import to_degrees
from sitl.cars.beats import asset_of
from sitl.flight import battery
from sitl.settings import NETWORK_SIZE
from sitl.world import World


@dataclass(frozen=True, slots=True)
class Truth:
    """One vehicle as it is; what it has not is None, NaN where it is a number."""

    identity: str  # as the collector names it
    latitude: float
    longitude: float
    height: float  # above home
    mode: str | None
    armed: bool | None
    battery_percent: float  # as the vehicle itself counts it
    linked: bool  # whether its link, or its radio, carries anything


def truth(world: World, networks: tuple[str, ...] = ("default",)) -> list[Truth]:
    """The truth of all drones, then of all cars and officers, by number.

    `networks` are the names of the drones' MAVLink networks, NETWORK_SIZE drones each. Raises
    IndexError if they are too few.
    """
    return [*_drones(world, networks), *_cars(world)]


def _drones(world: World, networks: tuple[str, ...]) -> list[Truth]:
    squadron = world.squadron
    position = squadron.airframes.position
    used = (1 - squadron.batteries.charge) * battery.CAPACITY * 1000
    latitude, longitude = to_degrees(position[:, 0], position[:, 1])
    truths = []
    for number, (vehicle, drone) in enumerate(
        zip(squadron.autopilots, squadron.drones, strict=True)
    ):
        asset = mavlink_asset(networks[number // NETWORK_SIZE], drone.system)
        truths.append(
            Truth(
                asset.identity,
                float(latitude[number]),
                float(longitude[number]),
                float(position[number, 2]),
                vehicle.kind.modes[vehicle.mode],
                vehicle.armed,
                float(vehicle.percent_left(float(used[number]))),
                vehicle.powered and not world.link_faults.is_cut(number),
            )
        )
    return truths


def _cars(world: World) -> list[Truth]:
    pool = world.motor_pool
    latitude, longitude = pool.traffic.coordinates
    return [
        Truth(
            asset_of(spec.protocol, spec.device).identity,
            float(latitude[number]),
            float(longitude[number]),
            nan,
            None,
            None,
            nan,
            bool(pool.radio[number]),
        )
        for number, spec in enumerate(pool.beats)
    ]
