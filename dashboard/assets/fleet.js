// What this page knows of every asset, as columns by slot. Freshness goes on by itself: what
// stops sending becomes late and lost here, with the server or without it.

import { eachMark } from "./wire.js";

export const FRESH = 0;
export const LATE = 1;
export const LOST = 2;
export const FRESHNESS = ["fresh", "late", "lost"];
export const KINDS = ["unknown", "drone", "car", "officer", "post", "camera"];
export const UNKNOWN = 0;
export const DRONE = 1;
export const CAR = 2;
export const OFFICER = 3;
export const POST = 4;
export const CAMERA = 5;

const FLOATS = ["x", "y", "backX", "backY", "longitude", "latitude", "positionTime", "statusTime"];
const NEAR = 2e-5; // of the world's width: what went farther between two frames did not glide there
const SINGLES = ["heading", "speed", "height", "battery", "armed", "airborne"];
export const LOW_BATTERY = 25; // percent
const CLOCK_SAMPLES = 40;

/** Dispatches `tally` when all have been counted anew. */
export class Fleet extends EventTarget {
  constructor() {
    super();
    this.tally = null;
    this.clock = new ServerClock();
    this.lateAfter = KINDS.map(() => 5); // until the server says
    this.lostAfter = KINDS.map(() => 60);
    this.modes = [];
    this.cameras = null; // the store of those without a slot, where there is one
    this.clear();
  }

  /** Forget everything: another run of the server counts its slots anew. */
  clear() {
    this.count = 0;
    this.moved = []; // slots whose backX and backY are not 0
    this.capacity = 0;
    this.keys = [];
    this.names = [];
    this.groups = [];
    this.identities = [];
    this.slotOf = new Map();
    this.directoryVersion = (this.directoryVersion ?? 0) + 1;
    this.reserve(128);
  }

  /** Take the `hello` of a server. True if it is another run of it than before. */
  greet(hello) {
    this.lateAfter = hello.late_after;
    this.lostAfter = hello.lost_after;
    const fresh = this.session !== undefined && this.session !== hello.session;
    if (fresh) this.clear();
    this.session = hello.session;
    return fresh;
  }

  /** Take `assets`: [slot, key, identity, name, kind, group] each; without a group, null. */
  describe(assets) {
    for (const [slot, key, identity, name, kind, group] of assets) {
      this.reserve(slot + 1);
      this.count = Math.max(this.count, slot + 1);
      this.keys[slot] = key;
      this.identities[slot] = identity;
      this.names[slot] = name;
      this.groups[slot] = group;
      this.kind[slot] = kind;
      this.slotOf.set(key, slot);
    }
    this.directoryVersion += 1;
  }

  /** Take a frame of marks; calls `moved(slot)` for each. */
  update(frame, moved) {
    this.clock.observe(frame.time);
    for (const slot of this.moved) this.backX[slot] = this.backY[slot] = 0;
    this.moved = [];
    eachMark(frame, (mark) => {
      const { slot } = mark;
      if (slot >= this.count) return;
      const there = !Number.isNaN(mark.longitude);
      this.longitude[slot] = mark.longitude;
      this.latitude[slot] = mark.latitude;
      const [x, y] = [this.x[slot], this.y[slot]];
      this.x[slot] = there ? mercatorX(mark.longitude) : NaN;
      this.y[slot] = there ? mercatorY(mark.latitude) : NaN;
      this.goBack(slot, x - this.x[slot], y - this.y[slot]);
      this.positionTime[slot] = mark.positionTime;
      this.statusTime[slot] = mark.statusTime;
      for (const name of SINGLES) this[name][slot] = mark[name];
      this.mode[slot] = mark.mode;
      moved(slot);
    });
  }

  /** Keep how far back it was with the frame before. */
  goBack(slot, x, y) {
    const glides = Math.abs(x) < NEAR && Math.abs(y) < NEAR;
    this.backX[slot] = glides ? x : 0;
    this.backY[slot] = glides ? y : 0;
    if (glides) this.moved.push(slot);
  }

  /** Count and note the freshness of all, now: `tally`. */
  refresh() {
    const now = this.clock.now();
    const tally = {
      all: this.count,
      byKind: KINDS.map(() => 0),
      byFreshness: FRESHNESS.map(() => 0),
      reporting: KINDS.map(() => 0),
      airborne: 0,
      low: 0,
    };
    for (let slot = 0; slot < this.count; slot += 1) {
      const kind = this.kind[slot];
      const age = (now - this.positionTime[slot]) / 1000;
      let level = LOST; // a position that never came has no age
      if (age <= this.lateAfter[kind]) level = FRESH;
      else if (age <= this.lostAfter[kind]) level = LATE;
      this.freshness[slot] = level;
      tally.byKind[kind] += 1;
      tally.byFreshness[level] += 1;
      if (level !== LOST) {
        tally.reporting[kind] += 1;
        if (this.flies(slot)) tally.airborne += 1;
        if (this.isLow(slot)) tally.low += 1;
      }
    }
    this.tally = tally;
    this.dispatchEvent(new Event("tally"));
  }

  /** Seconds since the asset was where its mark is; Infinity if it never was anywhere. */
  age(slot) {
    const time = this.positionTime[slot];
    return Number.isNaN(time) ? Infinity : Math.max(0, (this.clock.now() - time) / 1000);
  }

  modeOf(slot) {
    return this.modes[this.mode[slot]] ?? null;
  }

  /** Whether it is a drone that is known to stand on the ground. */
  grounded(slot) {
    return this.kind[slot] === DRONE && this.airborne[slot] === 0;
  }

  /** Whether it is a drone that is known to be in the air. */
  flies(slot) {
    return this.kind[slot] === DRONE && this.airborne[slot] === 1;
  }

  isLow(slot) {
    return this.battery[slot] <= LOW_BATTERY;
  }

  hasPlace(slot) {
    return !Number.isNaN(this.x[slot]);
  }

  reserve(count) {
    if (count <= this.capacity) return;
    const capacity = Math.max(count, this.capacity * 2);
    const grown = (type, old, blank) => {
      const column = new type(capacity).fill(blank);
      if (old && this.capacity) column.set(old);
      return column;
    };
    for (const name of FLOATS) this[name] = grown(Float64Array, this[name], NaN);
    for (const name of SINGLES) this[name] = grown(Float32Array, this[name], NaN);
    this.kind = grown(Uint8Array, this.kind, UNKNOWN);
    this.mode = grown(Uint8Array, this.mode, 255);
    this.freshness = grown(Uint8Array, this.freshness, LOST);
    this.capacity = capacity;
  }
}

/** The server's clock as it is here: the frame that came with the least delay sets it. */
export class ServerClock {
  constructor() {
    this.samples = [];
    this.offset = Date.now() - performance.now();
  }

  observe(time) {
    this.samples.push(time - performance.now());
    if (this.samples.length > CLOCK_SAMPLES) this.samples.shift();
    this.offset = Math.max(...this.samples);
  }

  /** Milliseconds since 1970 in UTC. */
  now() {
    return performance.now() + this.offset;
  }
}

export function mercatorX(longitude) {
  return (longitude + 180) / 360;
}

export function mercatorY(latitude) {
  const bounded = Math.max(-85.051129, Math.min(85.051129, latitude));
  return 0.5 - Math.log(Math.tan(Math.PI / 4 + (bounded * Math.PI) / 360)) / (2 * Math.PI);
}
