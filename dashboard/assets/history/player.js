// The clock of the past: where it stands, whether it runs, and how fast.

export const SPEEDS = [1, 2, 5, 10, 20, 30, 60];

const LEAP_MOST = 1000; // ms between two frames

/** Dispatches `time` when it stands elsewhere, `state` when it starts, stops or changes its speed. */
export class Player extends EventTarget {
  constructor() {
    super();
    this.from = 0;
    this.to = 0;
    this.time = 0; // ms since 1970
    this.limit = 0; // as far as there is something to play
    this.speed = 1;
    this.playing = false;
    this.frame = 0;
  }

  open(from, to, at) {
    this.pause();
    Object.assign(this, { from, to, limit: from });
    this.seek(at);
  }

  seek(time) {
    this.time = Math.max(this.from, Math.min(this.to, Math.round(time)));
    this.dispatchEvent(new Event("time"));
  }

  play() {
    if (this.playing || this.to <= this.from) return;
    if (this.time >= this.to) this.time = this.from;
    this.playing = true;
    this.last = performance.now();
    this.dispatchEvent(new Event("state"));
    this.frame = requestAnimationFrame((now) => this.tick(now));
  }

  pause() {
    cancelAnimationFrame(this.frame);
    if (!this.playing) return;
    this.playing = false;
    this.dispatchEvent(new Event("state"));
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  /** `by` steps faster, or slower if it is negative. */
  turn(by) {
    const at = SPEEDS.indexOf(this.speed) + by;
    this.setSpeed(SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, at))]);
  }

  setSpeed(speed) {
    this.speed = speed;
    this.dispatchEvent(new Event("state"));
  }

  tick(now) {
    // A page that was in the background does not leap ahead.
    const passed = Math.min(LEAP_MOST, Math.max(0, now - this.last));
    this.last = now;
    const next = this.time + passed * this.speed;
    if (next >= this.to) {
      this.seek(this.to);
      this.pause();
      return;
    }
    // What is not loaded yet is waited for.
    if (next <= this.limit) this.seek(next);
    this.frame = requestAnimationFrame((again) => this.tick(again));
  }
}
