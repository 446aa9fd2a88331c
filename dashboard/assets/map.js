// The map: our style, our layer and labels, clicks and the pointer. Without WebGL 2 there is no
// map, and everything else goes on.

import * as maplibre from "/vendor/maplibre-gl/maplibre-gl.mjs";
import { Labels } from "./labels.js";
import { style } from "./style.js";
import { rightToLeft, t } from "./words.js";

const CITY = [
  [71.385, 33.935],
  [71.675, 34.083],
];
const NO_PADDING = { top: 0, bottom: 0, left: 0, right: 0 };
const APPROACH = 1.5; // steps of zoom
const CLOSE = 14; // zoom at which a chosen asset is shown

export class MapView {
  /**
   * `on.pick(slot, point)` and `on.hover(slot)` tell what the pointer does, -1 for nothing there;
   * `on.note(text)` that no map can be drawn now, and with an empty text that it can.
   */
  constructor(container, layer, on) {
    this.layer = layer;
    this.map = null;
    this.labels = null;
    try {
      this.map = newMap(container);
    } catch (error) {
      console.info(error);
      on.note(t("map.nowebgl"));
      return;
    }
    const { map } = this;
    this.labels = new Labels(container, layer);
    map.on("load", () => map.addLayer(layer));
    map.on("render", () => this.labels.draw(map));
    map.on("click", ({ point }) => on.pick(layer.pick(point.x, point.y), point));
    map.on("mousemove", ({ point }) => {
      const slot = layer.pick(point.x, point.y);
      map.getCanvas().style.cursor = slot >= 0 ? "pointer" : "";
      on.hover(slot);
    });
    map.on("mouseout", () => on.hover(-1));
    // A driver may start anew at any time. MapLibre then brings its own layers back, not ours.
    map.on("webglcontextlost", () => on.note(t("map.graphicslost")));
    map.on("webglcontextrestored", () => {
      map.once("idle", () => {
        if (!map.getLayer(layer.id)) map.addLayer(layer);
        on.note("");
      });
    });
  }

  /** Take the colours of the theme that is chosen now. */
  recolour() {
    this.layer.recolour();
    this.labels?.recolour();
    if (!this.map?.isStyleLoaded()) {
      this.map?.once("idle", () => this.recolour());
      return;
    }
    recolour(this.map, style("").layers);
  }

  get zoom() {
    return this.map?.getZoom() ?? null;
  }

  zoomBy(step) {
    this.map?.zoomTo(this.map.getZoom() + step, { duration: 200 });
  }

  home() {
    this.map?.setPadding(NO_PADDING); // fitBounds would add to that of a panel that was open
    this.map?.fitBounds(CITY, { duration: 500 });
  }

  /** Bring an asset into the middle of what `covered` ({ left, right }, CSS pixels) leaves free. */
  centre(slot, covered) {
    const { fleet } = this.layer;
    if (!this.map || slot < 0 || !fleet.hasPlace(slot)) return;
    this.map.easeTo({
      center: [fleet.longitude[slot], fleet.latitude[slot]],
      zoom: Math.max(this.map.getZoom(), CLOSE),
      padding: covered,
      duration: 600,
    });
  }

  /** The same, but only if its mark cannot be seen. */
  reveal(slot, covered) {
    const at = this.layer.place(slot);
    if (!at) return;
    const { width, height } = this.layer.camera;
    const [x, y] = at;
    const { left, right } = covered;
    const seen = x > left + 40 && y > 60 && x < width - right - 40 && y < height - 60;
    if (!seen) this.centre(slot, covered);
  }

  /** Come so near that what a mark stands for is drawn apart, or nearly. */
  approach(slot, covered) {
    const { fleet } = this.layer;
    this.map.easeTo({
      center: [fleet.longitude[slot], fleet.latitude[slot]],
      zoom: this.map.getZoom() + APPROACH,
      padding: covered,
      duration: 400,
    });
  }
}

/** Give layers that are on a map, those of the ground where none are told, the colours of the theme. */
export function recolour(map, layers = style("").layers) {
  for (const { id, paint } of layers) {
    for (const [name, value] of Object.entries(paint)) map.setPaintProperty(id, name, value);
  }
}

/** A map of the city, north up. Throws an Error where there is no WebGL 2. */
export function newMap(container) {
  const map = new maplibre.Map({
    container,
    style: style(`${location.origin}/map/schematic.json`),
    bounds: CITY,
    minZoom: 7,
    maxZoom: 19,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    attributionControl: false,
    fadeDuration: 0,
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  const corner = rightToLeft ? "bottom-left" : "bottom-right";
  map.addControl(new maplibre.AttributionControl({ compact: false }), corner);
  map.addControl(new maplibre.ScaleControl({ maxWidth: 120, unit: "metric" }), corner);
  return map;
}
