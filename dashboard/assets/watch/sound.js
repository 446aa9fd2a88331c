// Tones for alerts, made by the browser itself. They can be silenced for a bounded time only.

import { choose, chosen } from "../preferences.js";
import { HIGH, LOW, MEDIUM } from "../stores/alerts.js";

const MINUTE = 60_000;

/** Minutes for which tones can be silenced. */
export const SILENCES = [1, 5, 15];

const REPEAT = 12_000; // ms between two tones while a high alert waits

// Priority: [Hz, start in s, length in s] of each note.
const TONES = {
  [HIGH]: [
    [880, 0, 0.16],
    [660, 0.2, 0.16],
    [880, 0.4, 0.16],
    [660, 0.6, 0.16],
  ],
  [MEDIUM]: [
    [587, 0, 0.2],
    [740, 0.24, 0.24],
  ],
  [LOW]: [[523, 0, 0.18]],
};
const LOUDNESS = 0.18;

/** Dispatches `change` when `state` has become another. */
export class Sound extends EventTarget {
  constructor() {
    super();
    this.context = null;
    this.played = 0; // tones since the page was opened
    this.lastPlayed = -Infinity;
    const until = Number(chosen("silent-until", "0"));
    // Whatever is written there, silence ends.
    this.until = Math.min(until, Date.now() + Math.max(...SILENCES) * MINUTE);
    // Not when a button goes down: what is under it may move by what that changes.
    for (const gesture of ["pointerup", "keydown"])
      document.addEventListener(gesture, () => this.unlock(), { capture: true });
  }

  /** "blocked" until somebody has touched the page, "silent" or "on". */
  get state() {
    if (this.remaining > 0) return "silent";
    return this.context?.state === "running" ? "on" : "blocked";
  }

  /** Milliseconds of silence that are left. */
  get remaining() {
    return Math.max(0, this.until - Date.now());
  }

  /** Browsers let a page sound only after a gesture; before one they complain if it is tried. */
  async unlock() {
    if (this.context?.state === "running" || !navigator.userActivation.hasBeenActive) return;
    this.context ??= new AudioContext();
    await this.context.resume();
    this.dispatchEvent(new Event("change"));
  }

  silence(minutes) {
    this.until = Date.now() + Math.min(minutes, Math.max(...SILENCES)) * MINUTE;
    this.keep();
  }

  unsilence() {
    this.until = 0;
    this.keep();
  }

  keep() {
    choose("silent-until", this.until ? String(this.until) : null);
    this.dispatchEvent(new Event("change"));
  }

  /** Sound for alerts that have begun to ask: the tone of the most urgent. */
  announce(alerts) {
    if (alerts.length) this.play(Math.max(...alerts.map(({ priority }) => priority)));
  }

  /** Each second: while high alerts wait the tone comes again. */
  remind(waiting) {
    const urgent = waiting.some(({ priority }) => priority === HIGH);
    if (urgent && performance.now() - this.lastPlayed >= REPEAT) this.play(HIGH);
  }

  play(priority) {
    if (this.state !== "on") return;
    this.played += 1;
    this.lastPlayed = performance.now();
    const { context } = this;
    for (const [pitch, start, length] of TONES[priority]) {
      const note = context.createOscillator();
      const level = context.createGain();
      const from = context.currentTime + 0.02 + start;
      note.frequency.value = pitch;
      level.gain.setValueAtTime(0, from);
      level.gain.linearRampToValueAtTime(LOUDNESS, from + 0.02);
      level.gain.setValueAtTime(LOUDNESS, from + length - 0.04);
      level.gain.linearRampToValueAtTime(0, from + length);
      note.connect(level).connect(context.destination);
      note.start(from);
      note.stop(from + length);
    }
  }
}
