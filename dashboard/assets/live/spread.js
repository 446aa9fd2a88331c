// Which fixed marks, posts and cameras, are drawn where many would lie on each other: one for each
// cell of the map, with their number beside it. What is selected, hovered, sought or has an alert is
// always drawn itself; of the others the one whose freshness is worst stands for its cell.

import { CAMERA, POST } from "../fleet.js";

const CELL = 44; // CSS pixels
const ALL_FROM = 15.5; // zoom from which all are drawn
const WORLD = 512; // CSS pixels of the world at zoom 0

export class Spread {
  constructor(fleet) {
    this.fleet = fleet;
    this.hidden = new Uint8Array(0);
    this.counts = new Map(); // slot that stands for others: how many they are with it
    this.alerting = new Set(); // keys of assets that have an alert
  }

  /** Half steps of the zoom: cells that changed with each pixel would make marks flicker. */
  step(zoom) {
    return Math.floor(zoom * 2) / 2;
  }

  /** Work it out anew; `must(slot)` says which have to be drawn themselves. */
  arrange(zoom, must) {
    const { fleet, counts } = this;
    if (this.hidden.length < fleet.count) this.hidden = new Uint8Array(fleet.capacity);
    this.hidden.fill(0);
    counts.clear();
    if (zoom >= ALL_FROM) return;
    const cells = (WORLD * 2 ** this.step(zoom)) / CELL;
    const first = new Map();
    for (let slot = 0; slot < fleet.count; slot += 1) {
      const kind = fleet.kind[slot];
      if ((kind !== POST && kind !== CAMERA) || !fleet.hasPlace(slot)) continue;
      if (must(slot) || this.alerting.has(fleet.keys[slot])) continue;
      const cell = Math.floor(fleet.x[slot] * cells) * 2 ** 24 + Math.floor(fleet.y[slot] * cells);
      const before = first.get(cell);
      if (before === undefined) {
        first.set(cell, slot);
        continue;
      }
      const worse = fleet.freshness[slot] > fleet.freshness[before];
      const count = (counts.get(before) ?? 1) + 1;
      counts.delete(before);
      counts.set(worse ? slot : before, count);
      this.hidden[worse ? before : slot] = 1;
      if (worse) first.set(cell, slot);
    }
  }

  /** How many a drawn mark stands for. */
  count(slot) {
    return this.counts.get(slot) ?? 1;
  }
}
