// Times as people write them in a zone ("2026-11-23T06:30"), and as the server is told them.

const formats = new Map();

function parts(ms, zone) {
  if (!formats.has(zone)) {
    formats.set(
      zone,
      new Intl.DateTimeFormat("en-GB", {
        timeZone: zone,
        hourCycle: "h23",
        year: "numeric",
        month: "2-digit",
        day: "2-digit",
        hour: "2-digit",
        minute: "2-digit",
      }),
    );
  }
  return Object.fromEntries(formats.get(zone).formatToParts(ms).map(({ type, value }) => [type, value]));
}

/** A time as an input of type datetime-local has it. */
export function toLocal(time, zone) {
  const { year, month, day, hour, minute } = parts(new Date(time).getTime(), zone);
  return `${year}-${month}-${day}T${hour}:${minute}`;
}

/** The time that is meant by that in a zone, as ISO 8601 in UTC. */
export function fromLocal(text, zone) {
  const wanted = Date.parse(`${text}Z`);
  let guess = wanted;
  // Twice: the first guess may lie on the other side of a change of the clocks.
  for (let i = 0; i < 2; i += 1) guess += wanted - Date.parse(`${toLocal(guess, zone)}Z`);
  return new Date(guess).toISOString();
}

/** The day of a time in a zone: "2026-11-23". */
export const dayOf = (time, zone) => toLocal(time, zone).slice(0, 10);

/** Another day: `later("2026-11-23", 7)`. */
export function later(day, days) {
  const date = new Date(`${day}T12:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

/** Hours and minutes in a zone. */
export const clockOf = (time, zone) => toLocal(time, zone).slice(11);
