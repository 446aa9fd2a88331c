// Geofences on the map: kind by colour, by pattern and by dash; what is not in force now is faint.

import { h } from "../dom.js";
import { age } from "../format.js";
import { token } from "../shapes.js";
import { t } from "../words.js";
import { FENCE_KINDS } from "./layers.js";
import { scheduleWords } from "./schedule.js";

const SOURCE = "fences";
const PARTS = ["fill", "pattern", "line"];
const CELL = 16; // px of a pattern's cell, drawn at twice that
const DASHES = { "keep-out": [1], "keep-in": [5, 2], "alert-only": [2, 2], privacy: [0.4, 2] };
const FILLS = { "keep-in": 0 }; // often the whole city: its edge says it all

// Lines of a pattern's cell as SVG paths.
const PATTERNS = {
  "keep-out": "M-2 18 18-2M-2 2 2-2M14 18 18 14",
  "keep-in": "",
  "alert-only": "M4 4h.01M12 12h.01",
  privacy: "M0 4h16M0 12h16",
};

export class FenceLayers {
  constructor(map, fences, layers) {
    this.map = map;
    this.fences = fences;
    this.layers = layers;
    fences.addEventListener("change", () => this.draw());
    layers.addEventListener("change", () => this.toggle());
  }

  /** Put our source and layers into the style, unless they are there. */
  add() {
    const { map } = this;
    if (map.getSource(SOURCE)) return;
    map.addSource(SOURCE, { type: "geojson", data: this.fences.collection });
    const inForce = ["get", "in_force"];
    for (const kind of FENCE_KINDS) {
      const colour = token(`--fence-${kind}`);
      const base = { source: SOURCE, filter: ["==", ["get", "kind"], kind] };
      const image = `fence-${kind}`;
      if (PATTERNS[kind]) {
        if (map.hasImage(image)) map.removeImage(image);
        map.addImage(image, pattern(PATTERNS[kind], colour), { pixelRatio: 2 });
      }
      map.addLayer({
          ...base,
          id: `fence-fill-${kind}`,
          type: "fill",
          paint: { "fill-color": colour, "fill-opacity": FILLS[kind] ?? ["case", inForce, 0.1, 0.02] },
      });
      if (PATTERNS[kind]) {
        map.addLayer({
            ...base,
            id: `fence-pattern-${kind}`,
            type: "fill",
            paint: { "fill-pattern": image, "fill-opacity": ["case", inForce, 0.45, 0.1] },
      });
      }
      map.addLayer({
          ...base,
          id: `fence-line-${kind}`,
          type: "line",
          layout: { "line-join": "round", "line-cap": kind === "privacy" ? "round" : "butt" },
          paint: {
            "line-color": colour,
            "line-width": ["case", inForce, 2.2, 1.1],
            "line-opacity": ["case", inForce, 0.95, 0.5],
            ...(kind === "keep-out" ? {} : { "line-dasharray": DASHES[kind] }),
          },
      });
    }
    this.toggle();
  }

  /** Take them out, to be put in again in other colours. */
  remove() {
    const { map } = this;
    for (const kind of FENCE_KINDS)
      for (const part of PARTS) if (map.getLayer(`fence-${part}-${kind}`)) map.removeLayer(`fence-${part}-${kind}`);
    map.removeSource(SOURCE);
  }

  draw() {
    this.map.getSource(SOURCE)?.setData(this.fences.collection);
  }

  toggle() {
    const { map, layers } = this;
    for (const kind of FENCE_KINDS) {
      const visibility = layers.shows(kind) ? "visible" : "none";
      for (const part of PARTS) {
        const id = `fence-${part}-${kind}`;
        if (map.getLayer(id)) map.setLayoutProperty(id, "visibility", visibility);
      }
    }
  }

  /** The properties of the geofences under a point of the map. */
  at(point) {
    const found = new Set(this.inView(point).map(({ properties }) => properties.id));
    return this.fences.all().filter(({ id }) => found.has(id));
  }

  /** What is drawn at a point, or anywhere. */
  inView(point = undefined) {
    const layers = FENCE_KINDS.map((kind) => `fence-fill-${kind}`);
    return this.map.queryRenderedFeatures(point, { layers });
  }
}

/** What is under the pointer, in words beside it. */
export class FenceTip {
  /** `covered()` is { left, right } of what a panel hides. */
  constructor(root, clock, covered = () => ({ left: 0, right: 0 })) {
    this.clock = clock;
    this.covered = covered;
    this.element = h("div", { class: "fence-tip", role: "status", hidden: true });
    root.append(this.element);
  }

  /** `fences` are properties; none hides it. `x` and `y` are CSS pixels of the map. */
  show(fences, x, y) {
    this.element.hidden = fences.length === 0;
    if (!fences.length) return;
    const said = fences.map(({ id, version, in_force }) => `${id} ${version} ${in_force}`).join();
    if (said !== this.said) {
      this.said = said;
      this.element.replaceChildren(...fences.slice(0, 4).map((fence) => this.describe(fence)));
    }
    const { offsetWidth, offsetHeight, parentElement } = this.element;
    const { left: from, right } = this.covered();
    const left = Math.max(Math.min(x + 16, parentElement.clientWidth - right - offsetWidth - 8), from + 8);
    const top = Math.min(y + 16, parentElement.clientHeight - offsetHeight - 8);
    this.element.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  describe(fence) {
    const lines = [t(`fences.kind.${fence.kind}`), heights(fence), scheduleWords(fence.periods)];
    const state = fence.in_force ? t("fences.inforce") : t("fences.notinforce");
    const change = fence.changes
      ? t(fence.in_force ? "fences.until" : "fences.from", {
          age: age((Date.parse(fence.changes) - this.clock.now()) / 1000),
        })
      : "";
    return h(
      "div",
      { class: `tip-fence ${fence.kind}` },
      h("strong", {}, fence.name),
      h("span", { class: "state" }, `${state} ${change}`.trim()),
      ...lines.filter(Boolean).map((line) => h("span", {}, line)),
    );
  }
}

function heights({ floor, ceiling }) {
  const level = ({ height, above }) => t(`fences.above.${above}`, { height: Math.round(height) });
  if (floor && ceiling) return t("fences.between", { floor: level(floor), ceiling: level(ceiling) });
  if (ceiling) return t("fences.upto", { ceiling: level(ceiling) });
  if (floor) return t("fences.above", { floor: level(floor) });
  return t("fences.allheights");
}

/** A cell of a pattern as pixels. */
function pattern(path, colour) {
  const canvas = document.createElement("canvas");
  canvas.width = CELL * 2;
  canvas.height = CELL * 2;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.scale(2, 2);
  context.strokeStyle = colour;
  context.lineWidth = 1.4;
  context.lineCap = "round";
  context.stroke(new Path2D(path));
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/** A small drawing of a kind's border and filling, for the layers' menu. */
export function fenceSwatch(kind) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 22 16");
  svg.setAttribute("class", "swatch");
  svg.setAttribute("aria-hidden", "true");
  const shape = (tag, attributes) => {
    const element = document.createElementNS(svg.namespaceURI, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.style.stroke = `var(--fence-${kind})`;
    svg.append(element);
    return element;
  };
  const dash = kind === "keep-out" ? "none" : DASHES[kind].map((d) => d * 2).join(" ");
  const box = { x: 2, y: 2, width: 18, height: 12, rx: 1.5, "stroke-width": 2 };
  const border = shape("rect", { ...box, "stroke-dasharray": dash });
  border.style.fill = `var(--fence-${kind})`;
  border.style.fillOpacity = "0.14";
  if (PATTERNS[kind]) shape("path", { d: "M7 13 17 3", "stroke-width": kind === "keep-out" ? 1.4 : 0 });
  return svg;
}
