// Times of the past: as a zone's clock writes them, as an address does, and the usual windows.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const clocks = new Map();

/** `YYYY-MM-DDTHH:MM:SS` by the clock of a zone, as an <input type="datetime-local"> has it. */
export function zoned(ms, zone) {
  if (!clocks.has(zone)) {
    clocks.set(
      zone,
      new Intl.DateTimeFormat("en-GB", {
        timeZone: zone,
        hourCycle: "h23",
        year: "numeric",
        month: "2-digit",
        day: "2-digit",
        hour: "2-digit",
        minute: "2-digit",
        second: "2-digit",
      }),
    );
  }
  const part = Object.fromEntries(
    clocks.get(zone).formatToParts(ms).map(({ type, value }) => [type, value]),
  );
  return `${part.year}-${part.month}-${part.day}T${part.hour}:${part.minute}:${part.second}`;
}

/** The moment (ms, UTC) at which the clock of a zone shows `text`; NaN if it is no time. */
export function unzoned(text, zone) {
  const wall = Date.parse(`${text}Z`);
  if (Number.isNaN(wall)) return NaN;
  let moment = wall;
  // Twice: the first guess may lie on the other side of a change of the clock.
  for (let i = 0; i < 2; i += 1) moment = wall - (Date.parse(`${zoned(moment, zone)}Z`) - moment);
  return moment;
}

/** `17:04:09 20.11.` by the clock of a zone. */
export function moment(ms, zone) {
  const [date, time] = zoned(ms, zone).split("T");
  const [, month, day] = date.split("-");
  return `${time} ${day}.${month}.`;
}

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
    const today = unzoned(`${zoned(now, zone).slice(0, 10)}T00:00:00`, zone);
    const before = zoned(today - 12 * HOUR, zone).slice(0, 10);
    return [unzoned(`${before}T00:00:00`, zone), today];
  },
};
