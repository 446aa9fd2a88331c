// What is in the air without being ours, and the sensors that see it, as the collector tells them.

const TRAIL = 120_000; // ms
const TRAIL_POINTS = 120;

/** A picture older than this is stale: the collector tells one at least each two seconds. */
export const STALE_AFTER = 10; // seconds

/** Dispatches `change`. */
export class Contacts extends EventTarget {
  constructor(feed) {
    super();
    this.byId = new Map();
    this.trails = new Map(); // id: [[longitude, latitude, ms], …]
    this.sensors = [];
    this.time = null; // ms; when the collector last told of the airspace
    feed.on("contacts", (message) => this.take(message));
  }

  get(id) {
    return this.byId.get(String(id)) ?? null;
  }

  /** The contact that an alert's key names by one of its parts: as itself or by its identity. */
  named(parts) {
    return this.all().find(({ subject, identity }) =>
      parts.some((part) => part === subject || (identity && part === identity)),
    );
  }

  /** All contacts, the greatest threat first. */
  all() {
    return [...this.byId.values()].sort(
      (a, b) => b.threat.score - a.threat.score || a.id.localeCompare(b.id),
    );
  }

  /** Seconds since the collector told of the airspace; Infinity if it never did. */
  age(now) {
    return this.time === null ? Infinity : Math.max(0, (now - this.time) / 1000);
  }

  take({ whole, time, contacts, gone, sensors }) {
    if (whole) this.byId.clear();
    for (const id of gone) this.byId.delete(String(id));
    for (const told of contacts) {
      const contact = read(told);
      this.byId.set(contact.id, contact);
      this.follow(contact);
    }
    for (const id of this.trails.keys()) if (!this.byId.has(id)) this.trails.delete(id);
    if (sensors) this.sensors = sensors;
    this.time = time;
    this.dispatchEvent(new Event("change"));
  }

  follow({ id, longitude, latitude, time }) {
    if (longitude === null || latitude === null) return;
    const trail = this.trails.get(id) ?? [];
    if (trail.length && trail.at(-1)[2] >= time) return;
    trail.push([longitude, latitude, time]);
    while (trail.length > TRAIL_POINTS || time - trail[0][2] > TRAIL) trail.shift();
    this.trails.set(id, trail);
  }
}

/** A contact as the collector tells it, with its id and the name that alerts call it by. */
export function read(told) {
  const id = String(told.contact);
  return {
    ...told,
    id,
    subject: `contact:${BigInt(id).toString(16)}`,
    time: told.heard_time ?? told.seen_time,
  };
}
