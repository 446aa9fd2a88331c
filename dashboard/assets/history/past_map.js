// The map of the past: the live page's drawings with a fleet of its own, and a banner that says so.

import { h, write } from "../dom.js";
import { zoneName } from "../format.js";
import { AssetLayer } from "../layer.js";
import { MapView } from "../map.js";
import { t } from "../words.js";
import { dayAndTime } from "../zones.js";
import { LateDrawing } from "./late_drawing.js";
import { PastFleet } from "./past_fleet.js";
import { PastWays } from "./past_ways.js";

export class PastMap {
  /** `onPick(slot)` when a mark is clicked, -1 for the ground. */
  constructor(root, app, { onPick }) {
    this.app = app;
    this.fleet = new PastFleet(app.fleet);
    this.ways = new PastWays(this.fleet);
    this.layer = new AssetLayer(this.fleet, this.ways);
    this.container = h("div", { class: "map", dir: "ltr" });
    this.notice = h("div", { class: "notice", role: "status", hidden: true });
    this.banner = h(
      "div",
      { class: "past-banner" },
      h("strong", {}, t("history.past")),
      (this.when = h("time", {})),
      (this.where = h("span", { class: "past-zone" })),
      (this.waits = h("span", { class: "past-waits", role: "status" })),
    );
    const button = (text, title, onclick) =>
      h("button", { type: "button", title, "aria-label": title, onclick }, text);
    root.append(
      this.container,
      h(
        "div",
        { class: "overlay" },
        this.banner,
        this.notice,
        h(
          "div",
          { class: "zoom" },
          button("+", t("map.zoomin"), () => this.view.zoomBy(1)),
          button("−", t("map.zoomout"), () => this.view.zoomBy(-1)),
          button("⌂", t("history.fit"), () => this.fit()),
        ),
        h(
          "p",
          { class: "past-legend" },
          h("span", { class: "past-ring", "aria-hidden": "true" }),
          t("history.legend.late"),
        ),
      ),
    );
    this.view = new MapView(this.container, this.layer, {
      pick: onPick,
      hover: (slot) => this.layer.hover(slot),
      note: (text) => {
        this.notice.hidden = text === "";
        write(this.notice, text);
      },
    });
    this.late = new LateDrawing(this.container, this.layer);
    this.view.map?.on("render", () => this.late.draw(this.view.map));
  }

  take(recording) {
    this.recording = recording;
    this.fleet.take(recording);
    this.ways.take(recording);
    this.late.span = this.ways.window * 1000;
    this.fitted = false;
  }

  /** Show what was known at `time`. */
  turn(time) {
    const loaded = this.recording.loadedTo > time || this.recording.loadedTo >= this.recording.to;
    this.fleet.turn(time, loaded);
    this.ways.turn(time);
    this.layer.invalidate();
    this.tell(loaded);
    if (!this.fitted && loaded) this.fit();
  }

  tell(loaded) {
    const zone = this.app.look.zone;
    write(this.when, dayAndTime(this.fleet.time, zone));
    write(this.where, zoneName(zone));
    write(this.waits, loaded ? "" : t("history.notyet"));
  }

  /** Bring all that the recording tells of into view. */
  fit() {
    const { map } = this.view;
    let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const { longitude, latitude } of this.recording?.tracks.values() ?? []) {
      for (let i = 0; i < longitude.length; i += 1) {
        west = Math.min(west, longitude[i]);
        east = Math.max(east, longitude[i]);
        south = Math.min(south, latitude[i]);
        north = Math.max(north, latitude[i]);
      }
    }
    if (!map || west > east) return;
    this.fitted = true;
    map.fitBounds(
      [
        [west, south],
        [east, north],
      ],
      { padding: 70, maxZoom: 15.5, duration: 0 },
    );
  }

  awake(on) {
    this.layer.awake = on;
    if (!on) return;
    // The page had no size while another one was shown.
    this.view.map?.resize();
    this.layer.invalidate();
  }
}
