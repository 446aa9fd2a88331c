"""A page in a headless Chromium, measured: processor time, frames, when a pixel changes, memory.

A changed pixel is seen so: after each callback of requestAnimationFrame, while the frame that it
drew is still in the canvas, the strip of the map where the beacons are is read back. The readback
waits until the frame is drawn, so the time after it is when the published position is in the
picture; the screen shows it with its next refresh. It costs the page something, so it is on for
that measurement only.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, Page

WATCH = """
const raf = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (draw) => raf((time) => {
  draw(time);
  window.look?.();
});
window.watchBeacons = (places) => {
  const canvas = document.querySelector(".maplibregl-canvas");
  const gl = canvas.getContext("webgl2");
  const ratio = canvas.width / canvas.clientWidth;
  const [half, rows] = [4, 5];
  const left = Math.round(places[0][0] * ratio) - half;
  const width = Math.round(places.at(-1)[0] * ratio) + half - left;
  const bottom = canvas.height - Math.round(places[0][1] * ratio) - 3;
  const pixels = new Uint8Array(width * rows * 4);
  const blue = (at) =>
    Math.abs(pixels[at] - 86) < 40 && Math.abs(pixels[at + 1] - 180) < 40 && Math.abs(pixels[at + 2] - 233) < 40;
  window.seenBeacons = [];
  let last = -1;
  window.look = () => {
    gl.readPixels(left, bottom, width, rows, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    const now = performance.timeOrigin + performance.now();
    const found = places.findIndex(([x]) => {
      const middle = Math.round(x * ratio) - left;
      for (let row = 0; row < rows; row += 1)
        for (let i = middle - 3; i <= middle + 3; i += 1)
          if (blue((row * width + i) * 4)) return true;
      return false;
    });
    if (found >= 0 && found !== last) window.seenBeacons.push([now / 1000, found]);
    if (found >= 0) last = found;
  };
};
"""

FRAMES = """
(seconds) => new Promise((done) => {
  const began = performance.now();
  let count = 0;
  const next = (now) => {
    count += 1;
    if (now - began < seconds * 1000) requestAnimationFrame(next);
    else done(count / ((performance.now() - began) / 1000));
  };
  requestAnimationFrame(next);
})
"""

SWAY = 120
"""Pixels that the map is dragged to and fro."""


class Watched:
    """A page, and what it costs."""

    def __init__(self, browser: Browser, url: str, width: int, height: int) -> None:
        self._processes = browser.new_browser_cdp_session()
        self.context = browser.new_context(viewport={"width": width, "height": height})
        self.page: Page = self.context.new_page()
        self.page.add_init_script(WATCH)
        self.page.goto(url)
        self._session = self.context.new_cdp_session(self.page)
        self._session.send("Performance.enable")

    def close(self) -> None:
        self.context.close()

    def cpu(self) -> dict[str, float]:
        """Seconds of processor time so far, by kind of process: renderer, GPU …"""
        spent: dict[str, float] = {}
        for process in self._processes.send("SystemInfo.getProcessInfo")["processInfo"]:
            spent[process["type"]] = spent.get(process["type"], 0.0) + process["cpuTime"]
        return spent

    def frames(self, seconds: float) -> float:
        """Frames a second while nobody touches the map."""
        return float(self.page.evaluate(FRAMES, seconds))

    def frames_panning(self, seconds: float) -> float:
        """The same while the map is dragged to and fro."""
        box = self.page.locator(".maplibregl-canvas").bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        mouse = self.page.mouse
        mouse.move(x, y)
        mouse.down()
        self.page.evaluate(f"window.panned = ({FRAMES})({seconds})")
        ends, step = time.monotonic() + seconds, 0
        while time.monotonic() < ends:
            step += 1
            mouse.move(x + SWAY * (abs(step % 40 - 20) / 10 - 1), y)
            self.page.wait_for_timeout(15)
        found = float(self.page.evaluate("window.panned"))
        mouse.up()
        return found

    def beacons_seen(self, places: list[list[float]], seconds: float) -> list[tuple[float, int]]:
        """(time, beacon) of each beacon that appeared; `places` are theirs in the canvas."""
        self.page.evaluate("places => window.watchBeacons(places)", places)
        self.page.wait_for_timeout(1000 * seconds)
        found = self.page.evaluate("window.seenBeacons")
        self.page.evaluate("window.look = undefined")
        return [(moment, beacon) for moment, beacon in found[1:]]

    def heap(self) -> float:
        """MiB of JavaScript objects that are in use."""
        self._session.send("HeapProfiler.collectGarbage")
        metrics: list[dict[str, Any]] = self._session.send("Performance.getMetrics")["metrics"]
        used = next(each["value"] for each in metrics if each["name"] == "JSHeapUsedSize")
        return float(used) / 2**20

    def pids(self, kind: str) -> list[int]:
        """Of the browser's processes of a kind."""
        told = self._processes.send("SystemInfo.getProcessInfo")["processInfo"]
        return [process["id"] for process in told if process["type"] == kind]


def wait(page: Page, condition: Callable[[], bool], seconds: float = 60) -> None:
    """Until it is so, with the page going on. Raises AssertionError."""
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, f"not within {seconds:g} s"
        page.wait_for_timeout(100)
