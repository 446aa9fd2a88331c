// A window of the past: tracks piece by piece, and what happened in it.

import { ASSETS_MOST } from "./choice.js";
import { Track } from "./track.js";

/** Seconds: of these is the step between two points; the server counts them too. */
export const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];

export const POINTS_MOST = 600_000; // that a browser holds and plays with ease
const PIECE = 40_000; // steps of all assets of one answer
const ITEMS_PAGE = 500;
export const ITEMS_MOST = 5000;

/** The shortest step with which so many seconds of so many assets can be played; null for none. */
export function suitingStep(seconds, assets) {
  return STEPS.find((step) => (seconds * assets) / step <= POINTS_MOST) ?? null;
}

/** Dispatches `progress` whenever more of it is there. */
export class Recording extends EventTarget {
  /**
   * `from` and `to` in ms, `step` in seconds; `assets` are those of the API's list, `query` names
   * them to it (null: all).
   */
  constructor({ from, to, step, assets, query }) {
    super();
    Object.assign(this, { from, to, step, assets, query });
    this.tracks = new Map(assets.map(({ key }) => [key, new Track()]));
    this.items = [];
    this.loadedTo = from;
    this.cursor = null;
    this.itemsDone = false;
    this.truncated = false; // more happened than is told
    this.stopped = new AbortController();
  }

  /**
   * The assets that tracks are asked of. All that the server knows of are more than the list, where
   * cameras tell of events: they go nowhere, but would count as if they did.
   */
  get named() {
    const { assets, query } = this;
    return query === null && assets.length <= ASSETS_MOST ? assets.map(({ key }) => key).join(",") : query;
  }

  get done() {
    return this.loadedTo >= this.to && this.itemsDone;
  }

  /** 0 to 1. */
  get progress() {
    return (this.loadedTo - this.from) / (this.to - this.from);
  }

  stop() {
    this.stopped.abort();
  }

  /** Load what is not there yet. Throws ApiProblem; called again it goes on where it was. */
  async load(api) {
    const { signal } = this.stopped;
    // A first piece is short, so that there is something to see at once.
    const whole = Math.max(1, Math.floor(PIECE / Math.max(1, this.assets.length))) * this.step * 1000;
    while (this.loadedTo < this.to) {
      const from = this.loadedTo;
      const length = from === this.from ? Math.max(this.step * 1000, whole / 4) : whole;
      const to = Math.min(this.to, from + Math.ceil(length));
      const query = asked({ from, to, assets: this.named, step: this.step });
      const told = await api.get(`/history/tracks?${query}`, { signal });
      for (const piece of told.assets) this.tracks.get(piece.key)?.append(piece, from);
      this.loadedTo = to;
      this.dispatchEvent(new Event("progress"));
      if (!this.itemsDone) await this.loadItems(api, signal);
    }
    while (!this.itemsDone) await this.loadItems(api, signal);
  }

  async loadItems(api, signal) {
    const query = this.asked(this.from, this.to, { limit: ITEMS_PAGE, cursor: this.cursor });
    const page = await api.get(`/history/timeline?${query}`, { signal });
    for (const item of page.items) {
      this.items.push({
        ...item,
        key: `${item.time} ${item.kind} ${item.id}`,
        at: Date.parse(item.time),
        known: Date.parse(item.known_time),
        end: item.until ? Date.parse(item.until) : null,
      });
    }
    this.cursor = page.next;
    this.truncated = page.next !== null && this.items.length >= ITEMS_MOST;
    this.itemsDone = page.next === null || this.truncated;
    this.dispatchEvent(new Event("progress"));
  }

  asked(from, to, more) {
    return asked({ from, to, assets: this.query, ...more });
  }
}

/** A query of the API: times in ms, what is null left out. */
export function asked({ from, to, ...more }) {
  const told = { from: new Date(from).toISOString(), to: new Date(to).toISOString(), ...more };
  const set = Object.entries(told).filter(([, value]) => value !== null && value !== undefined);
  return new URLSearchParams(set).toString();
}
