"""Makes the pictures of README.md and docs/control-room.md from the demo, some three minutes old.

python -m tests.browser.pictures [NAME …]     (all of PICTURES by default)

The demo's seed is fixed, and a picture waits for what it is to show; what happens on the clock of the
machine (times, ages) differs from run to run.
"""

from __future__ import annotations

import io
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from PIL import Image  # comes with matplotlib
from playwright.sync_api import Page, expect

from dashboard.api.application import PATH
from tests.browser.conftest import NO_TOUR, running_browser
from tests.commands import Ports, running, share_programs
from tests.databases import temporary_folder
from tests.waiting import until_sync

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"

SIZE = (1600, 900)
COLOURS = 256
SETTLED = 2_500
"""Milliseconds that a page is given to draw itself."""

INTRUDER = "drone_in_zone"

PATIENCE = 420.0
"""Seconds in which the demo must have had its intruder and its call for help."""

OPERATOR = "localStorage.setItem('nigehban.operator', 'Inspector Gul');"
URDU = "localStorage.setItem('nigehban.language', 'ur');"
LIGHT = "localStorage.setItem('nigehban.theme', 'light');"

PARK = [
    [71.5480, 34.0000],
    [71.5545, 34.0005],
    [71.5550, 34.0050],
    [71.5510, 34.0065],
    [71.5470, 34.0045],
    [71.5480, 34.0000],
]
HOME = {"latitude": 33.9995, "longitude": 71.5500, "altitude": 340.0}
SEARCH = {
    "kind": "search",
    "pattern": "parallel-sweep",
    "detection": 0.6,
    "area": {"type": "Polygon", "coordinates": [PARK]},
    "drones": [{"kind": "DJI Matrice 30T", "home": HOME, "count": 2}],
    "geofences": False,
}


def live(page: Page) -> None:
    """A drone in the air is selected."""
    page.locator(".figure.airborne").click()
    page.locator("#rows .row:visible").nth(2).click()
    page.locator("#panel-name").wait_for()


def first_row(page: Page) -> None:
    """The first row of the page's list is chosen, if it has one."""
    rows = page.locator(".page:visible :is([role=row][data-key], .table-row, .queue-row):visible")
    if rows.count():
        rows.first.click()


def loaded(page: Page) -> None:
    """Nothing is on its way any more."""
    expect(page.locator("progress:visible")).to_have_count(0)


@dataclass(frozen=True)
class Picture:
    """Of what a picture is: an address, what is set before, and what is done on the page."""

    path: str
    """With gaps for what `take` is given."""
    script: str = ""
    act: Callable[[Page], None] | None = None


PICTURES = {
    "live": Picture("/", act=live),
    "alerts": Picture("/alerts?alert={alert}"),
    "airspace": Picture("/airspace", act=first_row),
    "fleet": Picture("/fleet", act=first_row),
    "plan": Picture("/plan?plan={plan}"),
    "schedule": Picture("/plan?tab=schedule"),
    "history": Picture("/history?from={begin}&to={end}&at={middle}", act=loaded),
    "urdu-light": Picture("/", URDU + LIGHT, live),
}


def main(names: list[str]) -> None:
    """Start the demo, wait until there is something to see, and write the pictures."""
    with temporary_folder() as data_dir:
        share_programs(data_dir)
        ports = Ports()
        url = f"http://127.0.0.1:{ports.page}"
        words = ["demo", "--seed", "1"]
        output = data_dir / "demo.txt"
        with running(words, ports.environment(data_dir), output) as demo:
            demo.wait_for("The fleet moves at", 120)
            with httpx.Client(base_url=f"{url}{PATH}/", timeout=60) as client:
                gaps = {"plan": planned(client)}
                until_sync(lambda: alerts(client).keys() >= {INTRUDER, "panic"}, PATIENCE)
                gaps["alert"] = quote(alerts(client)[INTRUDER], safe="")
            now = datetime.fromtimestamp(time.time(), UTC)
            for name, minutes in {"begin": 3.0, "middle": 1.0, "end": 0.0}.items():
                gaps[name] = quote((now - timedelta(minutes=minutes)).isoformat())
            take(url, names or list(PICTURES), gaps)


def alerts(client: httpx.Client) -> dict[str, str]:
    """A key of an alert by its rule."""
    told = client.get("alerts").raise_for_status().json()
    return {alert["rule"]: alert["key"] for alert in told["items"]}


def planned(client: httpx.Client) -> str:
    """Plan the search of a park, keep it and schedule it for every four hours; the plan's id."""
    job = client.post("plan-jobs", json=SEARCH).raise_for_status().json()
    while job["ended_time"] is None:
        job = client.get(f"plan-jobs/{job['id']}", params={"wait": 10}).raise_for_status().json()
    body: dict[str, Any] = {"job": job["id"], "name": "Search of the park", "who": "Inspector Gul"}
    kept = client.post("plans", json=body).raise_for_status().json()
    assets = client.get("assets").raise_for_status().json()
    drones = [asset["key"] for asset in assets if asset["kind"] == "drone"]
    first = datetime.fromtimestamp(time.time(), UTC) + timedelta(minutes=1)
    body = {
        "name": "Search of the park",
        "plan": kept["id"],
        "when": {"kind": "recurring", "cron": "0 */4 * * *", "first": first.isoformat()},
        "drones": {drone["name"]: key for drone, key in zip(kept["drones"], drones, strict=False)},
        "who": "Inspector Gul",
    }
    client.post("schedule/orders", json=body).raise_for_status()
    return str(kept["id"])


def take(url: str, names: list[str], gaps: dict[str, str]) -> None:
    """Write these pictures of the page at `url`; `gaps` is what their addresses leave open."""
    FOLDER.mkdir(exist_ok=True)
    width, height = SIZE
    with running_browser() as browser:
        for name in names:
            picture = PICTURES[name]
            context = browser.new_context(viewport={"width": width, "height": height})
            page = context.new_page()
            page.add_init_script(NO_TOUR + OPERATOR + picture.script)
            page.goto(url + picture.path.format(**gaps))
            page.locator("#rows .row").first.wait_for(state="attached")
            page.wait_for_timeout(SETTLED)
            if picture.act:
                picture.act(page)
                page.wait_for_timeout(SETTLED)
            page.mouse.move(width / 2, height - 1)
            keep(page.screenshot(), FOLDER / f"{name}.png")
            context.close()


def keep(picture: bytes, path: Path) -> None:
    """Write a PNG with few colours: a third of the size, and nobody sees it."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    # Its way of choosing keeps colours that are rare, such as those of alerts.
    few = image.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    sys.stdout.write(f"{path.name}: {path.stat().st_size // 1024} kB\n")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # else the demo would be left behind
    main(sys.argv[1:])
