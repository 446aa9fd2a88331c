"""How many simulated drones one core carries in real time, each on a UDP link of its own.

Each drone sends its position ten times a second and its heartbeat, SYS_STATUS, GPS_RAW_INT,
BATTERY_STATUS, EKF_STATUS_REPORT and SYSTEM_TIME once. The fleet is in this process, on one core as
all of it is one thread; the ground station that asks for these messages, counts them and sends each
drone a heartbeat every second is another process, and not counted.

There is no peer in the run: what was asked for stands in its place, and a real ArduCopter under
SITL takes 3.5 % of a core. How many a core carries is told by CPU time; whether real time was kept
stands beside it, since that depends on what else the machine does.
"""

from __future__ import annotations

import asyncio
import gc
import resource
import time
from dataclasses import asdict, dataclass

import uvloop

from sitl.fleet import SimulatedFleet
from sitl.settings import NETWORK_SIZE, SimulationSettings
from tests.benchmarks import Result, Say
from tests.benchmarks._station import Heard, Station, station

ASKED = 500
MORE = 1500
"""Flown too: what is carried is reckoned from these."""

SECONDS = 12.0
"""How long each is measured."""

DEVIATION = 0.02
"""Of real time, at most."""

ARDUCOPTER = 0.035
"""Of a core, one instance under SITL in real time."""

RATES = {33: 10, 0: 1, 1: 1, 24: 1, 147: 1, 193: 1, 2: 1}
"""Messages a second, by id."""

READY = 60.0
"""Seconds until all drones stream what was asked for, at most."""

SETTLED = 4.0
"""Seconds to catch up with what answering all of them at once has cost."""


@dataclass(frozen=True)
class Flight:
    """What a fleet did."""

    drones: int
    cpu: float
    """CPU seconds of its process in a simulated second."""

    pace: float
    """Simulated seconds in a real one."""

    skipped: float
    """Seconds that it gave up."""

    arrived: float
    """Of the messages that were due, the part that reached the ground station."""

    @property
    def is_in_time(self) -> bool:
        return abs(self.pace - 1) <= DEVIATION and not self.skipped and self.arrived > 0.99


def run(say: Say) -> Result:
    """Fly what is asked for, then more."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a socket for each drone
    flights = []
    for drones in (ASKED, MORE):
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            flights.append(flight := runner.run(_fly(drones)))
        say(
            f"{drones} drones: {flight.cpu:.3f} cores, {flight.pace:.4f} of real time, "
            f"{flight.skipped:.1f} s skipped, {flight.arrived:.2%} of the messages arrived"
        )
    asked, more = flights
    carried = MORE / more.cpu
    kept = "kept" if asked.is_in_time else "NOT kept"
    return Result(
        ours=carried,
        peer=ASKED,
        ratio=carried / ASKED,
        unit="drones that one core carries, by CPU time",
        peer_name="what was asked for",
        aim=f"≥ 1, real time within {DEVIATION:.0%}",
        ran=(
            f"{ASKED} and {MORE} drones on UDP, GLOBAL_POSITION_INT at {RATES[33]} Hz and six "
            f"messages at 1 Hz, {SECONDS:g} s each; real time was {kept} with {ASKED}"
        ),
        details={
            "cpu_seconds_per_simulated_second": asked.cpu,
            "arducopters_that_a_core_carries": 1 / ARDUCOPTER,
            "in_time": {flight.drones: flight.is_in_time for flight in flights},
            "flights": [asdict(flight) for flight in flights],
        },
    )


async def _fly(drones: int) -> Flight:
    networks = -(-drones // NETWORK_SIZE)
    with station(networks, RATES) as ground:
        (first, *others) = [("127.0.0.1", port) for port in ground.ports]
        fleet = SimulatedFleet(
            SimulationSettings(drones=drones, cars=0, airborne=1.0),
            mavlink=first,
            more_networks={f"network {number}": to for number, to in enumerate(others, 2)},
            osmand_url="http://127.0.0.1:1/",
            mqtt_url="mqtt://127.0.0.1:1",
        )
        task = asyncio.create_task(fleet.run())
        try:
            await _until_all_stream(ground, drones)
            return await _measure(fleet, ground, drones)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _until_all_stream(ground: Station, drones: int) -> None:
    deadline = time.monotonic() + READY
    while (heard := await ground.heard()).answered < drones * len(RATES):
        if time.monotonic() > deadline:
            raise RuntimeError(f"{heard.answered} of {drones * len(RATES)} requests were answered")
        await asyncio.sleep(0.2)
    await asyncio.sleep(SETTLED)


async def _measure(fleet: SimulatedFleet, ground: Station, drones: int) -> Flight:
    gc.collect()
    before, simulated = await ground.heard(), fleet.world.time
    skipped = fleet.statistics.skipped_seconds
    real, cpu = time.monotonic(), time.process_time()
    await asyncio.sleep(SECONDS)
    real, cpu = time.monotonic() - real, time.process_time() - cpu
    passed = (fleet.world.time - simulated) / 1e6
    after = await ground.heard()
    return Flight(
        drones,
        cpu=cpu / passed,
        pace=passed / real,
        skipped=fleet.statistics.skipped_seconds - skipped,
        arrived=_arrived(before, after, drones, passed),
    )


def _arrived(before: Heard, after: Heard, drones: int, seconds: float) -> float:
    """The least of the messages' parts that arrived."""
    return min(
        (after.counts.get(message, 0) - before.counts.get(message, 0)) / (drones * rate * seconds)
        for message, rate in RATES.items()
    )
