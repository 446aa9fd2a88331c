// Marks glide from one position to the next instead of jumping, where a jump can be seen and the
// machine draws fast enough; not where somebody asked for less motion.

const LENGTH = 450; // ms, less than from one frame of the feed to the next
const FROM = 14; // zoom; in the whole city a jump is less than a pixel
const ENOUGH = 30; // frames a second
const PATIENCE = 3; // glides that may be too slow before marks go in steps
const REST = 60_000; // ms until it is tried again

const less = window.matchMedia("(prefers-reduced-motion: reduce)");

/** Whether all motion is to be in steps. */
export function calm() {
  return less.matches;
}

export class Glide {
  constructor() {
    this.wanted = true;
    this.from = null; // ms of performance.now(); null while marks go in steps
    this.frames = 0;
    this.slow = 0;
    this.rests = -Infinity; // until then
  }

  /** New positions have come. */
  begin(now, zoom) {
    this.judge(now);
    const may = this.wanted && !calm() && zoom >= FROM && now >= this.rests;
    this.from = may ? now : null;
    this.frames = 0;
  }

  /** Whether the glide before was drawn fast enough. */
  judge(now) {
    if (this.from === null) return;
    const seconds = Math.min(LENGTH, now - this.from) / 1000;
    this.slow = this.frames < ENOUGH * seconds ? this.slow + 1 : 0;
    if (this.slow < PATIENCE) return;
    this.slow = 0;
    this.rests = now + REST;
  }

  /** The part of the way that is still to go: from 1 to 0. */
  left(now) {
    if (this.from === null) return 0;
    return Math.max(0, 1 - (now - this.from) / LENGTH);
  }
}
