// Fixed cameras on the map: each by its sign, turned to where it looks. They stand still, so they are drawn
// anew only when one of them is another.

import { CAMERA, FRESH } from "../fleet.js";
import { parts, token } from "../shapes.js";
import { FONT } from "../style.js";

const SOURCE = "cameras";
const ALL = "camera-all";
const CHOSEN = "camera-chosen";
const LAYER = "cameras"; // of the menu
const FROM = 14; // zoom from which all are drawn; the chosen one always is
const NAMED = 16; // zoom from which they have names
const REACH = 10; // CSS pixels from one within which a click means it
const UNITS = 26;

export class CameraLayers {
  constructor(map, cameras, layers) {
    Object.assign(this, { map, cameras, layers });
    this.selected = null; // key
    cameras.addEventListener("change", () => this.draw());
    layers.addEventListener("change", () => this.toggle());
  }

  /** Put our source and layers into the style, on top, unless they are there. */
  add() {
    const { map } = this;
    if (map.getSource(SOURCE)) return;
    for (const turned of [true, false]) {
      const name = icon(turned);
      if (map.hasImage(name)) map.removeImage(name);
      map.addImage(name, pixels(turned), { pixelRatio: 2 });
    }
    map.addSource(SOURCE, { type: "geojson", data: this.collection() });
    const layer = (id, minzoom, size, layout, paint) =>
      map.addLayer({
        id,
        source: SOURCE,
        type: "symbol",
        minzoom,
        layout: {
          "icon-image": ["get", "icon"],
          "icon-size": size,
          "icon-rotate": ["get", "heading"],
          "icon-rotation-alignment": "map",
          "icon-allow-overlap": true,
          "icon-ignore-placement": true,
          "text-font": FONT,
          "text-size": 11.5,
          "text-anchor": "top",
          "text-offset": [0, 1],
          "text-optional": true,
          ...layout,
        },
        paint: {
          "icon-opacity": ["case", ["get", "idle"], 0.4, 1],
          "text-color": token("--camera"),
          "text-halo-color": token("--label-halo"),
          "text-halo-width": 1.6,
          ...paint,
        },
      });
    layer(ALL, FROM, 0.72, { "text-field": ["step", ["zoom"], "", NAMED, ["get", "name"]] }, {});
    layer(CHOSEN, 0, 1.2, { "text-field": ["get", "name"], "text-size": 13, "text-allow-overlap": true }, {});
    this.toggle();
    this.select(this.selected);
  }

  /** Take them out, to be put in again in other colours. */
  remove() {
    for (const id of [ALL, CHOSEN]) this.map.removeLayer(id);
    this.map.removeSource(SOURCE);
  }

  /** Mark one, or none (null). */
  select(key) {
    this.selected = key;
    if (!this.map.getLayer(CHOSEN)) return;
    this.map.setFilter(CHOSEN, ["==", ["get", "key"], key ?? ""]);
    this.map.setFilter(ALL, ["!=", ["get", "key"], key ?? ""]);
  }

  toggle() {
    if (!this.map.getLayer(ALL)) return;
    this.map.setLayoutProperty(ALL, "visibility", this.layers.shows(LAYER) ? "visible" : "none");
  }

  draw() {
    this.map.getSource(SOURCE)?.setData(this.collection());
  }

  /** The key of the camera at a point of the map; null for none. */
  pick(point) {
    const all = this.map.getZoom() >= FROM && this.layers.shows(LAYER);
    let nearest = null;
    let least = REACH;
    for (const { key, place } of this.cameras.byKey.values()) {
      if (place === null || !(all || key === this.selected)) continue;
      const away = this.map.project(place).dist(point);
      if (away > least) continue;
      nearest = key;
      least = away;
    }
    return nearest;
  }

  collection() {
    const features = [];
    for (const { key, name, place, heading, out_of_service: idle } of this.cameras.byKey.values()) {
      if (place === null) continue;
      const properties = { key, name, idle, icon: icon(heading !== null), heading: heading ?? 0 };
      features.push({ type: "Feature", geometry: { type: "Point", coordinates: place }, properties });
    }
    return { type: "FeatureCollection", features };
  }
}

function icon(turned) {
  return turned ? "camera-turned" : "camera-still";
}

/** The sign as pixels, twice as fine. */
function pixels(turned) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = UNITS * 2;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.setTransform(2, 0, 0, 2, UNITS, UNITS);
  context.lineJoin = "round";
  for (const { path, fill, stroke, width } of parts(CAMERA, FRESH, false, turned)) {
    const shape = new Path2D(path);
    if (stroke) {
      context.strokeStyle = token(stroke);
      context.lineWidth = width;
      context.stroke(shape);
    }
    if (fill) {
      context.fillStyle = token(fill);
      context.fill(shape);
    }
  }
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
