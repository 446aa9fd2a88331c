"""What an officer does on the map: follow, rings, measure, coordinates, search, checklists."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
import psycopg
import pyproj
import pytest
import shapely
from playwright.sync_api import Page, expect

from dashboard.api.application import PATH
from fleet.alerts.alert import Occurrence, Priority
from fleet.assets import Asset, Kind
from fleet.geofences.geofence import Geofence
from telemetry.batch import Batch, Carried, Event
from telemetry.store.insert import Inserter
from tests.browser.axe import violations
from tests.browser.background import BackgroundLoop
from tests.browser.conftest import ScreenMaker, Server
from tests.browser.desk import Desk
from tests.browser.fleet import LiveFleet
from tests.browser.screen import Screen, press
from tests.dashboard.api.planning import saved, search
from tests.dashboard.api.test_schedule import order
from tests.waiting import until_sync

pytestmark = [pytest.mark.browser, pytest.mark.integration]

GEOD = pyproj.Geod(ellps="WGS84")
TOWER = Geofence("Zarghun tower", "keep-out", shapely.box(71.565, 34.005, 71.578, 34.014))
PLACES = [(71.5249, 34.0151), (71.9, 35.9), (5.3, 60.4), (-70.1, -33.4), (20.0, 78.0)]
"""Longitude and latitude; among them Norway's and Svalbard's own zones."""

GATE = Asset("camera:gate-7", Kind.CAMERA)
LENS = {"heading": 30, "across": 60, "reach": 120, "latitude": 34.075, "longitude": 71.45}

NAMED = "localStorage.setItem('nigehban.operator', '{name}');"
AHEAD = "const real = Date.now; Date.now = () => real() + 7000;"


@pytest.fixture(scope="module")
def sana(maker: ScreenMaker, server: Server, _fleet: LiveFleet) -> Screen:
    """Sana's page."""
    return maker.small(server.url, _fleet, NAMED.format(name="Sana"))


@pytest.fixture
def one(sana: Screen) -> Screen:
    """Sana's page with the whole city, nothing chosen, no menu open and no tool in use."""
    for _ in range(5):
        sana.page.keyboard.press("Escape")
    sana.page.evaluate("document.querySelector('.layers').open = false")
    sana.page.locator(".zoom button", has_text="⌂").click()
    until_sync(lambda: sana.ask("still()"))
    return sana


@pytest.fixture(scope="module", autouse=True)
def tower(_desk: Desk, loop: BackgroundLoop) -> Iterator[None]:
    """A geofence to look for, ended afterwards."""
    loop.run(_desk.draw([TOWER]))
    yield
    loop.run(_desk.draw([replace(TOWER, valid_until=datetime.now(UTC))]))


@pytest.fixture
def gate(server: Server, fleet: LiveFleet, loop: BackgroundLoop, dsn: str) -> Iterator[Asset]:
    """A fixed camera that has seen a crowd; it is taken away afterwards."""
    now = datetime.now(UTC)
    seen = Event(GATE.key, now, now, "crowd", {"count": 40, "confidence": 0.87})
    loop.run(kept(dsn, Batch((GATE,), events=(seen,))))
    group = {"who": "Sana", "keys": [str(fleet.cars[0].key)], "group": None}
    with httpx.Client(base_url=f"{server.url}{PATH}/", timeout=30) as client:
        said = {"who": "Sana", "name": "Ghanta Ghar, gate 7", "camera": LENS}
        path, version = f"register/{GATE.key}", {"if-match": '"1"'}
        assert client.patch(path, json=said, headers=version).is_success
        yield GATE
        with psycopg.connect(dsn, autocommit=True) as connection:
            for table, key in (("asset_change", "asset"), ("event", "asset"), ("asset", "id")):
                connection.execute(f"DELETE FROM nigehban.{table} WHERE {key} = %s", [GATE.key])
        assert client.post("register/group", json=group).is_success  # and the page looks again


def asked(page: Page, module: str, question: str, *told: Any) -> Any:
    """What an expression says of a module `m` of the page, and of `told`."""
    return page.evaluate(
        f"async (told) => {{ const m = await import('/assets/{module}'); return {question}; }}",
        list(told),
    )


def read(screen: Screen, text: str) -> list[float] | None:
    place: list[float] | None = asked(
        screen.page, "live/coordinates.js", "m.readPlace(told[0])", text
    )
    return place


def apart(one: Sequence[float], other: Sequence[float]) -> tuple[float, float]:
    """Bearing in degrees and metres from one place to another."""
    bearing, _, distance = GEOD.inv(one[0], one[1], other[0], other[1])
    return float(bearing), float(distance)


def area_of(ring: list[list[float]]) -> float:
    """Square metres within a ring of places."""
    longitudes, latitudes = ([place[axis] for place in ring] for axis in (0, 1))
    return abs(float(GEOD.polygon_area_perimeter(longitudes, latitudes)[0]))


@pytest.mark.parametrize("place", PLACES)
def test_utm_is_that_of_proj_and_every_notation_is_read_back(
    sana: Screen, place: tuple[float, float]
) -> None:
    grid = asked(sana.page, "live/utm.js", "m.toUtm(told)", *place)
    code = (32600 if place[1] >= 0 else 32700) + grid["zone"]
    easting, northing = pyproj.Transformer.from_crs(4326, code, always_xy=True).transform(*place)
    assert grid["easting"] == pytest.approx(easting, abs=1e-4)
    assert grid["northing"] == pytest.approx(northing, abs=1e-4)
    told = asked(sana.page, "live/coordinates.js", "m.written(told)", *place)
    digits = f"{easting % 1e5 // 1:05.0f} {northing % 1e5 // 1:05.0f}"
    assert told["mgrs"].endswith(digits)
    assert told["mgrs"].startswith(f"{grid['zone']}{grid['band']} ")
    for text in told.values():
        back = read(sana, text)
        assert back is not None
        assert apart(place, back)[1] < 2  # MGRS names a square of a metre


def test_a_known_place_has_its_mgrs(sana: Screen) -> None:
    told = asked(sana.page, "live/coordinates.js", "m.written(told)", 71.5249, 34.0151)
    assert told == {
        "degrees": "34.01510° N 71.52490° E",
        "utm": "42S 733156 3766705",
        "mgrs": "42S YC 33156 66705",
    }
    assert read(sana, "34°00'54.36\"N 71°31'29.64\"E") == pytest.approx([71.5249, 34.0151])
    assert read(sana, "34.0151,71.5249") == pytest.approx([71.5249, 34.0151])


@pytest.mark.parametrize(
    "text", ["", "hq 1", "34.0", "91, 10", "42S YC 331", "99S YC 33 44", "34°61'N 71°E", "42S 1 2"]
)
def test_what_is_no_place_is_none(sana: Screen, text: str) -> None:
    assert read(sana, text) is None


def test_distances_bearings_and_areas_are_those_of_the_ellipsoid(sana: Screen) -> None:
    pair = [[71.4, 33.95], [71.65, 34.08]]
    told = asked(sana.page, "watch/ground.js", "m.apart(...told)", *pair)
    bearing, distance = apart(*pair)
    assert told["distance"] == pytest.approx(distance, rel=1e-4)
    assert told["bearing"] == pytest.approx(bearing, abs=0.2)
    ring = [[71.47, 34.04], [71.5, 34.04], [71.51, 34.06], [71.47, 34.06]]
    told_area = asked(sana.page, "watch/ground.js", "m.area(told)", *ring)
    assert told_area == pytest.approx(area_of(ring), rel=1e-3)


def test_a_way_is_measured_and_closed_to_an_area(one: Screen) -> None:
    page = one.page
    page.keyboard.press("m")
    pointer = page.locator(".pointer-place .value")
    corners = []
    for x, y in ((800, 300), (1100, 320), (1000, 560)):
        before = pointer.inner_text()
        page.mouse.move(x, y)
        expect(pointer).not_to_have_text(before)  # it is written with the next frame
        corner = read(one, pointer.inner_text())
        assert corner
        corners.append(corner)
        press(page, x, y)
    total = sum(apart(a, b)[1] for a, b in pairwise(corners))
    expect(page.locator(".measure strong")).to_have_text(re.compile(r"^[\d.]+ km in all$"))
    assert float(one.text(".measure strong").split()[0]) == pytest.approx(total / 1000, rel=0.02)
    press(page, 800, 300)  # the first place again
    area = area_of(corners) / 1e6
    expect(page.locator(".measure")).to_contain_text("km²")
    shown = re.search(r"area ([\d.]+) km²", one.text(".measure"))
    assert shown
    assert float(shown[1]) == pytest.approx(area, rel=0.02)
    expect(page.locator("#panel")).to_be_hidden()  # a click that measures chooses nothing
    one.keep("measure")
    page.keyboard.press("Escape")
    expect(page.locator(".measure")).to_be_hidden()


def test_the_map_follows_an_asset_until_it_is_moved_by_hand(one: Screen, fleet: LiveFleet) -> None:
    page = one.page
    page.keyboard.press("f")
    expect(page.locator(".toast").last).to_contain_text("Select an asset first")
    car = fleet.cars[3].default_name
    page.locator("#search").fill(car)
    page.locator("#search").press("Enter")
    one.opened(car)
    page.locator("#search").fill("")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("f")
    assert one.ask("following()")
    stage, panel = (page.locator(name).bounding_box() for name in ("#stage", "#panel"))
    assert stage
    assert panel
    middle = (stage["x"] + panel["x"]) / 2
    until_sync(lambda: abs(one.mark(car)["x"] - middle) < 12)
    page.mouse.move(700, 500)
    page.mouse.down()
    page.mouse.move(760, 520, steps=4)
    page.mouse.up()
    until_sync(lambda: not one.ask("following()"))


def test_range_rings_are_around_the_selected_asset_at_distances_of_ones_own(
    one: Screen, fleet: LiveFleet
) -> None:
    page = one.page
    page.locator(".layers summary").click()
    rings = page.locator(".settings input[type=text]")
    rings.fill("-3")
    rings.press("Tab")
    expect(page.locator("#rings-problem")).to_contain_text("One to eight distances")
    rings.fill("3 km, 250")
    rings.press("Tab")
    expect(rings).to_have_value("250, 3000")
    page.locator(".layers summary").click()
    drone = fleet.parked.default_name
    one.click_mark(drone)
    one.opened(drone)
    page.keyboard.press("r")
    mark = one.mark(drone)
    assert one.ask("rings()") == {
        "centre": [mark["longitude"], mark["latitude"]],
        "radii": [250, 3000],
    }
    page.keyboard.press("r")
    assert one.ask("rings()") is None


def test_the_coordinates_of_a_place_are_had_without_a_pointer(one: Screen) -> None:
    page = one.page
    page.keyboard.press("p")
    told = [one.text(f'.place-box [data-notation="{name}"]') for name in ("degrees", "utm", "mgrs")]
    places = [read(one, text) for text in told]
    assert all(place and math.dist(place, places[0] or ()) < 5e-5 for place in places)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator(".place-box button", has_text="Copy").last.click()
    until_sync(lambda: page.evaluate("navigator.clipboard.readText()") == told[2])
    page.locator(".place-box button", has_text="Range rings").click()
    assert one.ask("rings()")["centre"] == pytest.approx(places[0], abs=1e-4)


def test_the_search_finds_geofences_places_alerts_and_coordinates(
    one: Screen, fleet: LiveFleet, desk: Desk, loop: BackgroundLoop
) -> None:
    page = one.page
    until_sync(lambda: "Zarghun tower" in (one.ask("fences()") or []))
    key, alert = in_zone(fleet, 0)
    loop.run(desk.raise_alert(key, alert))
    expect(page.locator(f'.queue-row[data-key="{key}"]')).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("zarghun")
    kinds = page.locator(".found button")
    expect(kinds).to_have_count(2)
    assert [each.get_attribute("data-kind") for each in kinds.all()] == ["geofence", "alert"]
    page.keyboard.press("Escape")
    expect(page.locator(".found")).to_be_hidden()
    page.keyboard.press("/")
    page.keyboard.type("hayatabad")
    expect(page.locator('.found [data-kind="place"]').first).to_be_visible()
    page.locator("#search").fill("42S YC 33156 66705")
    expect(page.locator('.found [data-kind="coordinates"]')).to_be_visible()
    page.locator("#search").press("Enter")
    expect(page.locator('.place-box [data-notation="utm"]')).to_contain_text("42S 73315")


def test_a_fixed_camera_is_found_and_shown_with_what_it_saw(
    one: Screen, gate: Asset, desk: Desk, loop: BackgroundLoop
) -> None:
    page, panel = one.page, one.page.locator("#camera-panel")
    until_sync(lambda: len(one.ask("cameras()")) == 1)
    page.keyboard.press("/")
    page.keyboard.type("gate 7")
    expect(page.locator('.found [data-kind="camera"]')).to_have_text("CameraGhanta Ghar, gate 7")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")  # the search is left, the camera stays
    for words in ("030° NE", "60°", "120 m", "34.07500° N", "Crowd", "number: 40, 87 % sure"):
        expect(panel).to_contain_text(words)
    assert f"camera={gate.key}" in page.url
    until_sync(lambda: one.ask("footprints()")["chosen"] == 1)
    for _ in range(3):  # through all notations
        page.locator(".pointer-place").click()
    assert violations(page, "#camera-panel") == []
    reason = {"en": "gate 7 sees a fire", "ur": "گیٹ 7 نے آگ دیکھی"}
    fire = Occurrence(Priority.MEDIUM, reason, {}, assets=(gate.key,))
    loop.run(desk.raise_alert(f"camera_event/{gate.identity}", fire))
    expect(panel.locator(".members .state")).to_have_text("waits")
    page.keyboard.press("a")
    expect(panel.locator(".members .state")).to_have_text("acknowledged")
    until_sync(lambda: one.ask("alertsOnMap()") == 1)
    until_sync(lambda: one.ask("zoom()") >= 15.9 and one.ask("still()"))
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    assert "camera=" not in page.url
    (sign,) = one.ask("cameras()")
    press(page, sign["x"], sign["y"])
    panel.locator(".chip", has_text="Fleet").click()
    expect(page.locator("#fleet-side-name")).to_have_text("Ghanta Ghar, gate 7")
    expect(page.locator(".fleet-facts")).to_contain_text("030° NE")
    page.locator("#page-fleet").get_by_label("Kind").select_option("camera")
    rows = page.locator("#page-fleet .table-row:visible")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Crowd")
    assert violations(page, "#page-fleet") == []
    page.get_by_role("link", name="Show on the map").click()
    expect(panel).to_be_visible()


def test_what_is_ticked_on_one_page_is_seen_on_another(
    one: Screen,
    maker: ScreenMaker,
    server: Server,
    fleet: LiveFleet,
    desk: Desk,
    loop: BackgroundLoop,
) -> None:
    other = maker.small(server.url, fleet, NAMED.format(name="Bilal") + AHEAD)
    key, alert = in_zone(fleet, 1)
    loop.run(desk.raise_alert(key, alert))
    for screen in (one, other):
        screen.page.locator(f'.queue-row[data-key="{key}"]').click()
        expect(screen.page.locator(".checklist input").first).to_be_visible()
    one.page.locator(".checklist input").first.check()
    expect(one.page.locator(".checklist .by").first).to_contain_text("Sana")
    expect(other.page.locator(".checklist .by").first).to_contain_text("Sana")
    assert other.page.locator(".checklist input").first.is_checked()
    # Its clock is ahead of the server's, and it says so.
    expect(other.page.locator(".clock-note")).to_contain_text("7.0 s ahead")
    expect(one.page.locator(".clock-note")).to_be_hidden()


def test_an_arrow_at_the_edge_leads_to_a_high_alert_out_of_sight(
    one: Screen, fleet: LiveFleet, desk: Desk, loop: BackgroundLoop
) -> None:
    page = one.page
    loop.run(desk.clear_all())
    until_sync(lambda: one.ask("alertsOnMap()") == 0)
    far = fleet.cars[12].default_name
    page.locator("#search").fill(far)
    page.locator("#search").press("Enter")
    page.locator("#panel .icon").first.click()  # centres the map on it
    until_sync(lambda: one.ask("zoom()") >= 14)
    key, alert = in_zone(fleet, 0)
    loop.run(desk.raise_alert(key, alert))
    until_sync(lambda: one.ask("edges()") == 1)
    arrow = page.locator(".edge-arrow:visible")
    expect(arrow).to_have_attribute("aria-label", re.compile("Out of sight"))
    arrow.click()
    expect(page.locator("#alert-panel")).to_be_visible()
    until_sync(lambda: one.ask("edges()") == 0)


THINNED = """(() => {
  const n = 700, kind = new Uint8Array(n).fill(5), freshness = new Uint8Array(n);
  const spot = (i) => 0.7 + ((i * 7919) % n) / n / 4000;
  const x = Float64Array.from({ length: n }, (_, i) => spot(i));
  const y = Float64Array.from({ length: n }, (_, i) => 0.4 + spot(i * 31) - 0.7);
  freshness[77] = 2;
  const keys = Array.from({ length: n }, (_, i) => String(i));
  const fleet = { count: n, capacity: n, kind, freshness, x, y, keys, hasPlace: () => true };
  const spread = new m.Spread(fleet);
  spread.alerting = new Set(["13", "14"]);
  return [9, 12, 15, 16].map((zoom) => {
    spread.arrange(zoom, (slot) => slot === 5);
    const hidden = [...spread.hidden.keys()].filter((slot) => spread.hidden[slot]);
    return { hidden, stands: [...spread.counts.values()].reduce((sum, each) => sum + each - 1, 0) };
  });
})()"""


def test_thinning_hides_no_alert_nor_what_is_selected_and_counts_all_others(sana: Screen) -> None:
    told = asked(sana.page, "live/spread.js", THINNED)
    for each in told:
        assert len(each["hidden"]) == each["stands"]
        assert not {5, 13, 14} & set(each["hidden"])
    numbers = [len(each["hidden"]) for each in told]
    assert numbers == sorted(numbers, reverse=True)
    assert numbers[0] > 600
    assert 77 not in told[0]["hidden"]  # the worst stands for its cell
    assert numbers[-1] == 0


def test_the_planned_way_of_a_drone_on_a_sortie_is_drawn(
    new_screen: ScreenMaker, server: Server, fleet: LiveFleet, loop: BackgroundLoop
) -> None:
    loop.run(schedule_now(server, str(fleet.drones[0].key)), 60)
    screen = new_screen.small(server.url, fleet)
    until_sync(lambda: screen.ask("ways()") == 1)
    screen.page.locator(".layers summary").click()
    screen.page.locator('[data-layer="routes"]').uncheck()
    assert "routes" in screen.page.url


def test_what_the_camera_of_a_chosen_drone_sees_is_drawn_whatever_is_hidden(
    one: Screen, fleet: LiveFleet
) -> None:
    drone, other = fleet.flying[:2]
    fleet.looking |= {drone.key, other.key}
    one.page.evaluate("document.querySelector('.layers').open = true")
    shown = one.page.locator("[data-layer=footprints]")
    shown.set_checked(False)
    one.click_mark(drone.default_name)
    until_sync(lambda: one.ask("footprints()") == {"chosen": 1, "moving": 0, "fixed": 0})
    one.page.keyboard.press("c")  # near enough for those of all
    until_sync(lambda: one.ask("zoom()") >= 13.9)
    shown.set_checked(True)
    until_sync(lambda: one.ask("footprints()") == {"chosen": 1, "moving": 1, "fixed": 0})
    one.page.keyboard.press("Escape")
    until_sync(lambda: one.ask("footprints()")["moving"] == 2)


def test_a_mission_that_was_given_elsewhere_is_drawn_with_its_vehicle(
    one: Screen, fleet: LiveFleet, loop: BackgroundLoop, dsn: str
) -> None:
    places = tuple((n, 16, 3, 34.0 + n / 200, 71.52, 60.0) for n in range(1, 5))
    told = Carried(fleet.drones[3].key, datetime.now(UTC), 5, places)
    loop.run(kept(dsn, Batch(carried=(told,))))
    until_sync(lambda: one.ask("missions()") == 1)
    over = replace(told, time=datetime.now(UTC), places=None)
    loop.run(kept(dsn, Batch(carried=(over,))))
    until_sync(lambda: one.ask("missions()") == 0)


async def kept(dsn: str, batch: Batch) -> None:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await Inserter(connection).write(batch, batch.assets)


@pytest.mark.parametrize("language", ["en"])  # test_looks has all pages in both
def test_the_tools_keep_nobody_out(
    new_screen: ScreenMaker, server: Server, fleet: LiveFleet, language: str
) -> None:
    script = f"localStorage.setItem('nigehban.language', '{language}');"
    screen = new_screen.small(server.url, fleet, script)
    page = screen.page
    page.locator(".legend summary").click()
    expect(page.locator(".legend li")).to_have_count(24)
    found = violations(page, "#page-live")
    page.locator(".layers summary").click()
    page.keyboard.press("m")
    page.keyboard.press("Enter")
    page.keyboard.press("p")
    found += violations(page, "#page-live")
    screen.keep("tools")
    assert found == []


async def schedule_now(server: Server, asset: str) -> None:
    """Have a search flown by a drone from a minute ahead."""
    async with httpx.AsyncClient(base_url=f"{server.url}{PATH}/", timeout=30) as client:
        plan = await saved(client, "Wazir Bagh", search())
        when = {"kind": "once", "time": (datetime.now(UTC) + timedelta(minutes=1)).isoformat()}
        body = order(plan, when, asset, accept_conflicts=True)
        answer = await client.post("schedule/orders", json=body)
        assert answer.status_code == 201, answer.text


def in_zone(fleet: LiveFleet, n: int) -> tuple[str, Occurrence]:
    """An alert that opens a checklist, of the n-th drone."""
    drone = fleet.drones[n]
    reason = {"en": f"{drone.default_name} is in Zarghun tower", "ur": "ڈرون حد میں ہے"}
    action = {"en": "Find its operator.", "ur": "چلانے والے کو ڈھونڈیں۔"}
    occurrence = Occurrence(Priority.HIGH, reason, action, assets=(drone.key,))
    return f"drone_in_zone/{drone.key}/Zarghun tower", occurrence
