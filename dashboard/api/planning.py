"""What can be planned, and with which drones."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from starlette.requests import Request

from dashboard.api.assets import AssetNow, assets_now
from dashboard.api.etags import tagged
from dashboard.api.problems import ProblemError
from dashboard.api.services import Services
from dashboard.planning.forms import FORMS
from dashboard.situation import Situation
from fleet.assets import Kind
from fleet.columns import Rows
from fleet.freshness import Freshness, freshness
from fleet.moments import as_numpy
from missions import library
from missions.camera import footprint, gsd
from missions.check import RULES
from missions.drones import DroneKind
from missions.errors import PlanningError

_HEIGHT = 60.0

DroneStateName = Literal["ready", "airborne", "unheard", "out_of_service"]


class PlanKind(BaseModel):
    """A kind of mission that can be asked for."""

    kind: str
    words: str = Field(description="What it is for.")
    form: dict[str, Any] = Field(
        description="JSON Schema of what POST /plan-jobs takes: defaults, limits, help."
    )


class PlanKinds(BaseModel):
    """All kinds, and what the checker's rules ask."""

    kinds: list[PlanKind]
    rules: dict[str, str]
    terrain: bool = Field(description="Whether the server has a height grid.")


class CameraTold(BaseModel):
    """A camera of a drone."""

    name: str
    width_at_60: float = Field(description="Metres across that are seen from 60 m straight down.")
    gsd_at_60: float = Field(description="Metres of a pixel, from there.")


class DroneKindTold(BaseModel):
    """A kind of drone of the library."""

    name: str
    wing: str
    mass: float
    battery: float = Field(description="Watt-hours.")
    reserve: float = Field(description="Share of the battery that stays unused.")
    cruise_speed: float
    speed_most: float
    wind_most: float
    temperature_least: float
    temperature_most: float
    radio_range: float
    turnround: float = Field(description="Seconds on the ground between two flights.")
    minutes: float = Field(description="In the air at its cruise speed, above the reserve.")
    cameras: list[CameraTold]
    source: str = Field(description="Where the figures come from.")


class FleetDrone(AssetNow):
    """A drone of the fleet, and whether it is free."""

    state: DroneStateName = Field(
        description="`ready`: on the ground, as far as is known. `unheard`: nothing is heard of it."
    )


class Drones(BaseModel):
    """What can be planned with."""

    kinds: list[DroneKindTold]
    fleet: list[FleetDrone] = Field(
        description="The fleet's drones as they are now, those that are free and have most battery "
        "first."
    )
    battery_charge: float = Field(
        description="Seconds in which an empty battery is charged, as the settings say."
    )


def router(services: Services) -> APIRouter:
    """`/plan-kinds`, `/drones`."""
    routes = APIRouter(tags=["plans"])
    jobs, situation = services.jobs, services.situation

    @routes.get("/plan-kinds", response_model=PlanKinds)
    async def plan_kinds(request: Request) -> Response:
        """What can be planned, and what is asked for it. Who asks is about to plan."""
        jobs.planners.warm()
        told = PlanKinds(
            kinds=[
                PlanKind(kind=kind, words=form.__doc__ or "", form=form.model_json_schema())
                for kind, form in FORMS.items()
            ],
            rules=dict(RULES),
            terrain=services.terrain is not None,
        )
        return tagged(request, told.model_dump_json().encode())

    @routes.get("/drones", response_model=Drones)
    async def drones(request: Request) -> Response:
        """The kinds of drones that are known, and the fleet's drones where they are now."""
        try:
            kinds = library.kinds(services.settings.drone_library)
        except PlanningError as error:
            raise ProblemError(503, str(error), kind="drone-library") from None
        rows = situation.picture.rows
        told = Drones(
            kinds=[_kind(kind) for kind in kinds.values()],
            fleet=fleet_now(situation, rows[rows["kind"] == Kind.DRONE], services.now()),
            battery_charge=services.settings.battery_charge,
        )
        return tagged(request, told.model_dump_json().encode())

    return routes


_ORDER = ("ready", "airborne", "unheard", "out_of_service")


def fleet_now(situation: Situation, rows: Rows, now: datetime) -> list[FleetDrone]:
    """The drones of PICTURE rows, those first that are free and have most in their batteries."""
    lost = freshness(rows, as_numpy(now)) == Freshness.LOST
    told = [
        FleetDrone(**one.model_dump(), state=_state(situation, one, unheard=unheard))
        for one, unheard in zip(assets_now(situation, rows), lost.tolist(), strict=True)
    ]
    return sorted(
        told, key=lambda one: (_ORDER.index(one.state), -(one.battery_percent or 0), one.name)
    )


def _state(situation: Situation, one: AssetNow, *, unheard: bool) -> DroneStateName:
    if int(one.key) in situation.out_of_service:
        return "out_of_service"
    if unheard:
        return "unheard"
    return "airborne" if one.airborne else "ready"


def _kind(kind: DroneKind) -> DroneKindTold:
    usable = kind.battery * (1 - kind.reserve)
    told = kind.model_dump(include=set(DroneKindTold.model_fields) - {"cameras", "minutes"})
    return DroneKindTold(
        **told,
        minutes=round(60 * usable / kind.cruise_power, 1),
        cameras=[
            CameraTold(
                name=camera.name,
                width_at_60=round(footprint(camera, _HEIGHT).width, 1),
                gsd_at_60=round(gsd(camera, _HEIGHT), 4),
            )
            for camera in kind.cameras
        ],
    )
