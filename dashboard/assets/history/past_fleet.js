// The fleet at a moment of the past, in the same columns as the live one, so that the same
// drawings and labels show it. Ages are reckoned from that moment.

import { FRESH, Fleet, KINDS, LATE, LOST, mercatorX, mercatorY } from "../fleet.js";

export class PastFleet extends Fleet {
  /** `live` tells after how many seconds a mark of each kind is late and lost. */
  constructor(live) {
    super();
    this.live = live;
    this.time = 0;
    this.clock = { now: () => this.time };
    this.tracks = [];
    this.points = new Int32Array(0); // each asset's mark, as a point of its track
    this.cameLate = new Uint8Array(0);
  }

  /** Show what a recording tells of. */
  take(recording) {
    this.clear();
    this.describe(
      recording.assets.map(({ key, identity, name, kind }, slot) => [
        slot,
        key,
        identity,
        name,
        Math.max(0, KINDS.indexOf(kind)),
      ]),
    );
    this.tracks = this.keys.map((key) => recording.tracks.get(key));
    this.points = new Int32Array(this.count).fill(-1);
    this.cameLate = new Uint8Array(this.count);
  }

  /** Show what was known at `time`; with `shown` false nothing, for it is not loaded. */
  turn(time, shown = true) {
    this.time = time;
    for (let slot = 0; slot < this.count; slot += 1) {
      const track = this.tracks[slot];
      const point = shown ? track.mark(time) : -1;
      this.points[slot] = point;
      const there = point >= 0;
      this.longitude[slot] = there ? track.longitude[point] : NaN;
      this.latitude[slot] = there ? track.latitude[point] : NaN;
      this.x[slot] = there ? mercatorX(track.longitude[point]) : NaN;
      this.y[slot] = there ? mercatorY(track.latitude[point]) : NaN;
      this.positionTime[slot] = there ? track.fix[point] : NaN;
      this.heading[slot] = there ? track.heading[point] : NaN;
      this.speed[slot] = there ? track.speed[point] : NaN;
      this.height[slot] = there ? track.height[point] : NaN;
      this.cameLate[slot] = there && track.late[point] ? 1 : 0;
      this.freshness[slot] = this.level(slot);
      // A state of a later moment is no state of this one.
      if (!(this.statusTime[slot] <= time)) this.forget(slot);
    }
  }

  level(slot) {
    const kind = this.kind[slot];
    const age = (this.time - this.positionTime[slot]) / 1000;
    if (age <= this.live.lateAfter[kind]) return FRESH;
    return age <= this.live.lostAfter[kind] ? LATE : LOST;
  }

  /** Take the states of /history/picture. */
  takeStates(picture) {
    for (const told of picture.assets) {
      const slot = this.slotOf.get(told.key);
      if (slot === undefined) continue;
      const time = told.status_time ? Date.parse(told.status_time) : NaN;
      if (!(time <= this.time)) {
        this.forget(slot);
        continue;
      }
      this.statusTime[slot] = time;
      this.battery[slot] = told.battery_percent ?? NaN;
      this.armed[slot] = flag(told.armed);
      this.airborne[slot] = flag(told.airborne);
      let mode = this.modes.indexOf(told.mode);
      if (mode < 0 && told.mode) mode = this.modes.push(told.mode) - 1;
      this.mode[slot] = mode < 0 ? 255 : mode;
    }
  }

  forget(slot) {
    this.statusTime[slot] = NaN;
    this.battery[slot] = NaN;
    this.armed[slot] = NaN;
    this.airborne[slot] = NaN;
    this.mode[slot] = 255;
  }
}

function flag(value) {
  return value === null ? NaN : Number(value);
}
