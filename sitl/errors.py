"""What can be wrong with a simulation as a whole."""


class SimulationError(Exception):
    """The simulation cannot run as it was set up; the message says what to change."""


class UnknownVehicleError(KeyError):
    """No vehicle of this simulation has that identity."""

    def __str__(self) -> str:
        """The message itself; KeyError would quote it."""
        return str(self.args[0])
