"""`nigehban sim ardupilot`: real ArduPilot SITL vehicles, shown while they boot and fly."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from math import isfinite
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.table import Table

from nigehban.running import run_until_told
from nigehban.settings import Settings
from nigehban.simulated import udp_networks
from sitl.ardupilot.binaries import Vehicle, find_binary
from sitl.ardupilot.boot import Boot, Stage
from sitl.ardupilot.instance import Instance, Launch
from sitl.ardupilot.launcher import Launcher
from sitl.autopilot.vehicle import Place
from sitl.errors import SimulationError

FASTEST = 100.0
"""The highest speed-up that is taken; SITL itself goes as fast as the machine can."""

_SHOWN_EVERY = 0.5  # seconds

_STAGES = {
    Stage.STARTED: "[dim]started, says nothing yet",
    Stage.HEARTBEAT: "[yellow]heartbeat, waits for GPS",
    Stage.GPS: "[yellow]GPS fix, waits for a position",
    Stage.POSITION: "[yellow]position known, waits for its checks",
    Stage.READY: "[green]ready",
}


def fly(
    settings: Settings,
    console: Console,
    *,
    vehicle: Vehicle,
    count: int,
    first: int,
    home: str,
    speedup: float,
    binary: Path | None,
) -> None:
    """Run `count` vehicles until Ctrl-C. Raises SimulationError."""
    if not 0 < speedup <= FASTEST:
        raise SimulationError(f"--speedup {speedup:g}: it must be above 0 and at most {FASTEST:g}")
    place, heading = read_home(home)
    network, collector = next(iter(udp_networks(settings.mavlink).items()))
    pattern = Launch(
        number=first,
        binary=find_binary(vehicle, binary),
        vehicle=vehicle,
        folder=settings.data_dir.absolute() / "ardupilot",
        home=place,
        heading=heading,
        speedup=speedup,
        collector=collector,
    )
    launcher = Launcher(pattern, count, first)
    console.print(
        f"{pattern.binary}, telemetry to udp:{collector[0]}:{collector[1]} (network {network});"
        " Ctrl-C ends all of them",
        highlight=False,
        soft_wrap=True,
    )
    run_until_told(_shown(launcher, console))
    console.print("all have ended", highlight=False)


def read_home(text: str) -> tuple[Place, float]:
    """Place and heading of `LAT,LON,ALT,HEADING`. Raises SimulationError."""
    wanted = f"--home {text!r}: it must be LAT,LON,ALT,HEADING, as in 34.0151,71.5249,331,90"
    try:
        latitude, longitude, altitude, heading = map(float, text.split(","))
    except ValueError:
        raise SimulationError(wanted) from None
    known = all(map(isfinite, (latitude, longitude, altitude, heading)))
    if not known or abs(latitude) > 90 or abs(longitude) > 180 or not 0 <= heading <= 360:
        raise SimulationError(wanted)
    return Place(latitude, longitude, altitude), heading


async def _shown(launcher: Launcher, console: Console) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(launcher.run())
        if console.is_terminal:
            with Live(console=console, refresh_per_second=4, transient=True) as live:
                while True:
                    live.update(_table(launcher.instances, launcher.boots))
                    await asyncio.sleep(_SHOWN_EVERY)
        told = [Stage.STARTED] * len(launcher.boots)
        while True:
            for number, boot in enumerate(launcher.boots):
                if boot.stage > told[number]:
                    console.print(_line(boot), highlight=False, soft_wrap=True)
                told[number] = boot.stage
            await asyncio.sleep(_SHOWN_EVERY)


def _line(boot: Boot) -> str:
    return f"system {boot.system}: {_STAGES[boot.stage]}"


def _table(instances: Sequence[Instance], boots: Sequence[Boot]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("system", "pid", "connect to", "state", "mode", "armed", "satellites", "says"):
        table.add_column(heading, no_wrap=heading != "says")
    for instance, boot in zip(instances, boots, strict=True):
        table.add_row(
            str(boot.system),
            str(instance.pid or ""),
            f"tcp:127.0.0.1:{instance.launch.free_port}",
            _STAGES[boot.stage],
            boot.mode,
            "yes" if boot.armed else "",
            str(boot.satellites or ""),
            boot.text,
        )
    return table
