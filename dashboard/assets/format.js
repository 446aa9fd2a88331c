// How values are written. What is unknown is a dash, never 0.

import { CAR } from "./fleet.js";
import { LOCALE, t } from "./words.js";

export const DASH = "—";

export function known(value) {
  return value !== null && value !== undefined && !Number.isNaN(value);
}

export function number(value, digits = 0) {
  if (!known(value)) return DASH;
  const text = value.toLocaleString("en-GB", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return text.replace(/^-(?=0([.]0*)?$)/, "").replace("-", "−");
}

/** `value` with its unit after a thin space. */
export function unit(value, name, digits = 0) {
  return known(value) ? `${number(value, digits)} ${name}` : DASH;
}

export function metres(value) {
  return unit(value, "m");
}

/** Speed in what people expect of the kind: km/h of a car, m/s of a drone. */
export function speed(value, kind) {
  return kind === CAR ? unit(value * 3.6, "km/h") : unit(value, "m/s", 1);
}

/** An age as short as it can be read: 0.4 s, 12 s, 2 min (never "1 min" for what is nearly two), 2 h 05, 4 d. */
export function age(seconds) {
  if (!known(seconds) || seconds === Infinity) return DASH;
  if (seconds < 9.95) return t("age.seconds", { n: seconds.toFixed(1) });
  if (seconds < 119.5) return t("age.seconds", { n: Math.round(seconds) });
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return t("age.minutes", { n: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 24)
    return t("age.hours", { n: hours, minutes: String(minutes % 60).padStart(2, "0") });
  return t("age.days", { n: Math.floor(hours / 24) });
}

export function direction(degrees) {
  if (!known(degrees)) return DASH;
  const whole = Math.round(degrees) % 360;
  return `${String(whole).padStart(3, "0")}° ${t(`direction.${Math.round(whole / 45) % 8}`)}`;
}

export function place(latitude, longitude) {
  if (!known(latitude) || !known(longitude)) return DASH;
  const part = (value, positive, negative) =>
    `${Math.abs(value).toFixed(5)}° ${value >= 0 ? positive : negative}`;
  return `${part(latitude, "N", "S")}  ${part(longitude, "E", "W")}`;
}

const clocks = new Map();

/** The time of day in a zone: 18:42:07. */
export function timeOfDay(ms, zone) {
  if (!clocks.has(zone)) {
    clocks.set(
      zone,
      new Intl.DateTimeFormat("en-GB", {
        timeZone: zone,
        hour: "2-digit",
        minute: "2-digit",
        second: "2-digit",
      }),
    );
  }
  return clocks.get(zone).format(ms);
}

export function date(ms, zone) {
  return new Intl.DateTimeFormat(LOCALE, {
    timeZone: zone,
    weekday: "short",
    day: "2-digit",
    month: "short",
    year: "numeric",
  }).format(ms);
}

/** What a zone is called in short: PKT where the browser only knows GMT+5. */
export function zoneName(zone) {
  if (zone === "Asia/Karachi") return "PKT";
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    timeZoneName: "short",
  }).formatToParts();
  return parts.find((part) => part.type === "timeZoneName")?.value ?? zone;
}
