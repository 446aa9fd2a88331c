"""The settings of the simulated fleet. Composed into one tree by `nigehban.settings`."""

from __future__ import annotations

from pydantic import Field

from telemetry.settings import Section

NETWORK_SIZE = 250
"""Drones of one MAVLink network: system ids 1 to 250; those above are for ground stations."""


class SimulationSettings(Section):
    """The fleet that `nigehban demo` and `nigehban sim` fly."""

    drones: int = Field(
        24, ge=0, le=5000, description=f"Simulated drones, {NETWORK_SIZE} to a network."
    )
    cars: int = Field(60, ge=0, le=10_000, description="Simulated patrol cars.")
    seed: int = Field(1, ge=0, description="Two runs with the same seed are the same.")
    airborne: float = Field(
        0.7, ge=0, le=1, description="Part of the drones that are in flight at the start."
    )
    boot_scale: float = Field(
        0.1, gt=0, le=1, description="How long a drone boots; 1 is the 42 s of a real ArduCopter."
    )
