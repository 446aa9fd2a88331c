"""How long a vehicle has run and flown in its life, which its parameters tell.

As an ArduPilot does, it writes them down twice a minute and when the motors stop, so what it ran
after that is lost when it is switched off.
"""

from __future__ import annotations

from math import inf

from sitl.autopilot.parameters import Parameters

INTERVAL = 30.0
"""Seconds between two entries."""


class Hours:
    """STAT_FLTTIME and STAT_RUNTIME of `parameters`, from one power-on on."""

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters
        self._ran, self._flew = parameters["STAT_RUNTIME"], parameters["STAT_FLTTIME"]
        self._looked = 0.0
        self._due = inf

    def begin(self, now: float, flown: float = 0.0) -> None:
        """Be switched on, or have flown for `flown` seconds since."""
        self._ran += flown
        self._flew += flown
        self._looked = now
        self._due = now + INTERVAL

    def look(self, now: float, *, flying: bool) -> None:
        """Count the time since the last look, in which it was `flying` or not."""
        passed = now - self._looked
        self._looked = now
        self._ran += passed
        if flying:
            self._flew += passed
        if now >= self._due:
            self._due = now + INTERVAL
            self.keep()

    def keep(self) -> None:
        """Write down what was counted."""
        self._parameters.keep("STAT_FLTTIME", int(self._flew))
        self._parameters.keep("STAT_RUNTIME", int(self._ran))
