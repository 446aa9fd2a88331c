"""What a drone and a camera are to the planner. The library of common ones is `library/`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Camera(BaseModel):
    """A camera, or one lens of it. Lengths in millimetres, images in pixels."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    name: str = Field(min_length=1, max_length=60)
    sensor_width: float = Field(gt=0, le=100)
    sensor_height: float = Field(gt=0, le=100)
    focal_length: float = Field(gt=0, le=2000)
    image_width: int = Field(gt=0)
    image_height: int = Field(gt=0)
    interval_least: float = Field(1.0, ge=0, description="Seconds between two pictures at least.")
    gimbal_pitch_least: float = Field(-90, ge=-90, le=0, description="Degrees; -90 looks down.")
    gimbal_pitch_most: float = Field(30, ge=-90, le=90)


class DroneKind(BaseModel):
    """What all drones of one model have in common. Powers in watts, energies in watt-hours."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    name: str = Field(min_length=1, max_length=60)
    wing: Literal["rotary", "fixed"] = "rotary"
    mass: float = Field(gt=0, le=150, description="Kilograms at take-off, battery included.")
    battery: float = Field(gt=0, description="Watt-hours, new, at 25 °C.")
    reserve: float = Field(0.2, ge=0, lt=1, description="Share of the battery that stays unused.")
    hover_power: float = Field(ge=0, description="Watts; 0 for a fixed wing, which cannot.")
    cruise_power: float = Field(gt=0, description="Watts at the cruise speed.")
    cruise_speed: float = Field(gt=0, le=100, description="Airspeed of least energy per metre.")
    speed_most: float = Field(gt=0, le=120, description="Airspeed.")
    speed_least: float = Field(0.0, ge=0, description="Airspeed; a fixed wing stalls below it.")
    climb_speed: float = Field(gt=0, le=50)
    descent_speed: float = Field(gt=0, le=50)
    climb_efficiency: float = Field(0.5, gt=0, le=1, description="Lift work ÷ electric energy.")
    acceleration: float = Field(gt=0, le=50, description="Along the way.")
    lateral_acceleration: float = Field(gt=0, le=50, description="In turns.")
    wind_most: float = Field(gt=0, le=60, description="Wind it may be flown in.")
    temperature_least: float = Field(-10, description="Degrees Celsius.")
    temperature_most: float = Field(40)
    ceiling: float = Field(6000, description="Metres above mean sea level.")
    turnround: float = Field(300, ge=0, description="Seconds on the ground between two flights.")
    radio_range: float = Field(5000, gt=0, description="Metres to its ground station.")
    cameras: tuple[Camera, ...] = ()
    source: str = Field("", description="Where the figures come from.")
