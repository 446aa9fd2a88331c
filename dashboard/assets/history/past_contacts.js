// The contacts as they were known at a moment, like the live page's store of them.

import { contactName } from "../watch/contact_layers.js";

const TRAIL = 120_000; // ms, as on the live page
const LASTS = 60_000; // ms after which one that nobody ended is not shown any more

/** Dispatches `change` when others are to be drawn. */
export class PastContacts extends EventTarget {
  constructor() {
    super();
    this.clear();
  }

  clear() {
    this.tracks = new Map();
    this.byId = new Map();
    this.trails = new Map();
    this.time = 0;
    this.dispatchEvent(new Event("change"));
  }

  /** Take items of /history/contacts of a window that begins at `start` (ms). */
  take(items, start) {
    for (const item of items) {
      const time = item.time.map((ms) => ms + start);
      const heard = item.heard.map((ms) => ms + start);
      const threats = item.threats.map((one) => ({ ...one, time: one.time + start }));
      const gone = item.gone_time === null ? heard.at(-1) + LASTS : Date.parse(item.gone_time);
      this.tracks.set(item.contact, {
        ...item, time, heard, threats, reckoned: new Set(item.reckoned), gone, first: Date.parse(item.first_time),
      });
    }
  }

  /** { id, name, from, to, level } of each but our own: when it was there, its greatest threat, its last name. */
  bars() {
    return [...this.tracks.values()]
      .filter(({ called, time }) => time.length && called.at(-1).class !== "friend")
      .map((track) => ({
        id: track.contact,
        name: contactName({ ...track.called.at(-1), id: track.contact }),
        from: track.time[0],
        to: track.gone,
        level: Math.max(...track.level),
      }))
      .sort((a, b) => a.level - b.level);
  }

  turn(time) {
    this.time = time;
    this.byId = new Map();
    this.trails = new Map();
    for (const track of this.tracks.values()) {
      const point = last(track.heard, time);
      if (point < 0 || time >= track.gone || time - track.heard[point] > LASTS) continue;
      this.byId.set(track.contact, this.contact(track, point));
      const trail = [];
      for (let i = point; i >= 0 && track.time[i] > track.time[point] - TRAIL; i -= 1)
        trail.push([track.longitude[i], track.latitude[i], track.time[i]]);
      this.trails.set(track.contact, trail.reverse());
    }
    this.dispatchEvent(new Event("change"));
  }

  contact(track, point) {
    const called = track.called.findLast((one) => one.point <= point);
    const [latitude, longitude] = [track.operator_latitude[point], track.operator_longitude[point]];
    return {
      ...called,
      id: track.contact,
      subject: subject(track.contact),
      latitude: track.latitude[point],
      longitude: track.longitude[point],
      altitude: track.altitude[point],
      height: track.height[point],
      speed: track.speed[point],
      course: track.course[point],
      radius: track.radius[point],
      time: track.heard[point],
      first_time: track.first,
      operator: latitude === null ? null : { latitude, longitude },
      threat: this.threat(track, point),
    };
  }

  /** What was told of its threat by now; where that is not kept its level as `reckoned`. */
  threat({ threats, reckoned, level }, point) {
    if (reckoned.has(point)) return { level: level[point], score: level[point], reckoned: true };
    return threats.findLast(({ time }) => time <= this.time) ?? threats[0];
  }

  /** [from, to] of a contact (ms); null if it was not there in the window. */
  there(id) {
    const track = this.tracks.get(id);
    return track ? [track.heard[0], track.gone] : null;
  }

  get(id) {
    return this.byId.get(String(id)) ?? null;
  }

  /** The contact that an alert's key names by one of its parts. */
  named(parts) {
    return this.all().find(({ subject: own, identity }) =>
      parts.some((part) => part === own || (identity && part === identity)),
    );
  }

  all() {
    return [...this.byId.values()].sort((a, b) => b.threat.level - a.threat.level || a.id.localeCompare(b.id));
  }

  /** The picture of a moment is never stale. */
  age() {
    return 0;
  }
}

function subject(id) {
  return `contact:${BigInt(id).toString(16)}`;
}

/** The last of the ordered times that is not after `time`; -1 for none. */
function last(times, time) {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
