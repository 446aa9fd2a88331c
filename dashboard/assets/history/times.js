// Times of the past: as an address writes them, and the usual windows.

import { dayOf, fromZone, later } from "../zones.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function iso(ms) {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}

/** What an address names; NaN where it names no time. */
export function fromIso(text) {
  return text ? Date.parse(text) : NaN;
}

/** The usual windows: each gives [from, to] for what is now and the control room's zone. */
export const PRESETS = {
  quarter: (now) => [now - 15 * MINUTE, now],
  hour: (now) => [now - HOUR, now],
  shift: (now) => [now - 8 * HOUR, now],
  day: (now) => [now - DAY, now],
  yesterday: (now, zone) => {
    const today = dayOf(now, zone);
    return [later(today, -1), today].map((day) => fromZone(`${day}T00:00:00`, zone));
  },
};
