"""Events of cameras over HTTP: one POST each, sent again until it gets 200.

`camera_events` says what a body holds; `camera` in it says who it is from. There is no secret:
listen where only the cameras' network reaches, or list the cameras in `trackers.devices`.
"""

from __future__ import annotations

from telemetry.sink import RefusedError
from telemetry.trackers.camera_events import read
from telemetry.trackers.http import Request, Response, text
from telemetry.trackers.http_tracker import HttpTracker
from telemetry.trackers.registry import tracker

_STATUS = {"too_large": 413, "unknown_device": 404}
_OK = text(200, "OK")


@tracker("cameras_http")
class CamerasHttpServer(HttpTracker):
    """Takes events in: 200 after COMMIT, 503 to come again, else why they are refused."""

    async def take(self, request: Request) -> Response:
        """Keep the event that a camera posts. Raises NotStoredError."""
        intake, body, peer = self.intake, request.body, request.peer
        try:
            report = read(body, intake.clock())
            await intake.accept(report.asset, (report,), raw=body, peer=peer)
        except RefusedError as error:
            intake.refuse(error, raw=body, peer=peer)
            return text(_STATUS.get(error.reason, 400), str(error))
        return _OK
