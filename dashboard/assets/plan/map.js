// The planner's own map: made when it is first shown. What is drawn on it are named sources, each
// with its layers; who draws gives both.

import { newMap, recolour } from "../map.js";
import { style } from "../style.js";
import { t } from "../words.js";

const EMPTY = { type: "FeatureCollection", features: [] };
const MARGIN = 60; // px around what is brought into view
const CLOSE = 16.5; // zoom at most when something small is shown

export class PlanMap {
  constructor(container, look) {
    this.container = container;
    this.map = null;
    this.parts = new Map(); // name of a source → what gives its layers
    this.data = new Map();
    this.loaded = false;
    this.ground = null; // what lies below all parts: { begin(), recolour() }
    look.addEventListener("change", () => this.recolour());
  }

  /** Make the map, once. Whether there is one: a browser without WebGL 2 has none. */
  open() {
    if (this.map || this.failed) return !this.failed;
    try {
      this.map = newMap(this.container);
    } catch (error) {
      console.info(error);
      this.failed = true;
      this.container.append(Object.assign(document.createElement("p"), { className: "notice", textContent: t("map.nowebgl") }));
      return false;
    }
    this.map.getCanvas().setAttribute("aria-label", t("plan.map"));
    this.map.on("load", () => {
      this.loaded = true;
      this.ground?.begin();
      for (const name of this.parts.keys()) this.put(name);
      this.ready?.();
    });
    this.whenReady = new Promise((resolve) => {
      this.ready = resolve;
    });
    return true;
  }

  /** Layers `layers()` (without their source) that draw what `show(name, …)` is given. */
  add(name, layers) {
    this.parts.set(name, layers);
    if (this.loaded) this.put(name);
  }

  put(name) {
    this.map.addSource(name, { type: "geojson", data: this.data.get(name) ?? EMPTY });
    for (const layer of this.parts.get(name)()) this.map.addLayer({ source: name, ...layer });
  }

  /** Draw features in a source instead of those that were there. */
  show(name, features) {
    const data = { type: "FeatureCollection", features };
    this.data.set(name, data);
    if (this.loaded) this.map.getSource(name).setData(data);
  }

  recolour() {
    if (!this.loaded) return;
    const own = [...this.parts.values()].flatMap((layers) => layers());
    recolour(this.map, [...style("").layers, ...own]);
    this.ground?.recolour();
    for (const { id } of own) this.map.moveLayer(id);
  }

  /** Bring [west, south, east, north] into view, clear of what lies over the map: { left, right } px. */
  fit([west, south, east, north], { left = 0, right = 0 } = {}) {
    const padding = { top: MARGIN, bottom: MARGIN, left: MARGIN + left, right: MARGIN + right };
    this.map?.fitBounds([[west, south], [east, north]], { padding, maxZoom: CLOSE, duration: 300 });
  }

  /** Bring a place into the middle. */
  goTo(longitude, latitude) {
    this.map?.easeTo({ center: [longitude, latitude], zoom: Math.max(this.map.getZoom(), 15), duration: 300 });
  }
}
