"""Where simulated vehicles find the collector, and what it has to know of them."""

from __future__ import annotations

from sitl.errors import SimulationError
from telemetry.mavlink.links.urls import read_url
from telemetry.mavlink.settings import MavlinkSettings

KINDS = {"osmand:post-*": "post", "*-foot-[0-9][0-9]": "officer"}
"""The setting `collector.kinds` for the names that simulated assets have."""


def udp_networks(settings: MavlinkSettings) -> dict[str, tuple[str, int]]:
    """The networks that listen on UDP, by name, and where. Raises SimulationError: none does."""
    found = {
        name: (address.place, address.number)
        for name, network in settings.networks.items()
        for address in map(read_url, reversed(network.links))
        if address.kind == "udpin"
    }
    if not found:
        raise SimulationError(
            "simulated drones need a network with a link udpin:HOST:PORT; add one"
        )
    return found
