"""All wires of the airspace's sensors together: what they say goes out, each in its own way."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial

from sitl.cars.owntracks import broker
from sitl.intruders.airspace import Airspace, Told
from sitl.intruders.sapient import RadarNode, framed
from sitl.intruders.wires import Published, SapientNode, SbsServer, SensorDatagrams

Address = tuple[str, int]


class SensorWires:
    """The wires of `airspace`.

    MAVLink goes to `mavlink` by UDP, what receivers publish to the broker at `mqtt_url`, radars
    connect to `sapient`, and SBS lines are served on `sbs`; a radar without `sapient` talks to
    nobody. `clock` gives UTC seconds. Raises SimulationError for an address that is none.
    """

    def __init__(
        self,
        airspace: Airspace,
        *,
        mavlink: Address,
        mqtt_url: str,
        sapient: Address | None = None,
        sbs: Address | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._clock = clock
        self._datagrams = SensorDatagrams(mavlink)
        self._published = Published(broker(mqtt_url))
        self._sbs = SbsServer()
        self._sbs_at = sbs
        self.nodes: dict[int, SapientNode] = {}
        """The connections of radars, by number of the sensor."""
        if sapient is not None:
            self.nodes = {
                number: SapientNode(sapient, partial(self._hello, radar), self._answer(radar))
                for number, radar in airspace.radars.items()
            }

    def tell(self, told: Told) -> None:
        """Send what the sensors say."""
        for number, frames in told.frames:
            self._datagrams.send(number, frames)
        for topic, payload in told.published:
            self._published.put(topic, payload)
        if told.lines:
            self._sbs.send(told.lines)
        for number, message in told.detections:
            if number in self.nodes:
                self.nodes[number].put(message)

    async def run(self) -> None:
        """Carry it until cancelled. Raises SimulationError if the SBS port cannot be had."""
        async with AsyncExitStack() as opened:
            opened.callback(self._datagrams.close)
            if self._sbs_at is not None:
                await opened.enter_async_context(self._sbs.listening(*self._sbs_at))
            group = await opened.enter_async_context(asyncio.TaskGroup())
            group.create_task(self._published.run(), name="receivers")
            for number, node in self.nodes.items():
                group.create_task(node.run(), name=f"radar {number}")

    def _hello(self, radar: RadarNode) -> bytes:
        return framed(radar.registration(self._now()))

    def _answer(self, radar: RadarNode) -> Callable[[bytes], bytes | None]:
        def answer(data: bytes) -> bytes | None:
            said = radar.answer(data, self._now())
            return None if said is None else framed(said)

        return answer

    def _now(self) -> int:
        return round(self._clock() * 1e6)
