"""Ground stations that others have written fly a simulated drone: MAVProxy and DroneKit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sitl.autopilot.vehicle import Place
from tests.integration.flying_drone import flying_drone
from tests.integration.mavproxy import mavproxy
from tests.waiting import until_sync

pytestmark = pytest.mark.integration

SPEED = 6.0
"""How much faster than the clock the drone flies; the time-outs of its protocols shrink as well."""

HEIGHT = 15
NORTH = 0.0004  # degrees, 44 m


def mission_file(path: Path, home: Place) -> Path:
    """A take-off, a waypoint to the north, and home: in the text format of most ground stations."""
    items = [
        (0, 16, home.latitude, home.longitude, 0),
        (3, 22, 0, 0, HEIGHT),
        (3, 16, home.latitude + NORTH, home.longitude, HEIGHT),
        (3, 20, 0, 0, 0),
    ]
    return written(path, [(frame, command, 0, *place) for frame, command, *place in items])


def fence_file(path: Path, home: Place) -> Path:
    """A square of some 400 m around home."""
    corners = [(-2, -2), (-2, 2), (2, 2), (2, -2)]
    return written(
        path,
        [
            (0, 5001, 4, home.latitude + north / 1e3, home.longitude + east / 1e3, 0)
            for north, east in corners
        ],
    )


def written(path: Path, items: list[tuple[Any, ...]]) -> Path:
    lines = ["QGC WPL 110"]
    for number, (frame, command, param1, latitude, longitude, height) in enumerate(items):
        row = [number, 0, frame, command, param1, 0, 0, 0, latitude, longitude, height, 1]
        lines.append("\t".join(map(str, row)))
    path.write_text("\n".join(lines) + "\n", encoding="ascii")
    return path


def test_mavproxy_plans_and_flies_a_mission(tmp_path: Path) -> None:
    with flying_drone(speed=SPEED) as (fleet, port):
        autopilot = fleet.world.squadron.autopilots[0]
        mission = mission_file(tmp_path / "mission.txt", autopilot.place)
        fence = fence_file(tmp_path / "fence.txt", autopilot.place)
        with mavproxy(f"tcp:127.0.0.1:{port}", tmp_path) as operator:
            operator.wait_for(f"Received {len(autopilot.parameters)} parameters")

            operator.order(f"wp load {mission}")
            operator.wait_for("Got MISSION_ACK: TYPE_MISSION: ACCEPTED")
            operator.order("wp list")
            operator.wait_for("Saved 4 waypoints")
            operator.order(f"fence load {fence}")
            operator.wait_for("Got MISSION_ACK: TYPE_FENCE: ACCEPTED")
            operator.order("fence list")
            operator.wait_for("Saved 4 fence items")
            operator.order("param set FENCE_ENABLE 1")

            operator.order("mode GUIDED")
            operator.wait_for("Mode GUIDED")
            operator.order("arm throttle")
            operator.wait_for("ARMED")
            operator.order(f"takeoff {HEIGHT}")
            operator.wait_for("Got COMMAND_ACK: NAV_TAKEOFF: ACCEPTED")
            until_sync(lambda: autopilot.sight.height > HEIGHT - 1, timeout=25)
            operator.order("mode AUTO")
            operator.wait_for("Mode AUTO")
            operator.wait_for("Reached command #2")
            operator.wait_for("DISARMED")
        assert autopilot.parameters["FENCE_ENABLE"] == 1
        assert not autopilot.armed


def test_dronekit_reads_arms_and_changes_mode() -> None:
    dronekit = pytest.importorskip("dronekit", reason="dependency group gcs is not installed")
    with flying_drone(speed=SPEED) as (fleet, port):
        autopilot = fleet.world.squadron.autopilots[0]
        vehicle = dronekit.connect(f"tcp:127.0.0.1:{port}", wait_ready=True, timeout=25)
        try:
            assert vehicle.parameters["RTL_ALT"] == autopilot.parameters["RTL_ALT"]
            vehicle.parameters.set("RTL_ALT", 2000, wait_ready=True)
            assert autopilot.parameters["RTL_ALT"] == 2000
            vehicle.commands.download()
            vehicle.commands.wait_ready(timeout=25)
            assert vehicle.home_location.lat == pytest.approx(autopilot.place.latitude, abs=1e-6)
            vehicle.wait_for_armable(timeout=25)
            vehicle.wait_for_mode("GUIDED", timeout=25)
            vehicle.arm(timeout=25)
            assert autopilot.armed
            vehicle.wait_simple_takeoff(HEIGHT, epsilon=1.0, timeout=25)
            vehicle.wait_for_mode("LAND", timeout=25)
            vehicle.wait_for(lambda: not vehicle.armed, timeout=25)
        finally:
            vehicle.close()
