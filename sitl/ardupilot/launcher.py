"""Several ArduPilot SITL at once: started, watched while they boot, and all ended at the end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import replace
from math import cos, radians
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.ardupilot.boot import Boot, questions
from sitl.ardupilot.instance import MOST_INSTANCES, Instance, Launch
from sitl.errors import SimulationError

SPACING = 10.0
"""Metres between the homes of two vehicles, eastwards."""

_METRES_A_DEGREE = 111_320.0
_RETRY = 0.2  # seconds between two attempts to connect
_ASK_AGAIN = 5.0  # seconds; what a vehicle is asked while it boots may be lost
_READ = 65_536
_OUR_SYSTEM, _OUR_COMPONENT = 254, mavlink.MAV_COMP_ID_MISSIONPLANNER


class Launcher:
    """Instances `first` to `first + count − 1`, each as `pattern` says with a home of its own."""

    def __init__(self, pattern: Launch, count: int, first: int = 0) -> None:
        """Raises SimulationError: more instances than there are system ids."""
        if count < 1 or first < 0 or first + count > MOST_INSTANCES:
            raise SimulationError(
                f"{count} vehicles from instance {first} on: 1 to {MOST_INSTANCES} in all can run,"
                " as many as MAVLink has system ids for vehicles"
            )
        launches = [
            _beside(pattern, number, number - first) for number in range(first, first + count)
        ]
        self.instances = [Instance(launch) for launch in launches]
        self.boots = [Boot(launch.system) for launch in launches]

    async def run(self) -> None:
        """Start all and watch them until cancelled; then end them all.

        Raises SimulationError as soon as one of them ends by itself, after ending the others.
        """
        try:
            for instance in self.instances:
                await instance.start()
            async with asyncio.TaskGroup() as group:
                for instance, boot in zip(self.instances, self.boots, strict=True):
                    group.create_task(_fail_when_ended(instance))
                    group.create_task(_watch(instance.launch.port, boot))
        finally:
            await asyncio.gather(*(instance.stop() for instance in self.instances))


async def _fail_when_ended(instance: Instance) -> None:
    raise await instance.ended()


async def _watch(port: int, boot: Boot) -> None:
    """Listen to what the vehicle tells on its second line; for ever.

    We send no heartbeat: a vehicle's failsafe is for its real ground station.
    """
    while True:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                async with asyncio.TaskGroup() as group:
                    asking = group.create_task(_ask(writer, boot.system))
                    await _listen(reader, boot)
                    asking.cancel()
            except* OSError:
                pass  # the vehicle reboots; we come again
            finally:
                writer.close()
        await asyncio.sleep(_RETRY)


async def _ask(writer: asyncio.StreamWriter, system: int) -> None:
    link = mavlink.MAVLink(None, srcSystem=_OUR_SYSTEM, srcComponent=_OUR_COMPONENT)
    while True:
        for question in questions(system):
            writer.write(question.pack(link))
            link.seq = (link.seq + 1) % 256
        await writer.drain()
        await asyncio.sleep(_ASK_AGAIN)


async def _listen(reader: asyncio.StreamReader, boot: Boot) -> None:
    parser = mavlink.MAVLink(None)
    parser.robust_parsing = True
    while data := await reader.read(_READ):
        messages: Sequence[Any] = parser.parse_buffer(data) or ()
        for message in messages:
            boot.take(message)


def _beside(pattern: Launch, number: int, place: int) -> Launch:
    east = place * SPACING / (_METRES_A_DEGREE * cos(radians(pattern.home.latitude)))
    return replace(
        pattern,
        number=number,
        folder=pattern.folder / f"{pattern.vehicle.value}-{number}",
        home=pattern.home._replace(longitude=pattern.home.longitude + east),
    )
