// Figures that this page works out itself: drones on a task, and how old positions are when they are
// drawn.

import { DRONE, LOST } from "../fleet.js";

const SAMPLES = 400;
const OLDEST = 10_000; // ms; what comes later was kept on its way and says nothing of the way itself

/** The modes in which a drone does what somebody has planned or ordered. */
const TASK = new Set(["AUTO", "GUIDED"]);

/** Whether a drone is in the air by a plan or an order. */
export function onTask(fleet, slot) {
  return (
    fleet.kind[slot] === DRONE &&
    fleet.freshness[slot] !== LOST &&
    fleet.flies(slot) &&
    TASK.has(fleet.modeOf(slot))
  );
}

export function countOnTask(fleet) {
  let count = 0;
  for (let slot = 0; slot < fleet.count; slot += 1) if (onTask(fleet, slot)) count += 1;
  return count;
}

/** From fix to page: the median of the newest positions, by the server's clock. */
export class Latency {
  constructor(fleet) {
    this.fleet = fleet;
    this.samples = [];
  }

  /** Take what a frame has moved. */
  observe(slot) {
    const wait = this.fleet.clock.now() - this.fleet.positionTime[slot];
    if (!(wait >= 0 && wait < OLDEST)) return;
    this.samples.push(wait);
    if (this.samples.length > SAMPLES) this.samples.shift();
  }

  /** Seconds; null before anything has come. */
  get median() {
    const { length } = this.samples;
    return length ? this.samples.toSorted((a, b) => a - b)[length >> 1] / 1000 : null;
  }
}
