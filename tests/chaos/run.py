"""A run: load, kills, quiet, comparison."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import nats.errors
import orjson

from telemetry.bus import BusError
from tests.brokers import unacknowledged
from tests.chaos.devices import Device, OsmandDevice, OwntracksDevice, TeltonikaDevice
from tests.chaos.fixes import Journey
from tests.chaos.history import Difference, difference, expected, stored
from tests.chaos.victims import Victim, World, world
from tests.integration.collecting import health, subscribed
from tests.waiting import until

Say = Callable[[str], None]

START_LIMIT, DELIVER_LIMIT, QUIET_LIMIT = 60, 90, 90
"""Seconds until everything runs, until all is acknowledged after the last kill, and until all that
is acknowledged is in the database."""

NO_ANSWER = (OSError, BusError, nats.errors.Error, orjson.JSONDecodeError)
"""Of something that has just been started; the last, and some OSErrors, of its configuration."""

AGO = 200_000
"""Seconds from the first fix of a tracker to now."""

PROGRESS = 15.0
"""Seconds between two lines of progress."""


@dataclass(frozen=True)
class Kill:
    """One that is to be killed, when, and how long it is away."""

    at: float  # seconds from the beginning of the load
    victim: int  # its place in `World.victims`
    away: float


@dataclass(frozen=True)
class Plan:
    """What a run does; with the same one the trackers send and the kills come the same."""

    seed: int
    seconds: float
    """Load, before what is still to be sent is delivered."""
    between: tuple[float, float] = (2.0, 6.0)
    """Seconds between two kills."""
    away: tuple[float, float] = (0.2, 6.0)
    """Seconds that what was killed stays away."""
    devices: int = 3
    """Trackers of each protocol."""
    pause: float = 0.5
    """Seconds that a tracker waits between two blocks."""
    embedded: bool = False
    """Whether the collector has database and broker inside; it decides then how long they are
    away."""

    def kills(self) -> list[Kill]:
        """In rounds in which each of the three is killed once."""
        chance = random.Random(f"{self.seed}/kills")
        kills: list[Kill] = []
        at = chance.uniform(*self.between)
        while at < self.seconds:
            for victim in chance.sample(range(3), 3):
                kills.append(Kill(at, victim, chance.uniform(*self.away)))
                at += chance.uniform(*self.between)
        return kills


@dataclass
class Summary:
    """What a run came to."""

    kills: Counter[str] = field(default_factory=Counter)
    ended_by_itself: list[str] = field(default_factory=list)
    """Last words of collectors that were not killed."""
    sent: int = 0
    """Times that a fix was sent, or tried to be."""
    unanswered: Counter[str] = field(default_factory=Counter)
    """Times that a device waited in vain on a connection that stood, by protocol."""
    acknowledged: int = 0
    """Fixes, each once."""
    difference: Difference | None = None
    troubles: list[str] = field(default_factory=list)
    """What the collectors said that they must not say."""

    @property
    def good(self) -> bool:
        return self.difference is not None and self.difference.none and not self.troubles

    def lines(self) -> Iterator[str]:
        """For people."""
        killed = ", ".join(f"{name} {count}" for name, count in sorted(self.kills.items()))
        yield f"killed: {killed or 'nothing'}"
        yield f"fixes: {self.sent} sent, {self.acknowledged} acknowledged"
        yield f"rows: {self.difference}"
        waited = ", ".join(f"{name} {count}" for name, count in sorted(self.unanswered.items()))
        yield f"answers waited for in vain: {waited or 'none'}"
        if self.ended_by_itself:
            yield f"the collector ended by itself {len(self.ended_by_itself)} times:"
            yield from sorted({f"  {words}" for words in self.ended_by_itself})
        yield from (f"trouble: {trouble}" for trouble in self.troubles)
        if self.difference is not None:
            for name in ("lost", "doubled", "strange"):
                yield from (f"{name}: {row}" for row in getattr(self.difference, name)[:10])


async def disturb(plan: Plan, say: Say) -> Summary:
    """Run with kills, while what is sent is shuffled, doubled and delayed."""
    async with world(say, embedded=plan.embedded) as all_of_it, _watched(all_of_it):
        summary = Summary()
        devices = fleet(plan, all_of_it, int(time.time()) - AGO)
        began = time.monotonic()
        over = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            driving = [
                tasks.create_task(device.drive(device.journey.disturbed(), plan.pause, over.is_set))
                for device in devices
            ]
            progress = tasks.create_task(_progress(devices, summary, began, say))
            await _kill_all(plan, all_of_it, summary, began, say)
            over.set()
            say("no more kills; what is not acknowledged is delivered")
            async with asyncio.timeout(DELIVER_LIMIT):
                given = await asyncio.gather(*driving)
            progress.cancel()
        for device, numbers in zip(devices, given, strict=True):
            assert device.acknowledged == set(numbers)
        return await _settled(all_of_it, devices, summary, say)


async def deliver(plan: Plan, blocks: int, say: Say) -> tuple[Summary, Summary]:
    """Run without kills: so many blocks of each tracker in their order, then disturbed.

    Each has a database of its own, and the fixes of both are the same.
    """
    began = int(time.time()) - AGO
    summaries: list[Summary] = []
    for order in (Journey.ordered, Journey.disturbed):
        async with world(say, embedded=plan.embedded) as all_of_it, _watched(all_of_it):
            devices = fleet(plan, all_of_it, began)
            async with asyncio.TaskGroup() as tasks:
                for device in devices:
                    fixes = order(device.journey, blocks)
                    tasks.create_task(device.drive(fixes, plan.pause, lambda: False))
            summaries.append(await _settled(all_of_it, devices, Summary(), say))
    return summaries[0], summaries[1]


def fleet(plan: Plan, all_of_it: World, began: int) -> list[Device]:
    """The trackers of a plan, whose first fix is of the second `began`."""
    ports = all_of_it.ports
    devices: list[Device] = []
    for number in range(plan.devices):
        for kind, called, port in (
            (OsmandDevice, f"car-{number}", ports.osmand),
            (OwntracksDevice, f"car-{number}", ports.mqtt),
            (TeltonikaDevice, f"{356307042441000 + number}", all_of_it.teltonika_port),
        ):
            journey = Journey(plan.seed, f"{kind.__name__}/{number}", began)
            devices.append(kind(called, journey, port))
    return devices


@asynccontextmanager
async def _watched(all_of_it: World) -> AsyncIterator[None]:
    """Once the collector takes everything in; it is started again when it ends, from then on.

    A broker keeps for the collector what comes after it had first connected.
    """
    await until(lambda: _takes_in(all_of_it), START_LIMIT)
    watching = asyncio.ensure_future(all_of_it.collector.watch())
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _takes_in(all_of_it: World) -> bool:
    if all_of_it.collector.pid is None:
        raise AssertionError(all_of_it.collector.said)
    try:
        return await subscribed(all_of_it.find_broker())
    except NO_ANSWER:
        return False


async def _kill_all(plan: Plan, all_of_it: World, summary: Summary, began: float, say: Say) -> None:
    """Kill as planned; returns when all that was killed is back."""
    async with asyncio.TaskGroup() as tasks:
        back: dict[Victim, asyncio.Task[None]] = {}
        for kill in plan.kills():
            await asyncio.sleep(began + kill.at - time.monotonic())
            victim = all_of_it.victims[kill.victim]
            if victim in back:
                await back[victim]  # one that is still away cannot be killed
            await _running(victim, all_of_it)
            await victim.kill()
            summary.kills[victim.name] += 1
            seconds = time.monotonic() - began
            say(f"{seconds:6.1f} s: killed the {victim.name}, away for {kill.away:.1f} s")
            back[victim] = tasks.create_task(_bring_back(victim, kill.away))


async def _running(victim: Victim, all_of_it: World) -> None:
    try:
        await until(lambda: victim.pid, START_LIMIT)
    except AssertionError as error:
        said = "\n".join(all_of_it.collector.said.splitlines()[-20:])
        raise AssertionError(f"the {victim.name} did not come back: {said}") from error


async def _bring_back(victim: Victim, away: float) -> None:
    await asyncio.sleep(away)
    await victim.restore()


async def _progress(devices: list[Device], summary: Summary, began: float, say: Say) -> None:
    while True:
        await asyncio.sleep(PROGRESS)
        sent = sum(device.sent for device in devices)
        acknowledged = sum(len(device.acknowledged) for device in devices)
        killed = summary.kills.total()
        seconds = time.monotonic() - began
        say(f"{seconds:6.1f} s: {killed} kills, {sent} fixes sent, {acknowledged} acknowledged")


async def _settled(all_of_it: World, devices: list[Device], summary: Summary, say: Say) -> Summary:
    """Wait until nothing is under way any more, then compare."""
    began = time.monotonic()
    try:
        await until(lambda: _quiet(all_of_it), QUIET_LIMIT)
    except AssertionError:
        summary.troubles.append(f"still something under way after {QUIET_LIMIT} s")
    say(f"quiet after {time.monotonic() - began:.1f} s")
    collector = all_of_it.collector
    summary.sent = sum(device.sent for device in devices)
    for device in devices:
        summary.unanswered[device.identity.partition(":")[0]] += device.unanswered
    summary.acknowledged = sum(len(device.acknowledged) for device in devices)
    summary.ended_by_itself = collector.ended_by_itself
    summary.difference = difference(expected(devices), stored(all_of_it.dsn))
    said = collector.said.splitlines()
    summary.troubles += [line for line in said if "Traceback" in line or "are lost" in line]
    return summary


async def _quiet(all_of_it: World) -> bool:
    """Whether neither broker nor collector has anything that is not in the database."""
    if any(victim.pid is None for victim in all_of_it.victims):
        return False
    try:
        if await unacknowledged(all_of_it.find_broker()):
            return False
        told = await health(all_of_it.find_broker())
    except NO_ANSWER:
        return False
    return not (told["store"]["waiting"] or told["spool"]["waiting"])
