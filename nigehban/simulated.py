"""Where simulated vehicles find the collector."""

from __future__ import annotations

from sitl.errors import SimulationError
from telemetry.mavlink.links.urls import read_url
from telemetry.mavlink.settings import MavlinkSettings


def udp_network(settings: MavlinkSettings) -> tuple[str, tuple[str, int]]:
    """The first network that listens on UDP, and where. Raises SimulationError."""
    for name, network in settings.networks.items():
        for address in map(read_url, network.links):
            if address.kind == "udpin":
                return name, (address.place, address.number)
    raise SimulationError("simulated drones need a network with a link udpin:HOST:PORT; add one")
