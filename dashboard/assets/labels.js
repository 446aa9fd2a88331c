// Call signs beside the marks, on a canvas above the map. Labels never lie on each other: those
// that matter more are placed first, the rest wait until there is room.

import { fitted } from "./canvas.js";
import { CAMERA, DRONE, FRESH, LATE, LOST, POST } from "./fleet.js";
import { age, metres, speed } from "./format.js";
import { token } from "./shapes.js";
import { t } from "./words.js";

const DRONES_FROM = 11.3; // zoom
const CARS_FROM = 12.9;
const FIXED_FROM = 15.5; // posts and cameras, once each of them is drawn
const DATA_FROM = 13.6; // from here on a second line tells height and speed
const MOST = 250;
const LINE = 15;
const CELL = 64;
const FONT = "600 12px system-ui, 'Noto Sans', 'DejaVu Sans', sans-serif";
const SMALL = "11.5px system-ui, 'Noto Sans', 'DejaVu Sans', sans-serif";
const COLOURS = { [FRESH]: "--label", [LATE]: "--late", [LOST]: "--lost" };

export class Labels {
  constructor(container, layer) {
    this.layer = layer;
    this.names = null; // of geofences: seen(camera, zoom)
    this.obstacles = () => []; // [left, top, width, height] that others have written on
    this.canvas = document.createElement("canvas");
    this.canvas.className = "labels";
    this.canvas.setAttribute("aria-hidden", "true");
    container.append(this.canvas);
    this.context = this.canvas.getContext("2d");
    this.widths = new Map();
    this.spots = new Map(); // slot: which of the four places beside the mark
    this.shown = 0;
    this.recolour();
  }

  /** Take the colours of the theme that is chosen now. */
  recolour() {
    this.colours = Object.fromEntries(
      Object.entries(COLOURS).map(([level, name]) => [level, token(name)]),
    );
    this.second = token("--label-second");
    this.halo = token("--label-halo");
  }

  draw(map) {
    const { layer, context, canvas } = this;
    const { camera, fleet } = layer;
    if (!camera) return;
    fitted(canvas, camera.width, camera.height, map.getPixelRatio());
    context.lineJoin = "round";
    context.textBaseline = "middle";
    const zoom = map.getZoom();
    const candidates = this.candidates(zoom);
    const taken = new Grid();
    for (const mark of candidates) taken.add(mark.x - 9, mark.y - 9, 18, 18);
    for (const box of this.obstacles(camera, (text) => this.width(SMALL, text))) taken.add(...box);
    for (const name of this.names?.seen(camera, zoom) ?? []) this.writeName(name, taken);
    this.writeCounts(taken);
    this.shown = 0;
    for (const { slot, x, y } of candidates) {
      if (this.shown >= MOST) break;
      const first = fleet.names[slot];
      const second = zoom >= DATA_FROM || fleet.freshness[slot] === LOST ? this.data(slot) : "";
      const w = Math.max(this.width(FONT, first), second ? this.width(SMALL, second) : 0);
      const h = second ? LINE * 2 : LINE;
      const must = slot === layer.selected || slot === layer.hovered;
      const offset = (slot === layer.selected ? 21 : 13) * layer.size();
      const spots = [
        [x + offset, y - h / 2],
        [x - offset - w, y - h / 2],
        [x - w / 2, y - offset - h],
        [x - w / 2, y + offset],
      ];
      // Where it was before, if there is still room: labels should not jump about.
      const last = this.spots.get(slot) ?? 0;
      const order = [last, 0, 1, 2, 3];
      const chosen = order.find((i) => taken.free(...spots[i], w, h)) ?? (must ? last : -1);
      if (chosen < 0) continue;
      this.spots.set(slot, chosen);
      const spot = spots[chosen];
      taken.add(spot[0], spot[1], w, h);
      this.write(slot, first, second, spot[0], spot[1]);
      this.shown += 1;
    }
  }

  /** The name of a geofence, if there is room. */
  writeName({ text, x, y, colour, faint }, taken) {
    const w = this.width(FONT, text);
    if (!taken.free(x - w / 2, y - LINE / 2, w, LINE)) return;
    taken.add(x - w / 2, y - LINE / 2, w, LINE);
    this.put(FONT, text, colour, x - w / 2, y, faint ? 0.7 : 1);
  }

  /** How many each mark stands for that stands for others. */
  writeCounts(taken) {
    const { fleet, camera, matches, spread } = this.layer;
    for (const [slot, count] of spread.counts) {
      const [x, y] = camera.project(fleet.x[slot], fleet.y[slot], [0, 0]);
      if (x < 0 || y < 0 || x > camera.width || y > camera.height) continue;
      const text = String(count);
      this.put(SMALL, text, this.second, x + 7, y - 8, matches && !matches[slot] ? 0.4 : 1);
      taken.add(x - 9, y - 16, 16 + this.width(SMALL, text), 25);
    }
  }

  put(font, text, colour, left, middle, alpha) {
    const { context } = this;
    context.globalAlpha = alpha;
    context.font = font;
    context.lineWidth = 3.5;
    context.strokeStyle = this.halo;
    context.strokeText(text, left, middle);
    context.fillStyle = colour;
    context.fillText(text, left, middle);
    context.globalAlpha = 1;
  }

  candidates(zoom) {
    const { fleet, camera, selected, hovered, matches } = this.layer;
    const list = [];
    for (let slot = 0; slot < fleet.count; slot += 1) {
      if (!fleet.hasPlace(slot) || this.layer.spread.hidden[slot]) continue;
      const must = slot === selected || slot === hovered;
      const drone = fleet.kind[slot] === DRONE;
      const fixed = fleet.kind[slot] === POST || fleet.kind[slot] === CAMERA;
      if (!must) {
        if (zoom < (drone ? DRONES_FROM : fixed ? FIXED_FROM : CARS_FROM)) continue;
        if (matches && !matches[slot]) continue;
      }
      const [x, y] = this.layer.project(slot, [0, 0]);
      if (x < -40 || y < -20 || x > camera.width + 40 || y > camera.height + 20) continue;
      const rank = must ? 9 : fleet.freshness[slot] * 2 + (drone ? 1 : 0);
      list.push({ slot, x, y, rank });
    }
    list.sort((a, b) => b.rank - a.rank || a.slot - b.slot);
    return list;
  }

  data(slot) {
    const { fleet } = this.layer;
    if (fleet.freshness[slot] === LOST) return t("map.lost", { age: age(fleet.age(slot)) });
    if (fleet.grounded(slot)) return t("list.ground");
    const parts = [];
    if (fleet.kind[slot] === DRONE && !Number.isNaN(fleet.height[slot]))
      parts.push(metres(fleet.height[slot]));
    if (!Number.isNaN(fleet.speed[slot])) parts.push(speed(fleet.speed[slot], fleet.kind[slot]));
    return parts.join("  ");
  }

  write(slot, first, second, left, top) {
    const { layer } = this;
    const level = layer.fleet.freshness[slot];
    const dimmed = layer.matches && !layer.matches[slot] && slot !== layer.selected;
    const lines = [[FONT, first, this.colours[level]]];
    if (second) lines.push([SMALL, second, this.second]);
    lines.forEach(([font, text, colour], i) => {
      this.put(font, text, colour, left, top + LINE * (i + 0.5), dimmed ? 0.4 : 1);
    });
  }

  width(font, text) {
    const key = font[0] + text;
    let width = this.widths.get(key);
    if (width === undefined) {
      if (this.widths.size > 20000) this.widths.clear();
      this.context.font = font;
      width = this.context.measureText(text).width;
      this.widths.set(key, width);
    }
    return width;
  }
}

/** Rectangles by cell, so that a thousand labels are not compared with each other. */
class Grid {
  constructor() {
    this.cells = new Map();
  }

  *around(left, top, width, height) {
    for (let i = Math.floor(left / CELL); i <= Math.floor((left + width) / CELL); i += 1) {
      for (let j = Math.floor(top / CELL); j <= Math.floor((top + height) / CELL); j += 1) {
        yield `${i},${j}`;
      }
    }
  }

  add(left, top, width, height) {
    for (const cell of this.around(left, top, width, height)) {
      if (!this.cells.has(cell)) this.cells.set(cell, []);
      this.cells.get(cell).push([left, top, width, height]);
    }
  }

  free(left, top, width, height) {
    for (const cell of this.around(left, top, width, height)) {
      for (const [l, t, w, h] of this.cells.get(cell) ?? []) {
        if (left < l + w && l < left + width && top < t + h && t < top + height) return false;
      }
    }
    return true;
  }
}
