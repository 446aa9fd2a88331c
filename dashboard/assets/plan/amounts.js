// Durations, ways and areas of plans as text.

import { unit } from "../format.js";
import { rightToLeft, t } from "../words.js";

/** What runs from left to right among words of any language: a number with its unit, times, names. */
export const apart = (text) => (rightToLeft ? `\u2066${text}\u2069` : text);

/** A duration in minutes and hours. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "—";
  const minutes = Math.round(seconds / 60);
  if (seconds < 99.5) return t("age.seconds", { n: Math.round(seconds) });
  if (minutes < 100) return t("age.minutes", { n: minutes });
  return t("age.hours", { n: Math.floor(minutes / 60), minutes: String(minutes % 60).padStart(2, "0") });
}

/** Metres, or kilometres where it is far. */
export const far = (metres) => apart(metres < 2000 ? unit(metres, "m") : unit(metres / 1000, "km", 1));

/** Square metres, hectares or square kilometres. */
export function ground(squareMetres) {
  if (squareMetres < 10_000) return apart(unit(squareMetres, "m²"));
  if (squareMetres < 1_000_000) return apart(unit(squareMetres / 10_000, "ha", 1));
  return apart(unit(squareMetres / 1_000_000, "km²", 2));
}
