// The map of the past: the live page's drawings with a fleet, geofences, contacts and alerts of their own,
// and a banner that says so.

import { h, write } from "../dom.js";
import { zoneName } from "../format.js";
import { AssetLayer } from "../layer.js";
import { FenceNames } from "../live/fence_names.js";
import { MapView } from "../map.js";
import { AlertPlaces } from "../watch/alert_places.js";
import { ContactLayers } from "../watch/contact_layers.js";
import { FenceLayers } from "../watch/fence_layers.js";
import { t } from "../words.js";
import { dayAndTime } from "../zones.js";
import { LateDrawing } from "./late_drawing.js";
import { PastAlerts } from "./past_alerts.js";
import { PastContacts } from "./past_contacts.js";
import { PastFences, PastFenceTip } from "./past_fences.js";
import { PastFleet } from "./past_fleet.js";
import { PastLayers } from "./past_layers.js";
import { PastPlaces } from "./past_places.js";
import { PastWays } from "./past_ways.js";

const CLOSE = 14; // zoom at which a chosen place is shown
const CONTACTS_EACH = 100; // ms between two drawings of contacts
const HOVER_PAUSE = 80; // ms that the pointer rests before geofences under it are looked for

export class PastMap {
  /**
   * `onPick(slot)` when a mark is clicked, -1 for the ground; `onContact(id)` and `onAlert(alert)` when
   * one of these is.
   */
  constructor(root, app, { onPick, onContact, onAlert }) {
    this.app = app;
    this.turned = -Infinity; // when contacts were drawn last
    this.fleet = new PastFleet(app.fleet);
    this.fences = new PastFences();
    this.contacts = new PastContacts();
    this.alerts = new PastAlerts();
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
    const foot = h("div", { class: "past-map-foot" });
    this.overlay = h(
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
      foot,
    );
    root.append(this.container, this.overlay);
    this.layers = new PastLayers(foot);
    foot.append(
      h("p", { class: "past-legend" }, h("span", { class: "past-ring", "aria-hidden": "true" }), t("history.legend.late")),
    );
    this.view = new MapView(this.container, this.layer, {
      pick: (slot, point) => {
        const contact = slot < 0 ? (this.contactLayers?.pick(point) ?? null) : null;
        if (contact !== null) onContact(String(contact));
        else onPick(slot);
      },
      hover: (slot) => this.layer.hover(slot),
      note: (text) => {
        this.notice.hidden = text === "";
        write(this.notice, text);
      },
    });
    this.late = new LateDrawing(this.container, this.layer);
    this.places = new PastPlaces(this.fleet, this.contacts);
    this.marks = new AlertPlaces(this.overlay, this.alerts, this.places, this.layer, onAlert);
    this.tip = new PastFenceTip(this.overlay, this.fleet.clock, () => app.look.zone);
    if (this.view.map) this.join(this.view.map);
  }

  /** Draw geofences and contacts too. */
  join(map) {
    const { layers } = this;
    this.fenceLayers = new FenceLayers(map, this.fences, layers);
    this.contactLayers = new ContactLayers(map, this.contacts, layers, this.fleet.clock);
    this.view.labels.names = new FenceNames(this.fences, layers);
    this.view.labels.obstacles = (camera, width) =>
      layers.shows("contacts") ? this.contactLayers.boxes(camera, width) : [];
    map.on("load", () => this.draw());
    map.on("webglcontextrestored", () => map.once("idle", () => this.draw()));
    map.on("render", () => {
      this.late.draw(map);
      if (layers.shows("alerts")) this.marks.draw();
    });
    map.on("mousemove", ({ point }) => this.hover(point));
    map.on("mouseout", () => this.hover(null));
    layers.addEventListener("change", () => this.showLayers());
    this.showLayers();
  }

  draw() {
    this.fenceLayers.add();
    this.contactLayers.add();
    // Our own assets stand above all.
    if (this.view.map.getLayer(this.layer.id)) this.view.map.moveLayer(this.layer.id);
  }

  showLayers() {
    this.marks.element.hidden = !this.layers.shows("alerts");
    this.layer.invalidate();
  }

  /** Which geofences are under the pointer, once it rests. */
  hover(point) {
    clearTimeout(this.hovering);
    this.tip.show([], 0, 0);
    if (!point || !this.layers.shows("fences")) return;
    this.hovering = setTimeout(() => {
      const { map } = this.view;
      if (!map.getLayer("fence-fill-keep-out") || this.layer.pick(point.x, point.y) >= 0) return;
      this.tip.show(this.fenceLayers.at(point), point.x, point.y);
    }, HOVER_PAUSE);
  }

  /** Take the colours of the theme that is chosen now. */
  recolour() {
    this.view.recolour();
    const { map } = this.view;
    if (!map?.getSource("fences")) return;
    this.fenceLayers.remove();
    this.contactLayers.remove();
    this.draw();
    this.view.labels.names.recolour();
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
    this.fences.turn(time);
    this.alerts.turn(time);
    this.turnContacts(time);
    this.layer.invalidate();
    this.tell(loaded);
    if (!this.fitted && loaded) this.fit();
  }

  /** Contacts are drawn by MapLibre itself, which does not bear it with each frame. */
  turnContacts(time) {
    clearTimeout(this.turning);
    const wait = this.turned + CONTACTS_EACH - performance.now();
    if (wait > 0) {
      this.turning = setTimeout(() => this.turnContacts(time), wait);
      return;
    }
    this.turned = performance.now();
    this.contacts.turn(time);
  }

  tell(loaded) {
    const zone = this.app.look.zone;
    write(this.when, dayAndTime(this.fleet.time, zone));
    write(this.where, zoneName(zone));
    write(this.waits, loaded ? "" : t("history.notyet"));
  }

  /** Bring a place ([longitude, latitude]) into view. */
  fly(place) {
    const { map } = this.view;
    map?.easeTo({ center: place, zoom: Math.max(map.getZoom(), CLOSE), duration: 600 });
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
    if (this.contactLayers) this.contactLayers.paused = !on;
    if (!on) return;
    // The page had no size while another one was shown.
    this.view.map?.resize();
    this.contactLayers?.draw();
    this.layer.invalidate();
  }
}
