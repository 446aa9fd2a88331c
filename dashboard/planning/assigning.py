"""The drones of a request, by name and place: those of the fleet where they are now."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dashboard.planning.forms import CommonForm, DroneForm, HomeForm, NamedDrone
from dashboard.situation import Situation
from fleet.assets import Kind
from fleet.wording import sentence
from missions.schedule.conflicts import DroneState


class AssignmentError(Exception):
    """A drone cannot be had; `place` says which of the request's, the message why."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(message)
        self.place = place


def named(form: CommonForm, situation: Situation) -> list[NamedDrone]:
    """The drones of a request. Raises AssignmentError."""
    found: list[NamedDrone] = []
    counted: dict[str, int] = {}
    taken: set[str] = set()
    for number, one in enumerate(form.drones):
        place = f"body.drones.{number}"
        if one.asset is None:
            assert one.home is not None  # the form asks for it
            for _ in range(one.count):
                counted[one.kind] = counted.get(one.kind, 0) + 1
                name = f"{one.kind} {counted[one.kind]}"
                found.append(NamedDrone(name=name, kind=one.kind, home=one.home))
            continue
        if one.asset in taken:
            raise AssignmentError(place, f"asset {one.asset} is named twice; name another")
        taken.add(one.asset)
        found.append(_of_fleet(one, place, situation, present=form.battery == "present"))
    names = [one.name for one in found]
    return [
        one.model_copy(update={"name": f"{one.name} ({one.asset})"})
        if names.count(one.name) > 1 and one.asset is not None
        else one
        for one in found
    ]


def _of_fleet(one: DroneForm, place: str, situation: Situation, *, present: bool) -> NamedDrone:
    state = states(situation).get(one.asset or "")
    if state is None:
        raise AssignmentError(f"{place}.asset", f"the fleet has no asset {one.asset}")
    if state.fault:
        raise AssignmentError(f"{place}.asset", state.fault)
    row = situation.picture.row(int(one.asset or 0))
    home = one.home
    if home is None:
        latitude, longitude = float(row["latitude"]), float(row["longitude"])
        if not (np.isfinite(latitude) and np.isfinite(longitude)):
            raise AssignmentError(
                f"{place}.home", f"where {state.name} is is not known; give its home"
            )
        home = HomeForm(latitude=latitude, longitude=longitude, altitude=None)
    battery = None
    if present:
        battery = float(row["battery_percent"]) / 100
        if not 0 < battery <= 1:
            raise AssignmentError(
                f"{place}.asset",
                f"what {state.name} has in its battery is not known; plan with full",
            )
    return NamedDrone(name=state.name, kind=one.kind, home=home, asset=one.asset, battery=battery)


def states(situation: Situation) -> dict[str, DroneState]:
    """All assets by key, as a schedule sees them: what is no drone, or out of service, has a fault."""
    return dict(_states(situation))


def _states(situation: Situation) -> Iterator[tuple[str, DroneState]]:
    for row in situation.picture.rows:
        key, kind = int(row["asset"]), Kind(int(row["kind"]))
        name = situation.name(key, bytes(row["identity"]).decode(errors="replace"))
        fault = ""
        if kind is not Kind.DRONE:
            fault = sentence(
                "schedule.kind",
                "{drone} is no drone but of the kind {kind}",
                drone=name,
                kind=kind.name.lower(),
            )
        elif key in situation.out_of_service:
            fault = sentence("schedule.service", "{drone} is out of service", drone=name)
        yield str(key), DroneState(name, fault)
