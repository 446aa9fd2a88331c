"""A vehicle with its lists, and a ground station that exchanges them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.autopilot.items import Item, Store
from sitl.autopilot.transfer import Transfers
from tests.sitl.ground import StandingVehicle, fields, say_to
from tests.sitl.plans import FENCE, MISSION, RALLY, count_of, item_of, list_request, request

INVALID_SEQUENCE = mavlink.MAV_MISSION_INVALID_SEQUENCE


@dataclass
class Case:
    """A vehicle with its three lists and their transfers."""

    vehicle: StandingVehicle = field(default_factory=StandingVehicle)
    mission: Store = field(default_factory=lambda: Store(MISSION))
    fence: Store = field(default_factory=lambda: Store(FENCE))
    rally: Store = field(default_factory=lambda: Store(RALLY))

    def __post_init__(self) -> None:
        self.transfers = Transfers(self.vehicle, self.mission, self.fence, self.rally)


def asked(answers: list[Any]) -> int:
    """The number of the item that the vehicle asks for in its only answer."""
    [answer] = answers
    assert answer.get_type() == "MISSION_REQUEST"
    return int(answer.seq)


def result(answers: list[Any]) -> int:
    """The MAV_MISSION_RESULT in the vehicle's only answer."""
    [answer] = answers
    assert answer.get_type() == "MISSION_ACK"
    return int(answer.type)


def upload(case: Case, items: list[Item], kind: int = MISSION) -> int:
    """Send `items` as a patient ground station does; the result that it gets."""
    answers = say_to(case.transfers, count_of(len(items), kind))
    for number, item in enumerate(items):
        if answers[0].get_type() == "MISSION_ACK":
            break
        assert asked(answers) == number
        answers = say_to(case.transfers, item_of(number, item, kind))
    return result(answers)


def read(case: Case, number: int, kind: int = MISSION) -> dict[str, Any]:
    """Item `number` as it is read back."""
    [answer] = say_to(case.transfers, request(number, kind))
    assert answer.get_type() == "MISSION_ITEM_INT"
    return fields(answer)


def count(case: Case, kind: int = MISSION) -> int:
    """How many items the vehicle says that it holds."""
    [answer] = say_to(case.transfers, list_request(kind))
    return int(answer.count)
