"""What cameras see, on the wire: through the one video server that watches them all.

Over MQTT to `cameras/<name>/event` with QoS 1, or posted over HTTP, as the address says. An event
is kept until it is acknowledged, and the next one waits for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random
from typing import NoReturn

from sitl.cars import http, owntracks
from sitl.cars.cameras import Camera, Sighting, payload, topic
from sitl.cars.device import Device
from sitl.cars.owntracks import Message

_VIDEO_SERVER = "simulated-video-server"
_TAKEN = range(200, 300)


class CameraWires:
    """The wire of all `cameras` to `url`: `mqtt://HOST:PORT` or `http://HOST:PORT/`.

    Raises SimulationError for an address that is neither.
    """

    def __init__(self, cameras: Sequence[Camera], url: str, seed: int) -> None:
        self._cameras = cameras
        self.device: Device[Message] = Device(_VIDEO_SERVER, Random(seed))  # noqa: S311 – no secret
        """What waits, and what was acknowledged."""
        self._web = http.address(url, "Camera") if url.startswith("http") else None
        self._broker = None if self._web else owntracks.broker(url)

    def tell(self, seen: Iterable[tuple[int, Sighting]]) -> None:
        """Send what cameras saw, by number."""
        for number, sighting in seen:
            camera = self._cameras[number]
            self.device.outbox.put((topic(camera), payload(camera, sighting)))

    async def run(self) -> None:
        """Carry it until cancelled."""
        if self._broker is not None:
            await owntracks.carry([self.device], self._broker, _VIDEO_SERVER)
        elif self._web is not None:
            async with http.pool(self._web) as pool:
                await self._post(pool)

    async def _post(self, pool: http.HttpPool) -> NoReturn:
        device = self.device
        while True:
            message = await device.next()
            try:
                status = await pool.ask(pool.server.post(message[1], "application/json"))
            except OSError:  # TimeoutError is one
                await device.retry.wait()
                continue
            if status in _TAKEN:
                device.outbox.done(message)
                device.retry.succeeded()
            else:
                await device.retry.wait()
