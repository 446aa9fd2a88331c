"""What has to hold for the collector to be alive, and to be of use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from telemetry.collector import Collector

STALLED = 5.0
"""Seconds without a turn of the collector's own work after which it is taken for stuck."""

FULL = 0.98
"""How full the spool may be while devices are still told that what they sent is kept."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that holds or not, and why not."""

    name: str
    ok: bool
    why: str = ""


def alive(collector: Collector, now: float) -> list[Check]:
    """Whether the collector turns: if not, whoever keeps it running should start it again.

    `now` is seconds of the event loop's clock. A database that is away is no reason: nothing would
    be won by a restart.
    """
    silent = now - collector.turned
    return [Check("turning", silent < STALLED, f"no turn of its work for {silent:.0f} s")]


def ready(collector: Collector) -> list[Check]:
    """Whether what is sent now is taken in, kept and shown."""
    store, spool = collector.writer.statistics, collector.keeper.spool
    keeps = store.connected or spool.fill < FULL
    checks = [
        Check(
            "keeping",
            keeps,
            f"the database is away ({store.last_error or 'not connected yet'}) and the spool is "
            f"{100 * spool.fill:.0f} % full",
        ),
        Check("bus", collector.bus_connected, "the bus is away: the page shows nothing new"),
    ]
    for network in collector.networks:
        name = f"mavlink.{network.name}"
        checks.append(Check(name, network.is_open, "none of its links is open"))
    for name, tracker in collector.trackers.items():
        checks.append(Check(name, tracker.listening, "it takes no reports now"))
    return checks


Checks = Callable[[], list[Check]]
