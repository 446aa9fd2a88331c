"""Trackers of cars and phones: one module per protocol, behind one interface.

A protocol has a pure part (bytes and the time of receipt in, `report.Report` out, RefusedError for
what cannot be taken) and a class with `run` and `close` under `@registry.tracker`, which listens or
connects and hands each report to its `intake.Intake`: through the gate (who may report), into a
gathering (many reports, one batch), to the `telemetry.sink.Sink`. A device is acknowledged when
that has returned, never before. What was refused is counted by origin and reason, and kept with
its bytes.

Begin with `osmand`; then `registry` for how protocols are found, `stream` for what connections may
do, and `plausibility` for which fixes are marked as suspect.
"""

from __future__ import annotations

from collections.abc import Callable

Clock = Callable[[], float]
"""Seconds since 1970 in UTC."""
