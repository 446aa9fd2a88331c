// The trails as they were known at a moment, in the layout that trails_drawing.js draws (ways.js).

import { mercatorX, mercatorY } from "../fleet.js";
import { split } from "../gl.js";
import { FLOATS } from "../ways.js";

const WINDOW = 300; // seconds, as on the live page
const POINTS = 60;
const HOUR = 3_600_000;

export class PastWays {
  constructor(fleet) {
    this.fleet = fleet;
    this.points = POINTS;
    this.version = 0;
    this.take({ from: 0, step: 1 });
  }

  get stride() {
    return this.points + 1;
  }

  /** Begin anew with a recording that the fleet has taken. */
  take({ from, step }) {
    const { count } = this.fleet;
    this.base = from - 24 * HOUR;
    // Long steps need a long trail to be one.
    this.window = Math.max(WINDOW, step * 20);
    this.step = Math.max(step, this.window / (POINTS - 2)) * 1000;
    this.capacity = count;
    this.data = new Float32Array(count * this.stride * FLOATS);
    this.shown = new Int32Array(count).fill(-2); // the mark that a row was laid out for …
    this.counted = new Int32Array(count).fill(-1); // … and how much was known then
    this.version += 1;
  }

  /** Lay out what has changed since the last time. */
  turn(time) {
    const { fleet } = this;
    for (let slot = 0; slot < this.capacity; slot += 1) {
      const point = fleet.points[slot];
      const known = point < 0 ? 0 : fleet.tracks[slot].known(time);
      if (point === this.shown[slot] && known === this.counted[slot]) continue;
      this.shown[slot] = point;
      this.counted[slot] = known;
      this.lay(slot, point < 0 ? [] : fleet.tracks[slot].trail(time, this.window * 1000));
      this.version += 1;
    }
  }

  lay(slot, trail) {
    const { data } = this;
    const track = this.fleet.tracks[slot];
    const row = slot * this.stride * FLOATS;
    data.fill(0, row, row + this.stride * FLOATS);
    if (!trail.length) return;
    const every = Math.ceil(trail.length / this.points);
    // Counted from the mark on backwards, so that the trail ends at it and its points keep still.
    const shown = trail.filter((_, i) => (trail.length - 1 - i) % every === 0);
    const [highX, lowX] = split(mercatorX(track.longitude[shown[0]]));
    const [highY, lowY] = split(mercatorY(track.latitude[shown[0]]));
    data.set([highX, highY, lowX, lowY], row);
    shown.forEach((point, i) => {
      const at = row + (i + 1) * FLOATS;
      data[at] = mercatorX(track.longitude[point]) - highX - lowX;
      data[at + 1] = mercatorY(track.latitude[point]) - highY - lowY;
      data[at + 2] = (track.fix[point] - this.base) / 1000;
      data[at + 3] = this.fleet.kind[slot];
    });
  }
}
