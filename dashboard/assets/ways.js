// The trails: the last points of every asset, in one array that goes to the graphics card as a
// texture. Each asset has a ring of points; the one at its head moves with the mark.

import { mercatorX, mercatorY } from "./fleet.js";
import { split } from "./gl.js";

export const FLOATS = 4;

const MANY = 1200; // assets from which on trails have fewer points
const POINTS = 60;
const POINTS_OF_MANY = 20;

/**
 * An asset's row in `data`: its anchor (x and y in high parts, then in low parts), then its ring:
 * x and y from the anchor, the time in seconds since `base` (0: no point), the kind.
 */
export class Ways {
  constructor(fleet) {
    this.fleet = fleet;
    this.window = 300; // seconds; the server says
    this.shown = Infinity; // seconds of it that are drawn; 0 for none
    this.base = 0; // ms
    this.version = 0;
    this.allocate(0);
  }

  /** Texels of one asset. */
  get stride() {
    return this.points + 1;
  }

  /** Milliseconds between two points of a ring. */
  get step() {
    return (this.window * 1000) / (this.points - 2);
  }

  clear() {
    this.allocate(0);
  }

  /** Move the head of an asset to where its mark is. */
  follow(slot) {
    const { fleet } = this;
    if (fleet.hasPlace(slot)) {
      this.put(slot, fleet.x[slot], fleet.y[slot], fleet.positionTime[slot]);
    }
  }

  /** A point that the server kept for us. */
  restore(slot, longitude, latitude, time) {
    this.put(slot, mercatorX(longitude), mercatorY(latitude), time);
  }

  put(slot, x, y, time) {
    if (slot >= this.capacity) this.allocate(Math.max(slot + 1, this.fleet.capacity));
    if (!this.base) this.base = time - 1000 * 3600;
    if (time < this.headTime[slot]) return;
    const { data } = this;
    const row = slot * this.stride * FLOATS;
    if (Number.isNaN(this.keptTime[slot])) {
      const [highX, lowX] = split(x);
      const [highY, lowY] = split(y);
      data.set([highX, highY, lowX, lowY], row);
    }
    if (!(time - this.keptTime[slot] < this.step)) {
      this.head[slot] = (this.head[slot] + 1) % this.points;
      this.keptTime[slot] = time;
    }
    this.headTime[slot] = time;
    const at = row + (this.head[slot] + 1) * FLOATS;
    data[at] = x - data[row] - data[row + 2];
    data[at + 1] = y - data[row + 1] - data[row + 3];
    data[at + 2] = (time - this.base) / 1000;
    data[at + 3] = this.fleet.kind[slot];
    this.version += 1;
  }

  allocate(capacity) {
    const old = this.data;
    const { points: oldPoints, capacity: oldCapacity } = this;
    this.points = capacity > MANY ? POINTS_OF_MANY : POINTS;
    const kept = old && oldPoints === this.points ? Math.min(oldCapacity, capacity) : 0;
    this.data = new Float32Array(capacity * this.stride * FLOATS);
    if (kept) this.data.set(old.subarray(0, kept * this.stride * FLOATS));
    this.head = resized(Int32Array, this.head, kept, capacity, -1);
    this.headTime = resized(Float64Array, this.headTime, kept, capacity, NaN);
    this.keptTime = resized(Float64Array, this.keptTime, kept, capacity, NaN);
    this.capacity = capacity;
    this.version += 1;
  }
}

function resized(type, old, kept, length, blank) {
  const column = new type(length).fill(blank);
  if (kept) column.set(old.subarray(0, kept));
  return column;
}
