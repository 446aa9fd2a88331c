"""The collector's figures for Prometheus, read when they are asked for.

Counters are since the start. Nothing is counted here: each part keeps its own statistics, and what
it calls them is what they are called here, so a figure in a graph is found in the code by its name.
"""

from __future__ import annotations

import math
import resource
from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any, get_args

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector as Source

from telemetry.collector import Collector
from telemetry.watching.statistics import State

_STORE = {
    "committed": "Rows in the database after COMMIT",
    "duplicates": "Of them rows that had been there before",
    "dropped": "Rows that nobody waited for and the queue had no room for",
    "refused": "Rows that the database did not take",
    "reconnects": "Connections to the database that were lost",
}
_STORE_NOW = {
    "waiting": "Rows that wait for the database",
    "waiting_peak": "The most that ever waited",
    "connected": "Whether the database is there",
    "commit_seconds": "Latest transaction, in seconds",
    "commit_seconds_peak": "Longest transaction, in seconds",
}
_SPOOL = {
    "spooled": "Rows written to the spool",
    "replayed": "Of them rows in the database since",
    "dropped": "Rows that the full spool had no room for",
    "damaged": "Stretches of the spool that could not be read",
    "torn": "Bytes that a crash had left half written",
}
_SPOOL_NOW = {
    "bytes": "Bytes of the spool on disk",
    "fill": "How full the spool is, 0 to 1",
    "waiting": "Records that are not replayed yet",
}
_HOUSEKEEPING = {
    "runs": "Times that house was kept",
    "stretches": "Stretches of 10 minutes of an asset that were rolled up",
    "rows": "Rows of roll-ups that were new or changed",
    "drones": "Times that a drone's statuses were taken into its flights",
}
_HOUSEKEEPING_NOW = {
    "seconds": "How long the latest run took",
    "elsewhere": "Whether another collector did the work then",
    "behind": "Stretches that are over and not rolled up yet",
    "waiting": "Whether there was more to do than one run could",
}
_AIRSPACE = {
    "said": "Messages of sensors of the airspace",
    "detections": "Objects that they told of, each time",
    "steps": "Times that tracks were made of them",
    "failures": "Times that this failed, and the sky began anew",
    "late": "Detections that came too late to move a track",
    "placeless": "Detections without a place, or of what does not fly",
    "repeated": "Positions that were told again",
    "crowded_out": "Detections that there was no room for",
}
_AIRSPACE_NOW = {
    "sensors": "Sensors that are known",
    "contacts": "Contacts in the air",
    "in_zones": "Of them those in a protected zone or near one",
    "zones": "Protected zones in force",
    "left_out": "Contacts that are too many to be shown",
    "step_seconds": "CPU time of the latest step, in seconds",
}


_WATCH = {
    "alert_events": "Events of alerts that were told",
    "fence_changes": "Events at geofences that were told or taken back",
    "refused": "Alerts that there was no room for, and parcels that the database did not take",
    "unseen": "Rows that came while no guard was there, and were too many",
    "failures": "Guards that failed and were replaced",
    "left_out": "Texts, events, and assets' fixes that a guard failed at",
    "looks": "Looks at the picture",
}
_WATCH_NOW = {
    "alerts": "Alerts and groups in the book, hidden ones too",
    "geofences": "Versions of geofences that are watched",
    "look_seconds": "Latest look, in seconds",
    "look_seconds_peak": "Longest look, in seconds",
}
_DESK = {
    "ten_minutes": "Alerts that asked for attention in the last 10 minutes",
    "hour": "Alerts that asked for attention in the last hour",
    "day": "Alerts that asked for attention in the last day",
    "peak_ten_minutes": "The most in any 10 minutes of the last day",
    "in_flood": "Whether more come than can be handled (EEMUA 191)",
    "flood_share": "Part of the last day in flood, 0 to 1",
    "chattering_count": "Alerts that chatter",
    "stale_count": "Alerts that have been active for more than a day",
    "active": "Shown alerts that are active",
    "waiting": "Alerts that wait to be acknowledged",
    "masked": "Alerts that are shelved, suppressed or out of service",
}


class CollectorMetrics(Source):
    """Gives the figures of one collector."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector

    def describe(self) -> Iterable[Metric]:
        """Nothing: names are known when the figures are."""
        return []

    def collect(self) -> Iterator[Metric]:
        collector = self._collector
        yield _gauge("assets", "Assets in the picture", len(collector.picture))
        yield _counter("received", "Rows that came in", collector.received)
        yield _gauge("turned_seconds", "When the collector last turned", collector.turned)
        usage = resource.getrusage(resource.RUSAGE_SELF)
        yield _counter("cpu_seconds", "CPU time of the process", usage.ru_utime + usage.ru_stime)
        yield from _family("store", collector.writer.statistics, _STORE, _STORE_NOW)
        yield from _family("spool", collector.keeper.spool, _SPOOL, _SPOOL_NOW)
        yield from self._housekeeping()
        yield from self._watch()
        yield from _family("airspace", collector.lookout.statistics, _AIRSPACE, _AIRSPACE_NOW)
        yield from self._sensors()
        yield self._refused()
        yield from self._trackers()
        yield from self._networks()

    def _housekeeping(self) -> Iterator[Metric]:
        statistics = self._collector.housekeeper.statistics
        yield from _family("housekeeping", statistics, _HOUSEKEEPING, _HOUSEKEEPING_NOW)
        last = math.nan if statistics.last_run is None else statistics.last_run
        yield _gauge("housekeeping_last_run", "When the latest run ended, since 1970", last)
        for name, dropped in (
            ("dropped_rows", statistics.dropped_rows),
            ("dropped_chunks", statistics.dropped_chunks),
        ):
            words = f"{name.replace('_', ' ').capitalize()} of history that was too old"
            found = CounterMetricFamily(f"nigehban_housekeeping_{name}", words, labels=["table"])
            for table, count in dropped.items():
                found.add_metric([table], count)
            yield found

    def _watch(self) -> Iterator[Metric]:
        statistics = self._collector.watcher.statistics
        state = GaugeMetricFamily("nigehban_watch_state", "What the watch does", labels=["state"])
        for name in get_args(State):
            state.add_metric([name], name == statistics.state)
        yield state
        yield from _family("watch", statistics, _WATCH, _WATCH_NOW)
        shown = GaugeMetricFamily(
            "nigehban_watch_shown", "Alerts and groups now", labels=["priority", "state"]
        )
        for priority, states in statistics.shown.items():
            for name, count in states.items():
                shown.add_metric([priority, name], count)
        yield shown
        for name, words in _DESK.items():
            found = GaugeMetricFamily(f"nigehban_desk_{name}", words, labels=["desk"])
            for desk, figures in statistics.figures.items():
                found.add_metric([desk], figures[name])
            yield found

    def _refused(self) -> Metric:
        found = CounterMetricFamily(
            "nigehban_refused", "What could not be taken", labels=["origin", "reason"]
        )
        for (origin, reason), count in self._collector.refusals.counts.items():
            found.add_metric([origin, reason], count)
        return found

    def _sensors(self) -> Iterator[Metric]:
        lookout = self._collector.lookout
        found = GaugeMetricFamily(
            "nigehban_airspace_sensor_states", "Sensors by how they are", labels=["state"]
        )
        for state, count in lookout.sensor_states().items():
            found.add_metric([state], count)
        yield found
        clients = {name: client.statistics for name, client in lookout.clients.items()}
        yield from _labelled("sbs", "server", clients, now=frozenset())

    def _trackers(self) -> Iterator[Metric]:
        trackers = self._collector.trackers
        listening = GaugeMetricFamily(
            "nigehban_tracker_listening", "Whether reports can come in", labels=["protocol"]
        )
        for name, tracker in trackers.items():
            listening.add_metric([name], tracker.listening)
        yield listening
        statistics = {name: tracker.statistics for name, tracker in trackers.items()}
        yield from _labelled("tracker", "protocol", statistics, now=frozenset())

    def _networks(self) -> Iterator[Metric]:
        networks = {network.name: network.statistics for network in self._collector.networks}
        now = frozenset({"messages_per_second", "vehicles"})
        yield from _labelled("mavlink", "network", networks, now)


def _labelled(
    part: str, label: str, statistics: dict[str, Any], now: frozenset[str]
) -> Iterator[Metric]:
    """A family for each figure of dataclasses of one type; those of `now` are no counters."""
    first = next(iter(statistics.values()), None)
    if first is None:
        return
    for field in fields(first):
        values = {name: getattr(each, field.name) for name, each in statistics.items()}
        if not all(isinstance(value, int | float | None) for value in values.values()):
            continue  # words, and tables within
        kind = GaugeMetricFamily if field.name in now else CounterMetricFamily
        words = field.name.replace("_", " ")
        found = kind(f"nigehban_{part}_{field.name}", f"{part}: {words}", labels=[label])
        for name, value in values.items():
            found.add_metric([name], math.nan if value is None else value)
        yield found


def _family(
    part: str, statistics: object, counters: dict[str, str], gauges: dict[str, str]
) -> Iterator[Metric]:
    for name, words in counters.items():
        yield _counter(f"{part}_{name}", words, getattr(statistics, name))
    for name, words in gauges.items():
        yield _gauge(f"{part}_{name}", words, getattr(statistics, name))


def _counter(name: str, words: str, value: float) -> Metric:
    return CounterMetricFamily(f"nigehban_{name}", words, value=value)


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"nigehban_{name}", words, value=value)
