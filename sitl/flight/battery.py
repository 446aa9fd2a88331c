"""What flying costs: the power of a small quadcopter and the battery that gives it.

Power is that of a rotary wing after Zeng, Xu and Zhang, "Energy minimization for wireless
communication with rotary-wing UAV", IEEE Trans. Wireless Commun. 18(4), 2019, eq. 12: blade
profile, induced and parasitic power. The battery is a voltage that falls with the charge, behind
an inner resistance: it sags under load.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Columns = NDArray[np.float64]

MASS = 4.0  # kg
CAPACITY = 8.0  # Ah
CELLS = 6
RESISTANCE = 0.03  # ohm

_WEIGHT = MASS * 9.80665
_AIR_DENSITY = 1.15  # kg/m³, Peshawar in the warm half of the year
_DISC_AREA = 0.45  # m²
_INDUCED_HOVER = np.sqrt(_WEIGHT**3 / (2 * _AIR_DENSITY * _DISC_AREA))  # W
_INDUCED_SPEED = np.sqrt(_WEIGHT / (2 * _AIR_DENSITY * _DISC_AREA))  # m/s
_PROFILE_HOVER = 120.0  # W
_TIP_SPEED = 110.0  # m/s
_DRAG_AREA = 0.02  # m²
_AVIONICS = 15.0  # W, motors off as well
_CLIMB_EFFICIENCY = 0.7

_CHARGE = [0.0, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0]
_CELL_VOLTAGE = [3.0, 3.3, 3.45, 3.57, 3.68, 3.82, 3.98, 4.18]  # of a lithium-ion cell at rest


def power(airspeed: Columns, climb: Columns, flying: NDArray[np.bool_]) -> Columns:
    """Electric power in W of drones at `airspeed` and `climb` (m/s, up positive), each (N,)."""
    ratio = airspeed**2 / (2 * _INDUCED_SPEED**2)
    induced = _INDUCED_HOVER * np.sqrt(np.sqrt(1 + ratio**2) - ratio)
    profile = _PROFILE_HOVER * (1 + 3 * airspeed**2 / _TIP_SPEED**2)
    parasitic = 0.5 * _AIR_DENSITY * _DRAG_AREA * airspeed**3
    lifting = _WEIGHT * np.maximum(climb, 0.0) / _CLIMB_EFFICIENCY
    spent: Columns = np.where(flying, induced + profile + parasitic + lifting, 0.0) + _AVIONICS
    return spent


class Batteries:
    """The batteries of N drones. `charge` is the part (0–1) that each has left."""

    def __init__(self, charge: Columns) -> None:
        self.charge = charge.copy()
        self.current = np.zeros_like(charge)  # A
        self.voltage = np.zeros_like(charge)  # V
        self.energy = np.zeros_like(charge)  # J taken out since it was put in
        self.step(np.full_like(charge, _AVIONICS), 0.0)

    def step(self, watts: Columns, dt: float) -> None:
        """Give `watts` (N,) for `dt` seconds. An empty battery gives its last voltage."""
        rest = CELLS * np.interp(self.charge, _CHARGE, _CELL_VOLTAGE)
        # P = (V − I·R)·I, solved for the smaller current
        root = np.sqrt(np.maximum(rest**2 - 4 * RESISTANCE * watts, 0.0))
        self.current = (rest - root) / (2 * RESISTANCE)
        self.voltage = rest - self.current * RESISTANCE
        self.charge = np.maximum(self.charge - self.current * dt / 3600 / CAPACITY, 0.0)
        self.energy += watts * dt

    def swap(self, number: int) -> None:
        """Put a full battery into drone `number`."""
        self.charge[number] = 1.0
        self.energy[number] = 0.0

    def drain(self, number: int, charge: float) -> None:
        """Leave drone `number` no more than the part `charge` (0–1) of a full battery."""
        self.charge[number] = min(float(self.charge[number]), charge)
