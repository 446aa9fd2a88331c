"""The frame that all pages stand in: addresses, keys, questions, tables, times."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import ScreenMaker
from tests.browser.fleet import LiveFleet
from tests.browser.screen import Screen
from tests.waiting import until_sync

pytestmark = [pytest.mark.browser, pytest.mark.integration]


@pytest.fixture
def frame(screen: Screen) -> Page:
    """The help page."""
    screen.page.locator(".nav a", has_text="Help").click()
    expect(screen.page.locator("#page-help h2").first).to_be_visible()
    return screen.page


def address(page: Page) -> str:
    found: str = page.evaluate("location.pathname + location.search")
    return found


def current(page: Page) -> Locator:
    return page.locator(".nav [aria-current=page]")


def test_pages_are_links_and_back_works(frame: Page) -> None:
    assert frame.title() == "Help · Nigehban"
    expect(current(frame)).to_have_text("Help")
    frame.locator(".nav a", has_text="Plan").click()
    expect(frame.locator("#page-plan h1")).to_be_focused()
    assert (frame.title(), address(frame)) == ("Plan · Nigehban", "/plan")
    expect(frame.locator("#page-help")).to_be_hidden()
    frame.go_back()
    expect(current(frame)).to_have_text("Help")
    expect(frame.locator("#page-help h1")).to_be_focused()


def test_two_keys_lead_to_a_page_and_a_question_mark_tells_which(frame: Page) -> None:
    frame.keyboard.press("g")
    frame.keyboard.press("f")
    expect(frame.locator("#page-fleet")).to_be_visible()
    frame.keyboard.press("?")
    dialog = frame.locator("dialog")
    expect(dialog.locator("dd", has_text="Go to the alerts")).to_be_visible()
    assert violations(frame) == []
    frame.keyboard.press("g")  # means nothing while a dialog is open
    frame.keyboard.press("a")
    frame.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert address(frame) == "/fleet"


def test_a_figure_leads_to_its_list_and_the_list_is_kept(screen: Screen, fleet: LiveFleet) -> None:
    page = screen.page
    page.locator(".figure.airborne").click()
    until_sync(lambda: screen.rows() == [drone.default_name for drone in fleet.flying])
    assert address(page) == "/?state=airborne"
    page.locator("#rows .row:visible").first.click()
    screen.opened(fleet.flying[0].default_name)
    kept = address(page)
    assert kept == f"/?state=airborne&asset={fleet.flying[0].key}"
    page.locator(".nav a", has_text="Alerts").click()
    expect(page.locator("#panel")).to_be_hidden()
    page.locator(".nav a", has_text="Live").click()
    assert address(page) == kept
    screen.opened(fleet.flying[0].default_name)
    page.locator(".figure.airborne").click()
    until_sync(lambda: len(screen.rows()) > len(fleet.flying))


def test_the_map_does_not_draw_while_another_page_is_shown(
    screen: Screen, fleet: LiveFleet
) -> None:
    page = screen.page
    page.locator(".nav a", has_text="Fleet").click()
    page.wait_for_timeout(300)  # a frame that was asked for already
    page.evaluate(
        "window.drawings = 0;"
        "const clear = WebGL2RenderingContext.prototype.clear;"
        "WebGL2RenderingContext.prototype.clear = function (...all) {"
        "  window.drawings += 1; return clear.apply(this, all); };"
        "null"
    )
    name = fleet.flying[0].default_name
    before = screen.mark(name)["longitude"]
    until_sync(lambda: screen.mark(name)["longitude"] != before)  # it goes on taking
    assert page.evaluate("window.drawings") == 0
    page.locator(".nav a", has_text="Live").click()
    until_sync(lambda: page.evaluate("window.drawings") > 0)


def test_a_page_that_cannot_be_loaded_says_so_and_can_be_tried_again(
    frame: Page, maker: ScreenMaker
) -> None:
    maker.forgive("ERR_FAILED")
    page = frame
    page.reload()  # no module of a page is loaded yet
    page.route("**/pages/plan.js*", lambda route: route.abort())
    page.locator(".nav a", has_text="Plan").click()
    expect(page.locator("#page-plan [role=alert]")).to_contain_text("could not be loaded")
    page.unroute("**/pages/plan.js*")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#page-plan [role=alert]")).to_have_count(0)
    expect(page.locator("#page-plan .page-body")).not_to_be_empty()


def test_who_works_here_is_asked_once_and_shown(frame: Page) -> None:
    button = frame.locator(".operator")
    button.click()
    frame.keyboard.press("Enter")  # nothing is written yet
    expect(frame.locator("dialog .wrong")).to_have_text("This is needed.")
    assert violations(frame) == []
    frame.keyboard.type("  Inspector Gul ")
    frame.keyboard.press("Enter")
    expect(frame.locator("dialog")).to_have_count(0)
    expect(button).to_have_text("Inspector Gul")
    expect(button).to_be_focused()
    frame.reload()
    expect(button).to_have_text("Inspector Gul")


def test_times_are_of_the_control_room_and_in_utc_on_demand(screen: Screen) -> None:
    page = screen.page
    expect(page.locator(".clock .local")).to_contain_text("PKT")
    page.keyboard.press("u")
    expect(page.locator(".clock .local")).to_contain_text("UTC")
    expect(page.locator(".clock .utc")).to_contain_text("PKT")
    page.reload()
    expect(page.locator(".clock .local")).to_contain_text("UTC")


def test_language_and_theme_are_chosen_and_stay(frame: Page) -> None:
    root = frame.locator("html")
    frame.locator(".nav-item.language").click()
    expect(root).to_have_attribute("lang", "ur")
    expect(root).to_have_attribute("dir", "rtl")
    expect(current(frame)).to_have_text("مدد")
    frame.locator(".nav-item.theme").click()
    expect(root).to_have_attribute("data-theme", "light")
    frame.reload()
    expect(root).to_have_attribute("data-theme", "light")
    box: Any = frame.locator("#nav").bounding_box()
    assert box["x"] > 1000  # the rail is on the right
    frame.locator(".nav-item.rail").click()
    narrow: Any = frame.locator("#nav").bounding_box()
    assert narrow["width"] < box["width"] / 2


TABLE = """
async (count) => {
  const { Table } = await import("/assets/table.js");
  const root = document.createElement("div");
  root.style.height = "400px";
  document.querySelector("#page-help .page-body").prepend(root);
  window.chosen = [];
  const table = new Table(root, {
    label: "Numbers",
    columns: [
      { id: "name", label: "Name", write: (cell, row) => row.name, sort: (row) => row.name },
      { id: "size", label: "Size", write: (cell, row) => String(row.size ?? "-"),
        sort: (row) => row.size },
    ],
    key: (row) => row.name,
    onChoose: (row) => window.chosen.push(row.name),
  });
  table.show(Array.from({ length: count }, (_, i) =>
    ({ name: `N ${i}`, size: i === 5 ? null : count - i })));
}
"""


def test_a_table_of_a_hundred_thousand_rows_has_few_in_the_document(frame: Page) -> None:
    frame.evaluate(TABLE, 100_000)
    rows = frame.locator(".table-row:visible")
    assert rows.count() < 30
    grid = frame.get_by_role("grid", name="Numbers")
    expect(grid).to_have_attribute("aria-rowcount", "100001")
    grid.focus()
    frame.keyboard.press("End")
    frame.keyboard.press("ArrowUp")
    frame.keyboard.press("Enter")
    assert frame.evaluate("window.chosen") == ["N 99998"]
    expect(frame.locator(".table-row[aria-selected=true]")).to_have_text("N 999982")
    frame.get_by_role("columnheader", name="Size").get_by_role("button").click()
    expect(frame.locator("[aria-sort=ascending]")).to_have_text("Size")
    frame.keyboard.press("Home")
    frame.wait_for_timeout(0)
    assert violations(frame) == []
    grid.focus()
    frame.keyboard.press("End")
    frame.keyboard.press("Enter")
    assert frame.evaluate("window.chosen.at(-1)") == "N 5"  # what is unknown comes last
    frame.keyboard.press("Home")
    for key in ("ArrowUp", "ArrowRight", "Enter"):  # the heads are above the first row
        frame.keyboard.press(key)
    expect(frame.locator("[aria-sort=descending]")).to_have_text("Size")
    expect(frame.get_by_role("status").filter(has_text="Sorted by Size, descending")).to_have_count(
        1
    )
    reached = frame.locator("[data-reached]")
    expect(grid).to_have_attribute("aria-activedescendant", reached.get_attribute("id") or "")
    expect(reached).to_have_css("outline-style", "solid")
    frame.keyboard.press("Space")
    expect(frame.locator("[aria-sort=ascending]")).to_have_text("Size")
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        frame.keyboard.press(key)
    assert frame.evaluate("window.chosen.at(-1)") == "N 99998"


def test_what_was_done_can_be_undone_and_a_problem_stays(frame: Page) -> None:
    frame.evaluate(
        """async () => {
          const { Toasts } = await import("/assets/toast.js");
          const toasts = new Toasts(document.body);
          toasts.say("Renamed", { undo: () => { window.undone = true; } });
          toasts.say("The server refused it", { kind: "problem" });
        }"""
    )
    assert violations(frame, "body") == []
    frame.get_by_role("button", name="Undo").click()
    assert frame.evaluate("window.undone") is True
    expect(frame.locator(".toast")).to_have_text("The server refused it×")


def test_the_api_is_asked_and_its_problems_are_said(
    frame: Page, maker: ScreenMaker, fleet: LiveFleet
) -> None:
    maker.forgive("404 (Not Found)")
    ask = "async ([name, ...all]) => { const { api } = await import('/assets/api.js'); %s }"
    keys = frame.evaluate(
        ask % "return (await api[name](...all)).map((asset) => asset.key);", ["get", "/assets"]
    )
    assert set(keys) == {str(asset.key) for asset in fleet.assets}
    problem = frame.evaluate(
        ask % "return api[name](...all).catch((e) => [e.status, e.kind, e.detail]);",
        ["get", "/assets/1"],
    )
    assert problem[0] == 404
    assert "1" in problem[2]


MARKS = """
async () => {
  const { MarksDrawing } = await import("/assets/marks_drawing.js");
  const { KINDS } = await import("/assets/fleet.js");
  const { rgb } = await import("/assets/shapes.js");
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [600, 100];
  const gl = canvas.getContext("webgl2", { preserveDrawingBuffer: true });
  const x = KINDS.map((_, i) => -0.8 + (1.6 * i) / KINDS.length);
  const fleet = {
    count: x.length, capacity: x.length, x, y: x.map(() => 0), kind: x.map((_, i) => i),
    heading: x.map(() => 0), freshness: x.map(() => 0), grounded: () => false, hasPlace: () => true,
    backX: x.map(() => 0), backY: x.map(() => 0),
  };
  const marks = new MarksDrawing(gl, fleet);
  marks.build(() => 0, new Uint8Array(x.length));
  const single = new Float32Array([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
  marks.draw({ single, highX: 0, highY: 0, lowX: 0, lowY: 0 }, 1, 2, 0);
  return KINDS.map((kind, i) => {
    const pixel = new Uint8Array(4);
    gl.readPixels(Math.round((x[i] + 1) * 300), 50, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
    return [kind, Array.from(pixel.slice(0, 3)), rgb(`--${kind}`).map((part) => part * 255)];
  });
}
"""


def test_every_kind_is_drawn_in_its_own_colour(frame: Page) -> None:
    for kind, drawn, meant in frame.evaluate(MARKS):
        assert drawn == pytest.approx(meant, abs=8), kind
