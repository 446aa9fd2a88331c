"""The live page under a fleet of 5,000 at 2 Hz, and a Dash page with plotly Scattermap beside it.

Our page is the real one (server, broker and database are processes), with list, trails and labels;
the peer is a map alone, its positions by Interval and Patch, without trails. Both are shown by the
same headless Chromium without a graphics card, at the same size of the map. Published is when the
rows of the picture go to the bus; how a changed pixel is seen stands in `_page_browser`.

`ratio` is the processor time of the renderer for one update, ours ÷ theirs. Of viewers the server
is asked with fifty in another process, and with one more that stops reading. `--soak` runs our page
alone, at 10 Hz, and asks whether the memory of page and server grows.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import numpy as np
import psutil
from playwright.sync_api import Browser, sync_playwright

from telemetry.store.migrate import migrate
from tests.benchmarks import Result, Say
from tests.benchmarks._page_browser import Watched, wait
from tests.benchmarks._page_fleet import (
    ASSETS,
    BEACON_LATITUDE,
    BEACON_LONGITUDES,
    Publisher,
    delays,
)
from tests.brokers import free_port, make_broker
from tests.browser.background import BackgroundLoop
from tests.browser.conftest import arguments, chromium
from tests.databases import Servers, fresh_database, temporary_folder
from tests.waiting import until_sync

ROOT = Path(__file__).parents[2]

SECONDS = 15.0
"""Of each part."""

SOAK_SECONDS = 300.0
SOAK_HZ = 10.0
SOAK_SAMPLE = 5.0
"""Seconds between two looks at the memory."""

TWO_HOURS = 14_400
"""Updates of two hours at 2 Hz."""

SIZE = (1366, 768)
VIEWERS = 50
SETTLE = 5.0
"""Seconds that a page has before it is measured."""


def run(say: Say, seconds: float | None = None, soak: bool = False) -> Result:
    """Ours, its viewers, and the peer, one after the other; or the memory of ours."""
    with ExitStack() as stack:
        loop = stack.enter_context(BackgroundLoop())
        broker = make_broker(stack.enter_context(temporary_folder()))
        loop.run(broker.start())
        stack.callback(lambda: loop.run(broker.stop()))
        servers = stack.enter_context(Servers())
        dsn = stack.enter_context(fresh_database(servers["postgresql"]))
        migrate(dsn)
        browser = stack.enter_context(_browser())
        publisher = Publisher(broker.url, hz=SOAK_HZ if soak else 2.0)
        publishing = loop.start(publisher.run())
        stack.callback(publishing.result, 20)
        stack.callback(publisher.end)
        house = _House(say, browser, publisher, broker.url, dsn)
        if soak:
            return _soak(house, seconds or SOAK_SECONDS)
        return _compare(house, seconds or SECONDS)


class _House:
    """What all parts need."""

    def __init__(
        self, say: Say, browser: Browser, publisher: Publisher, bus_url: str, dsn: str
    ) -> None:
        self.say = say
        self.browser = browser
        self.publisher = publisher
        self.bus_url = bus_url
        self.dsn = dsn

    @contextmanager
    def ours(self) -> Iterator[tuple[str, psutil.Process]]:
        args = (self.bus_url, self.dsn, str(self.publisher.hz))
        with _program("tests.browser.serve_page", *args) as served:
            yield served

    @contextmanager
    def our_page(self, url: str) -> Iterator[Watched]:
        watched = Watched(self.browser, url, *SIZE)
        try:
            ask = "window.nigehban?.drawn() ?? 0"
            most = ASSETS - len(BEACON_LONGITUDES)
            wait(watched.page, lambda: watched.page.evaluate(ask) > most)
            watched.page.wait_for_timeout(1000 * SETTLE)
            yield watched
        finally:
            watched.close()


def _compare(house: _House, seconds: float) -> Result:
    say = house.say
    with house.ours() as (url, server):
        time.sleep(2)
        alone = _server_cost(house, server, seconds)
        with house.our_page(url) as watched:
            box = watched.page.locator(".maplibregl-canvas").bounding_box()
            zoom = watched.page.evaluate("window.nigehban.zoom()")
            ours = _measured(house, watched, server, _our_places(watched), seconds)
        say(f"ours: {ours}")
        viewers = _viewers(house, url, server, alone, seconds)
        say(f"viewers: {viewers}")
    assert box is not None
    size = (round(box["width"]), round(box["height"]))
    with _program("tests.benchmarks._page_peer", house.bus_url, str(zoom)) as (url, server):
        watched = Watched(house.browser, url, *size)
        graph = "document.querySelector('.js-plotly-plot')"
        points = f"{graph}?.data?.[0].lat.length ?? 0"
        wait(watched.page, lambda: watched.page.evaluate(points) == ASSETS)
        watched.page.wait_for_timeout(1000 * SETTLE)
        peer = _measured(house, watched, server, _peer_places(watched), seconds)
        watched.close()
    say(f"peer: {peer}")
    ratio = ours["renderer_ms_per_update"] / peer["renderer_ms_per_update"]
    return Result(
        ours=ours["renderer_ms_per_update"],
        peer=peer["renderer_ms_per_update"],
        ratio=ratio,
        unit="CPU milliseconds of the renderer for an update",
        peer_name="Dash 4.4 with plotly 7.1 Scattermap, Interval and Patch",
        aim="publish to pixel p95 ≤ 250 ms, ≥ 30 frames/s, renderer ≤ 40 ms, server ≤ 4 ms",
        ran=(
            f"{ASSETS} assets at {house.publisher.hz:g} Hz, page {SIZE[0]}×{SIZE[1]}, map "
            f"{size[0]}×{size[1]}, software graphics, {os.cpu_count()} cores, "
            f"load {os.getloadavg()[0]:.1f}"
        ),
        details={"ours": ours, "viewers": viewers, "peer": peer},
        named={
            "publish_to_pixel_ms_p50": ours["publish_to_pixel_ms_p50"],
            "publish_to_pixel_ms_p95": ours["publish_to_pixel_ms_p95"],
            "frames_per_second": ours["frames_per_second"],
            "renderer_ms_per_update": ours["renderer_ms_per_update"],
            "server_ms_per_update_and_client": viewers["server_ms_per_update_and_client"],
        },
    )


def _measured(
    house: _House,
    watched: Watched,
    server: psutil.Process,
    places: list[list[float]],
    seconds: float,
) -> dict[str, float]:
    """What a page costs and how quick it is, each by itself."""
    updates, cpu, served = len(house.publisher.sent), watched.cpu(), _cpu(server)
    watched.page.wait_for_timeout(1000 * seconds)
    updates, after = len(house.publisher.sent) - updates, watched.cpu()
    spent = {kind: 1000 * (after[kind] - cpu.get(kind, 0.0)) / updates for kind in after}
    served = 1000 * (_cpu(server) - served) / updates
    seen = watched.beacons_seen(places, 2 * seconds)
    late = delays(house.publisher.sent, seen)
    p50, p95 = np.percentile(late, [50, 95]).tolist()
    return {
        "publish_to_pixel_ms_p50": p50,
        "publish_to_pixel_ms_p95": p95,
        "updates_seen": len(late) / (2 * seconds * house.publisher.hz),
        "renderer_ms_per_update": spent.get("renderer", 0.0),
        "gpu_process_ms_per_update": spent.get("GPU", 0.0),
        "server_ms_per_update": served,
        "frames_per_second": watched.frames(seconds / 2),
        "frames_per_second_panning": watched.frames_panning(seconds / 2),
    }


def _viewers(
    house: _House, url: str, server: psutil.Process, alone: float, seconds: float
) -> dict[str, float]:
    """Many viewers, then one more that does not read."""
    quiet, quiet_late = _watched_by(house, url, server, 0, seconds)
    memory = server.memory_info().rss
    stuck, stuck_late = _watched_by(house, url, server, 1, seconds)
    return {
        "viewers": VIEWERS,
        "server_ms_per_update_without_viewers": alone,
        "server_ms_per_update": quiet,
        "server_ms_per_update_and_client": (quiet - alone) / VIEWERS,
        "publish_to_receipt_ms_p50": float(np.percentile(quiet_late, 50)),
        "publish_to_receipt_ms_p95": float(np.percentile(quiet_late, 95)),
        "with_one_stuck_server_ms_per_update": stuck,
        "with_one_stuck_ms_p50": float(np.percentile(stuck_late, 50)),
        "with_one_stuck_ms_p95": float(np.percentile(stuck_late, 95)),
        "with_one_stuck_server_grew_mib": (server.memory_info().rss - memory) / 2**20,
    }


def _watched_by(
    house: _House, url: str, server: psutil.Process, stuck: int, seconds: float
) -> tuple[float, list[float]]:
    """CPU milliseconds of the server for an update, and how late each viewer had each."""
    command = [sys.executable, "-m", "tests.benchmarks._page_viewers", url]
    command += [str(VIEWERS), str(seconds), str(stuck)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as viewers:
        assert viewers.stdout is not None
        assert viewers.stdout.readline() == "ready\n"
        cost = _server_cost(house, server, seconds)
        late: list[float] = json.loads(viewers.stdout.readline())
    return cost, late


def _soak(house: _House, seconds: float) -> Result:
    """Memory of page and server while updates go on, by a line through the second half."""
    heap, resident, at = [], [], []
    with house.ours() as (url, server), house.our_page(url) as watched:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            at.append(len(house.publisher.sent))
            heap.append(watched.heap())
            resident.append(server.memory_info().rss / 2**20)
            house.say(f"{at[-1]} updates: page {heap[-1]:.1f} MiB, server {resident[-1]:.1f} MiB")
            watched.page.wait_for_timeout(1000 * SOAK_SAMPLE)
    half = len(at) // 2
    grown, server_grown = (
        float(np.polyfit(at[half:], of[half:], 1)[0]) * TWO_HOURS for of in (heap, resident)
    )
    updates, quarter = at[-1] - at[0], max(len(at) // 4, 1)
    first, last = float(np.mean(heap[:quarter])), float(np.mean(heap[-quarter:]))
    return Result(
        ours=last,
        peer=first,
        ratio=last / first,
        unit="MiB of the page's JavaScript heap, of the last quarter",
        peer_name="itself in the first quarter",
        aim="flat",
        ran=(
            f"{updates} updates of {ASSETS} assets at {house.publisher.hz:g} Hz, which are "
            f"{updates / TWO_HOURS * 120:.0f} minutes of those at 2 Hz; the line goes through the "
            "second half, after garbage collection"
        ),
        details={"updates": at, "page_mib": heap, "server_mib": resident},
        named={
            "page_mib_in_two_hours": grown,
            "server_mib_in_two_hours": server_grown,
            "page_mib": heap[-1],
            "server_mib": resident[-1],
        },
    )


def _our_places(watched: Watched) -> list[list[float]]:
    """Where the beacons are in the map's canvas, from where the page says that others are."""
    box = watched.page.locator(".maplibregl-canvas").bounding_box()
    assert box is not None
    shown = [mark for mark in watched.page.evaluate("window.nigehban.marks()") if mark["x"]]
    x = np.polyfit([m["longitude"] for m in shown], [m["x"] for m in shown], 1)
    y = np.polyfit([_mercator(m["latitude"]) for m in shown], [m["y"] for m in shown], 1)
    height = float(np.polyval(y, _mercator(BEACON_LATITUDE))) - box["y"]
    return [[float(np.polyval(x, at)) - box["x"], height] for at in BEACON_LONGITUDES.tolist()]


def _peer_places(watched: Watched) -> list[list[float]]:
    subplot = "document.querySelector('.js-plotly-plot')._fullLayout.map._subplot.map"
    places: list[list[float]] = watched.page.evaluate(
        f"([lons, lat]) => lons.map(lon => {subplot}.project([lon, lat])).map(({{x, y}}) => [x, y])",
        [BEACON_LONGITUDES.tolist(), BEACON_LATITUDE],
    )
    return places


def _mercator(latitude: float) -> float:
    return math.asinh(math.tan(math.radians(latitude)))


def _server_cost(house: _House, server: psutil.Process, seconds: float) -> float:
    """CPU milliseconds for an update."""
    updates, before = len(house.publisher.sent), _cpu(server)
    time.sleep(seconds)
    return 1000 * (_cpu(server) - before) / (len(house.publisher.sent) - updates)


def _cpu(process: psutil.Process) -> float:
    spent = process.cpu_times()
    return float(spent.user + spent.system)


@contextmanager
def _program(module: str, *args: str) -> Iterator[tuple[str, psutil.Process]]:
    """A server's address and process."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    started = subprocess.Popen([sys.executable, "-m", module, str(port), *args], cwd=ROOT)

    def answers() -> bool:
        assert started.poll() is None, f"{module} ended"
        try:
            return bool(httpx.get(f"{url}/healthz", trust_env=False).json()["assets"] == ASSETS)
        except httpx.TransportError:
            return False

    try:
        until_sync(answers, 60)
        yield url, psutil.Process(started.pid)
    finally:
        started.terminate()
        started.wait(20)


@contextmanager
def _browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=arguments())
        yield browser
        browser.close()
