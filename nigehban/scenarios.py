"""`nigehban sim run | list | describe`: scenarios, and the simulated fleet that plays them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isinf

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from nigehban.running import run_until_told
from nigehban.services import tracker_url
from nigehban.settings import Settings
from nigehban.simulated import udp_networks
from sitl.cars.beats import Protocol
from sitl.errors import SimulationError
from sitl.fleet import SimulatedFleet
from sitl.intruders.sensors import SensorKind
from sitl.scenarios.building import Staged, stage
from sitl.scenarios.model import CONDITIONS, Event, Expectation, Scenario
from sitl.scenarios.outcomes import Outcomes
from sitl.scenarios.reading import load, shipped

log = logging.getLogger(__name__)

_LOOK_EVERY = 0.2  # seconds


@dataclass(frozen=True)
class Options:
    """What the command line says of a run; None is what the scenario says."""

    drones: int | None = None
    cars: int | None = None
    seed: int | None = None
    duration: float | None = None
    speed: float = 1.0
    links: Sequence[str] = ()
    sbs: int | None = None
    sapient: tuple[str, int] | None = None


def show_list(console: Console) -> None:
    """Which scenarios come with the package."""
    table = Table(box=None, pad_edge=False)
    for heading in ("scenario", "what it is", "drones", "cars", "lasts"):
        table.add_column(heading, justify="right" if heading in {"drones", "cars"} else "left")
    for name in shipped():
        scenario = load(name)
        table.add_row(
            name,
            scenario.title,
            f"{sum(group.count for group in scenario.drones):,}",
            f"{sum(group.count for group in scenario.cars):,}",
            _lasting(scenario.duration),
        )
    console.print(table)


def describe(name: str, console: Console) -> None:
    """What is in a scenario, what happens and what is expected. Raises ScenarioError."""
    scenario = load(name)
    console.print(f"[bold]{scenario.title}[/]  [dim]seed {scenario.seed}[/]\n", highlight=False)
    console.print(scenario.about.strip(), highlight=False)
    table = Table(box=None, pad_edge=False, show_header=False)
    for part in _contents(scenario):
        table.add_row(*part)
    console.print()
    console.print(table)
    for heading, lines in (
        ("what happens", [_happening(event) for event in scenario.events]),
        ("what is expected", [_expected(expectation) for expectation in scenario.expect]),
    ):
        if lines:
            console.print(f"\n[bold]{heading}[/]")
            for line in lines:
                console.print(f"  {line}", highlight=False, markup=False, soft_wrap=True)


def run(name: str, settings: Settings, options: Options, console: Console) -> bool:
    """Play a scenario against the listeners of `settings`; whether all came as expected.

    Raises SimulationError for a scenario, an option or an address that is wrong.
    """
    if not options.speed > 0:
        raise SimulationError(f"--speed {options.speed:g}: it must be above 0; 1 is real time")
    if options.sbs is not None and not 0 < options.sbs < 65536:
        raise SimulationError(f"--sbs {options.sbs}: no such port")
    if options.seed is not None and options.seed < 0:
        raise SimulationError(f"--seed {options.seed}: it must not be below 0")
    if options.duration is not None and not options.duration > 0:
        raise SimulationError(f"--duration {options.duration:g}: it must be above 0")
    scenario = load(name)
    _check_listeners(scenario, options)
    if options.duration is not None:
        scenario = scenario.model_copy(update={"duration": options.duration})
    given = settings.simulation.model_fields_set
    chosen = {key: getattr(settings.simulation, key) for key in given}
    chosen |= {
        key: value
        for key in ("drones", "cars", "seed")
        if (value := getattr(options, key)) is not None
    }
    staged = stage(scenario, protocols=_protocols(settings), **chosen)
    fleet = _fleet(staged, settings, options)
    outcomes = Outcomes(staged.scenario, staged.cast, staged.world, fleet.waiting)
    staged.world.scripts.append(outcomes)
    log.info("scenario %s: %s", name, scenario.title)
    run_until_told(_play(staged, fleet, console))
    for line in staged.timeline.refused:
        sys.stderr.write(f"refused: {line}\n")
    return _judged(outcomes, fleet, console)


def _check_listeners(scenario: Scenario, options: Options) -> None:
    """Raise SimulationError for an option that is about sensors which the scenario has not."""
    kinds = {sensor.kind for sensor in scenario.sensors}
    if options.sbs is not None and SensorKind.ADSB not in kinds:
        raise SimulationError(f"--sbs {options.sbs}: this scenario has no ADS-B receiver")
    if options.sapient is not None and SensorKind.RADAR not in kinds:
        host, port = options.sapient
        raise SimulationError(f"--sapient {host}:{port}: this scenario has no radar")


def read_address(text: str, option: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT`. Raises SimulationError."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise SimulationError(f"{option} {text!r}: it must be HOST:PORT")
    return host, int(port)


async def _play(staged: Staged, fleet: SimulatedFleet, console: Console) -> None:
    """Run until the scenario ends, or for ever."""
    duration = staged.scenario.duration
    end = _End(duration)
    staged.world.scripts.append(end)
    playing = asyncio.ensure_future(fleet.run())
    ending = asyncio.ensure_future(end.reached.wait())
    try:
        with _bar(duration, console) as bar:
            while not playing.done() and not ending.done():
                bar.update(bar.task_ids[0], completed=staged.world.time / 1e6)
                await asyncio.wait(
                    {playing, ending}, timeout=_LOOK_EVERY, return_when=asyncio.FIRST_COMPLETED
                )
        if playing.done():
            playing.result()
    finally:
        ending.cancel()
        playing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await playing


class _End:
    """The script that says when a scenario has lasted `duration` seconds."""

    def __init__(self, duration: float) -> None:
        self._duration = duration
        self.reached = asyncio.Event()

    def step(self, time: int) -> None:
        """Look at `time` (µs of the simulation)."""
        if time / 1e6 >= self._duration:
            self.reached.set()


def _bar(duration: float, console: Console) -> Progress:
    text = TextColumn("{task.completed:,.0f} s simulated")
    total = None if isinf(duration) else duration
    bar = Progress(BarColumn(), text, console=console, disable=not console.is_terminal)
    bar.add_task("simulated", total=total)
    return bar


def _judged(outcomes: Outcomes, fleet: SimulatedFleet, console: Console) -> bool:
    done = fleet.statistics
    console.print(
        f"{done.simulated_seconds:,.0f} s simulated, {done.skipped_seconds:,.1f} s left out;"
        f" {done.frames_sent:,} frames sent, {done.reports_acknowledged:,} of"
        f" {done.reports_made:,} reports acknowledged",
        highlight=False,
        soft_wrap=True,
    )
    for line in outcomes.failed:
        sys.stderr.write(f"not as expected: {line}\n")
    if outcomes.held or outcomes.failed or outcomes.left:
        told = f"{outcomes.held} expectations held, {outcomes.missed} did not"
        if outcomes.left:
            told += f"; it ended before {outcomes.left} more"
        console.print(told, highlight=False)
    return not outcomes.failed


def _fleet(staged: Staged, settings: Settings, options: Options) -> SimulatedFleet:
    (network, address), *others = udp_networks(settings.mavlink).items()
    return SimulatedFleet(
        staged.settings,
        world=staged.world,
        mavlink=address,
        osmand_url=f"http://{settings.osmand.host}:{settings.osmand.port}/",
        mqtt_url=tracker_url(settings),
        nmea=(settings.nmea.host, settings.nmea.port),
        teltonika=(settings.teltonika.host, settings.teltonika.port),
        cameras_url=settings.cameras.broker,
        sapient=options.sapient or _sapient(settings),
        sbs=None if options.sbs is None else ("127.0.0.1", options.sbs),
        network=network,
        more_networks=dict(others),
        links=options.links,
        speed=options.speed,
        epoch=staged.scenario.epoch,
    )


def _sapient(settings: Settings) -> tuple[str, int] | None:
    """Where the collector listens to radars, if it does."""
    sapient = settings.airspace.sapient
    listens = settings.airspace.enabled and sapient.enabled
    return (sapient.host, sapient.port) if listens else None


def _protocols(settings: Settings) -> list[Protocol]:
    """What a car may speak of which it is not said: what the collector listens to."""
    enabled = [protocol for protocol in Protocol if getattr(settings, protocol).enabled]
    return enabled or [Protocol.OWNTRACKS]


def _contents(scenario: Scenario) -> list[tuple[str, str]]:
    lines = [("lasts", _lasting(scenario.duration))]
    for drones in scenario.drones:
        does = drones.does if isinstance(drones.does, str) else f"route, then {drones.does.then}"
        lines.append(("drones", f"{drones.count} × {drones.name}: {drones.kind}, {does}"))
    for cars in scenario.cars:
        name = cars.name or "by the city's stations"
        lines.append(("cars", f"{cars.count} × {name}: {cars.kind}, {cars.protocol}"))
    counts = (("posts", scenario.posts), ("cameras", scenario.cameras))
    lines += [(what, f"{count}") for what, count in counts if count]
    lines += [("sensor", f"{sensor.name}: {sensor.kind.value}") for sensor in scenario.sensors]
    for what, flights in (("intruder", scenario.flights), ("aircraft", scenario.aircraft)):
        lines += [
            (what, flight.name + ("" if flight.broadcasts else ", says nothing of itself"))
            for flight in flights
        ]
    return lines


def _happening(event: Event) -> str:
    given = event.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    at = given.pop("at")
    return f"{at:>6g} s  {_words(given)}"


def _expected(expectation: Expectation) -> str:
    given = expectation.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    at = given.pop("at", "end")
    when = at if at == "end" else f"{at:g} s"
    who = given.pop("who")
    named = {name: given[name] for name in CONDITIONS if name in given}
    return f"{when:>8}  {_words({'who': who})}: {_words(named)}"


def _words(given: dict[str, object]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {_word(value)}" for name, value in given.items())


def _word(value: object) -> str:
    if isinstance(value, dict):
        return "(" + _words(value) + ")"
    if isinstance(value, list):
        return "/".join(map(_word, value))
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _lasting(duration: float) -> str:
    if duration == inf:
        return "until it is stopped"
    return f"{duration / 60:g} min" if duration >= 120 else f"{duration:g} s"
