"""`nigehban demo`: the whole system on one machine, with a simulated fleet over Peshawar.

This process owns the embedded database and broker, starts collector, page and simulation as
processes of their own, and ends all of them when it ends, however that happens.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from typing import Any

import orjson
from rich.console import Console
from rich.status import Status

from nigehban.errors import DemoError
from nigehban.fences import begin_with
from nigehban.masking import without_password
from nigehban.roles import Role, environment_of
from nigehban.running import run_until_told
from nigehban.services import Broker, keep_running, open_broker, tracker_url
from nigehban.settings import Loaded, Settings
from nigehban.simulated import KINDS
from nigehban.simulated_cameras import begin_with_cameras
from nigehban.watching import Watched, watched
from sitl.scenarios.reading import SHIPPED
from telemetry.bus.nats import connect_bus
from telemetry.store.database import Database, history_extent, open_database
from telemetry.store.migrate import migrate

READY_LIMIT = 60.0
"""Seconds in which a role must be ready and the first mark must move."""

Condition = Callable[[], Any]
"""What is waited for: it holds when this returns, or awaits, something true."""

_POLL_PERIOD = 0.1
_LINE_PERIOD = 1.0


class Steps:
    """What is being done, told step by step with the time that each took."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.began = time.monotonic()

    @property
    def elapsed(self) -> float:
        """Seconds since the demo began."""
        return time.monotonic() - self.began

    @contextmanager
    def step(self, name: str, told: str = "…") -> Iterator[Status]:
        """Show that `name` is under way; what its status says at the end stays on the screen."""
        began = self.elapsed
        with self.console.status(f"{name}: {told}") as status:
            status.update(told)
            yield status
        self.console.print(
            f"  [green]✓[/] [bold]{name:<12}[/]{status.status} [dim]({self.elapsed - began:.1f} s)[/]",
            highlight=False,
        )

    def say(self, text: str) -> None:
        """Tell something that happened by itself."""
        self.console.print(f"  ! {text}", highlight=False, markup=False, style="yellow")


def demo(loaded: Loaded, console: Console) -> None:
    """Run until Ctrl-C. Raises DemoError, DatabaseError or BrokerError if a part cannot start."""
    settings = loaded.settings
    steps = Steps(console)
    console.print("\n[bold]Nigehban[/]: the whole system, with a simulated fleet over Peshawar\n")
    with ExitStack() as stack:
        with steps.step("database") as status:
            opening = open_database(settings.database, settings.data_dir, status.update)
            database = stack.enter_context(opening)
            status.update(database.how)
        with steps.step("schema") as status:
            migrate(database.dsn, status.update)
            status.update(_history(database.dsn))
        with steps.step("geofences") as status:
            status.update(_geofences(database.dsn))
        with steps.step("cameras") as status:
            status.update(_cameras(database.dsn))
        run_until_told(_run(loaded, database, steps))
    console.print(f"\n  All has ended. History is kept in {settings.data_dir}", highlight=False)


def _history(dsn: str) -> str:
    """What earlier runs left, in words."""
    first, assets = history_extent(dsn)
    if first is None:
        return "made anew, no history yet"
    return f"keeps the history of {assets} assets since {first:%Y-%m-%d %H:%M} UTC"


def _geofences(dsn: str) -> str:
    """Begin with those of the scenario, unless there were some before; in words."""
    file = SHIPPED / "demo.geojson"
    begun = begin_with(dsn, file.read_bytes(), file.name)
    return f"{begun} of the scenario" if begun else "those that are there already"


def _cameras(dsn: str) -> str:
    """Begin with where those of the scenario look, unless something was said of any; in words."""
    begun = begin_with_cameras(dsn)
    return f"{begun} of the scenario" if begun else "those that are known already"


async def _run(loaded: Loaded, database: Database, steps: Steps) -> None:
    settings = loaded.settings
    async with AsyncExitStack() as stack:
        with steps.step("broker") as status:
            broker = await stack.enter_async_context(open_broker(settings))
            status.update(broker.how)
        bus = await connect_bus(broker.bus_url)
        stack.push_async_callback(bus.close)
        seen = await stack.enter_async_context(watched(bus))
        roles = await _start_roles(loaded, database, broker, seen, steps, stack)
        with steps.step("first mark") as status:
            await _ready(lambda: seen.moved, "no mark moves on the live feed", roles)
            status.update(f"moved {steps.elapsed:.1f} s after the start")
        steps.console.print(
            f"\n  The fleet moves at [bold cyan]{_page(settings)}[/]    Ctrl-C ends all of it\n"
        )
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(keep_running(database, broker, steps.say))
            tasks.create_task(_show_line(seen, steps.console))
            for role in roles:
                tasks.create_task(role.keep_running(steps.say))


async def _start_roles(
    loaded: Loaded,
    database: Database,
    broker: Broker,
    seen: Watched,
    steps: Steps,
    stack: AsyncExitStack,
) -> list[Role]:
    """Start collector, page and simulation, each once the one before is ready."""
    settings = loaded.settings
    dashboard, fleet = settings.dashboard, settings.simulation
    simulated = f"{fleet.drones} drones, {fleet.cars} patrol cars, seed {fleet.seed}"
    page = _listening(dashboard.host, dashboard.port)
    plan: list[tuple[str, list[str], str, Condition | None]] = [
        ("collector", ["collect"], _taken_in(settings), lambda: seen.health),
        ("page", ["dashboard"], _page(settings), page),
        ("simulation", ["sim", "run"], simulated, None),
    ]
    roles: list[Role] = []
    for name, words, told, ready in plan:
        with steps.step(name, told):
            environment = environment_of(name, loaded, database.dsn, broker)
            environment |= _takes_the_scenario(loaded)
            role = Role(name, words, environment, settings.data_dir / "log")
            await role.start()
            stack.push_async_callback(role.stop)
            roles.append(role)
            if ready is not None:
                await _ready(ready, f"the {name} is not ready", [role])
    return roles


_SCENARIO_NEEDS = {
    ("cameras", "enabled"): "true",
    ("collector", "kinds"): orjson.dumps(KINDS).decode(),
    ("airspace", "scout", "enabled"): "true",
    ("airspace", "sapient", "enabled"): "true",
}


def _takes_the_scenario(loaded: Loaded) -> dict[str, str]:
    """What lets the collector take all of the scenario, unless a setting says otherwise.

    The simulation is told too: its radars go to where the collector listens to them.
    """
    return {
        f"NIGEHBAN_{'__'.join(path).upper()}": value
        for path, value in _SCENARIO_NEEDS.items()
        if loaded.origin(path) == "default"
    }


def _taken_in(settings: Settings) -> str:
    """What the collector listens to, of that which is simulated."""
    networks = settings.mavlink.networks.values()
    told = [f"MAVLink {', '.join(url for network in networks for url in network.links)}"]
    if settings.osmand.enabled:
        told.append(f"OsmAnd http://{settings.osmand.host}:{settings.osmand.port}/")
    if settings.owntracks.enabled:
        told.append(f"OwnTracks {without_password(tracker_url(settings))}")
    return "; ".join(told)


def _page(settings: Settings) -> str:
    return f"http://{settings.dashboard.host}:{settings.dashboard.port}/"


def _listening(host: str, port: int) -> Condition:
    """A condition: whether somebody takes connections there."""

    async def listening() -> bool:
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            return False
        writer.close()
        return True

    return listening


async def _ready(condition: Condition, missing: str, roles: list[Role]) -> None:
    """Wait until `condition` holds. Raises DemoError if a role ends or READY_LIMIT passes."""
    deadline = time.monotonic() + READY_LIMIT
    while True:
        result = condition()
        if await result if isinstance(result, Awaitable) else result:
            return
        for role in roles:
            if not role.running:
                raise DemoError(f"{role.name} ended: {role.last_words()}")
        if time.monotonic() > deadline:
            raise DemoError(f"{missing} after {READY_LIMIT:g} s; see {roles[-1].log}")
        await asyncio.sleep(_POLL_PERIOD)


async def _show_line(seen: Watched, console: Console) -> None:
    """Keep a line at the foot of a terminal that says how the system is."""
    with console.status("") as status:
        while True:
            status.update(seen.line())
            await asyncio.sleep(_LINE_PERIOD)
