// The alerts that are not normal, as the server tells them, and the load that they make.

export const LOW = 1;
export const MEDIUM = 2;
export const HIGH = 3;
export const PRIORITIES = { [LOW]: "low", [MEDIUM]: "medium", [HIGH]: "high" };

const WAITING = new Set(["unacknowledged", "returned_unacknowledged", "latched_unacknowledged"]);
const MASKED = new Set(["shelved", "suppressed_by_design", "out_of_service"]);

/** Whether somebody has to acknowledge it. */
export function waits(alert) {
  return WAITING.has(alert.state);
}

/** Whether it is kept from the operator: shelved, suppressed or out of service. */
export function masked(alert) {
  return MASKED.has(alert.state);
}

export function isGroup(alert) {
  return alert.rule === "group";
}

/** When it last became active, in ms; of a masked one that never was, when it was masked. */
export function since(alert) {
  return Date.parse(alert.raised_time ?? alert.state_time);
}

/**
 * Dispatches `change`; its detail has `asking`, the shown alerts that have begun to ask for somebody
 * since the change before.
 */
export class Alerts extends EventTarget {
  constructor(feed) {
    super();
    this.byKey = new Map();
    this.loaded = false;
    this.desks = {};
    this.detail = ""; // why alerts may be missing
    feed.on("alerts", (message) => this.take(message));
    feed.on("figures", (message) => this.takeFigures(message));
  }

  get(key) {
    return this.byKey.get(key) ?? null;
  }

  /** All alerts and groups, members of groups too. */
  all() {
    return [...this.byKey.values()];
  }

  /** What stands in a list: groups, and alerts that are in none. */
  shown() {
    return this.all().filter((alert) => !this.inGroup(alert));
  }

  /** The shown ones that wait for somebody, the most urgent first, of these the oldest. */
  waiting() {
    return this.shown().filter(waits).sort(byUrgency);
  }

  /** What an operator's list has: who waits first, then what is known, what is put away last. */
  queue() {
    return this.shown().sort((a, b) => rank(a) - rank(b) || byUrgency(a, b));
  }

  members(group) {
    return this.all()
      .filter((alert) => alert.group === group && !isGroup(alert))
      .sort(byUrgency);
  }

  /** Keys of the assets of all alerts that are not put away. */
  alertingAssets() {
    return new Set(this.all().filter((alert) => !masked(alert)).flatMap(({ assets }) => assets));
  }

  /** The figures of all desks together, as far as they can be added; null before any are told. */
  figures() {
    const desks = Object.values(this.desks);
    if (!desks.length) return null;
    const sum = (name) => desks.reduce((total, desk) => total + desk[name], 0);
    return {
      ten_minutes: sum("ten_minutes"),
      hour: sum("hour"),
      day: sum("day"),
      in_flood: desks.some((desk) => desk.in_flood),
    };
  }

  take({ whole, alerts, gone }) {
    const before = this.byKey;
    this.byKey = new Map(whole ? [] : before);
    for (const key of gone) this.byKey.delete(key);
    for (const alert of alerts) this.byKey.set(alert.key, alert);
    this.loaded = true;
    const asking = alerts.filter((alert) => {
      const known = before.get(alert.key);
      const again = !known || !waits(known) || known.occurrences < alert.occurrences;
      return waits(alert) && again && !this.inGroup(alert);
    });
    this.dispatchEvent(new CustomEvent("change", { detail: { asking } }));
  }

  takeFigures({ desks, detail }) {
    this.desks = desks;
    this.detail = detail;
    this.dispatchEvent(new CustomEvent("change", { detail: { asking: [] } }));
  }

  inGroup(alert) {
    return !isGroup(alert) && this.byKey.has(alert.group);
  }
}

function rank(alert) {
  return waits(alert) ? 0 : masked(alert) ? 2 : 1;
}

function byUrgency(a, b) {
  return b.priority - a.priority || since(a) - since(b) || (a.key < b.key ? -1 : 1);
}
