"""Who can get to a pilot: the patrol cars nearest to where he stands, and how old that is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fleet.airspace import motion
from fleet.assets import Kind, default_name
from fleet.columns import Rows
from fleet.freshness import Freshness, ages, freshness


class NearCar(NamedTuple):
    """A patrol car near an operator."""

    asset: int
    name: str
    distance: float
    """Metres as the crow flies."""
    bearing: float
    """From the car to the operator."""
    age: float
    """Seconds since the car was there."""
    freshness: Freshness


def nearest_cars(
    picture: Rows, latitude: float, longitude: float, now: np.datetime64, most: int = 5
) -> list[NearCar]:
    """The `most` cars of PICTURE rows nearest to a place, the nearest first.

    Lost ones come after all others: nobody should be sent who is not there any more. Cars that never
    told where they are do not appear.
    """
    cars = picture[(picture["kind"] == Kind.CAR) & np.isfinite(picture["latitude"])]
    east, north = motion.offsets(cars["latitude"], cars["longitude"], latitude, longitude)
    distance, age, fresh = np.hypot(east, north), ages(cars, now), freshness(cars, now)
    order = np.lexsort((distance, fresh == Freshness.LOST))[:most]
    return [
        NearCar(
            int(cars["asset"][row]),
            default_name(cars["identity"][row].decode()),
            float(distance[row]),
            float(np.degrees(np.arctan2(east[row], north[row])) % 360),
            float(age[row]),
            Freshness(int(fresh[row])),
        )
        for row in order.tolist()
    ]
