// The time of an alert, of a contact or of a moment as the history page plays it: the parameters of its address.

import { iso } from "../history/times.js";

const MINUTE = 60_000;
const AROUND = 5 * MINUTE; // before it began, and after it ended
const LONGEST = 120 * MINUTE;
const ASSETS_MOST = 50; // of a link

/**
 * From before it `began` until after it `ended` (null: it goes on), in ms; without assets with all that
 * there were.
 */
function around({ assets = [], contact = null, began, ended, now }) {
  const from = began - AROUND;
  const to = Math.min(ended === null ? now : ended + AROUND, now, from + LONGEST);
  return {
    assets: assets.slice(0, ASSETS_MOST).join(",") || null,
    from: iso(from),
    to: iso(Math.max(to, began + MINUTE)),
    at: iso(began),
    asset: assets.length === 1 ? assets[0] : null,
    contact,
  };
}

/** Of an alert; with the `contact` that it is about all assets are shown beside it, and it is chosen. */
export function alertReplay({ assets, raised_time, state_time, returned_time }, contact, now) {
  const began = Date.parse(raised_time ?? state_time);
  const ended = returned_time === null ? null : Date.parse(returned_time);
  return around({ assets: contact ? [] : assets, contact: contact?.id ?? null, began, ended, now });
}

/** Of a moment (ms), with all that was there then. */
export function momentReplay(time, now) {
  return around({ began: time, ended: time, now });
}

export function contactReplay({ id, first_time, seen_time, time }, now) {
  const last = seen_time ?? time;
  return around({ contact: id, began: first_time ?? last, ended: now - last < MINUTE ? null : last, now });
}
