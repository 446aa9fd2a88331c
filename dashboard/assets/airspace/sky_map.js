// The map of the airspace page: contacts and geofences as on the live page, the track of the chosen
// contact, and how many were where. Made when it is first shown.

import { newMap, recolour } from "../map.js";
import { h } from "../dom.js";
import { token } from "../shapes.js";
import { rightToLeft, t } from "../words.js";
import { ContactLayers } from "../watch/contact_layers.js";
import { FenceLayers } from "../watch/fence_layers.js";
import { Layers } from "../watch/layers.js";
import { rampColours } from "./ramp.js";

const CLOSE = 13; // zoom at which a contact is shown
const OWN = "friends"; // the layer of our own drones
const NONE = { type: "FeatureCollection", features: [] };

export class SkyMap {
  /** `onPick(id)` when a contact is chosen on the map. */
  constructor(root, app, onPick) {
    this.app = app;
    this.onPick = onPick;
    this.map = null;
    this.layers = new Layers({ hide: OWN }); // whatever is hidden on the live page
    this.failed = false;
    this.track = NONE;
    this.cells = NONE;
    this.most = 1;
    this.selected = null;
    this.container = h("div", { class: "map sky-map", dir: "ltr", role: "region", "aria-label": t("map.label") });
    this.note = h("p", { class: "part-state", role: "status", hidden: true });
    this.legend = h("div", { class: "heat-legend", hidden: true });
    root.append(this.container, this.note, this.legend);
    app.look.addEventListener("change", () => this.recolour());
    new ResizeObserver(() => this.map?.resize()).observe(this.container);
  }

  show() {
    if (!this.map && !this.failed) this.make();
    if (!this.contacts) return;
    this.contacts.paused = false;
    this.contacts.draw();
  }

  hide() {
    if (this.contacts) this.contacts.paused = true;
  }

  /** Whether our own drones are among the contacts. */
  showOwn(shown) {
    if (this.layers.shows(OWN) !== shown) this.layers.hide(shown ? [] : [OWN]);
  }

  make() {
    const { app } = this;
    try {
      this.map = newMap(this.container);
    } catch (error) {
      console.info(error);
      this.failed = true;
      this.note.hidden = false;
      this.note.textContent = t("map.nowebgl");
      return;
    }
    this.fences = new FenceLayers(this.map, app.fences, this.layers);
    this.contacts = new ContactLayers(this.map, app.contacts, this.layers, app.clock);
    this.map.on("load", () => this.draw());
    this.map.on("webglcontextrestored", () => this.map.once("idle", () => this.draw()));
    this.map.on("click", ({ point }) => {
      const id = this.contacts.pick(point);
      if (id !== null) this.onPick(String(id));
    });
  }

  draw() {
    const { map } = this;
    this.theme = document.documentElement.dataset.theme;
    this.fences.add();
    if (!map.getSource("heat")) {
      map.addSource("heat", { type: "geojson", data: this.cells });
      map.addLayer({ id: "heat", type: "fill", source: "heat", paint: { "fill-opacity": 0.72, "fill-color": this.ramp() } });
      map.addSource("track", { type: "geojson", data: this.track });
      map.addLayer({
        id: "track",
        type: "line",
        source: "track",
        layout: { "line-join": "round", "line-cap": "round" },
        paint: { "line-color": token("--main"), "line-width": 2.6 },
      });
    }
    this.contacts.add();
    this.contacts.select(this.selected);
    this.container.dataset.drawn = "true"; // for those who ask from outside
  }

  recolour() {
    const theme = document.documentElement.dataset.theme;
    if (!this.map?.getSource("heat") || theme === this.theme) return;
    recolour(this.map);
    for (const name of ["heat", "track"]) {
      this.map.removeLayer(name);
      this.map.removeSource(name);
    }
    this.fences.remove();
    this.contacts.remove();
    this.draw();
    this.showLegend();
  }

  ramp() {
    const colours = rampColours();
    const at = (i) => 1 + ((this.most - 1) * i) / (colours.length - 1);
    // Equal stops are none: with one contact a cell at most there is one colour.
    if (this.most <= 1) return colours.at(-1);
    return ["interpolate", ["linear"], ["get", "contacts"], ...colours.flatMap((colour, i) => [at(i), colour])];
  }

  /** Mark a contact; null for none. */
  select(id) {
    this.selected = id;
    this.contacts?.select(id);
  }

  /** Draw where it was: [[longitude, latitude], …], and bring it into view if `fit`. */
  showTrack(points, fit = false) {
    const line = { type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: points } };
    this.track = points.length > 1 ? { type: "FeatureCollection", features: [line] } : NONE;
    this.map?.getSource("track")?.setData(this.track);
    if (fit && points.length) this.fit(points);
  }

  fit(points) {
    const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
    const bounds = [
      [Math.min(...xs), Math.min(...ys)],
      [Math.max(...xs), Math.max(...ys)],
    ];
    this.map?.fitBounds(bounds, { padding: 70, maxZoom: CLOSE + 1.5, duration: 500 });
  }

  /** Draw how many contacts were in each cell of `cell` degrees. */
  showCells(items, cell) {
    this.most = items.reduce((most, { contacts }) => Math.max(most, contacts), 1);
    this.cells = {
      type: "FeatureCollection",
      features: items.map(({ latitude, longitude, contacts }) => ({
        type: "Feature",
        properties: { contacts },
        geometry: { type: "Polygon", coordinates: [square(longitude, latitude, cell)] },
      })),
    };
    this.map?.getSource("heat")?.setData(this.cells);
    if (this.map?.getLayer("heat")) this.map.setPaintProperty("heat", "fill-color", this.ramp());
    this.showLegend();
  }

  showLegend() {
    const none = this.cells.features.length === 0;
    this.legend.hidden = none;
    if (none) return;
    const bar = h("span", { class: "ramp", "aria-hidden": "true" });
    const colours = this.most > 1 ? rampColours() : [rampColours().at(-1)];
    bar.style.background = colours.length > 1 ? `linear-gradient(to ${rightToLeft ? "left" : "right"}, ${colours.join(",")})` : colours[0];
    this.legend.replaceChildren(h("span", {}, t("heat.contacts")), h("span", { dir: "ltr" }, "1"), bar, h("span", { dir: "ltr" }, String(this.most)));
  }
}

function square(west, south, side) {
  const [east, north] = [west + side, south + side];
  return [[west, south], [east, south], [east, north], [west, north], [west, south]];
}
