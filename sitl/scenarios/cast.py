"""Who plays in a scenario: the number of each drone and each car, by the names that mean it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sitl.cars.beats import CarSpec
from sitl.scenarios.model import Scenario, Who
from sitl.scenarios.references import ALL_CARS, car_names, drone_names


@dataclass(frozen=True)
class Cast:
    """The numbers of drones and of cars that each name means."""

    drones: dict[str, list[int]]
    cars: dict[str, list[int]]
    drones_called: list[str]
    """The name of each drone, by number."""
    cars_called: list[str]
    """The call sign of each car and officer, by number."""

    def drones_of(self, who: Who) -> list[int]:
        """The drones among `who`."""
        return _all(self.drones, who)

    def cars_of(self, who: Who) -> list[int]:
        """The cars and officers among `who`."""
        return _all(self.cars, who)


def cast_of(scenario: Scenario, drones: int, cars: Iterable[CarSpec]) -> Cast:
    """The cast of `scenario` when so many of its drones fly and these cars drive.

    Fewer than it has, where the command line says so: then the first ones.
    """
    numbers: dict[str, int] = {}
    for group in drone_names(scenario).values():
        for name in group:
            numbers.setdefault(name, len(numbers))
    call_signs = {spec.call_sign: number for number, spec in enumerate(cars)}
    meant = _numbered(car_names(scenario), call_signs)
    meant[ALL_CARS] = list(call_signs.values())
    some = {name: number for name, number in numbers.items() if number < drones}
    return Cast(_numbered(drone_names(scenario), some), meant, list(some), list(call_signs))


def _numbered(names: dict[str, list[str]], numbers: dict[str, int]) -> dict[str, list[int]]:
    return {
        name: [numbers[member] for member in group if member in numbers]
        for name, group in names.items()
    }


def _all(numbers: dict[str, list[int]], who: Who) -> list[int]:
    asked = [who] if isinstance(who, str) else who
    return list(dict.fromkeys(number for name in asked for number in numbers.get(name, ())))
