// Drawing on the planner's map: areas, lines and places, by pointer or by keys alone. What is drawn
// can be dragged, and each step taken back.

import { token } from "../shapes.js";
import { FONT } from "../style.js";
import { circle, distance, geometry, rectangle, rounded } from "./geometry.js";

const SOURCE = "draft";
const NEAR = 9; // px within which a click means the corner that is there
const LEAST = { area: 3, line: 2, point: 1 };
const TOOLS = { polygon: "area", rectangle: "area", circle: "area", line: "line", point: "point" };
const UNDO_MOST = 100;
const FEW = 24; // corners that are drawn large, and with places between them

/**
 * Holds what is drawn by name: { area: { form, places, holes }, … }. Dispatches `change` when that
 * has become another, `tool` when drawing begins, goes on or ends, and `moved` while the pointer
 * would make the outline another.
 */
export class Drawing extends EventTarget {
  constructor(view) {
    super();
    this.view = view;
    this.shapes = {};
    this.past = []; // what `shapes` was
    this.tool = null;
    this.name = null; // of what is being drawn
    this.places = []; // its corners so far
    this.pointer = null;
    this.shown = []; // names of what can be seen
    view.add(SOURCE, draftLayers);
    document.addEventListener("keydown", (event) => this.key(event), true);
  }

  /** Listen to the map, once there is one. */
  attach() {
    const { map } = this.view;
    if (!map || this.attached) return;
    this.attached = true;
    map.on("click", (event) => this.click(event));
    map.on("dblclick", (event) => {
      if (!this.tool) return;
      event.preventDefault();
      this.finish();
    });
    map.on("mousemove", (event) => this.move(event));
    map.on("mousedown", (event) => this.press(event));
    map.on("mouseup", () => this.release());
    map.on("contextmenu", (event) => this.remove(event));
  }

  /** Draw `name` anew with a tool: polygon, rectangle, circle, line or point. */
  begin(tool, name) {
    this.tool = tool;
    this.name = name;
    this.places = [];
    this.pointer = null;
    const { map } = this.view;
    map?.doubleClickZoom.disable();
    if (map) map.getCanvas().style.cursor = "crosshair";
    map?.getCanvas().focus({ preventScroll: true });
    this.told("tool");
  }

  /** Stop drawing; what was there stays. */
  cancel() {
    if (!this.tool) return;
    this.tool = null;
    this.places = [];
    const { map } = this.view;
    if (map) map.getCanvas().style.cursor = "";
    // The second click of a double click must not zoom.
    setTimeout(() => map?.doubleClickZoom.enable(), 300);
    this.told("tool");
  }

  /** Whether what is being drawn could be finished now. */
  get enough() {
    return this.tool !== null && this.outline().length >= LEAST[TOOLS[this.tool]];
  }

  finish() {
    if (!this.enough) return;
    const { name, tool } = this;
    const places = this.outline();
    this.cancel();
    this.set(name, { form: TOOLS[tool], places, holes: [] });
  }

  /** Put a shape in its place; null takes it away. */
  set(name, shape, { silent = false } = {}) {
    this.past.push(this.shapes);
    if (this.past.length > UNDO_MOST) this.past.shift();
    this.shapes = { ...this.shapes, [name]: shape };
    this.draw();
    if (!silent) this.told("change");
  }

  /** Forget all, and what was before it. */
  clear() {
    this.cancel();
    this.shapes = {};
    this.past = [];
    this.draw();
  }

  /** Take back the last corner, or the last change. */
  undo() {
    if (this.tool && this.places.length) {
      this.places = this.places.slice(0, -1);
      this.told("tool");
      return;
    }
    if (this.tool || !this.past.length) return;
    this.shapes = this.past.pop();
    this.draw();
    this.told("change");
  }

  get canUndo() {
    return this.tool ? this.places.length > 0 : this.past.length > 0;
  }

  told(what) {
    if (what === "tool") this.draw();
    this.dispatchEvent(new Event(what));
  }

  /** What is drawn as `name`, or being drawn to where the pointer is; null where there is none. */
  now(name) {
    if (!this.tool || this.name !== name) return this.shapes[name] ?? null;
    const to = this.pointer && this.places.length ? [...this.places, this.pointer] : this.places;
    const places = this.outline(to);
    return places.length < LEAST[TOOLS[this.tool]] ? null : { form: TOOLS[this.tool], places, holes: [] };
  }

  /** The corners that would be there if it were finished now. */
  outline(places = this.places) {
    const { tool } = this;
    if (tool === "rectangle") return places.length === 2 ? rectangle(...places) : [];
    if (tool === "circle") return places.length === 2 ? circle(places[0], distance(...places)) : [];
    return places;
  }

  /** Add a corner; what needs no more is finished. */
  corner(place) {
    const last = this.places.at(-1);
    if (last && this.pixels(last, place) < NEAR / 2) return;
    if (this.tool === "polygon" && this.places.length > 2 && this.pixels(this.places[0], place) < NEAR) {
      this.finish();
      return;
    }
    this.places = [...this.places, rounded(place)];
    const most = { rectangle: 2, circle: 2, point: 1 }[this.tool];
    if (this.places.length === most) this.finish();
    else this.told("tool");
  }

  click({ lngLat }) {
    if (this.tool) this.corner([lngLat.lng, lngLat.lat]);
  }

  move({ lngLat, point }) {
    const place = [lngLat.lng, lngLat.lat];
    if (this.held) {
      this.drag(place);
    } else if (this.tool) {
      this.pointer = place;
      this.draw();
      if (this.places.length) this.told("moved");
    } else {
      this.view.map.getCanvas().style.cursor = this.at(point) ? "move" : "";
    }
  }

  press(event) {
    if (this.tool) return;
    const found = this.at(event.point);
    if (!found) return;
    event.preventDefault();
    this.held = { ...found, before: this.shapes };
  }

  drag(place) {
    const { name, index, between } = this.held;
    const shape = this.shapes[name];
    const places = [...shape.places];
    if (between) {
      places.splice(index, 0, rounded(place));
      this.held = { ...this.held, between: false };
    } else places[index] = rounded(place);
    this.shapes = { ...this.shapes, [name]: { ...shape, places } };
    this.draw();
    this.told("moved");
  }

  release() {
    if (!this.held) return;
    const { before } = this.held;
    this.held = null;
    if (before === this.shapes) return;
    this.past.push(before);
    this.told("change");
  }

  /** The other mouse button takes a corner away. */
  remove({ point }) {
    const found = this.tool ? null : this.at(point);
    if (!found || found.between) return;
    const shape = this.shapes[found.name];
    if (shape.places.length <= LEAST[shape.form]) return;
    this.set(found.name, { ...shape, places: shape.places.filter((_, i) => i !== found.index) });
  }

  at({ x, y }) {
    const { map } = this.view;
    if (!this.view.loaded) return null;
    const box = [[x - NEAR, y - NEAR], [x + NEAR, y + NEAR]];
    const [found] = map.queryRenderedFeatures(box, { layers: ["draft-corner", "draft-between"] });
    return found ? found.properties : null;
  }

  pixels(a, b) {
    const [p, q] = [this.view.map.project(a), this.view.map.project(b)];
    return Math.hypot(p.x - q.x, p.y - q.y);
  }

  /** With the map in focus: arrows move it, space puts a corner in its middle, Enter ends. */
  key(event) {
    if (event.metaKey || event.altKey || !this.view.container.contains(event.target)) {
      if (event.key === "Escape" && this.tool && !document.querySelector("dialog[open]")) {
        event.preventDefault();
        this.cancel();
      }
      return;
    }
    const undo = event.ctrlKey && event.key === "z";
    const act = undo || event.key === "Backspace" ? () => this.undo() : this.acts(event.key);
    if (!act || (event.ctrlKey && !undo)) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  acts(key) {
    if (!this.tool) return null;
    const middle = () => {
      const { lng, lat } = this.view.map.getCenter();
      this.view.container.dataset.crosshair = "true";
      this.corner([lng, lat]);
    };
    return { " ": middle, Enter: () => this.finish(), Escape: () => this.cancel() }[key] ?? null;
  }

  draw() {
    const features = this.shown
      .filter((name) => this.shapes[name] && !(this.tool && name === this.name))
      .flatMap((name) => this.drawnShape(name, this.shapes[name]));
    this.view.show(SOURCE, [...features, ...this.drawnNow()]);
    this.view.container.dataset.drawing = String(this.tool !== null);
    if (!this.tool) delete this.view.container.dataset.crosshair;
  }

  drawnShape(name, shape) {
    const told = (role, place, more = {}) => feature({ type: "Point", coordinates: place }, { role, name, ...more });
    const few = shape.places.length <= FEW;
    const corners = shape.places.map((place, index) => told("corner", place, { index, between: false, few }));
    if (shape.form === "point") return corners;
    const ends = shape.form === "area" ? shape.places.length : shape.places.length - 1;
    const between = Array.from({ length: few ? ends : 0 }, (_, i) => {
      const [a, b] = [shape.places[i], shape.places[(i + 1) % shape.places.length]];
      return told("between", [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2], { index: i + 1, between: true });
    });
    return [feature(geometry(shape), { role: shape.form, name }), ...between, ...corners];
  }

  /** What is being drawn, to where the pointer is. */
  drawnNow() {
    if (!this.tool) return [];
    const placed = this.places.map((place) => feature({ type: "Point", coordinates: place }, { role: "placed" }));
    const to = this.pointer && this.places.length ? [...this.places, this.pointer] : this.places;
    const outline = {
      rectangle: () => rectangle(to[0], to[1]),
      circle: () => circle(to[0], distance(to[0], to[1])),
    }[this.tool];
    const places = outline ? (to.length === 2 ? outline() : []) : to;
    if (places.length < 2) return placed;
    const closed = TOOLS[this.tool] === "area" ? [...places, places[0]] : places;
    return [feature({ type: "LineString", coordinates: closed }, { role: "rubber" }), ...placed];
  }
}

function feature(shape, properties) {
  return { type: "Feature", geometry: shape, properties };
}

function draftLayers() {
  const role = (name) => ["==", ["get", "role"], name];
  const main = token("--main");
  return [
    { id: "draft-area", type: "fill", filter: role("area"), paint: { "fill-color": main, "fill-opacity": 0.07 } },
    {
      id: "draft-line",
      type: "line",
      filter: ["any", role("area"), role("line")],
      paint: { "line-color": main, "line-width": 2 },
    },
    { id: "draft-rubber", type: "line", filter: role("rubber"), paint: { "line-color": main, "line-width": 2, "line-dasharray": [2, 2] } },
    {
      id: "draft-between",
      type: "circle",
      filter: role("between"),
      paint: { "circle-color": main, "circle-radius": 3.2, "circle-opacity": 0.75 },
    },
    {
      id: "draft-corner",
      type: "circle",
      filter: ["any", role("corner"), role("placed")],
      paint: {
        "circle-color": token("--ink"),
        "circle-radius": ["match", ["get", "name"], "home", 10, ["case", ["==", ["get", "few"], false], 3, 5.5]],
        "circle-stroke-color": main,
        "circle-stroke-width": 2.2,
      },
    },
    {
      id: "draft-home",
      type: "symbol",
      filter: ["all", role("corner"), ["==", ["get", "name"], "home"]],
      layout: { "text-font": FONT, "text-field": "H", "text-size": 13, "text-allow-overlap": true },
      paint: { "text-color": token("--text-1") },
    },
  ];
}
