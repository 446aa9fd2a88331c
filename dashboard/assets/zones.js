// Times of a zone as text, for Plotly's axes, the browser's date fields and people: the first two know
// no zones. A zone is an IANA name.

const formats = new Map();

function parts(ms, zone) {
  if (!formats.has(zone)) {
    formats.set(
      zone,
      new Intl.DateTimeFormat("en-GB", {
        timeZone: zone,
        year: "numeric",
        month: "2-digit",
        day: "2-digit",
        hour: "2-digit",
        minute: "2-digit",
        second: "2-digit",
        hourCycle: "h23",
      }),
    );
  }
  return Object.fromEntries(formats.get(zone).formatToParts(ms).map(({ type, value }) => [type, value]));
}

/** The time in a zone: "2026-11-22T18:42:07". */
export function inZone(ms, zone) {
  const { year, month, day, hour, minute, second } = parts(ms, zone);
  return `${year}-${month}-${day}T${hour}:${minute}:${second}`;
}

/** The same as people read it, without the year: "22.11. 18:42:07". */
export function dayAndTime(ms, zone) {
  const { month, day, hour, minute, second } = parts(ms, zone);
  return `${day}.${month}. ${hour}:${minute}:${second}`;
}

/** The moment (ms) at which the clock of a zone shows such a text; NaN for what is none. */
export function fromZone(text, zone) {
  const asUtc = Date.parse(`${text}Z`);
  if (Number.isNaN(asUtc)) return NaN;
  const offset = (ms) => Date.parse(`${inZone(ms, zone)}Z`) - Math.floor(ms / 1000) * 1000;
  // The offset of the moment itself may be another than that of the text read as UTC.
  return asUtc - offset(asUtc - offset(asUtc));
}

/** A time of the API as an input of type datetime-local has it: "2026-11-22T18:42". */
export const toLocal = (time, zone) => inZone(new Date(time).getTime(), zone).slice(0, 16);

/** What such an input means, as the API has it. Throws RangeError for what is no time. */
export const fromLocal = (text, zone) => new Date(fromZone(text, zone)).toISOString();

/** The day of a time in a zone: "2026-11-22". */
export const dayOf = (time, zone) => toLocal(time, zone).slice(0, 10);

/** Hours and minutes of a time in a zone: "18:42". */
export const clockOf = (time, zone) => toLocal(time, zone).slice(11);

/** Another day: `later("2026-11-22", 7)`. */
export function later(day, days) {
  const date = new Date(`${day}T12:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}
