"""From the settings to a network."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

from telemetry.airspace.heard import Take
from telemetry.mavlink.links.base import Link
from telemetry.mavlink.links.opening import new_link
from telemetry.mavlink.network import Network
from telemetry.mavlink.settings import MavlinkSettings, SigningSettings, key_bytes
from telemetry.mavlink.signing import Keys, Signing, Unsigned
from telemetry.sink import Sink


def new_network(
    name: str,
    settings: MavlinkSettings,
    sink: Sink,
    data_dir: Path,
    clock: Callable[[], float],
    *,
    links: Sequence[Link] | None = None,
    chance: Callable[[], float] = random.random,
    airspace: Take | None = None,
) -> Network:
    """The network of that name in the settings, not opened yet.

    `links` are taken instead of those that the settings name. In `data_dir` it keeps its
    recordings, and the timestamps of signing; raises TimestampsError if these cannot be used.
    What is told of the airspace goes to `airspace`.
    """
    network = settings.networks[name]
    if links is None:
        links = [new_link(url, shared=network.shared, chance=chance) for url in network.links]
    signing = None
    if network.signing is not None:
        signing = _signing(network.signing, data_dir / "signing" / f"{name}.json", clock)
    folder = data_dir / "tlog" / name
    section = settings.of_network(name)
    return Network(name, links, section, sink, folder, clock, signing, airspace)


def _signing(settings: SigningSettings, path: Path, clock: Callable[[], float]) -> Signing:
    keys = Keys(
        None if settings.key is None else key_bytes(settings.key),
        {system: key_bytes(key) for system, key in settings.systems.items()},
    )
    unsigned = Unsigned(frozenset(settings.unsigned_messages), frozenset(settings.unsigned_systems))
    return Signing(keys, path, clock, link=settings.link_id, unsigned=unsigned)
