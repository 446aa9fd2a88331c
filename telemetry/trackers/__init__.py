"""Trackers of cars and phones: one module per protocol.

A protocol module has a pure `parse` (bytes and the time of receipt in, a `telemetry.batch.Batch`
out, RefusedError for what cannot be taken) and a class with `run` and `close` that listens and
hands each batch to the `telemetry.sink.Sink`. The device is acknowledged when `Sink.accept` has
returned, never before; what was refused is counted in the sink by origin and reason.

Begin with `osmand.parse`; `values` and `report` hold what the protocols have in common.
"""

from __future__ import annotations

from collections.abc import Callable

Clock = Callable[[], float]
"""Seconds since 1970 in UTC."""
