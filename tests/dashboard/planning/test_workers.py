"""The processes that plan: their limits, their ends, and that they never outlive their parent."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import psutil
import pytest

from dashboard.planning.forms import Task
from dashboard.planning.workers import WorkError, Workers
from missions.plan import Plan
from tests.dashboard.api.planning import HOME, search
from tests.waiting import until, until_sync

pytestmark = pytest.mark.integration


def task(form: dict[str, Any]) -> dict[str, Any]:
    told = {
        "form": form,
        "name": "field",
        "drones": [{"name": "Shaheen", "kind": "DJI Matrice 30T", "home": HOME}],
        "zones": [],
        "created": datetime(2026, 11, 23, tzinfo=UTC),
    }
    return Task.model_validate(told).model_dump(mode="json", exclude_unset=True)


async def test_what_takes_too_long_is_ended_and_what_ended_is_not_asked_again() -> None:
    async with Workers(1).opened() as workers:
        with pytest.raises(WorkError, match=r"not done within 0\.001 s"):
            await workers.run("make", task(search()), limit=0.001)
        assert workers.idle == []
        await workers.run("make", task(search()), limit=60)
        (first,) = workers.idle
        psutil.Process(first).kill()
        await until(lambda: not psutil.pid_exists(first))
        told: list[float] = []
        await workers.run(
            "make", task(search()), limit=60, tell=lambda share, _doing: told.append(share)
        )
        assert workers.idle != [first]
        assert told == sorted(told)
        assert told[-1] == 0.95


async def test_enough_gives_the_best_so_far() -> None:
    ring = [
        [71.5, 34.0],
        [71.52, 34.0],
        [71.52, 34.012],
        [71.51, 34.003],
        [71.5, 34.012],
        [71.5, 34.0],
    ]
    area = {"type": "Polygon", "coordinates": [ring]}
    form = search(kind="coverage", area=area, height=100.0, height_most=120.0)
    for name in ("pattern", "detection"):
        del form[name]
    given = task(form)
    given["drones"] = [
        {
            "name": f"Shaheen {number}",
            "kind": "DJI Matrice 350 RTK",
            "home": {"latitude": 34.001, "longitude": 71.51},
        }
        for number in range(3)
    ]
    enough = asyncio.Event()

    async with Workers(1).opened() as workers:
        done = await workers.run(
            "make", given, limit=60, enough=enough, tell=lambda _share, _doing: enough.set()
        )
        plan = Plan.model_validate_json(done["plan"])
        assert plan.complete is False
        assert plan.sorties


async def test_a_fault_of_the_program_is_told_and_the_process_goes_on() -> None:
    async with Workers(1).opened() as workers:
        with pytest.raises(WorkError, match="a fault of the program: KeyError"):
            await workers.run("export", {}, limit=60)
        (first,) = workers.idle
        with pytest.raises(WorkError, match="the plan: "):
            await workers.run("open", {"data": "{}", "terrain": None}, limit=60)
        assert workers.idle == [first]


def test_they_end_when_their_parent_is_killed() -> None:
    code = """
import asyncio
from dashboard.planning.workers import Workers

async def main():
    async with Workers(1).opened() as workers:
        workers.warm()
        await asyncio.sleep(600)

asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", code]) as parent:
        try:
            (worker,) = until_sync(lambda: psutil.Process(parent.pid).children())
        finally:
            parent.kill()
    until_sync(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE)
