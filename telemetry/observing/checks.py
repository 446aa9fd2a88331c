"""What has to hold for the collector to be alive, and to be of use."""

from __future__ import annotations

from dataclasses import dataclass

from telemetry.collector import Collector
from telemetry.mavlink.network import Network
from telemetry.watching.statistics import WatchStatistics

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
    """Whether what is sent now is taken in, kept and shown.

    While the database is away what comes is kept in the spool, and nothing is lost; but history is
    not to be had, and who can choose should send to a collector that has its database.
    """
    store, spool = collector.writer.statistics, collector.keeper.spool
    away = f"the database is away ({store.last_error or 'not connected yet'})"
    full = f"the spool is {100 * spool.fill:.0f} % full"
    checks = [
        Check("database", store.connected, f"{away}: what comes is kept in the spool"),
        Check("keeping", store.connected or spool.fill < FULL, f"{away} and {full}"),
        Check("bus", collector.bus_connected, "the bus is away: the page shows nothing new"),
    ]
    checks.append(_watch(collector.watcher.statistics))
    checks += map(_network, collector.networks)
    for name, tracker in collector.trackers.items():
        checks.append(Check(name, tracker.listening, "it takes no reports now"))
    return checks


def _watch(watch: WatchStatistics) -> Check:
    """Whether alerts are raised, by this collector or by another one."""
    why = f"no alerts are raised yet ({watch.last_error or 'it begins'}): what comes waits"
    return Check("watch", watch.state != "starting", why)


def _network(network: Network) -> Check:
    """Whether something can come in by one of its links at least."""
    links = [link.statistics for link in network.links]
    away = "; ".join(f"{link.url}: {link.last_error or 'not open yet'}" for link in links)
    opened = network.is_open and any(link.connected for link in links)
    return Check(f"mavlink.{network.name}", opened, f"none of its links is open: {away}")
