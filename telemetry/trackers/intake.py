"""What every protocol does with what it has read: through the gate, into the sink, counted.

What is older than the horizon is set aside: a clock that lost its battery, or a store of a device
that lay in a drawer, would rewrite history that has been read. Within it reports may come late and
in any order. A call for help is kept however old it claims to be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from fleet.assets import Asset
from fleet.moments import from_microseconds
from telemetry.sink import NotStoredError, RefusedError, Sink
from telemetry.trackers import Clock
from telemetry.trackers.gate import DeniedError, Gate, QuarantineError
from telemetry.trackers.gathering import Gathering
from telemetry.trackers.report import Report
from telemetry.trackers.values import receive_time

MAX_RAW = 64 << 10
"""Bytes of what came that are kept of something refused."""

_DAY = 86_400_000_000
"""Microseconds."""

Refused = tuple[RefusedError, bytes]
"""Why something cannot be taken, and the bytes of it."""


@dataclass(slots=True)
class TrackerStatistics:
    """What came in by one protocol since the start."""

    received: int = 0
    """Messages, those that were sent again included."""
    stored: int = 0
    """Reports in them that were kept: after COMMIT, or offered where the device does not wait."""
    ignored: int = 0
    """Messages without anything to keep in them: other types, no fix, empty ones."""
    refused: int = 0
    """Times that something could not be taken."""
    quarantined: int = 0
    """Messages of unknown devices that were set aside and acknowledged."""
    not_stored: int = 0
    """Messages not acknowledged, because the store was away; they come again."""
    other_elements: int = 0
    """Values that devices told and for which there is no column."""
    connections: int = 0
    """Connections that are open now."""
    lost_connections: int = 0
    """Of those that we made ourselves, to a broker or a server."""


class Intake:
    """Takes the reports of one protocol."""

    def __init__(
        self,
        origin: str,
        sink: Sink,
        clock: Clock,
        gate: Gate | None = None,
        gathering: Gathering | None = None,
        *,
        horizon_days: float = inf,
    ) -> None:
        """`origin` names the protocol where refusals are counted; without a gate all may report.

        What tells of a time more than `horizon_days` ago is set aside.
        """
        self.origin = origin
        self.clock = clock
        self.gate = gate or Gate()
        self.statistics = TrackerStatistics()
        self._sink = sink
        self._gathering = gathering or Gathering(sink)
        self._horizon_days = horizon_days

    async def accept(
        self,
        asset: Asset,
        reports: Sequence[Report],
        *,
        refused: Sequence[Refused] = (),
        token: str | None = None,
        proven: bool = False,
        raw: bytes,
        peer: str,
    ) -> None:
        """Keep what a device sent; when this returns, the device may be acknowledged.

        `refused` is what could not be taken of it, with its bytes; `raw` is all that came, and
        is set aside if some of the reports are too old. Raises NotStoredError: do not acknowledge
        it. Raises RefusedError, of which nothing is counted yet: the device is told, or it is
        `set_aside` and acknowledged.
        """
        try:
            self.gate.check(asset, token, proven=proven)
        except QuarantineError as error:
            if len(raw) > MAX_RAW:
                raise RefusedError("too_large", f"{len(raw)} bytes to be set aside") from None
            await self._keep_aside(error, raw, peer)
            self.statistics.quarantined += 1
            return
        reports, too_old = self._within_horizon(reports)
        for why, part in (*refused, *((error, raw) for error in too_old)):
            await self.set_aside(why, raw=part, peer=peer)
        if not reports:
            self.statistics.ignored += not refused and not too_old
            return
        try:
            await self._gathering.accept(reports)
        except NotStoredError:
            self.statistics.not_stored += 1
            raise
        self.statistics.stored += len(reports)

    def offer(
        self,
        asset: Asset,
        reports: Sequence[Report],
        *,
        refused: Sequence[Refused] = (),
        token: str | None = None,
        proven: bool = False,
        raw: bytes,
        peer: str,
    ) -> None:
        """As `accept` for a device that waits for nothing; never blocks. Raises RefusedError."""
        try:
            self.gate.check(asset, token, proven=proven)
        except QuarantineError as error:
            self._sink.refuse(self.origin, error, raw=raw[:MAX_RAW], peer=peer)
            self.statistics.quarantined += 1
            return
        reports, too_old = self._within_horizon(reports)
        for why, part in (*refused, *((error, raw) for error in too_old)):
            self.refuse(why, raw=part, peer=peer)
        if reports:
            self._gathering.offer(reports)
            self.statistics.stored += len(reports)
        else:
            self.statistics.ignored += not refused and not too_old

    def refuse(self, error: RefusedError, *, raw: bytes = b"", peer: str = "") -> None:
        """Count what cannot be taken, where the device is told so or nobody waits."""
        self.statistics.refused += 1
        self._sink.refuse(self.origin, error, raw=raw[:MAX_RAW], peer=peer)

    async def set_aside(self, error: RefusedError, *, raw: bytes, peer: str) -> None:
        """Count what cannot be taken and is acknowledged, since sending it again mends nothing.

        Returns when it is kept as a dead letter; who may not report is only counted as by
        `refuse`. Raises NotStoredError.
        """
        if isinstance(error, DeniedError):
            self.refuse(error, raw=raw, peer=peer)
        else:
            await self._keep_aside(error, raw, peer)
            self.statistics.refused += 1

    def flush(self) -> None:
        """Hand on at once what was offered."""
        self._gathering.flush()

    def _within_horizon(
        self, reports: Sequence[Report]
    ) -> tuple[Sequence[Report], list[RefusedError]]:
        """What is to be kept of the reports, and why the rest of them is not, if there is one."""
        if self._horizon_days == inf:
            return reports, []
        earliest = receive_time(self.clock()) - round(self._horizon_days * _DAY)
        if all(report.time >= earliest for report in reports):
            return reports, []
        old = [report for report in reports if report.time < earliest]
        oldest = from_microseconds(min(report.time for report in old))
        error = RefusedError(
            "too_old",
            f"{len(old)} of {len(reports)} reports of {old[0].asset.identity} are more than"
            f" {self._horizon_days:g} days old, the oldest of {oldest:%Y-%m-%d %H:%M} UTC",
        )
        kept = [
            report if report.time >= earliest else _events_of(report)
            for report in reports
            if report.time >= earliest or report.events
        ]
        return kept, [error]

    async def _keep_aside(self, error: RefusedError, raw: bytes, peer: str) -> None:
        try:
            await self._sink.set_aside(self.origin, error, raw=raw[:MAX_RAW], peer=peer)
        except NotStoredError:
            self.statistics.not_stored += 1
            raise


def _events_of(report: Report) -> Report:
    """The report without all that it tells but its events."""
    return Report(report.asset, report.source, report.time, report.received, events=report.events)
