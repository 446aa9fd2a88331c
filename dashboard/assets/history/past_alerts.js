// The alerts that stood at a moment, like the live page's store of them.

import { isGroup, masked, since, waits } from "../stores/alerts.js";

/** Dispatches `change` when others stand. */
export class PastAlerts extends EventTarget {
  constructor() {
    super();
    this.clear();
  }

  clear() {
    this.items = []; // of /history/alerts: each says how an alert was from its time on
    this.known = 0; // of them not after the moment
    this.byKey = new Map();
    this.dispatchEvent(new Event("change"));
  }

  take(items) {
    for (const item of items) this.items.push({ ...item, at: Date.parse(item.time) });
    this.known = -1;
  }

  turn(time) {
    let known = 0;
    while (known < this.items.length && this.items[known].at <= time) known += 1;
    if (known === this.known) return;
    this.known = known;
    this.byKey = new Map();
    for (const item of this.items.slice(0, known)) {
      if (item.state === "normal") this.byKey.delete(item.key);
      else this.byKey.set(item.key, item);
    }
    this.dispatchEvent(new Event("change"));
  }

  get(key) {
    return this.byKey.get(key) ?? null;
  }

  /** What stood in a list: groups, and alerts that are in none; who waited first, the masked ones last. */
  queue() {
    return [...this.byKey.values()]
      .filter((alert) => isGroup(alert) || !this.byKey.has(alert.group))
      .sort(
        (a, b) =>
          rank(a) - rank(b) || b.priority - a.priority || since(a) - since(b) || (a.key < b.key ? -1 : 1),
      );
  }
}

function rank(alert) {
  return waits(alert) ? 0 : masked(alert) ? 2 : 1;
}
