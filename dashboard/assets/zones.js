// Times of a zone as text, for Plotly's axes and the browser's date fields: neither knows zones.

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

/** The same as people read it: "22 Nov 18:42:07" without the year. */
export function dayAndTime(ms, zone) {
  const { month, day, hour, minute, second } = parts(ms, zone);
  return `${day}.${month}. ${hour}:${minute}:${second}`;
}

/** What such a text of a zone means, in ms; NaN for what is none. */
export function fromZone(text, zone) {
  const asUtc = Date.parse(`${text}Z`);
  if (Number.isNaN(asUtc)) return NaN;
  const offset = (ms) => Date.parse(`${inZone(ms, zone)}Z`) - Math.floor(ms / 1000) * 1000;
  // The offset of the moment itself may be another than that of the text read as UTC.
  return asUtc - offset(asUtc - offset(asUtc));
}
